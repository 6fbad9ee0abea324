"""The training loss as a function of all trained parameters as one vector, in float64."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parameters_to_vector, vector_to_parameters

from gengap.data.store import ImageDataset
from gengap.errors import UserError
from gengap.models.layers import weight_layers
from gengap.spectra.activations import BatchNormStatistics, measuring_copy
from gengap.spectra.fed_batch import fed_order
from gengap.training.scaling import InputScaling

_CHUNK_SIZE = {"cpu": 100}
"""Images per pass forward and back; on a GPU 500."""


class Objective:
    """Mean cross-entropy of a network over fixed images, without the weight penalty, its gradient and its Hessian.

    Vectors are float64 arrays of all parameters, in the order of `model.parameters()`.

    Attributes:
        point: the network's own parameters.
    """

    def __init__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        scaling: InputScaling,
        device: torch.device,
        batch_norm_statistics: BatchNormStatistics = "running",
        chunk_size: int | None = None,
    ) -> None:
        """Take a copy of the network, in float64 and evaluation mode.

        Args:
            model: the network; it is not changed.
            images: uint8 N×C×H×W.
            labels: int64 N.
            scaling: of the inputs.
            device: where to compute; one without float64 gives way to the CPU.
            batch_norm_statistics: those of training, or those of all the images here as one batch.
            chunk_size: images per pass, with running statistics.
        """
        device = torch.device("cpu") if device.type == "mps" else device
        self._model = measuring_copy(model, device, batch_norm_statistics)
        self._parameters = list(self._model.parameters())
        chunk = chunk_size or _CHUNK_SIZE.get(device.type, 500)
        if batch_norm_statistics == "batch":
            chunk = len(images)
        scaled = scaling.to(device, torch.float64)(images.to(device))
        self._chunks = list(zip(scaled.split(chunk), labels.to(device).split(chunk), strict=True))
        self._count = len(images)
        self._device = device
        self.point = self._vector(self._parameters)

    def value_and_gradient(self, point: np.ndarray) -> tuple[float, np.ndarray]:
        """Mean cross-entropy in nats and its gradient."""
        value, gradient = 0.0, np.zeros(len(point))
        for count, loss, part in self.chunks(point):
            value += count / self._count * loss
            gradient += count / self._count * part
        return value, gradient

    def chunks(self, point: np.ndarray) -> Iterator[tuple[int, float, np.ndarray]]:
        """Number of images, mean cross-entropy and its gradient, of each chunk of the images."""
        self._move(point)
        for images, labels in self._chunks:
            loss = functional.cross_entropy(self._model(images), labels)
            gradient = torch.autograd.grad(loss, self._parameters)
            yield len(images), float(loss.detach()), self._vector(gradient)

    def hessian_product(self, point: np.ndarray, vector: np.ndarray) -> np.ndarray:
        """The Hessian at a point times a vector (Pearlmutter 1994)."""
        self._move(point)
        direction = self._tensor(vector.ravel())
        product = np.zeros(len(point))
        for images, labels in self._chunks:
            loss = functional.cross_entropy(self._model(images), labels, reduction="sum")
            gradient = torch.autograd.grad(loss, self._parameters, create_graph=True)
            slope = parameters_to_vector(gradient) @ direction
            product += self._vector(torch.autograd.grad(slope, self._parameters, materialize_grads=True))
        return product / self._count

    def _move(self, point: np.ndarray) -> None:
        vector_to_parameters(self._tensor(point), self._parameters)

    def _tensor(self, values: np.ndarray) -> Tensor:
        return torch.tensor(values, dtype=torch.float64, device=self._device)

    def _vector(self, tensors: list[nn.Parameter] | tuple[Tensor, ...]) -> np.ndarray:
        return torch.cat([tensor.detach().reshape(-1) for tensor in tensors]).cpu().numpy()


def measured_images(dataset: ImageDataset, count: int) -> tuple[Tensor, Tensor]:
    """The first training images of the permutation that fed batches are taken from, and their labels.

    Raises:
        UserError: the training set has fewer.
    """
    images, labels = dataset.train_images, dataset.train_labels
    if count > len(images):
        raise UserError(f"`minima.images` is {count}, but the training set has {len(images)} images; lower it.")
    order = fed_order(len(images))[:count]
    return images[order], labels[order]


def norm_growth(model: nn.Module, initial: nn.Module) -> np.ndarray:
    """By which factor training has changed the norm of each parameter's kernel or matrix, where batch norm follows it.

    Batch norm makes the scale of such a kernel free: dividing it by the factor, and the running statistics with it,
    changes nothing that the network computes. For all other parameters the factor is 1.

    Args:
        model: the trained network.
        initial: the same network before training.
    """
    growth = {id(parameter): 1.0 for parameter in model.parameters()}
    before = weight_layers(initial)
    for name, layer in weight_layers(model).items():
        if not isinstance(layer.norm, nn.Identity):
            trained, untrained = layer.linear_map.weight, before[name].linear_map.weight
            growth[id(trained)] = float(trained.detach().double().norm() / untrained.detach().double().norm())
    factors = [np.full(parameter.numel(), growth[id(parameter)]) for parameter in model.parameters()]
    return np.concatenate(factors)
