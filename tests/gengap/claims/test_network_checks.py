import numpy as np
import pandas as pd
import pytest
from claim_samples import CANNOT, GONE, LEFT, NOT_SEEN, PARTLY, SEEN, judged, verdict

from gengap.claims.evidence import Evidence

GHOSTS, SCALED = "ghost_batch_size", "learning_rate_batch_size learning_rate_scaling=square_root"


def remedy(options, word, *, gap=0.1, of_gap="smaller", same_small=False):
    """A line of remedies that change the gap of 0.4 points at the large batch size alone."""
    line = {"title": "F1 on MNIST", "experiment": "f1", "options": options, "verdict": word, "same_small": same_small}
    line |= {"small": 128, "large": 4096, "seeds": 2, "gap": gap, "change_large": gap - 0.4, "change_small": 0.0}
    return line | {"of_gap": of_gap, "closed_percent": 100 * (1 - gap / 0.4), "rank_limit": np.nan}


def of_remedies(*lines):
    return Evidence(remedies=pd.DataFrame([remedy("", "", gap=0.4, of_gap=""), *lines]))


@pytest.mark.parametrize(
    ("line", "part", "all_of_it"),
    [
        (remedy(GHOSTS, "helps large alone"), SEEN, NOT_SEEN),
        (remedy(GHOSTS, "helps both", gap=0.0, of_gap="not seen"), SEEN, SEEN),
        (remedy(GHOSTS, "no effect seen", gap=0.3, of_gap="as without"), NOT_SEEN, NOT_SEEN),
        (remedy(GHOSTS, "helps small, harms large", gap=0.9, of_gap="larger"), NOT_SEEN, NOT_SEEN),
        (remedy(GHOSTS, "not judged", of_gap=""), CANNOT, CANNOT),
        (remedy(f"{GHOSTS} {SCALED}", "helps both", of_gap="not seen"), None, None),
    ],
    ids=["closes a part", "closes all", "no effect", "harms", "not judged", "another remedy beside"],
)
def test_a_remedy_closes_the_gap_or_does_not(line, part, all_of_it):
    assert verdict("closes_part", of_remedies(line), GHOSTS, "remedies") == part
    assert verdict("closes_all", of_remedies(line), GHOSTS, "remedies") == all_of_it


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([remedy(GHOSTS, "helps both"), remedy("learning_rate", "helps both")], SEEN),
        ([remedy(GHOSTS, "helps both")] * 2 + [remedy("learning_rate", "helps large alone")], PARTLY),
        ([remedy(GHOSTS, "helps large alone"), remedy("learning_rate", "harms")], NOT_SEEN),
        ([remedy(GHOSTS, "no effect seen"), remedy("learning_rate", "not judged")], CANNOT),
        (
            [remedy(GHOSTS, "helps both"), *[remedy("learning_rate", "helps large") | {"change_small": np.nan}] * 2],
            SEEN,
        ),
        ([remedy("rank_limit", "helps both"), remedy("learning_rate", "helps large alone", same_small=True)], None),
    ],
)
def test_remedies_that_help_large_batches_help_small_ones_or_do_not(lines, expected):
    """What is no remedy of the list does not count, nor what changes nothing, or was not run, at the small batch size."""
    evidence = of_remedies(*lines)
    assert verdict("remedies_help_small", evidence, f"{GHOSTS} learning_rate", "remedies") == expected
    if expected:
        assert judged("remedies_help_small", evidence, f"{GHOSTS} learning_rate", "remedies")["judged"] == "F1 on MNIST"


@pytest.mark.parametrize(
    ("logarithm", "expected"), [([0.9, 0.8], SEEN), ([0.9, 0.1], PARTLY), ([0.1] * 2, NOT_SEEN), ([np.nan] * 2, None)]
)
def test_the_likeliest_law_of_a_walk(logarithm, expected):
    weights = pd.DataFrame({"title": "Walk", "logarithm_weight": logarithm, "power_weight": 0.0})
    evidence = Evidence(walks=weights.assign(saturation_weight=1 - weights["logarithm_weight"]))
    assert verdict("walk_is_logarithmic", evidence, tables="walks") == expected


def of_minima(sizes, **columns):
    """Two seeds, whose means are these numbers."""
    networks = pd.DataFrame({"title": "F1", "trained_batch_size": sizes, **columns})
    other = networks.assign(**{name: networks[name] + 1 for name in columns}, seed=1)
    return Evidence(minima=pd.concat([networks.assign(**{n: networks[n] - 1 for n in columns}, seed=0), other]))


@pytest.mark.parametrize(
    ("sharpness", "rescaled", "expected"),
    [([5, 30], [2, 9], LEFT), ([5, 30], [9, 2], GONE), ([30, 5], [2, 9], NOT_SEEN), ([5, 30], None, SEEN)],
)
def test_sharper_minima_are_left_where_the_norm_of_the_weights_does_not_make_them(sharpness, rescaled, expected):
    columns = {"sharpness_batch": sharpness} | ({} if rescaled is None else {"sharpness_rescaled": rescaled})
    seen, left = verdict("sharper", of_minima([256, 6000], **columns), "sharpness_batch", "minima")
    assert seen == expected[0]
    assert seen == "no" or left == expected[1]


@pytest.mark.parametrize(
    ("sizes", "errors", "expected"),
    [([64, 256, 6000], [2, 3, 4], SEEN), ([64, 256, 6000], [4, 3, 2], NOT_SEEN), ([256, 6000], [2, 3], CANNOT)],
)
def test_sharpness_orders_test_errors_of_three_batch_sizes_or_more(sizes, errors, expected):
    sharpness = range(5, 5 + len(sizes))
    evidence = of_minima(sizes, sharpness_batch=sharpness, test_error_percent=errors)
    assert verdict("orders_errors", evidence, "sharpness_batch", "minima") == expected
    assert verdict("orders_errors", evidence, "trace", "minima") is None
