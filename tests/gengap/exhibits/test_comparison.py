import pytest
from places import ROOT

from gengap.config import plan
from gengap.config.load import load_config
from gengap.exhibits import planned


def shortened(error, epochs):
    return {"test_error_percent": error, "epochs": epochs}


@pytest.fixture
def show(exhibit, tables):
    return lambda module, **rows: exhibit(module, {"tables": tables(**rows)})


def test_what_was_shortened_diverged_or_not_run_is_told_in_its_row(show):
    table = show("comparison", table_6=[("128", [shortened(0.5, 3.0)]), ("512", [None]), ("1024", [0.7, 0.8, None])])
    assert table.rows[0][:3] == ["6: 128", "1", "3 of 60"]
    assert [cell.text for cell in table.cells()[1][1:5]] == ["0 of 1", "–", "0.62", "diverged"]
    assert table.rows[2][1] == "2 of 3"
    assert table.rows[3][4] == "not run"
    assert len(table.rows) == 6, "tables of which nothing was run are named below"
    assert any("1, 2, 3, 4, 5, 7, 8, 9, 10, 11" in note for _, note in table.notes)
    assert len(table.data) == 4 * 61


def test_slopes_stand_in_a_row_for_each_table_with_a_mark_where_trainings_were_shortened(show):
    falling = [("128", [9.0]), ("4096->128", [7.2]), ("8192->128", [7.4])]
    short, single = [("128", [shortened(0.5, 2.0)]), ("512", [0.7])], [("128", [9.0])]
    table = show("slopes", table_11=falling, table_6=short, table_7=single)
    assert [row[:2] for row in table.rows] == [["Table 6", "2*"], ["Table 11", "2"]], "one row has no slope"
    assert [row[4:] for row in table.rows] == [["yes", "flat/flat/flat"], ["no", "flat/flat/flat"]]
    assert [mark for mark, _ in table.notes] == ["*"]
    assert show("slopes", table_5=[("128", [None])]).rows == []


def test_scatter_over_seeds_has_a_row_for_each_table(show):
    table = show("seed_scatter", table_5=[("128", [7.70, 7.82]), ("512", [8.10, 8.20])])
    assert [row[:2] for row in table.rows] == [["Table 5", "2"]]
    empty = show("seed_scatter", table_5=[("128", [shortened(7.7, 3.0), shortened(7.8, 3.0)])])
    assert (empty.rows, len(empty.notes)) == ([], 1)


def test_scatter_is_planned_where_a_row_has_two_seeds():
    changes = {"run": ["lenet5_mnist"], "seeds": [0, 1], "figures": []}
    assert "seed_scatter" in planned(plan(load_config([ROOT / "config.yaml"]) | changes))
