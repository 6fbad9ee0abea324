import numpy as np
import pandas as pd
import pytest
from claim_samples import NOT_SEEN, PARTLY, SEEN, judged, of, table, verdict

from gengap.claims.evidence import Evidence, matrix_extremes

SIZE = (400, 100)


def matrices(law, low, high, repeats=100):
    """Evidence on Table A1, of matrices of these extremes."""
    read = {law: {SIZE: pd.DataFrame({"sigma_min": [low] * repeats, "sigma_max": [high] * repeats})}}
    return Evidence(extremes=matrix_extremes({"a1": law}, read))


@pytest.mark.parametrize(
    ("slack", "law", "extremes", "expected"),
    [
        ("0", "gaussian", (10.2, 29.5), SEEN),
        ("0.1", "uniform", (10.2 * 12**-0.5, 101.0), PARTLY),
        ("0.1", "uniform", (1.0, 101.0), NOT_SEEN),
    ],
)
def test_random_matrices_inside_and_outside_the_range(slack, law, extremes, expected):
    """√400 ∓ √100 is 10 and 30."""
    assert verdict("in_range", matrices(law, *extremes), slack, tables="a1") == expected
    for repeats in (99, 100):
        assert judged("in_range", matrices(law, *extremes, repeats), slack, tables="a1")["shorter"] == (repeats < 100)


@pytest.mark.parametrize(("values", "expected"), [([5, 3, 1], SEEN), ([5, 1, 3], NOT_SEEN), ([5, 5, 1], NOT_SEEN)])
def test_sigma_min_falls_with_the_columns_or_does_not(values, expected):
    frame = pd.DataFrame({"number": "a1", "rows": 400, "columns": [1, 2, 3], "sigma_min": values, "repeats": 100})
    evidence = Evidence(extremes=frame.sample(frac=1, random_state=0))
    assert verdict("falls_with_columns", evidence, tables="a1") == expected


def proposition(measured, **columns):
    frame = {"experiment": "lenet5", "measured": measured, "bound": 1.0, "tighter_bound": 1.0, "relative_change": 1e-4}
    frame |= {"holds": np.array(measured) <= 1, "full_row_rank": True}
    return pd.DataFrame(frame | columns)


@pytest.mark.parametrize(("measured", "expected"), [([0.5, 0.9], SEEN), ([0.5, 2.0], NOT_SEEN)])
def test_the_bound_holds_or_does_not(measured, expected):
    assert verdict("bound_holds", of(table(), proposition=proposition(measured))) == expected


@pytest.mark.parametrize(
    ("largest", "added", "expected"),
    [
        ([1, 2, 3, 4], [10, 20, 30, 40], SEEN),
        ([1, 2, 3, 4], [20, 10, 30, 40], PARTLY),
        ([1, 2, 4, 3], [10, 20, 30, 40], SEEN),
        ([2, 1, 4, 3], [10, 20, 30, 40], NOT_SEEN),
    ],
    ids=["both", "the smallest value alone", "the sum more", "neither"],
)
def test_small_singular_values_magnify_the_change_and_add_up_or_do_not(largest, added, expected):
    cases = proposition([0.1, 0.2, 0.3, 0.4], tighter_bound=largest, bound=added)
    assert verdict("small_values_magnify", of(table(), proposition=cases)) == expected


def test_changes_of_each_size_are_judged_apart():
    """Together a larger change of ΔH makes a larger change of the solution, whatever the singular values."""
    small = proposition([0.1, 0.2, 0.3], tighter_bound=[3, 2, 1], bound=[3, 2, 1])
    large = proposition([10.0, 20.0, 30.0], tighter_bound=[300, 200, 100], bound=1.0, relative_change=1e-2)
    assert verdict("small_values_magnify", of(table(), proposition=pd.concat([small, large]))) == NOT_SEEN
    assert verdict("small_values_magnify", of(table(), proposition=small[:1])) is None
