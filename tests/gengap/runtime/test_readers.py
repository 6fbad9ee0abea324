"""A file that a rule has written and that is damaged is named, whoever reads it."""

import json

import pandas as pd
import pytest
from PIL import Image

from gengap.errors import UserError
from gengap.exhibits.needs import Files
from gengap.render.exhibit import Figure, read_exhibit
from gengap.report.content import Shown
from gengap.report.runs import read_runs
from gengap.runtime.readers import read_csv, read_json, read_parquet

# By rules that show them, too.
READERS = {
    "csv": (lambda path: read_csv(path, ["x"]), lambda path: Files({"history": [path]}).of_trainings("history")),
    "parquet": (lambda path: read_parquet(path, ["x"]),),
    "json": (read_json, lambda path: read_runs([(path, path)]), read_exhibit),
    "png": (lambda path: Shown(path.with_suffix(""), Figure("", "")).width_inches,),
}
# Folders and a name that tell what a file holds.
PLACE = "lenet5/bs128/seed0/9x5"
DAMAGES = {
    "empty": lambda content: b"",
    "cut off": lambda content: content[: len(content) // 2],
    "zeros": lambda content: bytes(len(content)),
    "another's": lambda content: content,
    "header alone": lambda content: content.splitlines(keepends=True)[0],
    "bytes of no text": lambda content: b"\xff\xfe\n" + content,
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("kind", READERS)
def test_a_damaged_file_is_named_with_what_to_do(tmp_path, kind, damage):
    path = tmp_path / f"{PLACE}.{kind}"
    path.parent.mkdir(parents=True)
    frame = pd.DataFrame({"another": range(1000)})
    match kind:
        case "csv":
            frame.to_csv(path, index=False)
        case "parquet":
            frame.to_parquet(path)
        case "json":
            path.write_text(json.dumps({"another": 1}))
        case "png":
            Image.new("RGB", (64, 64)).save(path)
    path.write_bytes(DAMAGES[damage](path.read_bytes()))
    for reader in READERS[kind]:
        if reader is read_json and damage in ("another's", "header alone"):
            assert read_json(path) == {"another": 1}
            continue
        with pytest.raises(UserError, match=rf"{PLACE}\.{kind} .*delete"):
            reader(path)


def test_a_table_may_have_no_line_where_that_is_meant_and_an_absent_file_is_no_damaged_one(tmp_path):
    (tmp_path / "none.csv").write_text("x\n")
    assert read_csv(tmp_path / "none.csv", ["x"], may_be_empty=True).empty
    with pytest.raises(UserError, match="none.csv .*no line"):
        read_csv(tmp_path / "none.csv", ["x"])
    with pytest.raises(FileNotFoundError):
        read_json(tmp_path / "absent.json")
