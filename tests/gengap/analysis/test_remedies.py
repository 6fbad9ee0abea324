"""Effects of remedies and what is said of them, on hand-made errors of known scatter."""

import math

import pytest

from gengap.analysis.remedies import remedies_table

# Two seeds 0.2 apart: σ = 0.1414 with four degrees of freedom, for which t is 2.776, so an effect is seen beyond 0.393 and
# one on the gap beyond 0.555; with three, 3.182, beyond 0.450.
SEEDS = (-0.1, 0.1)


def table(*remedies, seeds=SEEDS, without=None):
    """Lines of remedies from their errors at both ends, beside 2 and 3 % without one, by what the seeds add to these."""

    def known(error, seeds):
        errors = enumerate(error + one for one in seeds)
        runs = [{"seed": seed, "test_error_percent": value, "diverged": math.isnan(value)} for seed, value in errors]
        return {"metrics": runs, "clipped": []}

    shown = []
    for small, large in [(2.0, 3.0), *remedies]:
        of_seeds = seeds if shown else without or seeds
        ends = {end: known(error, of_seeds) for end, error in (("small", small), ("large", large)) if error}
        shown.append({"name": "", "same": [], "borrowed": [], "ends": ends})
    return remedies_table([{"title": "F1", "experiment": "f1", "small": 128, "large": 4096, "remedies": shown}])


@pytest.mark.parametrize(
    ("small", "large", "verdict", "of_gap"),
    [
        (2.0, 2.0, "helps large alone", "not seen"),
        # The gap turns round.
        (2.0, 1.0, "helps large alone", "not seen"),
        (2.1, 2.5, "helps large alone", "smaller"),
        (1.5, 2.4, "helps both", "as without"),
        (1.3, 2.9, "helps small alone", "larger"),
        (2.2, 3.2, "no effect seen", "as without"),
        # Beyond twice σ.
        (2.0, 2.65, "no effect seen", "as without"),
        (2.25, 2.75, "no effect seen", "as without"),
        (2.5, 2.4, "helps large, harms small", "not seen"),
        (2.0, 4.0, "harms", "larger"),
        (None, 2.5, "helps large", ""),
        (1.9, None, "no effect seen", ""),
    ],
)
def test_an_effect_counts_beyond_the_scatter_of_seeds(small, large, verdict, of_gap):
    line = table((small, large)).iloc[1]
    assert line["scatter"] == pytest.approx(math.sqrt(0.02))
    assert (line["verdict"], line["of_gap"]) == (verdict, of_gap)


def test_one_seed_is_not_judged():
    line = table((1.0, 1.0), seeds=(0.0,)).iloc[1]
    assert (line["change_large"], line["verdict"], line["of_gap"]) == (-2, "not judged", "")


@pytest.mark.parametrize(
    ("seeds", "verdict"), [((-0.3,), "no effect seen"), ((-0.3, math.nan), "diverges at 128 and 4096")]
)
def test_a_remedy_is_compared_with_the_same_seeds_and_judged_by_the_scatter_of_all(seeds, verdict):
    """Without: seed 0 is 0.3 below the mean at both ends, which is no effect of the remedy."""
    line = table((2.0, 2.5), seeds=seeds, without=(-0.3, 0.3)).iloc[1]
    expected = {"change_small": 0, "change_large": -0.5, "gap": 0.5, "closed_percent": 50, "scatter": 0.3 * 2**0.5}
    assert line[list(expected)].to_dict() == pytest.approx(expected)
    assert (line["verdict"], line["of_gap"]) == (verdict, "not seen")


def test_seeds_that_diverged_without_the_remedy_compare_nothing():
    line = table((2.0, 2.5), seeds=(-0.3, 0.3), without=(-0.3, math.nan)).iloc[1]
    assert (line["seeds"], line["change_large"]) == (1, pytest.approx(-0.5))
    line = table((2.0, 2.5), seeds=(-0.3, 0.3), without=(math.nan,)).iloc[1]
    assert (line["seeds"], line["verdict"], line["of_gap"]) == (0, "not judged", "")
