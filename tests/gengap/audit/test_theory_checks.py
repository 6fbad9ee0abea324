"""The rules on the theory, each on numbers made to support a claim or to speak against it."""

import numpy as np
import pandas as pd
import pytest
from claim_samples import of, table, verdict

from gengap.audit.evidence import Evidence, read_extremes


def layers(values, width=500, seed=0):
    """σ_min of one network's fully connected layer by fed batch."""
    rows = [
        {
            "experiment": "lenet5",
            "seed": seed,
            "trained_batch_size": 128,
            "state": "trained",
            "kind": "linear",
            "mode": "channel",
            "mode_size": width,
            "fed_batch_size": fed,
            "sigma_min": value,
        }
        for fed, value in values.items()
    ]
    return pd.DataFrame(rows)


def test_sigma_min_that_grows_beyond_the_width():
    evidence = of(table(), layers=layers({64: 5, 128: 2, 512: 0.1, 1024: 3, 8192: 9}))
    assert verdict("sigma_min", evidence, "below")["verdict"] == "holds"
    assert verdict("sigma_min", evidence, "beyond")["verdict"] == "not seen"


def test_sigma_min_is_compared_between_batches_that_the_same_networks_were_fed():
    """Of three networks one was fed 64, with a small value, and two 256, with large ones."""
    fed = [{64: 1, 128: 2, 256: 0.5, 512: 1}, {128: 20, 512: 2}, {128: 30, 256: 3, 512: 1, 8192: 0.1}]
    evidence = of(table(), layers=pd.concat([layers(values, seed=seed) for seed, values in enumerate(fed)]))
    row = verdict("sigma_min", evidence, "below")
    assert (row["verdict"], row["evidence"]) == ("holds", "Table 6: h = 500, b = 128 to 256: 16 → 1.75.")
    assert verdict("sigma_min", evidence, "beyond")["verdict"] == "not measured yet"


def extremes(tmp_path, law, number, sigma_min, sigma_max, *, printed=True):
    path = tmp_path / f"{law}.csv"
    pd.DataFrame({"repeat": range(100), "sigma_min": sigma_min, "sigma_max": sigma_max}).to_csv(path, index=False)
    file = {"path": str(path), "rows": 400, "columns": 100}
    return {"number": number, "law": law, "reproduces_paper": printed, "files": [file]}


def test_random_matrices_inside_and_outside_the_range(tmp_path):
    subjects = [
        extremes(tmp_path, "gaussian", "a1", 10.2, 29.5),
        extremes(tmp_path, "uniform", "a2", 10.2 * 12**-0.5, 101.0),
    ]
    frame, full = read_extremes(subjects)
    assert full == {"a1", "a2"}
    evidence = Evidence(extremes=frame, full_matrices=full)
    assert verdict("gaussian_range", evidence, tables=("a1",))["verdict"] == "holds"
    assert verdict("general_range", evidence, tables=("a2", "a3"))["verdict"] == "not seen"
    short, none = read_extremes([extremes(tmp_path, "gaussian", "a1", 10.2, 29.5, printed=False)])
    row = verdict("gaussian_range", Evidence(extremes=short, full_matrices=none), tables=("a1",))
    assert row["verdict"] == "not measured at full length"


def proposition(measured, full_row_rank=True):
    return pd.DataFrame(
        {
            "experiment": "lenet5",
            "measured": measured,
            "bound": 1.0,
            "holds": np.array(measured) <= 1,
            "full_row_rank": full_row_rank,
        }
    )


@pytest.mark.parametrize(
    ("measured", "premise", "holds", "tells"),
    [
        ([0.5, 0.9], True, "holds", "holds"),
        ([0.01, 0.02], False, "holds with a confound", "cannot be tested so"),
        ([0.5, 2.0], True, "not seen", "holds"),
    ],
)
def test_the_bound_and_what_it_tells(measured, premise, holds, tells):
    evidence = of(table("9"), proposition=proposition(measured, premise))
    assert verdict("bound_holds", evidence, tables=("9",))["verdict"] == holds
    assert verdict("bound_tells", evidence, tables=("9",))["verdict"] == tells
