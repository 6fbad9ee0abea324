from places import ROOT

from gengap.claims.verdicts import NOT_KNOWN, read_claims
from gengap.config import load_config, plan
from gengap.exhibits import planned
from gengap.render.numbers import ABSENT

SUBJECT = {"tables": [], "laws": {}, "tried": [], "pairs": [], "groups": [], "treatments": {}, "equal": {}}
SUBJECT |= {"remedies": {"groups": []}, "walks": {"experiments": []}, "minima": {"panels": []}}
SUBJECT |= {"thresholds": [1e-4], "threshold": 1e-4}


def test_a_row_for_each_claim_and_without_measurements_no_verdict(exhibit):
    table = exhibit("claims", SUBJECT | {"laws": {"a1": "gaussian"}})
    assert [row[:2] for row in table.rows] == read_claims()[["claim", "place"]].to_numpy().tolist()
    assert {tuple(row[2:]) for row in table.rows} == {(ABSENT, NOT_KNOWN, "not measured")}
    assert exhibit("claims", SUBJECT).rows == [], "where no table is the paper's, what is judged alone"


def test_what_shorter_runs_say_is_marked(exhibit, stages):
    values = {"128": 0.5, "512": 0.9}
    rows = [(label, [{"epochs": 3.0, "test_error_percent": error}]) for label, error in values.items()]
    table = {"number": "6", "experiment": "lenet5", "rows": stages.rows(rows)}
    made = exhibit("claims", SUBJECT | {"tables": [table]})
    assert made.data["shorter"].sum() > 1
    assert all(("shorter" in row[2]) == short for row, short in zip(made.rows, made.data["shorter"], strict=True))
    rises = made.data[made.data["claim"].str.startswith("The test error rises")].iloc[0]
    assert (rises["seen"], rises["left"], rises["judged"], rises["seen_in"]) == ("yes", "not known", "6", "6")


def claimed(check):
    """The options that claims with this rule name."""
    return [set(argument.split()) for argument in read_claims().query("check == @check")["argument"]]


def of_study(name):
    return planned(plan(load_config([ROOT / "config.yaml", ROOT / f"studies/{name}.yaml"])))["claims"].needs


def test_studies_have_what_the_claims_are_judged_on():
    """None of them has a table of the paper's."""
    changed = {
        study: [set(one["options"].split()) for one in of_study(study).subject["treatments"].values()]
        for study in ("remedies", "hoffer_mnist")
    }
    assert all(options in changed["remedies"] for options in claimed("closes_part"))
    assert all(options in changed["hoffer_mnist"] for options in claimed("closes_all"))
    (remedies,) = claimed("remedies_help_small")
    assert sum(options <= remedies for options in changed["remedies"]) > 10
    assert of_study("weight_distance").files["trajectory"]
    assert of_study("keskar").files["sharpness"]
