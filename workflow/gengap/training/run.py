"""One training from its specification to its results."""

import copy
import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from gengap.data.store import ImageDataset
from gengap.errors import UserError
from gengap.models.build import build_model, parameter_count
from gengap.runtime.device import own_stream, refuse_days_on_cpu, set_threads
from gengap.training.adam import Adam
from gengap.training.augment import TrainingImages, draw_epoch
from gengap.training.checkpoint import Checkpoints
from gengap.training.evaluate import Evaluation, evaluate
from gengap.training.fused_batch_norm import fuse_where_right
from gengap.training.ghost_batch_norm import use_ghosts
from gengap.training.loop import train_epochs
from gengap.training.noise import noisy_cross_entropy, with_activation_noise, with_dropout
from gengap.training.precision import configure, full_float32
from gengap.training.results import final_metrics
from gengap.training.scaling import input_scaling
from gengap.training.schedule import Schedule, make_schedule
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState
from gengap.training.step import GraphedStep, Objective, training_step
from gengap.training.stop import StopRequest

_OUT_OF_MEMORY = re.compile("out of memory|ALLOC_FAILED|ALLOCATION_FAILED")
# What cuDNN and cuBLAS say where they find no memory to work in, and for other reasons too.
_PERHAPS_OUT_OF_MEMORY = re.compile("unable to find an engine|CUBLAS_STATUS_NOT_INITIALIZED")
_LITTLE_MEMORY = 0.1

logger = logging.getLogger("gengap")


@dataclass(frozen=True, eq=False)
class Training:
    """A finished training.

    Attributes:
        state: the trained network, its history, and how long it took.
        metrics: content of `metrics.json`.
        checkpoints: its checkpoints, to be removed once the results are written.
        engine: how it was computed in the end, see `provenance`.
    """

    state: TrainingState
    metrics: dict[str, Any]
    checkpoints: Checkpoints
    engine: dict[str, Any]


def train(
    run: Mapping[str, Any],
    dataset: ImageDataset,
    device: torch.device,
    checkpoint_folder: str | Path,
    stamp: Mapping[str, Any],
    interval_seconds: float = 30.0,
) -> Training:
    """Train one network, continuing from its checkpoint if there is one.

    On a CPU the result is a function of run, data set and library versions to the last bit, interrupted or not.
    For the main thread of a process, which receives the signals.

    Args:
        run: resolved specification: experiment, model, dataset, batch_size, seed, options, compute.
        dataset: the images.
        device: where to train.
        checkpoint_folder: folder for the run's checkpoint.
        stamp: what besides device and PyTorch's version a checkpoint must share to be continued.
        interval_seconds: see `Checkpoints`.

    Raises:
        UserError: the run does not fit the data set or the device's memory, would take days on a CPU, or Triton is
            not installed where it is asked for.
        SystemExit: after SIGTERM or SIGINT, once the state is saved.
    """
    try:
        with own_stream(device):
            return _train(run, dataset, device, checkpoint_folder, stamp, interval_seconds)
    except RuntimeError as error:
        if not _is_out_of_memory(error):
            raise
        raise UserError(
            f"The GPU's memory does not hold {run['model']} at batch size {run['batch_size']}; run fewer jobs on it at"
            " once (`--resources gpu=1`), lower the batch size or `width`, or use `compute: {precision: bf16}`."
        ) from error


def _is_out_of_memory(error: RuntimeError) -> bool:
    """Whether the device's memory has ended: PyTorch's own error says so, or CUDA's, cuDNN's or cuBLAS's."""
    if isinstance(error, torch.OutOfMemoryError) or _OUT_OF_MEMORY.search(str(error)):
        return True
    if not _PERHAPS_OUT_OF_MEMORY.search(str(error)):
        return False
    free, total = torch.cuda.mem_get_info()
    return free < _LITTLE_MEMORY * total


