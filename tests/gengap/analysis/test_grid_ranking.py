import math

import numpy as np
import pytest

from gengap.analysis.against_print import beside_print
from gengap.analysis.grid_ranking import distance, held_out_labels, settings_table, with_held_out
from gengap.paper.printed import PRINTED_COLUMNS, read_printed_results

LABELS = ("128", "2048", "8192")


def ranges(number):
    """Range of each printed column; the train loss of Table 7 has one misprint."""
    rows = [row for row in read_printed_results(number).values() if row["train_loss"] != 1.1031]
    return {name: max(row[name] for row in rows) - min(row[name] for row in rows) for name in PRINTED_COLUMNS}


@pytest.fixture
def grid(stages):
    """A grid of settings that miss every printed value of Table 6 by `factor` of its range; `None` diverged."""

    def make(settings, number="6", name="study", default=None):
        printed, units, entries = read_printed_results("6"), ranges("6"), []
        for index, (setting, factor) in enumerate(settings):
            missed = {
                label: {column: printed[label][column] + factor * unit for column, unit in units.items()}
                for label in LABELS
                if factor is not None
            }
            rows = stages.loaded([(label, [missed.get(label)]) for label in LABELS], f"{name}.{index}")
            entries.append({"setting": setting, "is_default": index == default, "rows": rows})
        return {"judged_against": number, "settings": entries}

    return make


def measured(number, label, **changes):
    """The print itself as if it were measured at one batch size, with some values changed."""
    frame = beside_print(number, None)
    here = frame["batch_size"] == label
    frame.loc[here, "status"] = "full length"
    values = frame["column"].map(changes).fillna(frame["printed"])
    return frame.assign(difference=(values - frame["printed"]).where(here))


def test_the_distance_is_a_root_mean_square_in_units_of_the_printed_ranges():
    away = ranges("6")["test_loss"]
    frame = measured("6", "128", test_loss=0.0299 + away, train_loss=0.0156)
    assert distance(frame) == pytest.approx(math.sqrt(1 / 4))
    assert distance(frame, ["test_loss"]) == pytest.approx(1)
    assert distance(frame, ["train_loss"]) == 0
    assert math.isnan(distance(beside_print("6", None)))


def test_misprints_and_columns_that_do_not_vary_cost_no_distance():
    assert distance(measured("7", "512", train_loss=0.1031)) == 0
    assert distance(measured("7", "128", train_loss=0.0785 + ranges("7")["train_loss"])) == pytest.approx(0.5)
    assert distance(measured("11", "4096->128", train_error_percent=50.0)) == 0, "Table 11 prints 0.00 in every row"


def test_settings_are_ranked_by_their_distance_and_one_that_diverged_is_the_last(grid):
    settings = [({"momentum": 0.9}, None), ({"momentum": 0.5}, 3.0), ({"momentum": 0.1}, 0.0)]
    frame = settings_table(grid(settings))
    assert list(frame["option: momentum"]) == ["0.1", "0.5", "0.9"]
    for name in ("distance", "distance_errors", "distance_losses"):
        assert frame[name].to_list() == pytest.approx([0, 3, math.inf])


def test_without_a_printed_table_settings_are_ranked_by_their_mean_test_error(grid):
    settings = [({"momentum": 0.9}, 2.0), ({"momentum": 0.5}, None), ({"momentum": 0.1}, 1.0)]
    frame = settings_table(grid(settings, number=None))
    assert "distance" not in frame
    assert list(frame["option: momentum"]) == ["0.1", "0.9", "0.5"]
    errors = [read_printed_results("6")[label]["test_error_percent"] for label in LABELS]
    assert frame["mean_test_error"][0] == pytest.approx(np.mean(errors) + (0.99 - 0.44))


def test_held_out_data_judge_the_order_that_others_chose_among_the_settings_that_both_have(grid):
    settings = [({"momentum": m, "input_scaling": s}, f) for m, s, f in
                [(0.9, "unit", 0.3), (0.9, "none", 0.1), (0.5, "unit", 0.9), (0.5, "none", 0.7)]]  # fmt: skip
    others = settings_table(grid([(setting, 1 - factor) for setting, factor in settings], name="other"))
    frame = with_held_out(settings_table(grid(settings[:2])), {"MNIST": others})
    assert frame["rank"].to_list() == [1, 2]
    assert frame["rank: MNIST"].to_list() == [2, 1]


@pytest.mark.parametrize(
    ("datasets", "labels"),
    [(["CIFAR-10", "MNIST"], ["MNIST"]), (["CIFAR-10", "MNIST", "MNIST"], ["1", "2"]), (["MNIST", "MNIST"], ["1"])],
)
def test_held_out_grids_are_told_by_their_data_or_names(datasets, labels):
    chooser, *others = ({"dataset": name, "grid": str(place)} for place, name in enumerate(datasets))
    assert held_out_labels(chooser, others) == labels
