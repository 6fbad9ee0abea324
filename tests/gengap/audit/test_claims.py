"""Verdicts on the paper's claims, each from numbers made to support it or to speak against it."""

import json

import numpy as np
import pandas as pd
import pytest

from gengap.audit.claims import CHECKS, Claim, item, judge, read_claims
from gengap.audit.evidence import Evidence, ResultTable, read_extremes, result_table
from gengap.errors import UserError

SIZES = ("128", "512", "1024", "2048")
METRICS = {
    "train_error_percent": [0, 0, 0.1, 0.5],
    "test_error_percent": [0.5, 0.6, 0.7, 0.9],
    "train_cross_entropy": [0.001, 0.001, 0.002, 0.003],
    "test_cross_entropy": [0.02, 0.021, 0.022, 0.023],
    "weight_penalty": [0.1, 0.2, 0.3, 0.4],
    "train_loss": [0.101, 0.201, 0.302, 0.403],
    "test_loss": [0.12, 0.221, 0.322, 0.423],
    "updates": [28140, 7080, 3540, 1800],
    "weight_distance": [20.0, 15.0, 10.0, 5.0],
}


def table(number="6", *, full_length=True, labels=SIZES, **metrics):
    columns = {f"{name}_mean": values for name, values in (METRICS | metrics).items()}
    rows = pd.DataFrame({"batch_size": labels, "seeds": 1, "diverged": 0, "epochs": 60.0} | columns)
    return ResultTable(number, "lenet5", rows, full_length)


def verdict(check, evidence, argument="", tables=("6",)):
    return judge([Claim("Section 5", "A claim", check, argument, tables)], evidence).iloc[0]


def of(result, **parts):
    return Evidence(tables={result.number: result}, **parts)


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


def test_a_rise_that_the_penalty_carries_is_confounded():
    assert verdict("rises", of(table()), "train_loss")["verdict"] == "holds with a confound"
    without = table(weight_penalty=[0.1, 0.1, 0.1, 0.1])
    assert verdict("rises", of(without), "train_loss")["verdict"] == "holds"
    assert verdict("rises", of(table()), "test_error_percent")["verdict"] == "holds"


def test_what_falls_is_not_seen_to_rise():
    falling = table(test_error_percent=[0.9, 0.7, 0.6, 0.5])
    assert verdict("rises", of(falling), "test_error_percent")["verdict"] == "not seen"


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


def equal_updates(metric, reference, normal, equal, *, at=512, sizes=("128", "1024", "2048"), experiment="lenet5"):
    """Lines of one pair, whose smallest batch size lies below the reference."""
    lines = {"title": "LeNet-5", "experiment": experiment, "batch_size": sizes, "reference": at}
    for name, values in (("reference", reference), ("normal", normal), ("equal", equal)):
        lines |= {f"{metric}_{name}": values, f"{metric}_std_{name}": np.nan}
    return pd.DataFrame(lines)


@pytest.mark.parametrize(
    ("equal", "expected"),
    [
        ([9.0, 0.9, 0.8], "holds"),
        ([0.1, 0.6, 0.7], "holds with a confound"),
        ([0.1, 0.5, 0.5], "holds with a confound"),
    ],
    ids=["most of it stays", "little of it stays", "it is gone"],
)
def test_a_rise_that_equal_updates_undo_is_confounded(equal, expected):
    pair = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], equal)
    row = verdict("rises", of(table(), equal_updates=pair), "test_error_percent")
    assert row["verdict"] == expected
    assert f"from 512 to 2048 0.6 → 0.9 % with equal epochs and 0.6 → {equal[-1]:g} % with equal" in row["evidence"]


def test_equal_updates_tell_nothing_without_a_trend_or_a_larger_batch_size():
    falling = equal_updates("test_error_percent", 0.9, [0.5, 0.5, 0.95], [0.5, 0.2, 0.1])
    smaller = equal_updates("test_error_percent", 0.6, [0.9], [0.1], sizes=("128",))
    other = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.1, 0.5, 0.5], experiment="vgg16")
    for pair in (falling, smaller, other):
        row = verdict("rises", of(table(), equal_updates=pair), "test_error_percent")
        assert (row["verdict"], "equal updates" in row["evidence"]) == ("holds", False)


