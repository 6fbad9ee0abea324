"""One line an epoch for the log: how it goes, how fast, how long still."""

import time
from collections.abc import Mapping
from typing import Any

from gengap.training.schedule import Epoch, Schedule
from gengap.training.state import TrainingState


class Progress:
    """Speed and remaining time of a training in this process."""

    def __init__(self, schedule: Schedule) -> None:
        self._schedule = schedule
        self._began = time.monotonic()
        self._images = 0
        self._batch_sizes: set[int] = set()

    def begin_epoch(self, state: TrainingState) -> None:
        """Start the clock of an epoch, which a resumed training enters in the middle."""
        self._epoch_began = time.monotonic()
        self._steps_before = state.step

    def end_epoch(self, state: TrainingState, epoch: Epoch) -> None:
        """Stop the clock, once the device has been waited for, and note the speed in the state.

        The first epoch of each batch size is not noted: libraries choose algorithms in it and graphs are captured.
        """
        images = max(0, epoch.images - self._steps_before * epoch.batch_size)
        seconds = max(time.monotonic() - self._epoch_began, 1e-9)
        self._speed = images / seconds
        self._images += images
        if epoch.batch_size in self._batch_sizes:
            state.measured_images += images
            state.measured_seconds += seconds
        self._batch_sizes.add(epoch.batch_size)

    def line(self, row: Mapping[str, Any]) -> str:
        """What to tell about an epoch, from its row of the history."""
        images_left = sum(epoch.images for epoch in self._schedule.epochs[row["epoch"] :])
        seconds_left = (time.monotonic() - self._began) * images_left / max(self._images, 1)
        shown = {name: "not finite" if value is None else f"{value:.4g}" for name, value in row.items()}
        return (
            f"epoch {row['epoch']}/{len(self._schedule.epochs)}: learning rate {shown['learning_rate']},"
            f" train loss {shown['train_cross_entropy']} + {shown['weight_penalty']} (cross-entropy + penalty),"
            f" train error {shown['train_error_percent']} %, test error {shown['test_error_percent']} %,"
            f" {self._speed:,.0f} images/s, {duration(seconds_left)} left"
        )


def duration(seconds: float) -> str:
    """A time span in the unit that fits: `42 s`, `3 min`, `2 h 05 min`."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60:02d} min"
