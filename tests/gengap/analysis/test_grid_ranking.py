"""Settings of a grid against a printed table."""

import math

import numpy as np
import pytest

from gengap.analysis.grid_ranking import (
    distance,
    held_out_labels,
    scales,
    settings_table,
    with_held_out,
)
from gengap.paper.printed import MISPRINTS, PRINTED_RESULTS, read_misprints, read_printed_results

PRINTED = read_printed_results(PRINTED_RESULTS, "6")
LABELS = ("128", "2048", "8192")


@pytest.fixture
def grid(stages):
    """A grid of settings that miss every printed value of Table 6 by `factor` of its range; `None` diverged."""

    def make(settings, number="6", name="study", default=None):
        units = scales(PRINTED, {})
        entries = []
        for index, (setting, factor) in enumerate(settings):
            away = {name: (factor or 0) * unit for name, unit in units.items()}
            rows = [
                (label, [{name: PRINTED[label][name] + away[name] for name in units} | {"diverged": factor is None}])
                for label in LABELS
            ]
            rows = stages.loaded(rows, f"{name}.{index}")
            entries.append({"setting": setting, "is_default": index == default, "rows": rows})
        return {"title": "LeNet-5 on MNIST", "dataset": "MNIST", "judged_against": number, "settings": entries}

    return make


def table(grid):
    return settings_table(grid, PRINTED_RESULTS, MISPRINTS)


def test_the_distance_is_a_root_mean_square_in_units_of_the_printed_ranges():
    measured = {
        "128": {"train_error_percent": 0.66, "test_error_percent": 0.44, "train_loss": 0.0156, "test_loss": 0.0299},
        "8192": {"train_error_percent": 0.66, "test_error_percent": 0.44, "train_loss": 0.2358, "test_loss": 0.2428},
    }
    assert distance(measured, PRINTED, {}) == pytest.approx(math.sqrt(2 / 8))
    assert distance(measured, PRINTED, {}, ["test_loss"]) == 0


def test_the_print_itself_is_at_distance_zero_and_its_range_away_at_one(grid):
    frame = table(grid([({"initialization": "pytorch"}, 1.0), ({"initialization": "he_normal"}, 0.0)]))
    assert list(frame["option: initialization"]) == ["he_normal", "pytorch"]
    assert frame["distance"].to_list() == pytest.approx([0.0, 1.0])
    assert frame["distance_losses"].to_list() == pytest.approx([0.0, 1.0])


def test_a_misprint_sets_no_scale_and_costs_no_distance():
    printed, misprints = read_printed_results(PRINTED_RESULTS, "7"), read_misprints(MISPRINTS, "7")
    assert scales(printed, misprints)["train_loss"] == pytest.approx(0.3301 - 0.0785)
    corrected = {"512": printed["512"] | {"train_loss": 0.1031}}
    assert distance(corrected, printed, misprints) == 0
    assert distance(corrected, printed, {}) > 0


def test_a_column_that_does_not_vary_is_not_compared():
    """Table 11 prints a train error of 0.00 in every row."""
    printed = read_printed_results(PRINTED_RESULTS, "11")
    assert "train_error_percent" not in scales(printed, {})
    assert distance({"4096->128": printed["4096->128"] | {"train_error_percent": 50.0}}, printed, {}) == 0


def test_a_diverged_setting_is_farthest_and_rows_that_are_not_printed_do_not_count(grid):
    frame = table(grid([({"momentum": 0.9}, None), ({"momentum": 0.5}, 3.0)]))
    assert frame["distance"].to_list() == pytest.approx([3.0, math.inf])
    assert math.isnan(distance({"77": dict.fromkeys(PRINTED["128"], 0.0)}, PRINTED, {}))


def test_without_a_printed_table_settings_are_ranked_by_their_mean_test_error(grid):
    frame = table(grid([({"momentum": 0.9}, 2.0), ({"momentum": 0.5}, None), ({"momentum": 0.1}, 1.0)], number=None))
    assert "distance" not in frame
    assert list(frame["option: momentum"]) == ["0.1", "0.9", "0.5"]
    expected = np.mean([PRINTED[label]["test_error_percent"] for label in LABELS]) + (0.99 - 0.44)
    assert frame["mean_test_error"][0] == pytest.approx(expected)


SETTINGS = [({"momentum": m, "input_scaling": s}, f) for m, s, f in
            [(0.9, "unit", 0.3), (0.9, "none", 0.1), (0.5, "unit", 0.9), (0.5, "none", 0.7)]]  # fmt: skip


def test_held_out_data_judge_the_order_that_others_chose(grid):
    chosen = table(grid(SETTINGS, default=2))
    judging = table(grid([(setting, 1 - factor) for setting, factor in SETTINGS[1:]], name="other"))
    frame = with_held_out(chosen, {"Fashion-MNIST": judging})
    assert frame["rank"].to_list() == [1, 2, 3, 4]
    assert frame["rank: Fashion-MNIST"].to_list()[:1] == [3]
    assert math.isnan(frame["rank: Fashion-MNIST"][1])


def test_ranks_on_held_out_data_are_those_among_the_settings_that_both_have(grid):
    judging = table(grid([(setting, 1 - factor) for setting, factor in SETTINGS], name="other"))
    frame = with_held_out(table(grid(SETTINGS[:2])), {"Fashion-MNIST": judging})
    assert frame["rank: Fashion-MNIST"].to_list() == [2, 1], "the two that were run here only are no rivals"


ON_MNIST, VGG_ON_MNIST = ({"dataset": "MNIST", "title": f"{name} on MNIST"} for name in ("LeNet-5", "VGG-16"))
OTHER_SIZES, OTHER_SIZE = (
    ON_MNIST | {"settings": [{"batch_sizes": sizes}, {"batch_sizes": sizes[:1]}]}
    for sizes in ([8192, 512, 128], [8192])
)


@pytest.mark.parametrize(
    ("chooser", "others", "labels"),
    [
        ({"dataset": "CIFAR-10", "title": "LeNet-5 on CIFAR-10"}, [ON_MNIST], ["MNIST"]),
        (
            {"dataset": "CIFAR-10", "title": "LeNet-5 on CIFAR-10"},
            [ON_MNIST, VGG_ON_MNIST],
            ["LeNet-5 on MNIST", "VGG-16 on MNIST"],
        ),
        (ON_MNIST, [VGG_ON_MNIST], ["VGG-16 on MNIST"]),
        (ON_MNIST, [OTHER_SIZES], ["batch sizes 128, 512 and 8192"]),
        (ON_MNIST, [OTHER_SIZE], ["batch size 8192"]),
    ],
)
def test_held_out_grids_are_told_by_data_network_or_batch_sizes(chooser, others, labels):
    assert held_out_labels(chooser, others) == labels