def test_of_several_references_that_with_the_most_larger_batch_sizes_tells():
    few = equal_updates(
        "test_error_percent", 0.7, [0.5, 0.6, 0.9], [0.1, 0.2, 0.9], at=1024, sizes=("128", "512", "2048")
    )
    most = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.5, 0.6, 0.65])
    for pairs in ([few, most], [most, few]):
        evidence = of(table(), equal_updates=pd.concat(pairs, ignore_index=True))
        assert verdict("rises", evidence, "test_error_percent")["verdict"] == "holds with a confound"


@pytest.mark.parametrize(("closed", "expected"), [(30.0, "holds"), (80.0, "not seen")])
def test_more_updates_close_the_gap_or_do_not(closed, expected):
    pairs = equal_updates("test_error_percent", 0.5, [0.6, 0.9, 0.8], [0.5, 0.5, 0.5])
    pairs["gap_closed"] = [np.nan, closed, 100 - closed]
    row = verdict("more_updates", of(table(), equal_updates=pairs))
    assert row["verdict"] == expected
    assert "0.50 % at 512, 0.90 % at 1024" in row["evidence"], "the widest gap"
    assert verdict("more_updates", of(table()))["verdict"] == "not measured yet"
    without_gap = pairs.assign(gap_closed=np.nan)
    assert verdict("more_updates", of(table(), equal_updates=without_gap))["verdict"] == "not measured yet"


@pytest.mark.parametrize(
    ("gaps", "counts", "expected"),
    [([3, 2, 1], [90, 60, 5], "holds"), ([1, 2, 3], [90, 60, 5], "not seen"), ([3, 2, 1], [5, 60, 90], "not seen")],
)
def test_wider_networks_lose_less_or_do_not(gaps, counts, expected):
    widths = pd.DataFrame({"experiment": "lenet5", "width": [0.5, 1, 2], "gap": gaps, "literal": counts})
    assert verdict("wider", of(table(), widths=widths))["verdict"] == expected
    unmeasured = widths.assign(literal=np.nan)
    assert verdict("wider", of(table(), widths=unmeasured))["verdict"] == "not measured yet"


