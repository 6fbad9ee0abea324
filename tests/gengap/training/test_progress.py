"""The log tells how a training goes and how long it still takes."""

from types import SimpleNamespace

import pytest

from gengap.training import progress
from gengap.training.progress import Progress, duration
from gengap.training.schedule import make_schedule


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (119.4, "119 s"), (150, "2 min"), (3600, "60 min"), (7200, "2 h 00 min"), (12_300, "3 h 25 min")],
)
def test_durations_are_in_the_unit_that_fits(seconds, text):
    assert duration(seconds) == text


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: now.seconds)
    return now


@pytest.mark.parametrize(
    ("seconds", "step", "told"), [(2.0, 0, "50 images/s, 15 s left"), (1.0, 8, "20 images/s"), (0.0, 0, "epoch 1/4")]
)
def test_a_line_tells_speed_and_remaining_time(seconds, step, told, clock, options):
    """After the first epoch of four, of which some steps were made before: an epoch that is resumed counts its own."""
    schedule = make_schedule(options | {"epochs": 4}, 10, 100)
    shown = Progress(schedule)
    shown.begin_epoch(state := SimpleNamespace(step=step, measured_images=0, measured_seconds=0.0))
    clock.seconds += seconds
    shown.end_epoch(state, schedule.epochs[0])
    clock.seconds += 3.0  # the test set
    row = {"epoch": 1, "learning_rate": 0.1, "train_cross_entropy": 0.25, "weight_penalty": 0.0625}
    line = shown.line(row | {"train_error_percent": 4.0, "test_error_percent": 5.5})
    assert all(part in line for part in (told, "0.25 + 0.0625", "4 %", "5.5 %"))
    diverged = shown.line(row | {"train_cross_entropy": None, "train_error_percent": 90.0, "test_error_percent": None})
    assert diverged.count("not finite") == 2


def test_the_speed_that_is_noted_leaves_out_the_first_epoch_of_each_batch_size(clock, options):
    """Libraries choose their algorithms in it, and a GPU captures its graphs."""
    switch = {"epochs": 6, "switch_batch_size": 5, "switch_epoch": 0.5}
    schedule = make_schedule(options | switch, 10, 100)
    assert [epoch.batch_size for epoch in schedule.epochs] == [10] * 3 + [5] * 3
    state = SimpleNamespace(step=0, measured_images=0, measured_seconds=0.0)
    shown = Progress(schedule)
    for epoch, seconds in zip(schedule.epochs, (60.0, 2.0, 2.0, 60.0, 3.0, 3.0), strict=True):
        shown.begin_epoch(state)
        clock.seconds += seconds
        shown.end_epoch(state, epoch)
    assert (state.measured_images, state.measured_seconds) == (400, 10.0)
