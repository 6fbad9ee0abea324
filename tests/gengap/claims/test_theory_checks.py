"""The rules on the theory, each on numbers made to support a claim or to speak against it."""

import numpy as np
import pandas as pd
import pytest
from claim_samples import of, table, verdict

from gengap.claims.evidence import Evidence, read_extremes

SIZE = (400, 100)


def judged(rule, *, printed=True, repeats=100, **values):
    """Verdict on tables of matrices, each by its law with its σ_min and σ_max."""
    numbers = {"gaussian": "a1", "uniform": "a2"}
    tables = [{"number": numbers[law], "law": law, "reproduces_paper": printed, "sizes": [SIZE]} for law in values]
    read = {
        (law, SIZE): pd.DataFrame({"sigma_min": [low] * repeats, "sigma_max": [high] * repeats})
        for law, (low, high) in values.items()
    }
    frame, full = read_extremes(tables, read)
    evidence = Evidence(extremes=frame, full_matrices=full)
    return verdict(rule, evidence, tables=tuple(table["number"] for table in tables))["verdict"]


def test_random_matrices_inside_and_outside_the_range():
    """√400 ∓ √100 is 10 and 30."""
    assert judged("gaussian_range", gaussian=(10.2, 29.5)) == "holds"
    assert judged("general_range", uniform=(10.2 * 12**-0.5, 101.0)) == "holds in part", "its lower edge"
    assert judged("general_range", uniform=(1.0, 101.0)) == "not seen"


@pytest.mark.parametrize("changes", [{"printed": False}, {"repeats": 99}])
def test_other_matrices_than_the_papers_give_no_verdict(changes):
    assert judged("gaussian_range", gaussian=(10.2, 29.5), **changes) == "not measured at full length"


@pytest.mark.parametrize(("values", "expected"), [([5, 3, 1], "holds"), ([5, 1, 3], "not seen")])
def test_sigma_min_falls_with_the_columns_or_does_not(values, expected):
    frame = pd.DataFrame({"number": "a1", "law": "gaussian", "rows": 400, "columns": [1, 2, 3], "sigma_min": values})
    evidence = Evidence(extremes=frame.sample(frac=1, random_state=0), full_matrices=frozenset({"a1"}))
    assert verdict("falls_with_columns", evidence, tables=("a1",))["verdict"] == expected


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


def test_changes_of_each_size_are_judged_apart():
    """Together a larger change of ΔH makes a larger change of the solution, whatever the singular values."""
    small = proposition([0.1, 0.2, 0.3], tighter_bound=[3, 2, 1], bound=[3, 2, 1])
    large = proposition([10.0, 20.0, 30.0], tighter_bound=[300, 200, 100], bound=1.0, relative_change=1e-2)
    evidence = of(table("9"), proposition=pd.concat([small, large]))
    assert verdict("small_values_magnify", evidence, tables=("9",))["verdict"] == "not seen"
    one = of(table("9"), proposition=small[:1])
    assert verdict("small_values_magnify", one, tables=("9",))["verdict"] == "not measured yet"