def counts_of(make_counts, own_rises, same_rises):
    """Literal counts of networks trained at 128 and 512: rising with the fed batch, with the trained one, or both."""
    cells = {
        (convention, trained, fed): own_rises * (fed // 128) * 10 + same_rises * (trained // 128)
        for convention in ("literal", "thin", "full")
        for trained in (128, 512)
        for fed in (128, 512)
    }
    return make_counts(cells)


@pytest.mark.parametrize(
    ("own", "same", "expected"),
    [(1, 0, "holds with a confound"), (1, 1, "holds"), (0, 1, "holds"), (0, 0, "not seen")],
)
def test_counts_that_the_fed_batch_explains_are_confounded(make_counts, own, same, expected):
    evidence = of(table(), counts=counts_of(make_counts, own, same))
    assert verdict("counts_rise", evidence)["verdict"] == expected
    assert verdict("counts_follow", evidence, "train_loss")["verdict"] == expected


def test_a_smaller_threshold_that_only_lowers_the_counts(make_counts):
    at = counts_of(make_counts, 1, 0)
    smaller = at.assign(threshold=1e-5, count=1)
    evidence = of(table(), counts=pd.concat([at, smaller]), smaller=1e-5)
    assert verdict("smaller_threshold", evidence)["verdict"] == "not seen"


def test_counts_of_networks_never_fed_their_own_batch_judge_nothing(make_counts):
    counts = counts_of(make_counts, 1, 1)
    evidence = of(table(), counts=counts[counts["fed_batch_size"] == 128], smaller=1e-4)
    for check in ("counts_rise", "smaller_threshold"):
        assert verdict(check, evidence)["verdict"] == "not measured yet"


@pytest.mark.parametrize(("worst", "expected"), [(8.3, "holds"), (8.46, "holds"), (8.6, "not seen"), (7.5, "holds")])
def test_switched_networks_are_compared_with_the_baseline(worst, expected):
    labels = ("128", "4096->128", "8192->128", "16384->128")
    switched = table("11", labels=labels, test_error_percent=[7.96, 7.9, worst, 8.0])
    assert verdict("switching", of(switched), tables=("11",))["verdict"] == expected


def test_a_growing_gap_speaks_for_overfitting():
    assert verdict("not_overfitting", of(table(test_cross_entropy=[0.02, 0.02, 0.02, 0.021])))["verdict"] == "holds"
    assert verdict("not_overfitting", of(table(test_cross_entropy=[0.02, 0.03, 0.04, 0.05])))["verdict"] == "not seen"


def test_fewer_updates_confound_the_distance_from_the_start():
    assert verdict("stays_closer", of(table()))["verdict"] == "holds with a confound"
    assert verdict("stays_closer", of(table(updates=[1800] * 4)))["verdict"] == "holds"
    for equal, expected in (([30.0, 12.0, 9.0], "holds"), ([30.0, 16.0, 17.0], "holds with a confound")):
        pair = equal_updates("weight_distance", 15.0, [20.0, 10.0, 5.0], equal)
        row = verdict("stays_closer", of(table(), equal_updates=pair))
        assert row["verdict"] == expected
        assert "15 → 5 with equal epochs" in row["evidence"]


def test_a_training_error_that_ties_tells_less_than_the_loss():
    row = verdict("loss_tells_more", of(table(train_cross_entropy=[0.4, 0.3, 0.2, 0.1])))
    assert row["verdict"] == "holds with a confound"


def test_an_error_that_grows_less_than_the_batch_is_not_proportional():
    assert verdict("proportional", of(table()))["verdict"] == "not seen"
    assert verdict("proportional", of(table(test_error_percent=[0.5, 2, 4, 8])))["verdict"] == "holds"


def layers(values, width=500):
    rows = [
        {
            "experiment": "lenet5",
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
    assert verdict("sigma_min", evidence, "below")["verdict"] == "holds"
    assert verdict("sigma_min", evidence, "beyond")["verdict"] == "not seen"


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
    assert verdict("general_range", evidence, tables=("a2", "a3"))["verdict"] == "not seen"
    short, none = read_extremes([extremes(tmp_path, "gaussian", "a1", 10.2, 29.5, printed=False)])
    row = verdict("gaussian_range", Evidence(extremes=short, full_matrices=none), tables=("a1",))
    assert row["verdict"] == "not measured at full length"


def proposition(measured, full_row_rank=True):
    return pd.DataFrame(
        {
            "experiment": "lenet5",
            "measured": measured,
            "bound": 1.0,
            "holds": np.array(measured) <= 1,
            "full_row_rank": full_row_rank,
        }
    )


@pytest.mark.parametrize(
    ("measured", "premise", "holds", "tells"),
    [
        ([0.5, 0.9], True, "holds", "holds"),
        ([0.01, 0.02], False, "holds with a confound", "cannot be tested so"),
        ([0.5, 2.0], True, "not seen", "holds"),
    ],
)
def test_the_bound_and_what_it_tells(measured, premise, holds, tells):
    evidence = of(table("9"), proposition=proposition(measured, premise))
    assert verdict("bound_holds", evidence, tables=("9",))["verdict"] == holds
    assert verdict("bound_tells", evidence, tables=("9",))["verdict"] == tells


def test_evidence_is_read_from_the_files_of_runs(tmp_path):
    rows = []
    for size in (128, 512):
        path = tmp_path / f"{size}.json"
        content = {name: values[0] for name, values in METRICS.items()}
        content |= {"experiment": "lenet5", "batch_size": size, "epochs": 60.0, "diverged": size == 512}
        path.write_text(json.dumps(content), encoding="utf-8")
        rows.append({"label": str(size), "metrics": [str(path)]})
    subject = {"number": "6", "experiment": "lenet5", "reproduces_paper": True, "rows": rows}
    read = result_table(subject)
    assert read.full_length
    assert read.batch_sizes.tolist() == [128]
    assert not result_table(subject | {"number": "1"}).full_length
    assert not result_table(subject | {"reproduces_paper": False}).full_length


def test_the_table_shows_the_provisional_verdict_in_parentheses():
    frame = judge([Claim("Section 5", "It rises", "rises", "train_loss", ("6",))], of(table(full_length=False)))
    (row,) = item(frame).rows
    assert row[:3] == ["It rises", "Section 5", "not measured at full length (here: holds with a confound)"]
