"""The rules on the theory, each on numbers made to support a claim or to speak against it."""

import numpy as np
import pandas as pd
import pytest
from claim_samples import of, table, verdict
from gengap.audit.evidence import Evidence, read_extremes


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
    assert verdict("general_range", evidence, tables=("a2", "a3"))["verdict"] == "holds in part", "its lower edge"
    both, full = read_extremes([extremes(tmp_path, "uniform", "a2", 1.0, 101.0)])
    outside = verdict("general_range", Evidence(extremes=both, full_matrices=full), tables=("a2",))
    assert outside["verdict"] == "not seen"
    short, none = read_extremes([extremes(tmp_path, "gaussian", "a1", 10.2, 29.5, printed=False)])
    row = verdict("gaussian_range", Evidence(extremes=short, full_matrices=none), tables=("a1",))
    assert row["verdict"] == "not measured at full length"


def proposition(measured, full_row_rank=True, **columns):
    frame = {"experiment": "lenet5", "measured": measured, "bound": 1.0, "tighter_bound": 1.0, "relative_change": 1e-4}
    frame |= {"holds": np.array(measured) <= 1, "full_row_rank": full_row_rank}
    return pd.DataFrame(frame | columns)


@pytest.mark.parametrize(
    ("measured", "premise", "expected"),
    [([0.5, 0.9], True, "holds"), ([0.01, 0.02], False, "holds with a confound"), ([0.5, 2.0], True, "not seen")],
)
def test_the_bound_holds_or_does_not(measured, premise, expected):
    evidence = of(table("9"), proposition=proposition(measured, premise))
    assert verdict("bound_holds", evidence, tables=("9",))["verdict"] == expected


@pytest.mark.parametrize(
    ("largest", "added", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], "holds"),
        ([1, 2, 3, 4], [20, 10, 30, 40], "holds in part"),
        ([1, 2, 4, 3], [10, 20, 30, 40], "holds"),
        ([2, 1, 4, 3], [10, 20, 30, 40], "not seen"),
    ],
    ids=["both", "the smallest value alone", "the sum more", "neither"],
)
def test_small_singular_values_magnify_the_change_and_add_up_or_do_not(largest, added, expected):
    cases = proposition([0.1, 0.2, 0.3, 0.4], tighter_bound=largest, bound=added)
    row = verdict("small_values_magnify", of(table("9"), proposition=cases), tables=("9",))
    assert row["verdict"] == expected
    assert row["evidence"].endswith("10 % of the former and 1 % of the latter in the median.")


def test_changes_of_each_size_are_judged_apart():
    """Together a larger change of ΔH makes a larger change of the solution, whatever the singular values."""
    small = proposition([0.1, 0.2, 0.3], tighter_bound=[3, 2, 1], bound=[3, 2, 1])
    large = proposition([10.0, 20.0, 30.0], tighter_bound=[300, 200, 100], bound=1.0, relative_change=1e-2)
    evidence = of(table("9"), proposition=pd.concat([small, large]))
    assert verdict("small_values_magnify", evidence, tables=("9",))["verdict"] == "not seen"
    one = of(table("9"), proposition=small[:1])
    assert verdict("small_values_magnify", one, tables=("9",))["verdict"] == "not measured yet"
