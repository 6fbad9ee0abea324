"""Verdicts on the paper's claims: how findings of several tables make one, and what the claims and evidence are."""

import numpy as np
import pytest
from claim_samples import METRICS, NOT_SEEN, judged, table, verdict

from gengap.claims.evidence import Evidence, result_table, tried_settings
from gengap.claims.verdicts import NETWORKS, RULES, in_words, read_claims

FALLING = {"test_error_percent": [0.9, 0.7, 0.6, 0.5]}


def test_the_rules_and_tables_of_all_claims_exist():
    claims = read_claims()
    assert all(RULES[name].__module__.endswith("_checks") for name in claims["check"])
    assert set(" ".join(claims["tables"]).split()) <= {*map(str, range(1, 12)), "a1", "a2", "a3", *NETWORKS}


def test_tables_that_disagree_make_a_claim_hold_in_part():
    evidence = Evidence(tables={"5": table(), "6": table(**FALLING)})
    row = judged("rises", evidence, "test_error_percent", "4 5 6")
    assert (row["seen"], row["judged"], row["seen_in"]) == ("partly", "5, 6", "5")


def test_shorter_runs_count_only_where_there_are_no_others():
    both = Evidence(tables={"5": table(full_length=False), "6": table(**FALLING)})
    assert verdict("rises", both, "test_error_percent", "5 6") == NOT_SEEN


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.66666, "0.6667"), (-1, "−1"), (28140, "28140"), ([np.nan, 1, 5, 2], "1 → 2"), ([np.nan], "–"), ("a", "a")],
)
def test_of_arrays_the_ends_are_told(value, text):
    assert in_words({"x": value}) == f"x {text}"


def run(size=128, epochs=60.0, *, diverged=False, **metrics):
    values = dict.fromkeys(METRICS) if diverged else {name: values[0] for name, values in METRICS.items()}
    names = {"experiment": "lenet5", "batch_size": size, "epochs": epochs, "diverged": diverged}
    return {**names, **values, **metrics}


def test_a_table_of_the_evidence():
    rows = [{"label": "128", "metrics": [run()]}, {"label": "512", "metrics": [run(512, 3.0, diverged=True)]}]
    read = result_table("6", "lenet5", rows)
    assert read.full_length, "what diverged was not shortened"
    assert (read.batch_sizes.tolist(), read.diverged) == ([128], ("512",))
    turned = result_table("6", "lenet5", [rows[0], rows[0] | {"label": "64->32"}])
    assert turned.batch_sizes.tolist() == [64, 128], "in ascending order"
    assert not result_table("1", "lenet5", rows).full_length


def test_settings_that_were_tried_count_at_full_length_alone():
    runs = {"8192->128": run(test_error_percent=8.5), "4096->128": run(epochs=3.0), "16384->128": run(diverged=True)}
    rows = [{"label": label, "metrics": [one]} for label, one in runs.items()]
    setting = {"switch_epoch": 0.5, "switch_schedule": "continue"}
    grid = {"judged_against": "11", "settings": [{"setting": setting, "name": "half", "rows": rows}]}
    found = {"batch_size": "8192->128", "test_error_percent_mean": 8.5, "experiment": "half"}
    found["setting"] = "switch epoch 0.5, switch schedule continue"
    assert tried_settings([grid]).to_dict("records") == [found]
