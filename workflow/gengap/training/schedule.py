"""Which batch size and learning rate each update has, from the options of the configuration alone."""

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from gengap.errors import UserError


@dataclass(frozen=True)
class Epoch:
    """One pass over the training set.

    Attributes:
        number: 0 for the first; the epoch's random draws depend on it.
        batch_size: images of each update but the last, which takes what remains.
        updates: number of updates; fewer than a whole pass needs only in the last epoch of `equal_updates_to`.
        first_update: number of updates before this epoch.
        images: number of images of these updates.
    """

    number: int
    batch_size: int
    updates: int
    first_update: int
    images: int


@dataclass(frozen=True)
class Schedule:
    """A whole training.

    Attributes:
        epochs: its epochs in order.
        learning_rates: (first update, learning rate) of each constant piece, in order.
        momentum_resets: numbers of the epochs before which the momentum is set to zero.
    """

    epochs: tuple[Epoch, ...]
    learning_rates: tuple[tuple[int, float], ...]
    momentum_resets: frozenset[int] = frozenset()

    @property
    def updates(self) -> int:
        """Number of updates of the whole training."""
        return self.epochs[-1].first_update + self.epochs[-1].updates

    def learning_rate(self, update: int) -> float:
        """Learning rate of an update, counted from 0."""
        piece = bisect.bisect_right(self.learning_rates, update, key=lambda start_and_rate: start_and_rate[0])
        return self.learning_rates[piece - 1][1]


def make_schedule(options: Mapping[str, Any], batch_size: int, images: int) -> Schedule:
    """Lay out a training.

    The learning rate is multiplied by `learning_rate_factor` at the first update at or after each of
    `learning_rate_steps`, which are fractions of the training's epochs. A switch of the batch size happens
    between two epochs, at the one nearest to `switch_epoch`, and leaves at least one on either side. At the end of an
    epoch nearest to each of `batch_size_steps` the batch size is multiplied by `batch_size_factor`.
    `learning_rate_scaling` multiplies all rates by B/B₀ or √(B/B₀), with the first batch size B. In the W updates of
    `warm_up_epochs` the rate rises by one amount at each update, from r/W to the first rate r (Goyal et al. 2017).

    Args:
        options: resolved options of the configuration.
        batch_size: batch size, before it is changed if it is.
        images: number of training images.

    Raises:
        UserError: a batch larger than the data set, a switch without epochs on both sides, two of `equal_updates_to`,
            a switch and `batch_size_steps` together, or a warm-up that goes on when the rate falls, the batch size
            changes or the training ends.
    """
    _check(options, batch_size, images)
    if options["equal_updates_to"] is not None:
        schedule = _equal_updates(options, batch_size, images)
    elif options["switch_batch_size"] is not None:
        schedule = _switched(options, batch_size, images)
    else:
        total = options["epochs"]
        steps = [round(_exact(step) * total) for step in options["batch_size_steps"]]
        factors = [options["batch_size_factor"] ** sum(step <= epoch for step in steps) for epoch in range(total)]
        epochs = _epochs([batch_size * factor for factor in factors], images)
        schedule = Schedule(epochs, _annealed(options, epochs, images, start=0, length=Fraction(total)))
    if options["momentum_reset"] == "every_epoch":
        schedule = replace(schedule, momentum_resets=frozenset(range(1, len(schedule.epochs))))
    return _warmed_up(schedule, _exact(options["warm_up_epochs"]), images)


def _warmed_up(schedule: Schedule, epochs: Fraction, images: int) -> Schedule:
    first, (_, rate), later = schedule.epochs[0], schedule.learning_rates[0], schedule.learning_rates[1:]
    updates = math.ceil(epochs * math.ceil(images / first.batch_size))
    if not updates:
        return schedule
    changes = [epoch.first_update for epoch in schedule.epochs if epoch.batch_size != first.batch_size]
    end = min([start for start, _ in later] + changes, default=schedule.updates)
    if updates > end:
        raise UserError(
            f"`warm_up_epochs` are {updates} updates at batch size {first.batch_size}, but after {end} the learning"
            " rate falls, the batch size changes or the training ends; shorten them."
        )
    rising = [(update, rate * (update + 1) / updates) for update in range(updates - 1)]
    return replace(schedule, learning_rates=(*rising, (updates - 1, rate), *later))


