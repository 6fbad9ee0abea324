"""Tables and figures of what was measured before: from the small published files, and nothing is made again."""

import json
import shutil

import pandas as pd
import pytest
from places import PUBLISHED
from workflow_harness import counted

pytestmark = pytest.mark.workflow

CONFIG = {
    "results": "results/measured",
    "measured": "mine",
    "run": ["lenet5_mnist"],
    "compute": {"device": "cpu", "threads": 1},
    "experiments": {"lenet5_mnist": {"batch_sizes": [128, 8192], "seeds": [0, 1]}},
    "audit": {"forward_precision": []},
    "random_matrices": {"laws": []},
    "tables": [{"number": 6, "experiment": "lenet5_mnist"}],
    "figures": [],
}


@pytest.fixture
def measured(checkout):
    """A project with two batch sizes of Table 6 as they are published, and nothing else."""
    for size in (128, 8192):
        place = f"runs/lenet5_mnist/bs{size}"
        shutil.copytree(PUBLISHED / "measurements" / place, checkout.folder / "mine" / place)
    (checkout.folder / "mine/counts").mkdir()
    for path in (PUBLISHED / "measurements/counts").glob("lenet5_mnist*.csv"):
        shutil.copy(path, checkout.folder / "mine/counts")
    checkout.configs = ()
    checkout.merge(CONFIG)
    return checkout


def test_exhibits_alone_are_made_from_what_was_measured_before(measured):
    assert set(counted(measured.would_run())) == {"table", "figure", "facts", "report", "reproduction"}
    made = measured.folder / "results/measured"
    names = ("tables/table_6", "audit/near_rank_loss", "audit/comparison")
    measured.run(*(f"results/measured/{name}.csv" for name in names))
    assert not (measured.folder / "resources").exists()
    table = pd.read_csv(made / "tables/table_6.csv").set_index("batch_size")
    assert list(table.index) == [128, 8192]
    published = pd.read_csv(PUBLISHED / "tables/table_6.csv").set_index("batch_size")
    pd.testing.assert_frame_equal(table, published.loc[[128, 8192]])
    comparison = pd.read_csv(made / "audit/comparison.csv").query("table == 6")
    assert set(comparison.loc[comparison["status"] != "not run", "batch_size"]) == {"128", "8192"}
    shown = json.loads((made / "tables/table_6.json").read_text(encoding="utf-8"))
    assert dict(zip(shown["header"], shown["rows"][-1], strict=True))["Test error"]["below"].startswith("0.99%")


def test_a_training_that_is_not_there_is_named(measured):
    (measured.folder / "mine/runs/lenet5_mnist/bs128/seed1/metrics.json").unlink()
    done = measured.snakemake("--dry-run")
    assert done.returncode != 0
    assert "mine/runs/lenet5_mnist/bs128/seed1/metrics.json" in done.stdout
