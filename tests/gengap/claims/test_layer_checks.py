"""The rules on activations of single layers, each on numbers made to support a claim or to speak against it."""

import pandas as pd
import pytest
from claim_samples import of, table, verdict

from gengap.analysis.by_batch_size import unfoldings


def layers(values, width=500, seed=0):
    """σ_min of one network's fully connected layer by fed batch."""
    names = {"experiment": "lenet5", "seed": seed, "state": "trained", "trained_batch_size": 128}
    layer = {"kind": "linear", "mode": "channel", "mode_size": width}
    return pd.DataFrame({**names, **layer, "fed_batch_size": list(values), "sigma_min": list(values.values())})


def test_sigma_min_that_grows_beyond_the_width():
    evidence = of(table(), layers=layers({64: 5, 128: 2, 512: 0.1, 1024: 3, 8192: 9}))
    assert verdict("sigma_min_falls", evidence)["verdict"] == "holds"
    assert verdict("sigma_min_is_small", evidence)["verdict"] == "not seen"
    assert verdict("sigma_min_falls", of(table(), layers=layers({64: 5, 128: 6, 512: 0.1})))["verdict"] == "not seen"


@pytest.mark.parametrize(("last", "expected"), [(0.0, "holds"), (0.1, "holds"), (0.11, "not seen")])
def test_sigma_min_of_a_large_batch_is_small_or_not_and_rounding_is_zero(last, expected):
    evidence = of(table(), layers=layers({128: 9, 500: 0.01, 8192: last}))
    assert verdict("sigma_min_is_small", evidence)["verdict"] == expected
    rounding = of(table(), layers=layers({512: 3e-65, 1024: 2e-13, 2048: last}))
    assert f"0 → {last:g}" in verdict("sigma_min_is_small", rounding)["evidence"]


def test_sigma_min_is_compared_between_batches_that_the_same_networks_were_fed():
    """Of three networks one was fed 64, with a small value, and two 256, with large ones."""
    fed = [{64: 1, 128: 2, 256: 0.5, 512: 1}, {128: 20, 512: 2}, {128: 30, 256: 3, 512: 1, 8192: 0.1}]
    evidence = of(table(), layers=pd.concat([layers(values, seed=seed) for seed, values in enumerate(fed)]))
    row = verdict("sigma_min_falls", evidence)
    assert (row["verdict"], "16 → 1.75" in row["evidence"]) == ("holds", True)
    assert verdict("sigma_min_is_small", evidence)["verdict"] == "not measured yet"


def fed_alike(by_training, fed=(64, 256, 1024), seed=0):
    """Networks trained at some sizes, each with its σ_min at each size of the fed batch, and fed its own size besides."""
    parts = [
        layers(dict(zip(fed, values, strict=True)) | {trained: 0.001}, seed=seed).assign(trained_batch_size=trained)
        for trained, values in by_training.items()
    ]
    return pd.concat(parts)


@pytest.mark.parametrize(
    ("by_training", "expected", "below", "beyond"),
    [
        ({128: (3, 3, 4), 512: (2, 2, 5), 2048: (1, 1, 9)}, "holds", "3 → 1", "4 → 9"),
        ({128: (3, 3, 9), 512: (2, 4, 8), 2048: (1, 5, 7)}, "not seen", "3 → 5", "9 → 7"),
        ({128: (1, 1, 1), 512: (2, 6, 3), 2048: (3, 2, 2)}, "not seen", "1 → 2, at most 6 at 512", "1 → 2"),
    ],
)
def test_sigma_min_of_networks_fed_one_batch_is_judged_below_the_width(by_training, expected, below, beyond):
    row = verdict("sigma_min_by_training", of(table(), layers=fed_alike(by_training)))
    assert row["verdict"] == expected
    assert f"at b = 256 {below}" in row["evidence"]
    assert f"at b = 1024 {beyond}" in row["evidence"]


def test_where_no_fed_batch_is_below_the_width_the_others_judge_and_zeros_are_told():
    falling = {128: (3, 2, 0), 512: (2, 1, 0), 2048: (1, 0.5, 0)}
    row = verdict("sigma_min_by_training", of(table(), layers=fed_alike(falling, fed=(600, 1024, 4096))))
    assert (row["verdict"], "at b = 1024 2 → 0.5" in row["evidence"]) == ("holds", True)
    zeros = fed_alike(dict.fromkeys((128, 512), (0, 0, 0)), fed=(600, 1024, 4096))
    assert "0 throughout" in verdict("sigma_min_by_training", of(table(), layers=zeros))["evidence"]


