"""Batch sizes, updates and learning rates are those that the recipe says."""

import itertools

import pytest
import torch

from gengap.errors import UserError
from gengap.training.schedule import make_schedule

MNIST, CIFAR = 60_000, 50_000
SHALLOW = {"learning_rate": 0.001, "learning_rate_steps": [0.3, 0.6, 0.9], "learning_rate_factor": [10, 0.1, 0.1]}


@pytest.mark.parametrize(
    ("epochs", "batch_size", "images", "updates"),
    [
        (60, 128, MNIST, 28_140),
        (200, 2048, CIFAR, 5_000),
        (1, 60_000, MNIST, 1),
    ],
)
def test_the_last_partial_batch_is_an_update_and_every_image_is_seen(epochs, batch_size, images, updates, options):
    schedule = make_schedule(options | {"epochs": epochs}, batch_size, images)
    assert schedule.updates == updates
    assert [epoch.number for epoch in schedule.epochs] == list(range(epochs))
    assert {epoch.images for epoch in schedule.epochs} == {images}
    firsts = itertools.accumulate((epoch.updates for epoch in schedule.epochs), initial=0)
    assert [epoch.first_update for epoch in schedule.epochs] == list(firsts)[:-1]


@pytest.mark.parametrize(("epochs", "steps"), [(60, [30, 45, 54]), (200, [100, 150, 180])])
@pytest.mark.parametrize("batch_size", [128, 8192])
def test_learning_rates_are_those_of_pytorchs_multistep_schedule(epochs, steps, batch_size, options):
    schedule = make_schedule(options | {"epochs": epochs}, batch_size, MNIST)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    reference = torch.optim.lr_scheduler.MultiStepLR(optimizer, steps, gamma=0.1)
    for epoch in schedule.epochs:
        expected = pytest.approx(reference.get_last_lr()[0], rel=1e-12)
        assert schedule.learning_rate(epoch.first_update) == expected
        assert schedule.learning_rate(epoch.first_update + epoch.updates - 1) == expected
        optimizer.step()
        reference.step()


@pytest.mark.parametrize(
    ("changed", "batch_size", "images", "rates"),
    [
        # 3 epochs of 10 updates: half of them is update 15, three quarters 22.5, nine tenths 27.
        ({"epochs": 3}, 10, 100, ((0, 0.1), (15, 0.01), (23, 0.001), (27, 0.0001))),
        ({"learning_rate_steps": []}, 10, 100, ((0, 0.1),)),
        (SHALLOW, 10, 100, ((0, 0.001), (6, 0.01), (12, 0.001), (18, 0.0001))),
    ],
)
def test_the_learning_rate_falls_at_fractions_of_the_updates(changed, batch_size, images, rates, options):
    schedule = make_schedule(options | changed, batch_size, images)
    assert schedule.learning_rates == rates
    for (start, rate), (_, before) in zip(rates[1:], rates, strict=False):
        assert (schedule.learning_rate(start - 1), schedule.learning_rate(start)) == (before, rate)


def test_steps_that_fall_on_one_update_multiply(options):
    schedule = make_schedule(options | {"epochs": 1, "learning_rate_steps": [0.6, 0.9]}, 100, 100)
    assert (schedule.updates, schedule.learning_rate(0)) == (1, 0.1)
    schedule = make_schedule(options | {"epochs": 2, "learning_rate_steps": [0.4, 0.45]}, 100, 100)
    assert [schedule.learning_rate(update) for update in range(2)] == [0.1, 0.001]


def test_as_many_updates_as_a_smaller_batch_makes(options):
    """Training longer (Hoffer et al. 2017); the last epoch is cut short, and rates fall at fractions of the updates."""
    chosen = options | {"epochs": 60, "equal_updates_to": 128}
    schedule = make_schedule(chosen, 8192, MNIST)
    assert schedule.updates == 60 * 469
    assert len(schedule.epochs) == 3518  # 28,140 updates at 8 an epoch
    assert {epoch.updates for epoch in schedule.epochs[:-1]} == {8}
    assert (schedule.epochs[-1].updates, schedule.epochs[-1].images) == (4, 4 * 8192)
    assert [start for start, _ in schedule.learning_rates] == [0, 14_070, 21_105, 25_326]
    assert make_schedule(chosen, 128, MNIST) == make_schedule(options | {"epochs": 60}, 128, MNIST)


