"""What docs/published shows is what its measurements give: made here anew, compared with the committed files."""

import importlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from places import PUBLISHED, ROOT

from gengap.config import plan
from gengap.config.load import load_config
from gengap.exhibits import planned
from gengap.exhibits.needs import Files, paths
from gengap.render.exhibit import write_figure, write_table
from gengap.render.style import figure_style

PLAN = plan(load_config([ROOT / "config.yaml", PUBLISHED / "config.yaml"]))
EXHIBITS = planned(PLAN)


@pytest.mark.parametrize("name", EXHIBITS)
def test_an_exhibit_is_what_the_measurements_give(name, tmp_path):
    one = EXHIBITS[name]
    module = importlib.import_module(f"gengap.exhibits.{one.module}")
    files, committed = Files(paths(one.needs, str(PUBLISHED / "measurements"))), PUBLISHED / one.folder / name
    if one.kind == "table":
        write_table(module.make(one.needs.subject, files), tmp_path / name)
    else:
        with figure_style(PLAN.config["style"]) as look:
            write_figure(module.make(one.needs.subject, files, look), look, tmp_path / name)
        made, there = (np.asarray(Image.open(f"{path}.png"), dtype=float) for path in (tmp_path / name, committed))
        assert made.shape == there.shape
        assert np.abs(made - there).mean() < 2
    # The last digits are those of the version of NumPy and SciPy.
    made, there = (pd.read_csv(f"{path}.csv") for path in (tmp_path / name, committed))
    pd.testing.assert_frame_equal(made, there, rtol=1e-12, atol=0)
    for ending in ("json", "tex") if one.kind == "table" else ("json",):
        made, there = (Path(f"{path}.{ending}").read_text(encoding="utf-8") for path in (tmp_path / name, committed))
        assert made == there, f"{name}.{ending}: run `make published`"


def test_nothing_else_is_published():
    there = {
        str(path.relative_to(PUBLISHED).with_suffix(""))
        for folder in ("tables", "figures", "audit")
        for path in (PUBLISHED / folder).iterdir()
    }
    assert there == {f"{one.folder}/{name}" for name, one in EXHIBITS.items()}
    assert all(path.stat().st_size < 2_000_000 for path in PUBLISHED.rglob("*"))


def test_every_training_that_is_named_has_its_metrics_and_provenance_and_no_other_lies_there():
    named = {f"{run['experiment']}/bs{run['batch_size']}/seed{run['seed']}" for run in PLAN.runs}
    folder = PUBLISHED / "measurements" / "runs"
    for kind in ("metrics.json", "provenance.json"):
        assert {str(path.parent.relative_to(folder)) for path in folder.rglob(kind)} == named
