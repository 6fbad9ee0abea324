"""Minima of trained networks, from the configuration to the table: made once, and what an edit of them makes again."""

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

MINIMA = {"images": 64, "starts": 1, "iterations": 2, "subspaces": 1, "subspace_dimension": 5}
MINIMA |= {"experiments": ["tiny_lenet5"], "eigenvalues": 1, "trace_samples": 2, "interpolation_points": 4}


def test_minima_are_measured_and_an_edit_of_one_measure_makes_that_one_again(checkout):
    checkout.merge({"minima": MINIMA, "run": ["tiny_lenet5"]})
    audit = "results/tiny/audit"
    targets = ["minima", f"{audit}/minima.csv", f"{audit}/sharpness.png", f"{audit}/interpolation.png"]
    checkout.run(*targets)
    table = pd.read_csv(checkout.folder / audit / "minima.csv")
    assert len(table) == 13
    assert table["kendall"].isin([-1, 0, 1]).all()
    assert not checkout.would_run(*targets)
    checkout.append("workflow/gengap/minima/curvature.py", "\n_EDITED = True\n")
    measured = {("curvature", ("tiny_lenet5", size, "0")) for size in ("64", "256")}
    assert checkout.would_run(*targets) == measured | {("table", ("audit", "minima"))}
