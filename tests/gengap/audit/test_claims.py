"""Verdicts on the paper's claims: how findings of several tables make one, and where the claims and evidence come from."""

import json

import pytest
from claim_samples import METRICS, of, table, verdict
from gengap.audit.claims import CHECKS, Claim, item, judge, read_claims
from gengap.audit.evidence import Evidence, result_table, tried_settings

from gengap.errors import UserError


def test_the_list_of_claims_can_be_judged_and_speaks_of_tables_that_exist():
    claims = read_claims()
    assert len(claims) > 20
    known = {*map(str, range(1, 12)), "a1", "a2", "a3"}
    assert {number for claim in claims for number in claim.tables} <= known
    assert {claim.check for claim in claims} >= set(CHECKS)
    frame = judge(claims, Evidence())
    assert set(frame["verdict"]) == {"not measured yet", "cannot be tested so"}


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


def test_evidence_is_read_from_the_files_of_runs(tmp_path):
    rows = []
    for size in (128, 512):
        path = tmp_path / f"{size}.json"
        content = {name: values[0] for name, values in METRICS.items()}
        content |= {
            "experiment": "lenet5",
            "batch_size": size,
            "epochs": 60.0 if size == 128 else 3.0,
            "diverged": size == 512,
        }
        path.write_text(json.dumps(content), encoding="utf-8")
        rows.append({"label": str(size), "metrics": [str(path)]})
    subject = {"number": "6", "experiment": "lenet5", "reproduces_paper": True, "rows": rows}
    read = result_table(subject)
    assert read.full_length, "what diverged was not shortened"
    assert read.batch_sizes.tolist() == [128]
    assert read.diverged == ("512",)
    turned = result_table(subject | {"rows": [rows[0], rows[0] | {"label": "64->32"}]})
    assert turned.batch_sizes.tolist() == [64, 128], "in ascending order"
    assert not result_table(subject | {"number": "1"}).full_length
    assert not result_table(subject | {"reproduces_paper": False}).full_length


def test_the_table_shows_the_provisional_verdict_in_parentheses():
    frame = judge([Claim("Section 5", "It rises", "rises", "train_loss", ("6",))], of(table(full_length=False)))
    (row,) = item(frame).rows
    assert row[:3] == ["It rises", "Section 5", "not measured at full length (here: holds with a confound)"]


def test_settings_that_were_tried_count_at_full_length_alone(tmp_path):
    def run(label, epochs, error):
        path = tmp_path / f"{label}-{epochs}.json"
        content = {name: values[0] for name, values in METRICS.items()} | {"epochs": epochs, "diverged": error is None}
        path.write_text(json.dumps(content | {"test_error_percent": error}), encoding="utf-8")
        return {"label": label, "metrics": [str(path)]}

    rows = [run("8192->128", 60.0, 8.5), run("4096->128", 3.0, 20.0), run("16384->128", 60.5, None)]
    setting = {"switch_epoch": 0.5, "switch_schedule": "continue"}
    grid = {"judged_against": "11", "settings": [{"setting": setting, "name": "half", "rows": rows}]}
    assert tried_settings([grid]).to_dict("records") == [
        {"batch_size": "8192->128", "test_error_percent_mean": 8.5, "number": "11", "experiment": "half"}
        | {"setting": "switch epoch 0.5, switch schedule continue"}
    ]
    assert tried_settings([]).empty
