import dataclasses

import numpy as np
import pandas as pd
import pytest
from claim_samples import CANNOT, GONE, LEFT, NOT_SEEN, PARTLY, SEEN, equal_updates, of, table, verdict
from samples import counts_of_cells

from gengap.claims.run_checks import seeds_scatter

# A rule, its argument, the metrics of the table that are changed, and what is seen and left.
ON_TABLES = [
    ("rises", "train_loss", {}, GONE),  # the penalty carries it
    ("rises", "train_loss", {"weight_penalty": [0.1] * 4}, LEFT),
    ("rises", "test_error_percent", {}, SEEN),
    ("rises", "test_error_percent", {"test_error_percent": [0.9, 0.7, 0.6, 0.5]}, NOT_SEEN),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.02, 0.02, 0.021]}, SEEN),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.02, 0.023, 0.021]}, PARTLY),
    ("not_overfitting", "", {"test_cross_entropy": [0.02, 0.03, 0.04, 0.05]}, NOT_SEEN),
    ("stays_closer", "", {}, GONE),  # fewer updates, too
    ("stays_closer", "", {"updates": [1800] * 4}, LEFT),
    ("loss_tells_more", "", {"train_cross_entropy": [0.4, 0.3, 0.2, 0.1]}, GONE),
    ("proportional", "", {}, NOT_SEEN),
    ("proportional", "", {"test_error_percent": [0.5, 2, 4, 8]}, SEEN),
    ("distance_ratio", "3 10", {}, SEEN),
    ("distance_ratio", "5 10", {}, NOT_SEEN),
    ("distance_ratio", "2 3", {}, NOT_SEEN),
]


@pytest.mark.parametrize(("check", "argument", "metrics", "expected"), ON_TABLES)
def test_verdicts_on_a_table_alone(check, argument, metrics, expected):
    assert verdict(check, of(table(**metrics)), argument) == expected


@pytest.mark.parametrize(
    ("equal", "expected"),
    [([9.0, 0.9, 0.8], LEFT), ([0.1, 0.6, 0.7], GONE), ([0.1, 0.5, 0.5], GONE)],
    ids=["most of it stays", "little of it stays", "it is gone"],
)
def test_a_rise_that_equal_updates_undo_is_not_left(equal, expected):
    pair = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], equal)
    assert verdict("rises", of(table(), equal_updates=pair), "test_error_percent") == expected


@pytest.mark.parametrize(("equal", "expected"), [([30.0, 12.0, 9.0], LEFT), ([30.0, 12.0, 11.0], GONE)])
def test_equal_updates_tell_what_the_updates_do_to_the_distance(equal, expected):
    pair = equal_updates("weight_distance", 15.0, [20.0, 10.0, 5.0], equal)
    assert verdict("stays_closer", of(table(), equal_updates=pair)) == expected


def of_two_seeds(deviation, metric="test_error_percent"):
    several = table()
    several.rows["seeds"], several.rows[f"{metric}_std"] = 2, deviation
    return several


def test_the_scatter_of_seeds_is_students_with_the_pooled_deviation():
    """Four rows of two seeds: t with 4 degrees of freedom is 2.776 at 95 %."""
    assert seeds_scatter(of_two_seeds(0.1), 2) == pytest.approx(2.7764 * 2**0.5 * 0.1, rel=1e-4)
    assert seeds_scatter(table(), 2) == 0


@pytest.mark.parametrize(
    ("metric", "deviation", "expected"),
    [("test_error_percent", 0.001, GONE), ("test_error_percent", 0.1, SEEN), ("train_error_percent", 1.0, GONE)],
)
def test_where_seeds_leave_open_whether_half_is_undone_equal_updates_tell_nothing(metric, deviation, expected):
    """Of other metrics seeds scatter by orders of magnitude more at large batch sizes."""
    pair = equal_updates(metric, 0.6, [0.5, 0.7, 0.9], [0.1, 0.6, 0.6])
    evidence = of(of_two_seeds(deviation, metric), equal_updates=pair)
    assert verdict("rises", evidence, metric) == expected
    if metric == "test_error_percent":
        assert verdict("few_updates", evidence) == (CANNOT if expected == SEEN else SEEN)


def test_a_small_difference_of_a_large_gap_undoes_little_of_it():
    """Two hundredths are undone, and seeds make four hundredths of the gap."""
    pair = equal_updates("test_error_percent", 0.6, [0.6, 5.7, 10.6], [0.1, 5.6, 10.4])
    evidence = of(of_two_seeds(0.1), equal_updates=pair)
    assert verdict("rises", evidence, "test_error_percent") == LEFT
    assert verdict("few_updates", evidence) == NOT_SEEN


