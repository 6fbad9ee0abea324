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


def row(epoch, **changed):
    values = {"train_cross_entropy": 0.25, "weight_penalty": 0.0625, "train_error_percent": 4.0}
    return {"epoch": epoch, "learning_rate": 0.1, **values, "test_error_percent": 5.5} | changed


@pytest.fixture
def clock(monkeypatch):
    now = SimpleNamespace(seconds=100.0)
    monkeypatch.setattr(progress.time, "monotonic", lambda: now.seconds)
    return now


def after_one_epoch(clock, schedule, seconds, step=0):
    """Progress after the first epoch, of which some steps were made before."""
    state = SimpleNamespace(step=step, measured_images=0, measured_seconds=0.0)
    shown = Progress(schedule)
    shown.begin_epoch(state)
    clock.seconds += seconds
    shown.end_epoch(state, schedule.epochs[0])
    return shown


def test_speed_and_remaining_time(clock, options):
    shown = after_one_epoch(clock, make_schedule(options | {"epochs": 4}, 10, 100), 2.0)
    clock.seconds += 3.0  # the test set
    line = shown.line(row(1))
    for told in ("epoch 1/4", "learning rate 0.1", "train loss 0.25 + 0.0625", "50 images/s, 15 s left"):
        assert told in line
    assert "train error 4 %, test error 5.5 %" in line


def test_a_resumed_epoch_counts_only_its_own_steps(clock, options):
    shown = after_one_epoch(clock, make_schedule(options, 10, 95), 1.0, step=8)
    assert "15 images/s" in shown.line(row(1))


def test_what_is_not_finite_is_named(clock, options):
    shown = after_one_epoch(clock, make_schedule(options, 10, 100), 0.0)
    line = shown.line(row(1, train_cross_entropy=None, test_error_percent=None))
    assert "train loss not finite" in line
    assert "test error not finite" in line


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
