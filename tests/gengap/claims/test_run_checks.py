"""The rules on trained networks, each on numbers made to support a claim or to speak against it."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from claim_samples import equal_updates, of, table, verdict

from gengap.claims.verdicts import CANNOT, CONFOUNDED, NOT_MEASURED

# A rule, its argument, the metrics of the table that are changed, and the verdict.
ON_TABLES = [
    ("rises", "train_loss", {}, CONFOUNDED),  # the penalty carries it
    ("rises", "train_loss", {"weight_penalty": [0.1] * 4}, "holds"),
    ("rises", "test_error_percent", {}, "holds"),
    ("rises", "test_error_percent", {"test_error_percent": [0.9, 0.7, 0.6, 0.5]}, "not seen"),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.02, 0.02, 0.021]}, "holds"),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.02, 0.023, 0.021]}, "holds in part"),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.03, 0.04, 0.05]}, "not seen"),
    ("stays_closer", "", {}, CONFOUNDED),  # fewer updates, too
    ("stays_closer", "", {"updates": [1800] * 4}, "holds"),
    ("loss_tells_more", "", {"train_cross_entropy": [0.4, 0.3, 0.2, 0.1]}, CONFOUNDED),
    ("proportional", "", {}, "not seen"),
    ("proportional", "", {"test_error_percent": [0.5, 2, 4, 8]}, "holds"),
]


@pytest.mark.parametrize(("check", "argument", "metrics", "expected"), ON_TABLES)
def test_verdicts_on_a_table_alone(check, argument, metrics, expected):
    assert verdict(check, of(table(**metrics)), argument)["verdict"] == expected


@pytest.mark.parametrize(
    ("equal", "expected"),
    [([9.0, 0.9, 0.8], "holds"), ([0.1, 0.6, 0.7], CONFOUNDED), ([0.1, 0.5, 0.5], CONFOUNDED)],
    ids=["most of it stays", "little of it stays", "it is gone"],
)
def test_a_rise_that_equal_updates_undo_is_confounded(equal, expected):
    pair = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], equal)
    row = verdict("rises", of(table(), equal_updates=pair), "test_error_percent")
    assert (row["verdict"], f"0.6 → {equal[-1]:g} %" in row["evidence"]) == (expected, True)


@pytest.mark.parametrize(("equal", "expected"), [([30.0, 12.0, 9.0], "holds"), ([30.0, 12.0, 11.0], CONFOUNDED)])
def test_equal_updates_tell_what_the_updates_do_to_the_distance(equal, expected):
    pair = equal_updates("weight_distance", 15.0, [20.0, 10.0, 5.0], equal)
    assert verdict("stays_closer", of(table(), equal_updates=pair))["verdict"] == expected


def of_two_seeds(metric, deviation):
    several = table()
    several.rows["seeds"], several.rows[f"{metric}_std"] = 2, deviation
    return several


@pytest.mark.parametrize(("deviation", "expected"), [(0.001, CONFOUNDED), (0.1, "holds")])
def test_a_difference_that_seeds_make_undoes_nothing(deviation, expected):
    """Four rows of two seeds: t with 4 degrees of freedom is 2.78, so seeds make 2.78·√2·0.1 = 0.39 points."""
    several = of_two_seeds("test_error_percent", deviation)
    for last, verdict_of_it in ((0.9, expected), (0.945, CONFOUNDED)):  # 0.395 points are more
        pair = equal_updates("test_error_percent", 0.6, [0.5, 0.7, last], [0.1, 0.5, 0.55])
        row = verdict("rises", of(several, equal_updates=pair), "test_error_percent")
        assert row["verdict"] == verdict_of_it


def test_seeds_excuse_no_other_metric_than_the_test_error():
    """Training errors scatter by orders of magnitude more at large batch sizes, so that a pooled deviation says little."""
    pair = equal_updates("train_error_percent", 0.0, [0.0, 0.1, 0.5], [0.0, 0.0, 0.1])
    several = of_two_seeds("train_error_percent", 1.0)
    assert verdict("rises", of(several, equal_updates=pair), "train_error_percent")["verdict"] == CONFOUNDED


def test_equal_updates_tell_nothing_without_a_trend_or_a_larger_batch_size():
    falling = equal_updates("test_error_percent", 0.9, [0.5, 0.5, 0.95], [0.5, 0.2, 0.1])
    smaller = equal_updates("test_error_percent", 0.6, [0.9], [0.1], sizes=("128",))
    other = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.1, 0.5, 0.5], experiment="vgg16")
    for pair in (falling, smaller, other):
        assert verdict("rises", of(table(), equal_updates=pair), "test_error_percent")["verdict"] == "holds"


def test_of_several_references_that_with_the_most_larger_batch_sizes_tells():
    few = equal_updates(
        "test_error_percent", 0.7, [0.5, 0.6, 0.9], [0.1, 0.2, 0.9], at=1024, sizes=("128", "512", "2048")
    )
    most = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.5, 0.6, 0.65])
    for pairs in ([few, most], [most, few]):
        evidence = of(table(), equal_updates=pd.concat(pairs, ignore_index=True))
        assert verdict("rises", evidence, "test_error_percent")["verdict"] == CONFOUNDED


@pytest.mark.parametrize(
    ("closed", "limit", "expected"),
    [(30.0, 512, "holds"), (80.0, 512, "not seen"), (30.0, 1024, CANNOT)],
)
def test_more_updates_close_the_gap_or_do_not(closed, limit, expected):
    pairs = equal_updates("test_error_percent", 0.5, [0.6, 0.9, 0.8], [0.5, 0.5, 0.5])
    pairs["gap_closed"] = [np.nan, closed, 100 - closed]
    row = verdict("more_updates", of(table(), equal_updates=pairs), str(limit))
    assert row["verdict"] == expected
    assert "0.90 % at 1024" in row["evidence"], "the widest gap"
    assert verdict("more_updates", of(table()), str(limit))["verdict"] == NOT_MEASURED
    without_gap = pairs.assign(gap_closed=np.nan)
    assert verdict("more_updates", of(table(), equal_updates=without_gap), str(limit))["verdict"] == NOT_MEASURED


@pytest.mark.parametrize(("change", "expected"), [(0.2, "holds"), (0.19, "not seen"), (-0.1, "not seen")])
def test_rank_taken_away_makes_half_of_the_gap_or_does_not(change, expected):
    """At the small batch size; the gap is 0.5 → 0.9, at the large one the limit changes nothing."""
    line = {"experiment": "lenet5", "small": 128, "large": 2048, "seeds": 1, "rank_limit": 9, "change_small": change}
    line |= {"error_small": 0.5 + change, "change_large": 0.0, "gap": 0.4 - change}
    assert verdict("rank_taken_away", of(table(), rank_limits=pd.DataFrame([line])))["verdict"] == expected
    assert verdict("rank_taken_away", of(table()))["verdict"] == NOT_MEASURED


@pytest.mark.parametrize(
    ("gaps", "counts", "forced", "expected"),
    [
        ([3, 2, 1], [90, 60, 5], [0, 0, 0], "holds"),
        ([3, 2, 1], [90, 60, 5], [10, 20, 4], "holds"),
        ([3, 2, 1], [90, 60, 5], [85, 52, 5], CONFOUNDED),
        ([3, 2, 1], [90, 60, 5], [90, 60, 5], CONFOUNDED),
        ([1, 2, 3], [90, 60, 5], [0, 0, 0], "not seen"),
        ([3, 2, 1], [5, 60, 90], [0, 0, 0], "not seen"),
    ],
)
def test_wider_networks_lose_less_or_do_not(gaps, counts, forced, expected):
    rows = {"experiment": "lenet5", "width": [0.5, 1, 2], "gap": gaps, "literal": counts, "literal_floor": forced}
    widths = pd.DataFrame(rows | {"sigma_min": [0.25, 0.5, 1.5], "seeds": 1})
    assert verdict("wider", of(table(), widths=widths))["verdict"] == expected
    unmeasured = widths.assign(literal=np.nan)
    assert verdict("wider", of(table(), widths=unmeasured))["verdict"] == NOT_MEASURED
    if expected != "not seen":
        falling = verdict("wider", of(table(), widths=widths.assign(sigma_min=[1.5, 0.5, 0.25])))
        assert falling["verdict"] == "holds in part", "σ_min is what the claim rests on"
    assert verdict("wider", of(table(), widths=widths.assign(sigma_min=np.nan)))["verdict"] == expected


@pytest.mark.parametrize(("deviation", "expected"), [(0.1, "holds"), (0.5, CANNOT)])
def test_gaps_that_differ_by_what_seeds_make_tell_nothing_of_the_width(deviation, expected):
    """Four rows of two seeds: t with 4 degrees of freedom is 2.78; the gaps of one and two seeds have 2 + 1 variances."""
    rows = {"experiment": "lenet5", "width": [0.5, 1], "gap": [3, 1], "literal": [2, 1], "literal_floor": 0}
    widths = pd.DataFrame(rows | {"sigma_min": np.nan, "seeds": [1, 2]})
    several = of_two_seeds("test_error_percent", deviation)
    assert verdict("wider", of(several, widths=widths))["verdict"] == expected
    near = widths.assign(gap=[3, 3 - 2.776 * 3**0.5 * deviation + 1e-3])
    assert verdict("wider", of(several, widths=near))["verdict"] == CANNOT


def counts_of(make_counts, own_rises, same_rises):
    """Counts of networks trained at 128 and 512: rising with the fed batch, with the trained one, or both."""
    return cells(make_counts, lambda trained, fed: own_rises * (fed // 128) * 10 + same_rises * (trained // 128))


def cells(make_counts, count):
    names, sizes = ("literal", "thin", "full"), (128, 512)
    return make_counts({(name, one, fed): count(one, fed) for name in names for one in sizes for fed in sizes})


@pytest.mark.parametrize(
    ("own", "same", "fed", "expected"),
    [
        (1, 0, "both", CONFOUNDED),
        (1, 1, "both", "holds"),
        (0, 1, "both", "holds"),
        (0, 0, "both", "not seen"),
        # Fed their own batch alone, networks cannot tell what makes counts rise.
        (1, 0, "own", CANNOT),
        (0, 0, "own", "not seen"),
    ],
)
def test_counts_that_the_fed_batch_explains_are_confounded(make_counts, own, same, fed, expected):
    counts = counts_of(make_counts, own, same)
    if fed == "own":
        counts = counts[counts["fed_batch_size"] == counts["trained_batch_size"]]
    evidence = of(table(), counts=counts)
    assert verdict("counts_rise", evidence)["verdict"] == expected
    assert verdict("counts_follow", evidence, "train_loss")["verdict"] == expected


@pytest.mark.parametrize(("rising", "expected"), [((128, 512), "holds"), ((512,), CONFOUNDED)])
def test_counts_must_rise_at_more_than_half_of_the_common_fed_sizes(make_counts, rising, expected):
    counts = cells(make_counts, lambda trained, fed: fed + (fed in rising) * trained)
    assert verdict("counts_rise", of(table(), counts=counts))["verdict"] == expected


@pytest.mark.parametrize(
    ("own", "more", "smaller", "expected"),
    [(1, 0, 1, "not seen"), (1, 0, None, "holds in part"), (0, 50, None, "not seen"), (-1, 50, None, "not seen")],
    ids=["the same at all sizes", "as they were", "counts that stay", "counts that fall"],
)
def test_counts_that_a_smaller_threshold_does_not_emphasize(make_counts, own, more, smaller, expected):
    at = counts_of(make_counts, own, 0)
    at = at.assign(count=at["count"] + more)
    below = at.assign(threshold=1e-5, count=at["count"] if smaller is None else smaller)
    assert verdict("smaller_threshold", of(table(), counts=pd.concat([at, below]), smaller=1e-5))["verdict"] == expected


def test_counts_of_networks_never_fed_their_own_batch_judge_nothing(make_counts):
    counts = counts_of(make_counts, 1, 1)
    evidence = of(table(), counts=counts[counts["fed_batch_size"] == 128], smaller=1e-4)
    for check in ("counts_rise", "smaller_threshold"):
        assert verdict(check, evidence)["verdict"] == NOT_MEASURED


def switched(*errors):
    labels = ("128", "4096->128", "8192->128", "16384->128")
    return table("11", labels=labels, test_error_percent=errors)


@pytest.mark.parametrize(("worst", "expected"), [(8.3, "holds"), (8.46, "holds"), (8.6, "not seen"), (7.5, "holds")])
def test_switched_networks_are_compared_with_the_baseline(worst, expected):
    assert verdict("switching", of(switched(7.96, 7.9, worst, 8.0)), tables=("11",))["verdict"] == expected


def test_a_switched_network_that_diverged_closes_no_gap():
    lost = dataclasses.replace(switched(8, 8, 8, 8), diverged=("24576->128",))
    row = verdict("switching", of(lost), tables=("11",))
    assert (row["verdict"], "24576" in row["evidence"]) == ("not seen", True)


@pytest.mark.parametrize(
    ("number", "experiment", "error", "expected"),
    [
        ("11", "half", 8.51, "holds in part"),
        ("11", "half", 8.5, "holds"),
        ("11", "lenet5", 9.0, "holds"),
        ("5", "half", 9.0, "holds"),
    ],
    ids=["too far", "near enough", "its own", "of another table"],
)
def test_a_switch_that_works_in_some_settings_holds_in_part(number, experiment, error, expected):
    tried = {"number": number, "setting": "switch epoch 0.5", "experiment": experiment, "batch_size": "8192->128"}
    evidence = of(switched(8, 8, 8, 8), tried=pd.DataFrame([tried | {"test_error_percent_mean": error}]))
    assert verdict("switching", evidence, tables=("11",))["verdict"] == expected
