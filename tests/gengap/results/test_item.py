import json

import pandas as pd
import pytest
from gengap.results.item import FigureItem, TableItem, read_item, write_table_item
from gengap.results.item_figure import write_figure_item
from matplotlib.figure import Figure

from gengap.errors import UserError
from gengap.render.style import figure_style

FRAME = pd.DataFrame({"table": [5], "slope": [0.123456789012]})


def table(**changes):
    fields = {
        "name": "slopes",
        "title": "Slopes",
        "caption": "Error against batch size.",
        "header": ["Table", "Slope"],
        "rows": [["5", "0.12"]],
        "notes": [["a", "Probably a misprint."]],
    }
    return TableItem(**(fields | changes))


def test_a_table_is_read_as_it_was_written(tmp_path):
    write_table_item(table(), FRAME, tmp_path)
    assert read_item(tmp_path / "slopes.json") == table()


def test_a_tables_csv_has_full_precision(tmp_path):
    write_table_item(table(), FRAME, tmp_path)
    assert (tmp_path / "slopes.csv").read_text() == "table,slope\n5,0.123456789012\n"


def test_a_row_of_the_wrong_length_is_refused_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="1 cells for 2 columns"):
        write_table_item(table(rows=[["5"]]), FRAME, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_figure_has_a_picture_a_description_and_its_data(tmp_path):
    item = FigureItem("curves", "Curves", "A caption.")
    with figure_style({}) as look:
        write_figure_item(item, Figure(figsize=(2, 1)), look, tmp_path, FRAME)
    assert {path.name for path in tmp_path.iterdir()} == {f"curves.{kind}" for kind in ("pdf", "png", "json", "csv")}
    assert read_item(tmp_path / "curves.json") == item


@pytest.mark.parametrize("content", ["", "{", "[]", json.dumps({"kind": "table", "name": "slopes"})])
def test_a_damaged_description_is_refused_in_one_sentence(tmp_path, content):
    (tmp_path / "slopes.json").write_text(content)
    with pytest.raises(UserError, match=r"slopes\.json does not describe a table or a figure; delete it"):
        read_item(tmp_path / "slopes.json")
