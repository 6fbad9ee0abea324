import json
from dataclasses import replace

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing

from gengap.errors import UserError
from gengap.render.exhibit import Cell, Figure, Table, read_exhibit, write_figure, write_table
from gengap.render.style import figure_style

FRAME = pd.DataFrame({"table": [5], "slope": [0.123456789012]})
ROWS = [[Cell("5"), Cell("0.12", "0.13 (−0.01)", "a")]]
TABLE = Table("Slopes", "Against batch size.", ["Table", "Slope"], ROWS, [("a", "Misprint.")], "5", FRAME)


def test_a_table_is_read_as_it_was_written_and_its_csv_has_full_precision(tmp_path):
    write_table(TABLE, tmp_path / "slopes")
    assert {path.name for path in tmp_path.iterdir()} == {f"slopes.{kind}" for kind in ("csv", "tex", "json")}
    assert read_exhibit(tmp_path / "slopes.json") == TABLE
    assert (tmp_path / "slopes.csv").read_text() == "table,slope\n5,0.123456789012\n"
    assert r"\label{tab:slopes}" in (tmp_path / "slopes.tex").read_text(encoding="utf-8")


def test_a_row_of_the_wrong_length_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        write_table(replace(TABLE, rows=[["5"]]), tmp_path / "slopes")
    assert not list(tmp_path.iterdir())


def test_a_figure_has_a_picture_a_description_and_its_data(tmp_path):
    figure = Figure("Curves", "A caption.", "a1", Drawing(figsize=(2, 1)), FRAME)
    with figure_style({}) as look:
        write_figure(figure, look, tmp_path / "curves")
        with pytest.raises(ValueError, match="nothing drawn"):
            write_figure(replace(figure, drawing=None), look, tmp_path / "other")
    assert {path.name for path in tmp_path.iterdir()} == {f"curves.{kind}" for kind in ("pdf", "png", "json", "csv")}
    assert read_exhibit(tmp_path / "curves.json") == figure


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"kind": "table", "title": "Slopes"})])
def test_a_damaged_description_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "slopes.json").write_text(content)
    with pytest.raises(UserError, match=r"slopes\.json .*; delete it"):
        read_exhibit(tmp_path / "slopes.json")