def test_equal_updates_tell_nothing_without_a_trend_or_a_larger_batch_size():
    falling = equal_updates("test_error_percent", 0.9, [0.5, 0.5, 0.95], [0.5, 0.2, 0.1])
    smaller = equal_updates("test_error_percent", 0.6, [0.9], [0.1], sizes=("128",))
    other = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.1, 0.5, 0.5], experiment="vgg16")
    for pair in (falling, smaller, other):
        assert verdict("rises", of(table(), equal_updates=pair), "test_error_percent") == SEEN


def test_of_several_references_that_with_the_most_larger_batch_sizes_tells():
    sizes = ("128", "512", "2048")
    few = equal_updates("test_error_percent", 0.7, [0.5, 0.6, 0.9], [0.1, 0.2, 0.9], at=1024, sizes=sizes)
    most = equal_updates("test_error_percent", 0.6, [0.5, 0.7, 0.9], [0.5, 0.6, 0.65])
    for pairs in ([few, most], [most, few]):
        evidence = of(table(), equal_updates=pd.concat(pairs, ignore_index=True))
        assert verdict("rises", evidence, "test_error_percent") == GONE


@pytest.mark.parametrize(
    ("closed", "limit", "expected"),
    [(30.0, 512, SEEN), (80.0, 512, NOT_SEEN), (30.0, 1024, CANNOT), (np.nan, 512, None)],
)
def test_more_updates_close_the_widest_gap_or_do_not(closed, limit, expected):
    pairs = equal_updates("test_error_percent", 0.5, [0.6, 0.9, 0.8], [0.5, 0.5, 0.5])
    pairs["gap_closed"] = [np.nan, closed, 100 - closed]
    assert verdict("more_updates", of(table(), equal_updates=pairs), str(limit)) == expected


@pytest.mark.parametrize(("equal", "expected"), [(0.5, SEEN), (0.7, SEEN), (0.8, NOT_SEEN)])
def test_few_updates_make_the_gap_where_as_many_close_half_of_it(equal, expected):
    pairs = equal_updates("test_error_percent", 0.5, [0.6, 0.7, 0.9], [0.5, 0.5, equal])
    assert verdict("few_updates", of(table(), equal_updates=pairs)) == expected
    assert verdict("few_updates", of(table())) is None
    falling = equal_updates("test_error_percent", 0.9, [0.8, 0.7, 0.6], [0.9, 0.9, equal])
    assert verdict("few_updates", of(table(), equal_updates=falling)) is None


@pytest.mark.parametrize(("change", "expected"), [(0.2, SEEN), (0.19, NOT_SEEN), (-0.1, NOT_SEEN)])
def test_rank_taken_away_makes_half_of_the_gap_or_does_not(change, expected):
    """At the small batch size; the gap is 0.5 → 0.9, at the large one the limit changes nothing."""
    line = {"experiment": "lenet5", "small": 128, "large": 2048, "seeds": 1, "rank_limit": 9, "change_small": change}
    line |= {"error_small": 0.5 + change, "change_large": 0.0, "gap": 0.4 - change}
    assert verdict("rank_taken_away", of(table(), remedies=pd.DataFrame([line]))) == expected
    assert verdict("rank_taken_away", of(table())) is None


WIDTHS = {"experiment": "lenet5", "width": [0.5, 1, 2], "sigma_min": [0.25, 0.5, 1.5], "seeds": 1}


@pytest.mark.parametrize(
    ("gaps", "counts", "forced", "expected"),
    [
        ([3, 2, 1], [90, 60, 5], [10, 20, 4], LEFT),
        ([3, 2, 1], [90, 60, 5], [85, 52, 5], GONE),
        ([3, 2, 1], [90, 60, 5], [90, 60, 5], GONE),
        ([1, 2, 3], [90, 60, 5], [0, 0, 0], NOT_SEEN),
        ([3, 2, 1], [5, 60, 90], [0, 0, 0], NOT_SEEN),
        ([3, 2, 1], [np.nan, 60, 5], [0, 0, 0], None),
    ],
)
def test_wider_networks_lose_less_or_do_not(gaps, counts, forced, expected):
    widths = pd.DataFrame(WIDTHS | {"gap": gaps, "literal": counts, "literal_floor": forced})
    assert verdict("wider", of(table(), widths=widths)) == expected
    if expected == LEFT:
        falling = widths.assign(sigma_min=[1.5, 0.5, 0.25])
        assert verdict("wider", of(table(), widths=falling)) == ("partly", "yes"), "σ_min is what the claim rests on"
        assert verdict("wider", of(table(), widths=widths.assign(sigma_min=np.nan))) == LEFT


