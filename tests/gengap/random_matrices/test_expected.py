"""Theory alone tells which printed expectations cannot be right, and the list of misprints agrees."""

import numpy as np
import pandas as pd
import pytest

from gengap.paper.printed import PAPER, read_misprints, read_printed_expectations, read_printed_results
from gengap.random_matrices.expected import Expectation, expectation, expected_smallest
from gengap.random_matrices.law import load_law

LAW_OF_TABLE = {"A1": "gaussian", "A2": "uniform", "A3": "lognormal"}


def test_misprints_of_the_appendix_are_exactly_what_theory_contradicts():
    contradicted = {
        (table, f"{rows}x{columns}")
        for table, law in LAW_OF_TABLE.items()
        for (rows, columns), printed in read_printed_expectations(table).items()
        if expectation(law, rows, columns).contradicts(printed, repeats=100)
    }
    assert contradicted == {(table, row) for table in LAW_OF_TABLE for row, _ in read_misprints(table)}


@pytest.mark.parametrize(
    ("law", "shape", "value", "tolerance"),
    [
        # Printed rows that can be right, and the misprinted 4000×50, which is what 4000×10 should give.
        ("gaussian", (4000, 500), 41.0717, 1e-3),
        ("uniform", (4000, 3000), 2.4693, 1e-3),
        ("gaussian", (4000, 4000), 0.0103, 0.1),
        ("gaussian", (4000, 10), 60.5933, 5e-3),
        ("uniform", (4000, 10), 17.5597, 5e-3),
        # Where the formula may be far off.
        ("gaussian", (50, 48), None, None),
        ("lognormal", (60, 20), None, None),
        ("uniform", (60, 1), None, None),
    ],
)
def test_numbers_of_the_tables(law, shape, value, tolerance):
    found = expected_smallest(law, *shape)
    assert found is None if value is None else found == pytest.approx(value, rel=tolerance)


def test_every_misprint_names_a_printed_cell_and_a_reason():
    for table in pd.read_csv(PAPER / "misprints.csv", dtype=str)["table"].unique():
        printed = dict(read_printed_results(table))
        for (rows, columns), value in read_printed_expectations(table).items():
            printed[f"{rows}x{columns}"] = {"expected_min_singular_value": value}
        for (row, column), reason in read_misprints(table).items():
            assert f"{printed[row][column]:g}" in reason


@pytest.mark.parametrize("shape", [(400, 40), (300, 200), (150, 150)], ids=str)
@pytest.mark.parametrize("law", ["gaussian", "uniform", "lognormal"])
def test_dense_svds_do_not_contradict_the_expectation(law, shape):
    generator = np.random.default_rng(20)
    repeats = 60
    smallest = [np.linalg.svd(load_law(law).sample(*shape, generator), compute_uv=False)[-1] for _ in range(repeats)]
    assert not expectation(law, *shape).contradicts(float(np.mean(smallest)), repeats)


def test_a_value_is_contradicted_beyond_both_tolerances_together():
    expected = Expectation(mean=10.0, standard_deviation=1.0, relative_error=0.01)
    assert not expected.contradicts(10.59, repeats=100)
    assert expected.contradicts(10.61, repeats=100)
    assert expected.contradicts(9.39, repeats=100)
