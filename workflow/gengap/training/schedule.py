"""Which batch size and learning rate each update has, from the options of the configuration alone."""

import bisect
import math
from collections.abc import Mapping
from dataclasses import dataclass
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
        momentum_reset: number of the epoch before which the momentum is set to zero, if any.
    """

    epochs: tuple[Epoch, ...]
    learning_rates: tuple[tuple[int, float], ...]
    momentum_reset: int | None = None

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
    between two epochs, at the one nearest to `switch_epoch`, and leaves at least one on either side.

    Args:
        options: resolved options of the configuration.
        batch_size: batch size, before the switch if there is one.
        images: number of training images.

    Raises:
        UserError: a batch larger than the data set, a switch to a larger batch or without epochs on both sides,
            or `equal_updates_to` together with a switch.
    """
    _check(options, batch_size, images)
    if options["equal_updates_to"] is not None:
        return _equal_updates(options, batch_size, images)
    if options["switch_batch_size"] is not None:
        return _switched(options, batch_size, images)
    epochs = _epochs([batch_size] * options["epochs"], images)
    return Schedule(epochs, _annealed(options, epochs, images, start=0, length=Fraction(len(epochs))))


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
    return Schedule(epochs, rates, before if options["switch_momentum"] == "reset" else None)


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
    rate, factor = _exact(options["learning_rate"]), _exact(options["learning_rate_factor"])
    pieces = [(epochs[start].first_update, float(rate))]
    for number, step in enumerate(options["learning_rate_steps"], start=1):
        position = start + _exact(step) * length
        epoch = epochs[math.floor(position)]
        inside = math.ceil((position - epoch.number) * math.ceil(images / epoch.batch_size))
        pieces.append((epoch.first_update + inside, float(rate * factor**number)))
    return tuple(pieces)


def _exact(value: float) -> Fraction:
    """The decimal number that a configuration says: 0.9 × 60 must be 54, not the next float above it."""
    return Fraction(str(value))


def _check(options: Mapping[str, Any], batch_size: int, images: int) -> None:
    for size in (batch_size, options["equal_updates_to"]):
        if size is not None and size > images:
            raise UserError(
                f"A batch size of {size} is larger than the training set of {images} images;"
                f" choose at most {images} in `batch_sizes` and `equal_updates_to`."
            )
    smaller = options["switch_batch_size"]
    if smaller is None:
        return
    if smaller > batch_size:
        raise UserError(
            f"`switch_batch_size` is {smaller}, larger than the batch size {batch_size} that it switches from;"
            " choose a smaller one."
        )
    if options["equal_updates_to"] is not None:
        raise UserError("`equal_updates_to` and `switch_batch_size` cannot be combined; remove one of them.")
    if options["epochs"] < 2:
        raise UserError("`switch_batch_size` needs at least two epochs, one on either side; raise `epochs`.")
