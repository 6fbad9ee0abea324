import json

import pandas as pd
import pytest
from PIL import Image

from gengap.audit.evidence import read_extremes
from gengap.audit.networks import read_networks
from gengap.errors import UserError
from gengap.random_matrices.histogram import histograms
from gengap.readers import read_csv, read_json, read_parquet
from gengap.results.item import read_item
from gengap.results.random_matrix_figure import _read as read_random_matrix
from gengap.results.random_matrix_tables import expectations_table
from gengap.results.rank_loss_counts import read_counts
from gengap.results.report_content import read_figure
from gengap.results.report_runs import read_runs
from gengap.results.report_tables import expectations_for_report
from gengap.results.tables import read_metrics, read_tables

BINS = pd.DataFrame([{"rows": 9, "columns": 5, "part": "bulk", "left": 0, "right": 1, "count": 1, "total": 1}])
LAW = {"number": "a1", "law": "gaussian"}
# How each kind of file is read by the rules that show it; what is not there was not reached.
READERS = {
    "csv": {
        "any": lambda path: read_csv(path, ["x"]),
        "counts": lambda path: read_counts([path]),
        "table": lambda path: read_tables(path, "comparison.csv"),
        "expectations": lambda path: expectations_for_report(path, "a1", ""),
        "table of extremes": lambda path: expectations_table({(9, 5): path}, lambda rows, columns: None),
        "figure of extremes": lambda path: read_random_matrix((9, 5), BINS, path),
        "claims on extremes": lambda path: read_extremes(
            [LAW | {"reproduces_paper": True, "files": [{"path": path, "rows": 9, "columns": 5}]}]
        ),
        "audit": lambda path: read_networks([{"counts": path}]),
    },
    "parquet": {
        "any": lambda path: read_parquet(path, ["x"]),
        "spectrum of random matrices": lambda path: histograms({(9, 5): path}, centred=True),
    },
    "json": {
        "any": read_json,
        "metrics": read_metrics,
        "provenance": lambda path: read_runs([(path, path)]),
        "item": read_item,
    },
    "png": {"figure": lambda path: read_figure(LAW, path)},
}


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
    path = tmp_path / f"damaged.{kind}"
    path.write_bytes(DAMAGES[damage](whole_files(tmp_path)[kind]))
    if kind == "json" and reader == "any" and damage in ("another's", "header alone"):
        assert read_json(path) == {"another": 1}
        return
    with pytest.raises(UserError, match=rf"damaged\.{kind} .*delete it and run the same command again"):
        READERS[kind][reader](path)


def test_a_table_without_lines_is_read_where_it_may_have_none(tmp_path):
    (tmp_path / "none.csv").write_text("x\n")
    assert read_csv(tmp_path / "none.csv", ["x"], may_be_empty=True).empty
    with pytest.raises(UserError, match="no line"):
        read_csv(tmp_path / "none.csv", ["x"])


def test_a_file_that_is_not_there_is_no_damaged_one(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "none.json")
