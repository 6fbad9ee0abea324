"""One update of SGD, run as it is written or replayed as a CUDA graph."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from gengap.training.agreement import STEP_TOLERANCE, step_distance
from gengap.training.augment import TrainingImages
from gengap.training.precision import autocast
from gengap.training.state import TrainingState

logger = logging.getLogger("gengap")

# A step changes the state by one batch, given as rows of `draw_epoch` on the device.
Step = Callable[[Tensor], None]


# What is minimised, from the logits and the labels of a batch.
Objective = Callable[[Tensor, Tensor], Tensor]


def training_step(
    state: TrainingState, images: TrainingImages, precision: str, objective: Objective | None = None
) -> Step:
    """The update of the algorithm: one batch forward and backward, one step of SGD, the running sums.

    With clipping to c, the mean gradient g of the batch becomes g/max(1, ‖g‖/c), with the norm over all parameters,
    before weight decay is added. Nothing waits for the device.

    Args:
        state: what an update changes.
        images: of the training set.
        precision: `compute.precision`.
        objective: what is minimised besides the weight penalty, if it is not the cross-entropy; the sums are of that.
    """
    model, optimizer, sums, clipping = state.model, state.optimizer, state.sums, state.clipping
    device = sums.device

    def step(draws: Tensor) -> None:
        inputs, labels = images.batch(draws)
        optimizer.zero_grad()
        with autocast(device, precision):
            logits = model(inputs)
        loss = functional.cross_entropy(logits.float(), labels)
        (loss if objective is None else objective(logits.float(), labels)).backward()
        if clipping is not None:
            sums[2] += nn.utils.clip_grad_norm_(model.parameters(), clipping) > clipping
        optimizer.step()
        with torch.no_grad():
            sums[0] += loss.to(sums.dtype) * len(labels)
            sums[1] += (logits.argmax(1) != labels).sum()

    return step


class GraphedStep:
    """The same step as one CUDA graph for each batch size, which takes one launch instead of hundreds.

    Each graph is replayed once beside the step as written. If they differ by more than rounding, this and all further
    steps are run as written.

    A graph replays fixed kernels on fixed addresses. So the draws of a batch are copied into a buffer that the
    graph reads, the learning rate is a tensor, and the momentum exists before the capture. See "CUDA Graphs" in
    the notes of PyTorch's documentation, whole-network capture.

    Everything happens on the stream that is current when the step is called, which must not be the device's default
    one (`own_stream`).

    Attributes:
        replays: whether steps are replayed.
        distance: the largest `step_distance` of a replay from the step as written so far.
    """

    WARM_UP_STEPS = 3

    def __init__(self, step: Step, state: TrainingState, precision: str) -> None:
        self._step = step
        self._state = state
        self._tolerance = STEP_TOLERANCE[precision]
        self.replays = True
        self.distance = 0.0
        # They end together: the end of one graph frees workspaces of cuBLAS that all others of its stream still use
        # (pytorch/pytorch#193402), so no other graph may be captured on this stream.
        self._graphs: dict[int, tuple[torch.cuda.CUDAGraph, Tensor]] = {}
        # Graphs of one pool may reuse each other's memory: they never run at the same time, and what outlives a
        # step (weights, batch-norm statistics, momentum, sums) was allocated outside.
        self._pool = torch.cuda.graph_pool_handle()

    def __call__(self, draws: Tensor) -> None:
        """Replay the step for these draws; the first batch of a size captures it."""
        if self.replays and len(draws) not in self._graphs:
            self._capture(draws)
        if not self.replays:
            self._step(draws)
            return
        graph, buffer = self._graphs[len(draws)]
        buffer.copy_(draws)
        graph.replay()

    def _capture(self, draws: Tensor) -> None:
        """Capture the step for batches of this size, or give all replaying up."""
        buffer = draws.clone()
        # Libraries choose algorithms and allocate workspaces in the first steps, which a capture must not see.
        for _ in range(self.WARM_UP_STEPS):
            as_written = self._outcome(lambda: self._step(buffer))
        self._state.optimizer.zero_grad()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, pool=self._pool, stream=torch.cuda.current_stream()):
            self._step(buffer)
        self._graphs[len(draws)] = graph, buffer
        distance = step_distance(self._state.tensors(), as_written, self._outcome(graph.replay))
        self.distance = max(self.distance, distance)
        self.replays = distance <= self._tolerance
        if not self.replays:
            self._graphs.clear()
            logger.warning(
                "A CUDA graph of one update at batch size %d gives something else than the update does: they differ by"
                " %.2g of its changes, rounding by less than %g. So this training goes on without CUDA graphs.",
                len(draws), distance, self._tolerance,
            )  # fmt: skip

    def _outcome(self, update: Callable[[], None]) -> dict[str, Tensor]:
        """What an update makes of the state, which stays as it is."""
        with undone(self._state):
            update()
            return {name: tensor.detach().clone() for name, tensor in self._state.tensors().items()}


@contextmanager
def undone(state: TrainingState) -> Iterator[None]:
    """Let the block run steps, then put weights, batch-norm statistics, momentum and sums back in place."""
    tensors = state.tensors()
    saved = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    yield
    with torch.no_grad():
        for name, tensor in tensors.items():
            tensor.copy_(saved[name])
