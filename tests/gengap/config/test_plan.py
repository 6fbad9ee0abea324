"""The plan: options compose, and every mistake is answered by one sentence that says what to do."""

import copy

import pytest

from gengap.config import plan
from gengap.errors import UserError

LAWS = {"laws": ["uniform"], "sizes": [[9, 5]]}


def one(**changes):
    return {"experiments": {"one": changes}}


def options(**chosen):
    return one(options=chosen)


def test_a_run_is_an_experiment_that_is_named_at_a_batch_size_and_a_seed(planned):
    runs = [("one", size, seed) for size in (16, 32) for seed in (3, 5)]
    assert [(run["experiment"], run["batch_size"], run["seed"]) for run in planned(seeds=[3, 5]).runs] == runs
    assert planned(**one(seeds=[7]), seeds=[0, 1]).experiments["one"].seeds == (7,), "seeds of its own"


def test_options_compose_from_defaults_to_the_experiment_and_the_last_one_wins(planned):
    chosen = planned(**one(variant="linear", treatment="switch", options={"momentum": 0.5})).runs[0]["options"]
    assert chosen["batch_norm_epsilon"] == 0.00001  # a default of the schema
    assert chosen["epochs"] == 3  # the recipe
    assert chosen["weight_decay"] == 0.002  # the variant overrides the recipe
    assert chosen["switch_batch_size"] == 8  # the treatment
    assert chosen["momentum"] == 0.5  # the experiment itself


def test_tables_and_figures_of_what_is_not_run_are_left_out(planned):
    tables = [
        {"number": 5, "experiment": "one"},
        {"number": 6, "experiment": "two"},
        {"number": "a1", "law": "gaussian"},
    ]
    resolved = planned(tables=tables, figures=[{"number": 3, "experiments": ["one", "two"]}])
    assert (list(resolved.tables), list(resolved.figures)) == (["5"], [])


def test_a_network_spec_holds_nothing_of_how_it_was_trained(planned):
    other = planned(recipes={"short": {"learning_rate": 0.5, "epochs": 9}})
    assert planned().network("one", 0) == other.network("one", 0)


@pytest.mark.parametrize(
    ("choice", "largest", "of_16", "of_32", "untrained"),
    [
        ("all", None, [16, 32], [16, 32], [16, 32]),
        ("own", None, [16], [32], [16, 32]),
        ([64, 32], None, [16, 32, 64], [32, 64], [16, 32, 64]),
        ([8, 64], 16, [8, 16], [8], [8, 16]),
    ],
)
def test_batches_that_a_network_is_fed(choice, largest, of_16, of_32, untrained, planned):
    resolved = planned(spectra={"fed_batch_sizes": choice, "largest_fed_batch_size": largest})
    assert [resolved.fed_batch_sizes("one", size) for size in (16, 32, None)] == [of_16, of_32, untrained]


@pytest.mark.parametrize(("choice", "needed"), [("all", 16), ("own", 32), ([64], 16)])
def test_a_bound_that_leaves_a_network_no_batch_is_refused(choice, needed, planned):
    settings = {"fed_batch_sizes": choice, "largest_fed_batch_size": needed - 1}
    with pytest.raises(UserError, match=f"`spectra.largest_fed_batch_size` .*`one` .* {needed} "):
        planned(spectra=settings)
    planned(spectra=settings | {"largest_fed_batch_size": needed})


def test_rows_of_a_switching_table_begin_with_the_baseline(planned):
    table = {"number": 11, "experiment": "two", "baseline": {"experiment": "one", "batch_size": 16}}
    rows = planned(run=["one", "two"], experiments={"two": {"treatment": "switch"}}, tables=[table]).table_rows("11")
    assert [row["label"] for row in rows] == ["16", "16->8", "32->8"]
    assert rows[0]["runs"] == [("one", 16, 0)]