class TestSwitch:
    """Table 11: from a large batch to a small one during training."""

    def schedule(self, options, **changed):
        chosen = options | {"epochs": 60, "switch_batch_size": 128, "switch_epoch": 0.5} | changed
        return make_schedule(chosen, 8192, MNIST)

    def test_the_batch_size_changes_between_two_epochs_and_the_schedule_continues(self, options):
        schedule = self.schedule(options)
        assert [epoch.batch_size for epoch in schedule.epochs] == [8192] * 30 + [128] * 30
        assert schedule.updates == 30 * 8 + 30 * 469
        assert [rate for _, rate in schedule.learning_rates] == [0.1, 0.01, 0.001, 0.0001]
        assert [start for start, _ in schedule.learning_rates] == [0, 240, 240 + 15 * 469, 240 + 24 * 469]

    def test_the_schedule_restarts_over_the_epochs_that_remain(self, options):
        schedule = self.schedule(options, switch_schedule="restart", switch_epoch=0.8)
        # Before epoch 48: steps at 30 and 45. From there twelve epochs: steps after 6, 9 and 10.8 of them.
        switch = 48 * 8
        assert schedule.learning_rates == (
            (0, 0.1),
            (30 * 8, 0.01),
            (45 * 8, 0.001),
            (switch, 0.1),
            (switch + 6 * 469, 0.01),
            (switch + 9 * 469, 0.001),
            (switch + 10 * 469 + 376, 0.0001),  # 0.8 × 469 = 375.2
        )

    def test_the_momentum_is_kept_or_reset(self, options):
        changes = ({}, {"switch_momentum": "reset"}, {"switch_batch_size": None, "momentum_reset": "every_epoch"})
        resets = [self.schedule(options, **changed).momentum_resets for changed in changes]
        assert resets == [set(), {30}, set(range(1, 60))]

    @pytest.mark.parametrize(("fraction", "before"), [(0.01, 1), (0.34, 1), (0.7, 2), (0.99, 2)])
    def test_at_least_one_epoch_is_on_either_side(self, fraction, before, options):
        epochs = self.schedule(options, epochs=3, switch_epoch=fraction).epochs
        assert [epoch.batch_size for epoch in epochs] == [8192] * before + [128] * (3 - before)


@pytest.mark.parametrize(
    ("scaling", "first", "last"), [("none", 0.1, 1e-4), ("linear", 3.2, 3.2e-3), ("square_root", 0.565685, 5.65685e-4)]
)
def test_all_rates_are_scaled_by_the_first_batch_size(scaling, first, last, options):
    chosen = options | {"learning_rate_scaling": scaling, "learning_rate_batch_size": 128}
    rates = make_schedule(chosen, 4096, MNIST).learning_rates
    assert (rates[0][1], rates[-1][1]) == pytest.approx((first, last), rel=1e-6)
    assert make_schedule(chosen, 128, MNIST) == make_schedule(options, 128, MNIST)


def test_the_rate_rises_from_zero_by_one_amount_and_falls_where_it_did(options):
    plain, warm = (make_schedule(options | {"epochs": 60, "warm_up_epochs": epochs}, 4096, MNIST) for epochs in (0, 5))
    rates = [warm.learning_rate(update) for update in range(warm.updates)]
    assert rates[:75] == pytest.approx([0.1 * update / 75 for update in range(1, 76)])
    assert rates[74:] == [plain.learning_rate(update) for update in range(74, plain.updates)]


def test_the_batch_grows_between_epochs_and_sees_every_image_once_in_each(options):
    epochs = make_schedule(options | {"epochs": 6, "batch_size_steps": [0.3, 0.7]}, 2, 500).epochs
    assert [(epoch.batch_size, epoch.updates) for epoch in epochs] == [(2, 250)] * 2 + [(20, 25)] * 2 + [(200, 3)] * 2
    assert {epoch.images for epoch in epochs} == {500}


@pytest.mark.parametrize(
    ("changed", "batch_size", "message"),
    [
        ({"batch_size_steps": [0.5]}, 32, "grow to 320, above the 100 training images"),
        ({"warm_up_epochs": 1.5, "epochs": 2}, 32, "are 6 updates at batch size 32, but after 4 the"),
        ({"warm_up_epochs": 2, "epochs": 2, "learning_rate_steps": [], "batch_size_steps": [0.5]}, 2, "after 50 the"),
        ({}, 101, "batch size of 101 is larger than the training set of 100 images"),
        ({"equal_updates_to": 200}, 50, "batch size of 200 is larger than the training set"),
        ({"switch_batch_size": 200, "switch_epoch": 0.5}, 50, "batch size of 200 is larger than the training set"),
        ({"switch_batch_size": 8, "switch_epoch": 0.5, "equal_updates_to": 8}, 32, "cannot be combined"),
        ({"switch_batch_size": 8, "switch_epoch": 0.5, "epochs": 1}, 32, "at least two epochs"),
    ],
)
def test_impossible_schedules_are_refused(changed, batch_size, message, options):
    with pytest.raises(UserError, match=message):
        make_schedule(options | changed, batch_size, 100)
