"""One update of SGD, run as it is written or replayed as a CUDA graph."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor
from torch.nn import functional

from gengap.training.augment import TrainingImages
from gengap.training.precision import autocast
from gengap.training.state import TrainingState

# A step changes the state by one batch, given as rows of `draw_epoch` on the device.
Step = Callable[[Tensor], None]


def training_step(state: TrainingState, images: TrainingImages, precision: str) -> Step:
    """The update of the algorithm: one batch forward and backward, one step of SGD, the running sums.

    Nothing in it waits for the device.
    """
    model, optimizer, sums = state.model, state.optimizer, state.sums
    device = sums.device

    def step(draws: Tensor) -> None:
        inputs, labels = images.batch(draws)
        optimizer.zero_grad()
        with autocast(device, precision):
            logits = model(inputs)
        loss = functional.cross_entropy(logits.float(), labels)
        loss.backward()
        optimizer.step()
        with torch.no_grad():
            sums[0] += loss.to(sums.dtype) * len(labels)
            sums[1] += (logits.argmax(1) != labels).sum()

    return step


class GraphedStep:
    """The same step as one CUDA graph for each batch size, which takes one launch instead of hundreds.

    A graph replays fixed kernels on fixed addresses. So the draws of a batch are copied into a buffer that the
    graph reads, the learning rate is a tensor, and the momentum exists before the capture. See "CUDA Graphs" in
    the notes of PyTorch's documentation, whole-network capture.

    Everything happens on the stream that is current when the step is called, which must not be the device's default
    one (`own_stream`).
    """

    WARM_UP_STEPS = 3

    def __init__(self, step: Step, state: TrainingState) -> None:
        self._step = step
        self._state = state
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        # Graphs of one pool may reuse each other's memory: they never run at the same time, and what outlives a
        # step (weights, batch-norm statistics, momentum, sums) was allocated outside.
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, draws: Tensor) -> None:
        """Replay the step for these draws; the first batch of a size captures it."""
        if len(draws) not in self._graphs:
            self._graphs[len(draws)] = self._capture(draws)
        graph, buffer = self._graphs[len(draws)]
        buffer.copy_(draws)
        graph.replay()

    def _capture(self, draws: Tensor) -> tuple[torch.cuda.CUDAGraph, Tensor]:
        buffer = draws.clone()
        # Libraries choose algorithms and allocate workspaces in the first steps, which a capture must not see.
        with undone(self._state):
            for _ in range(self.WARM_UP_STEPS):
                self._step(buffer)
        self._state.optimizer.zero_grad()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=torch.cuda.current_stream()):
            self._step(buffer)
        return graph, buffer


@contextmanager
def undone(state: TrainingState) -> Iterator[None]:
    """Let the block run steps, then put weights, batch-norm statistics, momentum and sums back in place."""
    tensors = state.tensors()
    saved = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    yield
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(saved[name])
