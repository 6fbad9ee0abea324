"""Printed training losses against the number of updates: which curve made them is found again."""

import math

import pytest
from places import ROOT

from gengap.analysis.loss import decay_rate
from gengap.config.load import read_yaml
from gengap.config.schema import option_defaults
from gengap.exhibits.printed_decay import nearness, printed_decay, recipe_rate
from gengap.paper.printed import read_misprints, read_printed_results

SIZES = (128, 512, 1024, 2048, 4096)
# Section 5.2 on MNIST: 2 λ η̄ / (1 - momentum), the learning rate 0.1 falling tenfold after 50, 75 and 90 %.
RATE = 2 * 0.0005 * 0.1 * (0.5 + 0.25 * 0.1 + 0.15 * 0.01 + 0.1 * 0.001) / 0.1


def decayed(size, rate):
    """A loss after 60 epochs of 60,000 images."""
    return 0.02 + 0.27 * math.exp(-rate * 60 * math.ceil(60000 / size))


LOSSES = {
    "decay": lambda size: decayed(size, RATE),
    "doubled": lambda size: decayed(size, 2 * RATE),
    "line": lambda size: 0.03 * math.log2(size) - 0.1,
}


@pytest.mark.parametrize("kind", LOSSES)
def test_the_curve_that_made_the_losses_is_nearest(kind):
    line = nearness("6", {size: LOSSES[kind](size) for size in SIZES})
    assert line["nearest"] == kind
    assert line[kind] == pytest.approx(0, abs=1e-6)
    assert all(line[other] > 1 for other in LOSSES if other != kind)


def test_start_and_equilibrium_are_those_of_the_decay():
    line = nearness("5", {size: decayed(size, RATE) for size in SIZES})
    assert (line["start"], line["equilibrium"]) == pytest.approx((0.29, 0.02))
    assert (line["rows"], line["smallest"], line["largest"]) == (5, 128, 4096)


def test_cifar_has_its_own_weight_decay_and_epochs():
    """200 epochs of 50,000 images, a fifth of the weight decay."""
    losses = {size: 0.1 + 0.4 * math.exp(-RATE / 5 * 200 * math.ceil(50000 / size)) for size in (64, *SIZES)}
    assert nearness("4", losses)["decay"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(("recipe", "number"), [("cifar", "1"), ("mnist", "6")])
def test_the_recipes_are_those_of_the_paper_s_configuration(recipe, number):
    """The audit speaks of the print, whatever a run changes; the repository's own configuration says the same of it."""
    stated = read_yaml(ROOT / "config.yaml")["recipes"][recipe]
    options = {**option_defaults(), **stated, "decay_convention": "half"}
    assert recipe_rate(number) == pytest.approx(decay_rate(options))


def test_rows_of_large_errors_misprints_and_switched_batch_sizes_are_left_out():
    """Table 7 has a misprint and five rows of a train error above 0.5 %, Table 11 is switched."""
    assert printed_decay().set_index("table")["rows"].to_dict() == {
        number: sum(
            row["train_error_percent"] <= 0.5 and (label, "train_loss") not in read_misprints(number)
            for label, row in read_printed_results(number).items()
        )
        for number in ("1", "2", "3", "5", "6", "8", "10")
    }
