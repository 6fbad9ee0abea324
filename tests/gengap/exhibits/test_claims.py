"""The table of the paper's claims."""

import json

import pandas as pd

from gengap.claims.verdicts import NOT_FULL, NOT_MEASURED, NOT_TESTED, read_claims
from gengap.exhibits import claims
from gengap.exhibits.files import Files
from gengap.render.numbers import ABSENT

METRICS = {"train_error_percent": 0.1, "train_cross_entropy": 0.001, "test_cross_entropy": 0.02, "weight_penalty": 0.1}
METRICS |= {"train_loss": 0.101, "test_loss": 0.12, "updates": 100, "weight_distance": 1.0, "diverged": False}
SUBJECT = {
    "tables": [],
    "matrices": [],
    "tried": [],
    "pairs": [],
    "groups": [],
    "thresholds": [1e-4],
    "threshold": 1e-4,
}


def test_a_row_for_each_claim_and_without_measurements_no_verdict():
    table = claims.make("claims", SUBJECT, Files({}))
    assert [row[:2] for row in table.rows] == [[claim.claim, claim.place] for claim in read_claims()]
    assert {(row[2], row[3]) for row in table.rows} == {(ABSENT, NOT_TESTED)}
    assert (table.data["verdict"] == NOT_MEASURED).sum() > 10


def test_what_shorter_runs_say_is_marked(tmp_path):
    for size, error in ((128, 0.5), (512, 0.9)):
        run = {"experiment": "lenet5", "batch_size": size, "seed": 0, "epochs": 3.0, "test_error_percent": error}
        (tmp_path / f"{size}.json").write_text(json.dumps(run | METRICS))
    rows = [{"label": str(size), "runs": [("lenet5", size, 0)]} for size in (128, 512)]
    tables = [{"number": "6", "experiment": "lenet5", "reproduces_paper": True, "rows": rows}]
    files = Files({"metrics": sorted(map(str, tmp_path.glob("*.json")))})
    table = claims.make("claims", SUBJECT | {"tables": tables}, files)
    shorter = table.data["verdict"] == NOT_FULL
    assert shorter.sum() > 1
    assert all(("shorter" in row[2]) == marked for row, marked in zip(table.rows, shorter, strict=True))
    rises = table.data[table.data["claim"].str.startswith("The test error rises")].iloc[0]
    assert (rises["seen"], rises["left"], rises["judged"], rises["seen_in"]) == ("yes", "not tested", "6", "6")


def test_random_matrices_are_read_by_law_and_size(tmp_path):
    path = tmp_path / "gaussian" / "400x100.csv"
    path.parent.mkdir()
    pd.DataFrame({"sigma_min": [10.2] * 100, "sigma_max": [29.5] * 100}).to_csv(path, index=False)
    matrices = [{"number": "a1", "law": "gaussian", "reproduces_paper": True, "sizes": [(400, 100)]}]
    frame = claims.make("claims", SUBJECT | {"matrices": matrices}, Files({"extremes": [str(path)]})).data
    assert "holds" in set(frame.loc[frame["evidence"].str.contains("Table A1"), "verdict"])
