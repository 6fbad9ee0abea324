"""A file that a rule has written and that is damaged is named, whoever reads it."""

import json

import pandas as pd
import pytest
from PIL import Image

from gengap.analysis.over_seeds import read_metrics
from gengap.errors import UserError
from gengap.exhibits.measured_files import Files
from gengap.random_matrices.histogram import histograms
from gengap.render.exhibit import Figure, read_exhibit
from gengap.report.content import Shown
from gengap.report.runs import read_runs
from gengap.runtime.readers import read_csv, read_json, read_parquet

# How each kind of file is read by the rules that show it.
READERS = {
    "csv": {
        "any": lambda path: read_csv(path, ["x"]),
        "history": lambda path: Files({"history": [path]}).history,
        "trajectory": lambda path: Files({"trajectory": [path]}).trajectory,
        "counts": lambda path: Files({"counts": [path]}).counts,
        "networks": lambda path: Files({"layers": [path]}).of_networks("layers"),
        "extremes": lambda path: Files({"extremes": [path]}).extremes,
        "histograms": lambda path: Files({"histograms": [path]}).histograms,
    },
    "parquet": {
        "any": lambda path: read_parquet(path, ["x"]),
        "spectrum of random matrices": lambda path: histograms({(9, 5): path}, centred=True),
    },
    "json": {
        "any": read_json,
        "metrics": read_metrics,
        "provenance": lambda path: read_runs([(path, path)]),
        "exhibit": read_exhibit,
    },
    "png": {"figure": lambda path: Shown(path.stem, Figure("", ""), path.with_suffix("")).width_inches},
}
# Folders and a name that tell what a file holds.
PLACE = "lenet5/bs128/seed0/9x5"


def whole_files(folder):
    """One whole file of each kind, with nothing in it that a reader knows."""
    frame = pd.DataFrame({"another": range(1000)})
    frame.to_csv(folder / "whole.csv", index=False)
    frame.to_parquet(folder / "whole.parquet")
    (folder / "whole.json").write_text(json.dumps({"another": 1}))
    Image.new("RGB", (64, 64)).save(folder / "whole.png")
    return {kind: (folder / f"whole.{kind}").read_bytes() for kind in READERS}


DAMAGES = {
    "empty": lambda content: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "another's": lambda content: content,
    "header alone": lambda content: content.splitlines(keepends=True)[0],
    "bytes of no text": lambda content: b"\xff\xfe\n" + content,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize(("kind", "reader"), [(kind, reader) for kind in READERS for reader in READERS[kind]])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, kind, reader, damage):
    path = tmp_path / f"{PLACE}.{kind}"
    path.parent.mkdir(parents=True)
    path.write_bytes(DAMAGES[damage](whole_files(tmp_path)[kind]))
    if kind == "json" and reader == "any" and damage in ("another's", "header alone"):
        assert read_json(path) == {"another": 1}
        return
    with pytest.raises(UserError, match=rf"{PLACE}\.{kind} .*delete"):
        READERS[kind][reader](path)


def test_a_table_may_have_no_line_where_that_is_meant_and_an_absent_file_is_no_damaged_one(tmp_path):
    (tmp_path / "none.csv").write_text("x\n")
    assert read_csv(tmp_path / "none.csv", ["x"], may_be_empty=True).empty
    with pytest.raises(UserError, match="none.csv .*no line"):
        read_csv(tmp_path / "none.csv", ["x"])
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "absent.json")
