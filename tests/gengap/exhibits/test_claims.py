"""The table of the paper's claims."""

import pandas as pd

from gengap.claims.verdicts import HOLDS, NOT_FULL, NOT_MEASURED, NOT_TESTED, read_claims
from gengap.render.numbers import ABSENT

SUBJECT = {
    "tables": [],
    "matrices": [],
    "tried": [],
    "pairs": [],
    "groups": [],
    "remedies": {"groups": []},
    "rank_limits": {},
    "equal": {},
    "thresholds": [1e-4],
    "threshold": 1e-4,
}


def test_a_row_for_each_claim_and_without_measurements_no_verdict(exhibit):
    table = exhibit("claims", SUBJECT)
    assert [row[:2] for row in table.rows] == [[claim.claim, claim.place] for claim in read_claims()]
    assert {(row[2], row[3]) for row in table.rows} == {(ABSENT, NOT_TESTED)}
    assert (table.data["verdict"] == NOT_MEASURED).sum() > 10


def test_what_shorter_runs_say_is_marked(exhibit, stages):
    rows = [
        ("128", [{"epochs": 3.0, "test_error_percent": 0.5}]),
        ("512", [{"epochs": 3.0, "test_error_percent": 0.9}]),
    ]
    table = {"number": "6", "experiment": "lenet5", "reproduces_paper": True, "rows": stages.rows(rows)}
    made = exhibit("claims", SUBJECT | {"tables": [table]})
    shorter = made.data["verdict"] == NOT_FULL
    assert shorter.sum() > 1
    assert all(("shorter" in row[2]) == marked for row, marked in zip(made.rows, shorter, strict=True))
    rises = made.data[made.data["claim"].str.startswith("The test error rises")].iloc[0]
    assert (rises["seen"], rises["left"], rises["judged"], rises["seen_in"]) == ("yes", "not tested", "6", "6")


def test_random_matrices_are_read_by_law_and_size(exhibit, tmp_path):
    path = tmp_path / "gaussian" / "400x100.csv"
    path.parent.mkdir()
    pd.DataFrame({"sigma_min": [10.2] * 100, "sigma_max": [29.5] * 100}).to_csv(path, index=False)
    matrices = [{"number": "a1", "law": "gaussian", "reproduces_paper": True, "sizes": [(400, 100)]}]
    frame = exhibit("claims", SUBJECT | {"matrices": matrices}, extremes=[str(path)]).data
    assert HOLDS in set(frame.loc[frame["evidence"].str.contains("Table A1"), "verdict"])
