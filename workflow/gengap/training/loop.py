"""The training loop: SGD over shuffled epochs under a schedule, and what is noted after each epoch."""

import logging
import math
from collections.abc import Callable
from typing import Any

from torch import Tensor

from gengap.training.checkpoint import Checkpoints
from gengap.training.evaluate import Evaluation
from gengap.training.objective import distance, squared_norm, weight_penalty
from gengap.training.progress import Progress
from gengap.training.schedule import Epoch, Schedule
from gengap.training.state import TrainingState
from gengap.training.step import Step

logger = logging.getLogger("gengap")


def train_epochs(
    state: TrainingState,
    schedule: Schedule,
    draw: Callable[[int], Tensor],
    step: Step,
    measure_test: Callable[[], Evaluation],
    initial_parameters: list[Tensor],
    checkpoints: Checkpoints,
) -> None:
    """Train from where the state stands to the end of the schedule, or until the loss is not finite.

    The host waits for the device once an epoch, when it reads the running sums, and after the `noted_updates`.

    Args:
        state: what is trained; its history grows by one row an epoch, its trajectory by one at each noted update.
        schedule: batch size and learning rate of each update.
        draw: from the number of an epoch to its `draw_epoch`, on the device.
        step: one update from the draws of its batch.
        measure_test: evaluates the network on the test set.
        initial_parameters: the parameters before the first update.
        checkpoints: asked after every update whether to save or to stop.
    """
    progress = Progress(schedule)
    current_rate = None
    noted = noted_updates(schedule.updates)
    upcoming = (draw(epoch.number) for epoch in schedule.epochs[state.epoch :])
    draws = next(upcoming, None)
    for epoch in schedule.epochs[state.epoch :]:
        if state.diverged or draws is None:
            break
        if epoch.number in schedule.momentum_resets and state.step == 0:
            state.optimizer.reset_momentum()
        state.model.train()
        progress.begin_epoch(state)
        for number in range(state.step, epoch.updates):
            rate = schedule.learning_rate(epoch.first_update + number)
            if rate != current_rate:
                state.optimizer.set_learning_rate(rate)
                current_rate = rate
            step(draws[number * epoch.batch_size : (number + 1) * epoch.batch_size])
            state.step = number + 1
            updates = epoch.first_update + state.step
            if updates in noted:
                place = {"updates": updates, "learning_rate": rate, "batch_size": epoch.batch_size}
                state.trajectory.append(place | _walked(state, initial_parameters))
            checkpoints.poll(state)
        # Before the sums are read: the host draws while the device still computes.
        draws = next(upcoming, None)
        cross_entropy, errors, *clipped = state.sums.tolist()
        progress.end_epoch(state, epoch)
        row = _train_columns(cross_entropy, errors, state, epoch, schedule)
        row |= _test_columns(row, measure_test)
        if clipped:
            row["clipped_percent"] = 100 * clipped[0] / epoch.updates
        state.finish_epoch(row)
        logger.info("%s", progress.line(row))


def noted_updates(last: int) -> set[int]:
    """Numbers of updates after which the weights' distance is noted: round(2^(k/2)) up to the last one, and that."""
    numbers = {round(2 ** (k / 2)) for k in range(2 * last.bit_length())}
    return {number for number in numbers if number < last} | {last}


def _train_columns(
    cross_entropy: float,
    errors: float,
    state: TrainingState,
    epoch: Epoch,
    schedule: Schedule,
) -> dict[str, Any]:
    updates = epoch.first_update + epoch.updates
    return {
        "epoch": epoch.number + 1,
        "updates": updates,
        "learning_rate": schedule.learning_rate(updates - 1),
        "batch_size": epoch.batch_size,
        "train_cross_entropy": finite_or_none(cross_entropy / epoch.images),
        "train_error_percent": 100 * errors / epoch.images,
        "weight_penalty": finite_or_none(weight_penalty(state.optimizer.groups)),
    }


def _walked(state: TrainingState, initial_parameters: list[Tensor]) -> dict[str, float | None]:
    parameters = list(state.model.parameters())
    return {
        "weight_distance": finite_or_none(distance(parameters, initial_parameters)),
        "weight_norm": finite_or_none(math.sqrt(squared_norm(parameters))),
    }


def _test_columns(row: dict[str, Any], measure_test: Callable[[], Evaluation]) -> dict[str, Any]:
    if row["train_cross_entropy"] is None:
        return {"test_error_percent": None, "test_cross_entropy": None}
    error_percent, cross_entropy = measure_test()
    return {"test_error_percent": error_percent, "test_cross_entropy": finite_or_none(cross_entropy)}


def finite_or_none(value: float) -> float | None:
    """The value, or `None` where a training has diverged: JSON has no infinities, and a table shows a mark."""
    return value if math.isfinite(value) else None
