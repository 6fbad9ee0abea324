"""Printed training losses against the number of updates: which curve made them is found again."""

import math
from pathlib import Path

import pandas as pd
import pytest
from gengap.results.printed_decay import printed_decay, printed_decay_item, recipe_rate
from gengap.results.weight_penalty import decay_rate

from gengap.config.load import read_yaml
from gengap.config.schema import option_defaults
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS

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


@pytest.fixture
def printed(tmp_path):
    """The deviations of a table with these train errors and losses by label."""

    def compute(rows, number="6", misprints=""):
        path, wrong = tmp_path / "printed.csv", tmp_path / "misprints.csv"
        frame = pd.DataFrame(
            [(number, label, error, 1.0, loss, loss) for label, (error, loss) in rows.items()],
            columns=["table", "batch_size", "train_error_percent", "test_error_percent", "train_loss", "test_loss"],
        )
        frame.to_csv(path, index=False)
        wrong.write_text(f"table,row,column,reason\n{misprints}", encoding="utf-8")
        return printed_decay(path, wrong)

    return compute


@pytest.mark.parametrize("kind", LOSSES)
def test_the_curve_that_made_the_losses_is_nearest(printed, kind):
    line = printed({str(size): (0.1, LOSSES[kind](size)) for size in SIZES}).iloc[0]
    assert line["nearest"] == kind
    assert line[kind] == pytest.approx(0, abs=1e-6)
    assert all(line[other] > 1 for other in LOSSES if other != kind)


@pytest.mark.parametrize(("recipe", "number"), [("cifar", "1"), ("mnist", "6")])
def test_the_recipes_are_those_of_the_paper_s_configuration(recipe, number):
    """The audit speaks of the print, whatever a run changes; the repository's own configuration says the same of it."""
    stated = read_yaml(Path(__file__).parents[3] / "config.yaml")["recipes"][recipe]
    options = {**option_defaults(), **stated, "decay_convention": "half"}
    assert recipe_rate(number) == pytest.approx(decay_rate(options))


def test_start_and_equilibrium_are_those_of_the_decay(printed):
    line = printed({str(size): (0.1, decayed(size, RATE)) for size in SIZES}, number="5").iloc[0]
    assert (line["start"], line["equilibrium"]) == pytest.approx((0.29, 0.02))
    assert (line["rows"], line["smallest"], line["largest"]) == (5, 128, 4096)


def test_rows_of_large_errors_misprints_and_switched_batch_sizes_are_left_out(printed):
    rows = {str(size): (0.1, decayed(size, RATE)) for size in SIZES}
    rows |= {"8192": (0.6, 9.0), "16": (0.1, 9.0), "4096->128": (0.1, 9.0)}
    line = printed(rows, misprints="6,16,train_loss,wrong\n").iloc[0]
    assert line["decay"] == pytest.approx(0, abs=1e-6)
    del rows["512"], rows["1024"]
    assert len(printed(rows, misprints="6,16,train_loss,wrong\n")) == 0


def test_cifar_has_its_own_weight_decay_and_epochs(printed):
    """200 epochs of 50,000 images, a fifth of the weight decay."""
    rows = {str(size): (0.1, 0.1 + 0.4 * math.exp(-RATE / 5 * 200 * math.ceil(50000 / size))) for size in (64, *SIZES)}
    assert printed(rows, number="4").iloc[0]["decay"] == pytest.approx(0, abs=1e-6)


def test_the_caption_names_the_tables_of_each_curve():
    item = printed_decay_item(printed_decay(PRINTED_RESULTS, MISPRINTS))
    assert "½λ‖w‖² is nearest in Tables 1, 5, 6, 10, that of λ‖w‖² in none, the line in Tables 2, 3, 8." in item.caption
    assert [row[0] for row in item.rows] == [f"Table {number}" for number in (1, 2, 3, 5, 6, 8, 10)]