def test_a_size_that_a_single_seed_was_fed_counts():
    """Of two seeds one was fed 64 alone, the other 256: both sizes are compared, each within its seed."""
    parts = [
        fed_alike({128: (3,), 512: (2,), 2048: (1,)}, fed=(64,)),
        fed_alike({128: (6,), 512: (5,), 2048: (4,)}, fed=(256,), seed=1),
    ]
    row = verdict("sigma_min_by_training", of(table(), layers=pd.concat(parts)))
    assert (row["verdict"], "falls at 2 of 2" in row["evidence"]) == ("holds", True)


def test_networks_that_were_fed_no_common_batch_are_not_compared():
    own = pd.concat([layers({size: 1.0 / size}).assign(trained_batch_size=size) for size in (128, 512, 2048)])
    assert verdict("sigma_min_by_training", of(table(), layers=own))["verdict"] == "not measured yet"
    assert verdict("effective_rank_falls", of(table(), layers=ranks({})))["verdict"] == "not measured yet"


def ranks(unfoldings, untrained=10.0):
    """Effective ranks of networks trained at 128, 512 and 2048 and of an untrained one, all fed 1024."""
    columns = ["experiment", "seed", "state", "trained_batch_size", "fed_batch_size"]
    columns += ["layer_index", "kind", "mode", "effective_rank"]
    rows = []
    for (index, kind, mode), values in unfoldings.items():
        for size, value in zip((128, 512, 2048), values, strict=True):
            rows.append(("lenet5", 0, "trained", size, 1024, index, kind, mode, value))
        rows.append(("lenet5", 0, "untrained", None, 1024, index, kind, mode, untrained))
    # The largest network alone was fed its own batch.
    rows.append(("lenet5", 0, "trained", 2048, 2048, 1, "conv", "batch", 1.0))
    return pd.DataFrame(rows, columns=columns)


FALLING, RISING = (30, 20, 12), (12, 20, 30)


CONV, OTHER = (1, "conv", "batch"), (1, "conv", "channel")
LINEAR, TRANSPOSE = (2, "linear", "channel"), (2, "linear", "batch")


@pytest.mark.parametrize(
    ("falling", "rising", "untrained", "expected", "found"),
    [
        ([CONV, OTHER], [LINEAR], 40.0, "holds", "2 of 3"),
        ([CONV, OTHER], [LINEAR], 20.0, "holds", "2 of 3"),
        ([CONV, OTHER], [LINEAR], 10.0, "holds with a confound", "2 of 3"),
        ([CONV], [OTHER], 10.0, "not seen", "1 of 2"),
        ([LINEAR, TRANSPOSE], [CONV], 10.0, "not seen", "1 of 2"),
    ],
    ids=["away from the start", "beyond the start", "towards the start", "half", "a matrix counts once"],
)
def test_the_effective_rank_falls_in_most_unfoldings_or_not(falling, rising, untrained, expected, found):
    values = dict.fromkeys(falling, FALLING) | dict.fromkeys(rising, RISING)
    row = verdict("effective_rank_falls", of(table(), layers=ranks(values, untrained)))
    assert (row["verdict"], f"falls in {found} unfoldings" in row["evidence"]) == (expected, True)
    assert row["left"] == {"holds": "yes", "holds with a confound": "no", "not seen": "not tested"}[expected]


@pytest.mark.parametrize(("alike", "left"), [(RISING, "no"), (FALLING, "yes")])
def test_a_fall_that_equal_updates_undo_is_not_left(alike, left):
    layers = pd.concat([ranks({CONV: FALLING}, 20.0), ranks({CONV: alike}).assign(experiment="equal")])
    row = verdict("effective_rank_falls", of(table(), layers=layers, equal={"lenet5": "equal"}))
    assert (row["seen"], row["left"]) == ("yes", left)


def test_seeds_that_lost_different_networks_cannot_be_compared():
    """Each seed has one network: no batch was fed to all networks of a seed."""
    one = ranks({CONV: FALLING})
    apart = one[(one["trained_batch_size"] != 128) | (one["state"] == "untrained")]
    other = one[one["trained_batch_size"] == 128].assign(seed=1)
    lost = pd.concat([apart, other])
    lost.loc[(lost["seed"] == 0) & (lost["trained_batch_size"] == 512), "effective_rank"] = None
    assert verdict("effective_rank_falls", of(table(), layers=lost))["verdict"] == "not measured yet"
    assert len(unfoldings(lost)) == 0


def test_without_an_untrained_network_nothing_is_told_of_it_and_alone_they_judge_nothing():
    falling = ranks({CONV: FALLING})
    row = verdict("effective_rank_falls", of(table(), layers=falling[falling["state"] == "trained"]))
    assert (row["verdict"], "untrained" in row["evidence"]) == ("holds", False)
    alone = of(table(), layers=ranks({LINEAR: FALLING}).assign(mode_size=500, sigma_min=1.0, state="untrained"))
    for rule in ("sigma_min_by_training", "effective_rank_falls"):
        assert verdict(rule, alone)["verdict"] == "not measured yet"
