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
    assert verdict("sigma_min_falls", evidence)["verdict"] == "holds"
    assert verdict("sigma_min_is_small", evidence)["verdict"] == "not seen"
    assert verdict("sigma_min_falls", of(table(), layers=layers({64: 5, 128: 6, 512: 0.1})))["verdict"] == "not seen"


def test_sigma_min_that_is_rounding_is_zero():
    evidence = of(table(), layers=layers({512: 3e-65, 1024: 2e-13, 2048: 0.0}))
    assert verdict("sigma_min_is_small", evidence)["evidence"] == "Table 6: h = 500, b = 512 to 2048: 0 → 0."


@pytest.mark.parametrize(("last", "expected"), [(0.0, "holds"), (0.1, "holds"), (0.11, "not seen")])
def test_sigma_min_of_a_large_batch_is_small_or_not(last, expected):
    evidence = of(table(), layers=layers({128: 9, 500: 0.01, 8192: last}))
    assert verdict("sigma_min_is_small", evidence)["verdict"] == expected


def test_sigma_min_is_compared_between_batches_that_the_same_networks_were_fed():
    """Of three networks one was fed 64, with a small value, and two 256, with large ones."""
    fed = [{64: 1, 128: 2, 256: 0.5, 512: 1}, {128: 20, 512: 2}, {128: 30, 256: 3, 512: 1, 8192: 0.1}]
    evidence = of(table(), layers=pd.concat([layers(values, seed=seed) for seed, values in enumerate(fed)]))
    row = verdict("sigma_min_falls", evidence)
    assert (row["verdict"], row["evidence"]) == ("holds", "Table 6: h = 500, b = 128 to 256: 16 → 1.75.")
    assert verdict("sigma_min_is_small", evidence)["verdict"] == "not measured yet"


@pytest.mark.parametrize(
    ("by_training", "expected", "falls"),
    [
        ({128: (3, 9), 512: (2, 5), 2048: (1, 4)}, "holds", 2),
        ({128: (3, 9), 512: (2, 10), 2048: (1, 11)}, "not seen", 1),
        ({128: (1, 4), 512: (2, 5), 2048: (3, 9)}, "not seen", 0),
    ],
)
def test_sigma_min_of_networks_fed_one_batch_falls_with_the_training_batch_size_or_not(by_training, expected, falls):
    parts = [
        layers(dict(zip((256, 1024), values, strict=True)) | {trained: 0.001}).assign(trained_batch_size=trained)
        for trained, values in by_training.items()
    ]
    row = verdict("sigma_min_by_training", of(table(), layers=pd.concat(parts)))
    assert row["verdict"] == expected
    values = [values[1] for values in by_training.values()]
    assert row["evidence"] == (
        f"Table 6: h = 500, trained at 128 to 2048, fed 1024: {values[0]} → {values[-1]} (falls at {falls} of 2 fed"
        " sizes)."
    )


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
