"""Settings of a grid and the effects of its options, as tables."""

import pytest

from gengap.analysis.grid_ranking import scales
from gengap.exhibits.settings import SHOWN
from gengap.paper.printed import PRINTED_RESULTS, read_printed_results

PRINTED = read_printed_results(PRINTED_RESULTS, "6")
SETTINGS = [({"momentum": m, "input_scaling": s}, f) for m, s, f in
            [(0.9, "unit", 0.3), (0.9, "none", 0.1), (0.5, "unit", 0.9), (0.5, "none", 0.7)]]  # fmt: skip


@pytest.fixture
def grid(stages):
    """A grid of settings that miss every printed value of Table 6 by `factor` of its range."""

    def make(settings, name="study", number="6", epochs=60.0, default=None, **changes):
        units, entries = scales(PRINTED, {}), []
        for index, (setting, factor) in enumerate(settings):
            rows = [
                (label, [{c: PRINTED[label][c] + factor * units[c] for c in units} | {"epochs": epochs}])
                for label in ("128", "8192")
            ]
            rows = stages.rows(rows, f"{name}.{index}")
            entries.append({"setting": setting, "is_default": index == default, "rows": rows})
        grid = {"title": "LeNet-5 on MNIST", "dataset": "MNIST", "judged_against": number, "settings": entries}
        return grid | changes

    return make


@pytest.fixture
def subject(grid):
    """The settings with one grid held out, in which all but the first were run and their order is the opposite."""
    judging = grid([(setting, 1 - factor) for setting, factor in SETTINGS[1:]], "other", dataset="Fashion-MNIST")
    return {"grid": grid(SETTINGS, default=2), "held_out": [judging]}


def test_settings_are_ranked_here_and_on_held_out_data(exhibit, subject):
    table = exhibit("settings", subject)
    assert table.rows[0][0] == "print"
    assert [row[0] for row in table.rows[1:]] == ["1", "2", "3", "4*"]
    assert [mark for mark, _ in table.notes] == ["*"]
    held_out = table.header.index("Rank, Fashion-MNIST")
    assert [row[held_out] for row in table.rows] == ["–", "3", "–", "2", "1"]
    assert [table.rows[1][table.header.index(name)] for name in ("momentum", "input scaling")] == ["0.9", "none"]
    assert [row[table.header.index("Distance")] for row in table.rows[1:]] == ["0.100", "0.300", "0.700", "0.900"]


def test_shortened_runs_are_told_and_options_of_one_value_are_not_shown(exhibit, grid):
    settings = [({"momentum": momentum, "width": 1.0}, 0.5) for momentum in (0.1, 0.2)]
    table = exhibit("settings", {"grid": grid(settings, epochs=2.0), "held_out": []})
    assert "2, of the paper's 60" in table.caption
    assert table.header[1] == "momentum"
    assert "width" not in table.header


def test_of_many_settings_the_nearest_the_default_and_the_farthest_are_shown(exhibit, grid):
    settings = [({"momentum": index / 100}, index / 10) for index in range(40)]
    table = exhibit("settings", {"grid": grid(settings, default=30), "held_out": []})
    assert [row[0] for row in table.rows[1:]] == [*map(str, range(1, SHOWN)), "31*", "40"]
    assert len(table.data) == 40


def test_without_a_printed_table_there_is_no_distance(exhibit, grid):
    settings = [({"momentum": 0.9}, 2.0), ({"momentum": 0.1}, 1.0)]
    table = exhibit("settings", {"grid": grid(settings, number=None), "held_out": []})
    assert table.header[:3] == ["Rank", "momentum", "Test error at 128"]
    assert [row[1] for row in table.rows] == ["0.1", "0.9"]