def _equal_updates(options: Mapping[str, Any], batch_size: int, images: int) -> Schedule:
    updates = options["epochs"] * math.ceil(images / options["equal_updates_to"])
    per_epoch = math.ceil(images / batch_size)
    epochs = _epochs([batch_size] * math.ceil(updates / per_epoch), images, updates)
    return Schedule(epochs, _annealed(options, epochs, images, start=0, length=Fraction(updates, per_epoch)))


def _switched(options: Mapping[str, Any], batch_size: int, images: int) -> Schedule:
    total = options["epochs"]
    before = min(max(1, round(_exact(options["switch_epoch"]) * total)), total - 1)
    sizes = [batch_size] * before + [options["switch_batch_size"]] * (total - before)
    epochs = _epochs(sizes, images)
    rates = _annealed(options, epochs, images, start=0, length=Fraction(total))
    if options["switch_schedule"] == "restart":
        switch = epochs[before].first_update
        kept = tuple(piece for piece in rates if piece[0] < switch)
        rates = kept + _annealed(options, epochs, images, start=before, length=Fraction(total - before))
    return Schedule(epochs, rates, frozenset([before] if options["switch_momentum"] == "reset" else []))


def _epochs(batch_sizes: list[int], images: int, updates: int | None = None) -> tuple[Epoch, ...]:
    """Epochs of the given batch sizes, the last one cut so that there are `updates` in all."""
    epochs = []
    first_update = 0
    for number, batch_size in enumerate(batch_sizes):
        whole = math.ceil(images / batch_size)
        count = whole if updates is None else min(whole, updates - first_update)
        epochs.append(Epoch(number, batch_size, count, first_update, min(images, count * batch_size)))
        first_update += count
    return tuple(epochs)


def _annealed(
    options: Mapping[str, Any], epochs: tuple[Epoch, ...], images: int, start: int, length: Fraction
) -> tuple[tuple[int, float], ...]:
    """Pieces of the step schedule that begins with epoch `start` and lasts `length` epochs."""
    steps, factors = options["learning_rate_steps"], options["learning_rate_factor"]
    if not isinstance(factors, list):
        factors = [factors] * len(steps)
    rate = _exact(options["learning_rate"]) * _scale(options, epochs[0].batch_size)
    pieces = [(epochs[start].first_update, float(rate))]
    for step, factor in zip(steps, factors, strict=True):
        rate *= _exact(factor)
        position = start + _exact(step) * length
        epoch = epochs[math.floor(position)]
        inside = math.ceil((position - epoch.number) * math.ceil(images / epoch.batch_size))
        pieces.append((epoch.first_update + inside, float(rate)))
    return tuple(pieces)


def _scale(options: Mapping[str, Any], batch_size: int) -> Fraction:
    """Factor of the learning rate at a batch size."""
    if options["learning_rate_scaling"] == "none":
        return Fraction(1)
    ratio = Fraction(batch_size, options["learning_rate_batch_size"])
    return ratio if options["learning_rate_scaling"] == "linear" else Fraction(math.sqrt(ratio))


def _exact(value: float) -> Fraction:
    """The decimal number that a configuration says: 0.9 × 60 must be 54, not the next float above it."""
    return Fraction(str(value))


def _check(options: Mapping[str, Any], batch_size: int, images: int) -> None:
    for size in (batch_size, options["switch_batch_size"], options["equal_updates_to"]):
        if size is not None and size > images:
            raise UserError(
                f"A batch size of {size} is larger than the training set of {images} images;"
                f" choose at most {images} in `batch_sizes`, `switch_batch_size` and `equal_updates_to`."
            )
    largest = batch_size * options["batch_size_factor"] ** len(options["batch_size_steps"])
    if options["batch_size_steps"] and largest > images:
        raise UserError(
            f"The batch size would grow to {largest}, above the {images} training images; lower `batch_size_factor` or"
            " leave out one of `batch_size_steps`."
        )
    if options["switch_batch_size"] is None:
        return
    if options["equal_updates_to"] is not None:
        raise UserError("`equal_updates_to` and `switch_batch_size` cannot be combined; remove one of them.")
    if options["epochs"] < 2:
        raise UserError("`switch_batch_size` needs at least two epochs, one on either side; raise `epochs`.")
