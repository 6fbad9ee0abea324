import pandas as pd
import pytest
from claim_samples import GONE, LEFT, NOT_SEEN, SEEN, of, table, verdict

from gengap.analysis.by_batch_size import unfoldings


def layers(values, width=500, seed=0):
    """σ_min of one network's fully connected layer by fed batch."""
    names = {"experiment": "lenet5", "seed": seed, "state": "trained", "trained_batch_size": 128}
    layer = {"kind": "linear", "mode": "channel", "mode_size": width}
    return pd.DataFrame({**names, **layer, "fed_batch_size": list(values), "sigma_min": list(values.values())})


@pytest.mark.parametrize(
    ("rule", "values", "expected"),
    [
        ("sigma_min_falls", {64: 5, 128: 2, 512: 0.1, 1024: 3}, SEEN),
        ("sigma_min_falls", {64: 5, 128: 6, 512: 0.1}, NOT_SEEN),
        ("sigma_min_is_small", {128: 0.01, 512: 0.1, 8192: 9}, NOT_SEEN),
        ("sigma_min_is_small", {128: 9, 500: 0.01, 8192: 0.11}, NOT_SEEN),
        ("sigma_min_is_small", {128: 9, 500: 0.01, 8192: 0.1}, SEEN),
        ("sigma_min_is_small", {512: 3e-65, 8192: 2e-13}, SEEN),
    ],
)
def test_sigma_min_below_and_beyond_the_width(rule, values, expected):
    assert verdict(rule, of(table(), layers=layers(values))) == expected


def test_sigma_min_is_compared_between_batches_that_the_same_networks_were_fed():
    """Of three networks one was fed 64, with a small value, and two 256, with large ones."""
    fed = [{64: 1, 128: 2, 256: 0.5, 512: 1}, {128: 20, 512: 2}, {128: 30, 256: 3, 512: 1, 8192: 0.1}]
    evidence = of(table(), layers=pd.concat([layers(values, seed=seed) for seed, values in enumerate(fed)]))
    assert verdict("sigma_min_falls", evidence) == SEEN
    assert verdict("sigma_min_is_small", evidence) is None


def fed_alike(by_training, fed=(64, 256, 1024), seed=0):
    """Networks trained at some sizes, each with its σ_min at each size of the fed batch, and fed its own size besides."""
    parts = [
        layers(dict(zip(fed, values, strict=True)) | {trained: 0.001}, seed=seed).assign(trained_batch_size=trained)
        for trained, values in by_training.items()
    ]
    return pd.concat(parts)


@pytest.mark.parametrize(
    ("by_training", "fed", "expected"),
    [
        ({128: (3, 3, 4), 512: (2, 2, 5), 2048: (1, 1, 9)}, (64, 256, 1024), SEEN),
        ({128: (3, 3, 9), 512: (2, 4, 8), 2048: (1, 5, 7)}, (64, 256, 1024), NOT_SEEN),
        ({128: (3, 2, 0), 512: (2, 1, 0), 2048: (1, 0.5, 0)}, (600, 1024, 4096), SEEN),
    ],
)
def test_sigma_min_of_networks_fed_one_batch_is_judged_below_the_width_if_any_was_fed(by_training, fed, expected):
    assert verdict("sigma_min_by_training", of(table(), layers=fed_alike(by_training, fed))) == expected


def test_a_size_that_a_single_seed_was_fed_counts():
    """Of two seeds one was fed 64 alone, the other 256, where it rises: each is compared within its seed."""
    falling = fed_alike({128: (3,), 512: (2,), 2048: (1,)}, fed=(64,))
    rising = fed_alike({128: (4,), 512: (5,), 2048: (6,)}, fed=(256,), seed=1)
    assert verdict("sigma_min_by_training", of(table(), layers=pd.concat([falling, rising]))) == NOT_SEEN
    assert verdict("sigma_min_by_training", of(table(), layers=falling)) == SEEN


def test_networks_that_were_fed_no_common_batch_are_not_compared():
    own = pd.concat([layers({size: 1.0 / size}).assign(trained_batch_size=size) for size in (128, 512, 2048)])
    assert verdict("sigma_min_by_training", of(table(), layers=own)) is None
    assert verdict("effective_rank_falls", of(table(), layers=ranks({}))) is None


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
    ("falling", "rising", "untrained", "expected"),
    [
        ([CONV, OTHER], [LINEAR], 40.0, LEFT),
        ([CONV, OTHER], [LINEAR], 20.0, LEFT),
        ([CONV, OTHER], [LINEAR], 10.0, GONE),
        ([CONV], [OTHER], 10.0, NOT_SEEN),
        ([LINEAR, TRANSPOSE], [CONV], 10.0, NOT_SEEN),
    ],
    ids=["away from the start", "beyond the start", "towards the start", "half", "a matrix counts once"],
)
def test_the_effective_rank_falls_in_most_unfoldings_or_not(falling, rising, untrained, expected):
    values = dict.fromkeys(falling, FALLING) | dict.fromkeys(rising, RISING)
    assert verdict("effective_rank_falls", of(table(), layers=ranks(values, untrained))) == expected


@pytest.mark.parametrize(("alike", "expected"), [(RISING, GONE), (FALLING, LEFT)])
def test_a_fall_that_equal_updates_undo_is_not_left(alike, expected):
    layers = pd.concat([ranks({CONV: FALLING}, 20.0), ranks({CONV: alike}).assign(experiment="equal")])
    assert verdict("effective_rank_falls", of(table(), layers=layers, equal={"lenet5": "equal"})) == expected


def test_seeds_that_lost_different_networks_cannot_be_compared():
    """Each seed has one network: no batch was fed to all networks of a seed."""
    lost = ranks({CONV: FALLING})
    lost["seed"] = lost["trained_batch_size"].eq(128).astype(int)
    lost.loc[lost["trained_batch_size"] == 512, "effective_rank"] = None
    assert verdict("effective_rank_falls", of(table(), layers=lost)) is None
    assert len(unfoldings(lost)) == 0


def test_without_an_untrained_network_nothing_is_told_of_it_and_alone_they_judge_nothing():
    falling = ranks({CONV: FALLING})
    assert verdict("effective_rank_falls", of(table(), layers=falling[falling["state"] == "trained"])) == SEEN
    alone = of(table(), layers=ranks({LINEAR: FALLING}).assign(mode_size=500, sigma_min=1.0, state="untrained"))
    assert verdict("sigma_min_by_training", alone) is None
    assert verdict("effective_rank_falls", alone) is None