def _train(
    run: Mapping[str, Any],
    dataset: ImageDataset,
    device: torch.device,
    checkpoint_folder: str | Path,
    stamp: Mapping[str, Any],
    interval_seconds: float,
) -> Training:
    options, compute, seed = run["options"], run["compute"], run["seed"]
    images, channels, height, width = dataset.train_images.shape
    image_shape = channels, height, width
    set_threads(device, compute["threads"])
    configure(device, compute["precision"], compute["deterministic"])
    schedule = make_schedule(options, run["batch_size"], images)
    model = build_model(run["model"], image_shape, len(dataset.classes), options, seed)
    dropouts = [module for module in model.modules() if isinstance(module, nn.Dropout)]
    if not options["dropout"]:
        for module in dropouts:
            module.p = 0.0
    if options["ghost_batch_size"] is not None:
        use_ghosts(model, options["ghost_batch_size"])
    _refuse_impossible_batches(model, schedule, images, image_shape)
    total_images = sum(epoch.images for epoch in schedule.epochs)
    refuse_days_on_cpu(compute["device"], device, model, image_shape, total_images)

    # With few channels, channels_last is up to 1.4 times as fast on a CPU and twice on a GPU, and never much slower.
    model.to(device).to(memory_format=torch.channels_last)
    scaling = input_scaling(options["input_scaling"], dataset.train_images).to(device, torch.float32)
    augmentation, padding, fill = (options[f"augmentation{part}"] for part in ("", "_padding", "_fill"))
    batches = TrainingImages(
        dataset.train_images, dataset.train_labels, scaling, augmentation, device, torch.channels_last, padding, fill
    )

    def draw(epoch: int) -> torch.Tensor:
        return draw_epoch(seed, epoch, images, augmentation, padding).to(device)

    fused, distances = False, {}
    if device.type == "cuda" and compute["batch_norm"] == "fused":
        inputs, _ = batches.batch(draw(0)[: schedule.epochs[0].batch_size])
        fused, distances["batch_norm"] = fuse_where_right(model, inputs, compute["precision"])
    initial_parameters = [parameter.detach().clone() for parameter in model.parameters()]
    # A graph would repeat one draw of the noise.
    noisy = options["activation_noise"] or options["gradient_noise_to"] or (dropouts and options["dropout"])
    graphed = device.type == "cuda" and compute["cuda_graphs"] and not noisy
    optimizer = Adam if options["optimizer"] == "adam" else MomentumSGD
    state = TrainingState(model, optimizer(model, options, graphed=graphed), options["gradient_clipping"])
    stop = StopRequest()
    checkpoints = Checkpoints(
        checkpoint_folder,
        {**stamp, "device": device.type, "torch": torch.__version__},
        interval_seconds,
        stop,
    )
    logger.info(
        "Training %s (%s parameters) on %s: %d epochs, %d updates, on %s",
        run["model"], f"{parameter_count(model):,}", dataset.name, len(schedule.epochs), schedule.updates, device,
    )  # fmt: skip
    checkpoints.restore(state)

    step = training_step(state, batches, compute["precision"], _objective(options, state, seed))
    if options["activation_noise"]:
        step = with_activation_noise(step, state, options["activation_noise"], seed)
    if dropouts and options["dropout"]:
        step = with_dropout(step, state, seed)
    test_images, test_labels = dataset.test_images.to(device), dataset.test_labels.to(device)

    def measure(split_images: torch.Tensor, split_labels: torch.Tensor) -> Evaluation:
        return evaluate(model, split_images, split_labels, scaling, before_chunk=lambda: checkpoints.poll(state))

    with stop.by_signals():
        update = GraphedStep(step, state, compute["precision"]) if graphed else step
        train_epochs(
            state,
            schedule,
            draw=draw,
            step=update,
            measure_test=lambda: measure(test_images, test_labels),
            initial_parameters=initial_parameters,
            checkpoints=checkpoints,
        )
        if isinstance(update, GraphedStep):
            graphed, distances["cuda_graphs"] = update.replays, update.distance
        with full_float32():
            on_test = measure(test_images, test_labels)
            if options["metrics"] == "running":
                on_train = _running_averages(state)
            else:
                on_train = measure(dataset.train_images.to(device), dataset.train_labels.to(device))
    metrics = final_metrics(run, state, schedule, images, initial_parameters, on_train, on_test)
    if metrics["diverged"]:
        logger.warning("The training diverged after %d updates; its metrics are null", metrics["updates"])
    engine = {"cuda_graphs": graphed, "batch_norm": "fused" if fused else "native", "distances": distances}
    return Training(state, metrics, checkpoints, engine)


def _objective(options: Mapping[str, Any], state: TrainingState, seed: int) -> Objective | None:
    """What is minimised, if it is not the plain cross-entropy."""
    smoothing, batch_size = options["label_smoothing"], options["gradient_noise_to"]
    if batch_size is not None:
        return noisy_cross_entropy(state, batch_size, smoothing, seed)
    return partial(functional.cross_entropy, label_smoothing=smoothing) if smoothing else None


def _running_averages(state: TrainingState) -> Evaluation:
    """Averages over the batches of the last epoch, as training saw them (`metrics: running`)."""
    row = state.history[-1]
    cross_entropy = row["train_cross_entropy"]
    return Evaluation(row["train_error_percent"], math.nan if cross_entropy is None else cross_entropy)


def _refuse_impossible_batches(
    model: nn.Module, schedule: Schedule, images: int, image_shape: tuple[int, int, int]
) -> None:
    """Batch norm has no variance where a batch leaves one value per channel: say so before hours have passed.

    Raises:
        UserError: some batch holds a single image and the network cannot be trained on one.
    """
    single = [epoch for epoch in schedule.epochs if images % epoch.batch_size == 1 or epoch.batch_size == 1]
    if not single:
        return
    try:
        # On a copy, since a forward pass in training mode changes the running statistics.
        copy.deepcopy(model).train()(torch.zeros(1, *image_shape))
    except ValueError as error:
        batch_size = single[0].batch_size
        raise UserError(
            f"With batch size {batch_size}, {images} training images leave a batch of one image, which batch norm"
            f" cannot normalise; choose a batch size that does not leave one, or `normalization: none`."
        ) from error