@pytest.mark.parametrize(("apart", "expected"), [(1.01, LEFT), (0.99, CANNOT)])
def test_gaps_that_differ_by_what_seeds_make_tell_nothing_of_the_width(apart, expected):
    """The gaps of one and two seeds have 2 + 1 variances; t with 4 degrees of freedom is 2.776."""
    rows = WIDTHS | {"width": [0.5, 1], "literal": [2, 1], "literal_floor": 0, "sigma_min": np.nan, "seeds": [1, 2]}
    widths = pd.DataFrame(rows | {"gap": [3, 3 - apart * 2.776 * 3**0.5 * 0.1]})
    assert verdict("wider", of(of_two_seeds(0.1), widths=widths)) == expected


def cells(count):
    """Counts of networks trained at 128 and 512, each fed both sizes."""
    names, sizes = ("literal", "thin", "full"), (128, 512)
    return counts_of_cells({(name, one, fed): count(one, fed) for name in names for one in sizes for fed in sizes})


def counts_of(own_rises, same_rises):
    """Such counts, rising with the fed batch, with the trained one, or both."""
    return cells(lambda trained, fed: own_rises * (fed // 128) * 10 + same_rises * (trained // 128))


@pytest.mark.parametrize(
    ("own", "same", "fed", "expected"),
    [
        (1, 0, "both", GONE),
        (1, 1, "both", LEFT),
        (0, 1, "both", LEFT),
        (0, 0, "both", NOT_SEEN),
        # Fed their own batch alone, networks cannot tell what makes counts rise.
        (1, 0, "own", CANNOT),
        (0, 0, "own", NOT_SEEN),
        # Never fed their own, they say nothing of Algorithm 1.
        (1, 1, "128", None),
    ],
)
def test_counts_that_the_fed_batch_explains_are_not_left(own, same, fed, expected):
    counts = counts_of(own, same)
    if fed != "both":
        counts = counts[counts["fed_batch_size"] == (counts["trained_batch_size"] if fed == "own" else 128)]
    evidence = of(table(), counts=counts)
    assert verdict("counts_rise", evidence) == expected
    assert verdict("counts_follow", evidence, "train_loss") == expected


@pytest.mark.parametrize(("rising", "expected"), [((128, 512), LEFT), ((512,), GONE)])
def test_counts_must_rise_at_more_than_half_of_the_common_fed_sizes(rising, expected):
    counts = cells(lambda trained, fed: fed + (fed in rising) * trained)
    assert verdict("counts_rise", of(table(), counts=counts)) == expected


@pytest.mark.parametrize(
    ("own", "more", "smaller", "expected"),
    [(1, 0, 1, NOT_SEEN), (1, 0, None, PARTLY), (0, 50, None, NOT_SEEN), (-1, 50, None, NOT_SEEN)],
    ids=["the same at all sizes", "as they were", "counts that stay", "counts that fall"],
)
def test_counts_that_a_smaller_threshold_does_not_emphasize(own, more, smaller, expected):
    at = counts_of(own, 0)
    at = at.assign(count=at["count"] + more)
    below = at.assign(threshold=1e-5, count=at["count"] if smaller is None else smaller)
    evidence = of(table(), counts=pd.concat([at, below]), thresholds=(1e-4, 1e-5))
    assert verdict("smaller_threshold", evidence) == expected


def switched(*errors):
    return table(labels=("128", "4096->128", "8192->128", "16384->128"), test_error_percent=errors)


@pytest.mark.parametrize(("worst", "expected"), [(8.46, SEEN), (8.47, NOT_SEEN), (7.5, SEEN)])
def test_switched_networks_are_compared_with_the_baseline(worst, expected):
    result = switched(7.96, 7.9, worst, 8.0)
    assert verdict("switching", of(result)) == expected
    assert verdict("switching", of(dataclasses.replace(result, diverged=("24576->128",)))) == NOT_SEEN


@pytest.mark.parametrize(
    ("experiment", "error", "expected"), [("half", 8.51, PARTLY), ("half", 8.5, SEEN), ("lenet5", 9.0, SEEN)]
)
def test_a_switch_that_works_in_some_settings_holds_in_part(experiment, error, expected):
    tried = {"setting": "switch epoch 0.5", "experiment": experiment, "test_error_percent_mean": error}
    assert verdict("switching", of(switched(8, 8, 8, 8), tried=pd.DataFrame([tried]))) == expected
