"""Verdicts on the paper's claims: how findings of several tables make one, and what the claims and evidence are."""

import pytest
from claim_samples import METRICS, of, table, verdict

from gengap.claims.evidence import Evidence, result_table, tried_settings
from gengap.claims.verdicts import CHECKS, judge, read_claims
from gengap.errors import UserError


def test_the_list_of_claims_can_be_judged_and_speaks_of_tables_that_exist():
    claims = read_claims()
    assert len(claims) > 20
    known = {*map(str, range(1, 12)), "a1", "a2", "a3"}
    assert {number for claim in claims for number in claim.tables} <= known
    assert {claim.check for claim in claims} >= set(CHECKS)
    frame = judge(claims, Evidence())
    assert set(frame["verdict"]) == {"not measured yet"}


def test_an_unknown_rule_is_named(tmp_path):
    path = tmp_path / "claims.csv"
    path.write_text("place,claim,check,argument,tables\nHere,A claim,guess,,6\n", encoding="utf-8")
    with pytest.raises(UserError, match="asks for the rule `guess`"):
        read_claims(path)


def test_tables_that_disagree_make_a_claim_hold_in_part():
    evidence = Evidence(tables={"5": table("5"), "6": table("6", test_error_percent=[0.9, 0.7, 0.6, 0.5])})
    row = verdict("rises", evidence, "test_error_percent", ("4", "5", "6"))
    assert row["verdict"] == "holds in part"
    assert row["evidence"].endswith("Not judged: Table 4.")


def test_short_runs_give_no_verdict_but_say_what_they_show():
    short = table("5", full_length=False)
    row = verdict("rises", of(short), "test_error_percent", ("5", "6"))
    assert (row["verdict"], row["provisional"]) == ("not measured at full length", "holds")
    both = Evidence(tables={"5": short, "6": table(test_error_percent=[0.9, 0.7, 0.6, 0.5])})
    assert verdict("rises", both, "test_error_percent", ("5", "6"))["verdict"] == "not seen"


def run(size=128, epochs=60.0, *, diverged=False, **metrics):
    values = dict.fromkeys(METRICS) if diverged else {name: values[0] for name, values in METRICS.items()}
    names = {"experiment": "lenet5", "batch_size": size, "epochs": epochs, "diverged": diverged}
    return {**names, **values, **metrics}


def test_a_table_of_the_evidence():
    rows = [{"label": "128", "metrics": [run()]}, {"label": "512", "metrics": [run(512, 3.0, diverged=True)]}]
    subject = {"number": "6", "experiment": "lenet5", "reproduces_paper": True, "rows": rows}
    read = result_table(subject)
    assert read.full_length, "what diverged was not shortened"
    assert read.batch_sizes.tolist() == [128]
    assert read.diverged == ("512",)
    turned = result_table(subject | {"rows": [rows[0], rows[0] | {"label": "64->32"}]})
    assert turned.batch_sizes.tolist() == [64, 128], "in ascending order"
    assert not result_table(subject | {"number": "1"}).full_length
    assert not result_table(subject | {"reproduces_paper": False}).full_length


def test_settings_that_were_tried_count_at_full_length_alone():
    rows = [
        {"label": "8192->128", "metrics": [run(test_error_percent=8.5)]},
        {"label": "4096->128", "metrics": [run(epochs=3.0)]},
        {"label": "16384->128", "metrics": [run(diverged=True)]},
    ]
    setting = {"switch_epoch": 0.5, "switch_schedule": "continue"}
    grid = {"judged_against": "11", "settings": [{"setting": setting, "name": "half", "rows": rows}]}
    assert tried_settings([grid]).to_dict("records") == [
        {"batch_size": "8192->128", "test_error_percent_mean": 8.5, "number": "11", "experiment": "half"}
        | {"setting": "switch epoch 0.5, switch schedule continue"}
    ]
    assert tried_settings([]).empty