TABLE_6 = {"number": 6, "experiment": "one", "printed": True}
PAPERS = {
    "recipes": {"short": {"weight_decay": 0.0005, "learning_rate": 0.2}},
    "experiments": {"one": {"dataset": "mnist"}},
}
# Changes, and what is named in the sentence that answers them.
BAD = [
    # What the schema sees: each kind of fault once.
    ({"sead": [1]}, "`sead` .*`seeds`"),
    ({"side_by_side": 4}, "`side_by_side` .*docs/performance.md"),
    ({"zzz": 4}, "`zzz` .*`run`"),
    ({"recipes": {"short": {"momentun": 0.9}}}, "`momentun` in `recipes.short` .*`momentum`"),
    ({"run": ["one", "one"]}, "`run` .*'one'"),
    ({"seeds": []}, "`seeds` .*1"),
    (one(model="lenet"), "`experiments.one.model` is 'lenet', .*`resnet56`.*`lenet5`"),
    ({"recipes": {"short": {"epochs": "many"}}}, "`recipes.short.epochs` is 'many', .*integer"),
    ({"recipes": {"short": {"momentum": 1.0}}}, "`recipes.short.momentum` is 1.0, .*< 1"),
    ({"recipes": {"short": {"weight_decay": -0.1}}}, "`recipes.short.weight_decay` is -0.1, .*≥ 0"),
    ({"spectra": {"thresholds": [0]}}, r"`spectra.thresholds\[0\]` is 0.0, .*> 0"),
    ({"spectra": {"fed_batch_sizes": "some"}}, "'some', .*`all`, `own`"),
    ({"tables": [{"number": "Table 12", "experiment": "one"}]}, r"`tables\[0\].number` is 'Table 12', .* ≤ 999"),
    ({"tables": [{"number": 12}]}, r"`tables\[0\]`"),
    ({"datasets": {"mine": {"source": "npz"}}}, "`path` .*`datasets.mine`"),
    ({"experiments": {"new": {"model": "lenet5"}}}, "in `experiments.new`"),
    # What belongs together.
    ({"run": [], "random_matrices": {"laws": []}}, "`run` .*`audit.untrained`.*`random_matrices.laws`"),
    ({"run": ["on"]}, "`run` .*`on`.*`one`"),
    (one(dataset="digit"), "`digit`, .*`datasets`.*`digits`"),
    (one(recipe="long"), "`long`, .*`recipes`.*`short`"),
    (one(treatment="switch", batch_sizes=[8, 16]), "`experiments.one`: .* 8 .*`switch_batch_size`"),
    (one(treatment="switch", options={"equal_updates_to": 8}), "`experiments.one`: .*`equal_updates_to`"),
    (options(switch_epoch=0.5), "`switch_batch_size` .*`switch_epoch`"),
    (options(learning_rate_steps=[0.9, 0.5]), r"`learning_rate_steps` \[0.9, 0.5\]"),
    (options(learning_rate_scaling="linear"), "`learning_rate_batch_size`"),
    (options(learning_rate_factor=[0.1, 0.1]), "2 .* 3 `learning_rate_steps`"),
    (options(warm_up_epochs=2), "2 epochs .* 1.5; .*`warm_up_epochs`"),
    (options(batch_size_steps=[0.5], equal_updates_to=8), "`batch_size_steps` .*`equal_updates_to`"),
    (one(treatment="switch", options={"batch_size_steps": [0.5]}), "`batch_size_steps` .*`switch_batch_size`"),
    (options(gradient_noise_to=32), "16 .*`gradient_noise_to` 32"),
    (options(ghost_batch_size=8, normalization="none"), "`normalization: batch`"),
    (options(ghost_batch_size=8) | {"compute": {"batch_norm": "fused"}}, "`compute: {batch_norm: native}`"),
    (options(rank_limit=500), "`rank_limit` of 500 .* 500"),
    (options(rank_limit=9, units=9), "`rank_limit` of 9 .* 9"),
    (one(model="resnet56", options={"units": 9}), "`units` .*resnet56"),
    ({"random_matrices": {**LAWS, "sizes": [[5, 9]]}}, r"\[5, 9\], .*\[9, 5\]"),
    ({"random_matrices": {**LAWS, "control_sizes": [[9, 5]]}}, r"control_sizes` .*\[9, 5\]"),
    ({"random_matrices": {"laws": ["uniform"]}}, "`random_matrices.sizes`"),
    ({"tables": [{"number": n, "experiment": "one"} for n in (1, "1")]}, "`tables` .*1 twice"),
    ({"tables": [TABLE_6]}, "Table 6 .*`printed: true`, .*`one`, .*`lenet5` on MNIST"),
    ({"tables": [TABLE_6 | {"number": 12}]}, "Table 12 .*`printed: true`"),
    ({"tables": [{"number": "a1", "law": "uniform", "printed": True}], "random_matrices": LAWS}, "`gaussian`"),
    (PAPERS | {"tables": [TABLE_6]}, "Table 6 .*`learning_rate` is 0.2 .* 0.1"),
    (
        {"tables": [{"number": 1, "experiment": "one", "baseline": {"experiment": "one", "batch_size": 64}}]},
        "table 1 .*64, .*`16`, `32`",
    ),
    ({"figures": [{"number": 1, "experiments": ["one"], "threshold": 0.5}]}, "Figure 1 .*0.5, .*`0.0001`, `1e-05`"),
    (one(spectra=False) | {"figures": [{"number": 1, "experiments": ["one"]}]}, "Figure 1 .*`one`, .*`spectra`"),
]


@pytest.mark.parametrize(("changes", "named"), BAD, ids=[named for _, named in BAD])
def test_a_mistake_is_answered_by_one_sentence(changes, named, planned):
    with pytest.raises(UserError, match=named) as caught:
        planned(**changes)
    assert str(caught.value).endswith((".", "?"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["with space", "a/b", "../up", "it's", "$(reboot)", "x" * 300, "", "Ünïcode", "-rf", "a;b", "{w}", "a\n"]
)
def test_a_name_that_cannot_be_a_folder_is_refused(name, config):
    for group in ("experiments", "datasets", "recipes", "variants"):
        given = config()
        given[group] = {name: next(iter(given[group].values()))}
        with pytest.raises(UserError, match=f"in `{group}`"):
            plan(given)


def test_neither_the_order_of_keys_in_a_file_counts_nor_is_the_configuration_changed(config):
    """Snakemake compares parameters as text: a reordered file must give the same text."""

    def reordered(value):
        return {key: reordered(value[key]) for key in reversed(value)} if isinstance(value, dict) else value

    given = config(compute={"threads": 2, "device": "cpu"}, style={"palette": "deep", "font_scale": 2})
    before = copy.deepcopy(given)
    assert repr(plan(reordered(given)).config) == repr(plan(given).config)
    assert repr(plan(reordered(given)).runs) == repr(plan(given).runs)
    assert given == before
