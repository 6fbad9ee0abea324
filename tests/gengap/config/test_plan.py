"""The plan: options compose, and every mistake is answered by one sentence that says what to do."""

import copy

import pytest

from gengap.config import plan
from gengap.config.load import merge
from gengap.errors import UserError

MINIMAL = {
    "run": ["one"],
    "datasets": {"digits": {"source": "digits", "image_size": 28, "channels": 1}},
    "recipes": {"short": {"epochs": 3, "weight_decay": 0.001}},
    "variants": {"linear": {"activation": "identity", "weight_decay": 0.002}},
    "treatments": {"switch": {"switch_batch_size": 8, "switch_epoch": 0.5}},
    "experiments": {"one": {"model": "lenet5", "dataset": "digits", "recipe": "short", "batch_sizes": [16, 32]}},
}


def config(**changes):
    return merge(copy.deepcopy(MINIMAL), changes)


def experiment(**changes):
    return config(experiments={"one": changes})


def test_a_run_is_an_experiment_at_a_batch_size_and_a_seed():
    resolved = plan(config(seeds=[3, 5]))
    runs = [("one", size, seed) for size in (16, 32) for seed in (3, 5)]
    assert [(run["experiment"], run["batch_size"], run["seed"]) for run in resolved.runs] == runs
    assert plan(merge(experiment(seeds=[7]), {"seeds": [0, 1]})).experiments["one"].seeds == (7,), "seeds of its own"


def test_an_experiment_that_is_not_named_in_run_costs_nothing():
    extended = config(experiments={"two": MINIMAL["experiments"]["one"]})
    assert {run["experiment"] for run in plan(extended).runs} == {"one"}


def test_options_compose_from_defaults_to_the_experiment_and_the_last_one_wins():
    options = plan(experiment(variant="linear", treatment="switch", options={"momentum": 0.5})).runs[0]["options"]
    assert options["batch_norm_epsilon"] == 0.00001  # a default of the schema
    assert options["epochs"] == 3  # the recipe
    assert options["weight_decay"] == 0.002  # the variant overrides the recipe
    assert options["switch_batch_size"] == 8  # the treatment
    assert options["momentum"] == 0.5  # the experiment itself


def test_a_whole_number_is_the_same_option_with_and_without_a_decimal_point():
    """Snakemake compares parameters as text."""
    whole, decimal = (
        plan(experiment(options={"momentum": zero, "width": two})).runs for zero, two in ((0, 2), (0.0, 2.0))
    )
    assert repr(whole) == repr(decimal)
    assert (whole[0]["options"]["epochs"], whole[0]["options"]["switch_epoch"]) == (3, None)


def test_tables_and_figures_of_experiments_that_are_not_run_are_left_out():
    extended = config(
        experiments={"two": MINIMAL["experiments"]["one"]},
        tables=[
            {"number": 5, "experiment": "one"},
            {"number": 6, "experiment": "two"},
            {"number": "a1", "law": "gaussian"},
        ],
        figures=[{"number": 3, "experiments": ["one", "two"]}],
    )
    assert (list(plan(extended).tables), list(plan(extended).figures)) == (["5"], [])


def test_a_network_spec_holds_nothing_of_how_it_was_trained():
    with_other_recipe = config(recipes={"short": {"learning_rate": 0.5, "epochs": 9}})
    assert plan(config()).network("one", 0) == plan(with_other_recipe).network("one", 0)


@pytest.mark.parametrize(
    ("choice", "trained", "untrained"),
    [("all", [16, 32], [16, 32]), ("own", [32], [16, 32]), ([64, 32], [32, 64], [16, 32, 64])],
)
def test_batches_that_a_network_is_fed(choice, trained, untrained):
    resolved = plan(config(spectra={"fed_batch_sizes": choice}))
    assert resolved.fed_batch_sizes("one", 32) == trained
    assert resolved.fed_batch_sizes("one") == untrained


def test_batches_above_the_largest_are_fed_to_no_network():
    resolved = plan(config(spectra={"fed_batch_sizes": [8, 64], "largest_fed_batch_size": 16}))
    assert resolved.fed_batch_sizes("one", 16) == [8, 16]
    assert resolved.fed_batch_sizes("one", 32) == [8]
    assert resolved.fed_batch_sizes("one") == [8, 16]


@pytest.mark.parametrize(("choice", "largest", "needed"), [("all", 15, 16), ("own", 31, 32), ([64], 15, 16)])
def test_a_bound_that_leaves_a_network_no_batch_is_refused(choice, largest, needed):
    settings = {"fed_batch_sizes": choice, "largest_fed_batch_size": largest}
    with pytest.raises(UserError, match=f"leaves a network of `one` no batch; raise it to {needed} or more"):
        plan(config(spectra=settings))
    plan(config(spectra=settings | {"largest_fed_batch_size": needed}))


def test_rows_of_a_switching_table_begin_with_the_baseline():
    extended = config(
        run=["one", "switched"],
        experiments={"switched": {**MINIMAL["experiments"]["one"], "treatment": "switch"}},
        tables=[{"number": 11, "experiment": "switched", "baseline": {"experiment": "one", "batch_size": 16}}],
    )
    rows = plan(extended).table_rows("11")
    assert [row["label"] for row in rows] == ["16", "16->8", "32->8"]
    assert rows[0]["runs"] == [("one", 16, 0)]


WITHOUT_RECIPE = {"model": "lenet5", "dataset": "digits", "batch_sizes": [1]}
TABLE_6 = {"number": 6, "experiment": "one", "printed": True}
# A configuration, and what is named in the sentence that answers it.
BAD = [
    (config(sead=[1]), "Unknown key `sead` at the top level .*did you mean `seeds`"),
    (config(side_by_side=4), "Unknown key `side_by_side` .*was removed; .*docs/performance.md"),
    (config(run=[], random_matrices={"laws": []}), "Nothing .*`run` or `audit.untrained`, .*`random_matrices.laws`"),
    (config(run=["one", "one"]), "`run` names 'one' twice"),
    (config(run=["on"]), "`run` names `on`, which is not in `experiments`; did you mean `one`"),
    (config(seeds=[]), "`seeds` is an empty list, but needs at least 1 entry"),
    (config(recipes={"short": {"momentun": 0.9}}), "Unknown key `momentun` in `recipes.short` .*`momentum`"),
    (config(recipes={"short": {"epochs": "many"}}), "`recipes.short.epochs` is 'many', .* of type integer"),
    (config(recipes={"short": {"momentum": 1.0}}), "`recipes.short.momentum` is 1.0, but must be < 1"),
    (config(recipes={"short": {"weight_decay": -0.1}}), "`recipes.short.weight_decay` is -0.1, but must be ≥ 0"),
    (config(spectra={"thresholds": [0]}), r"`spectra.thresholds\[0\]` is 0.0, but must be > 0"),
    (config(spectra={"thresholds": []}), "`spectra.thresholds` is an empty list"),
    (config(spectra={"fed_batch_sizes": "some"}), "is 'some', .*allowed forms: one of `all`, `own`, or a list"),
    (config(datasets={"mine": {"source": "npz"}}), "The key `path` is missing in `datasets.mine`"),
    ({**config(), "experiments": {"one": WITHOUT_RECIPE}}, "The key `recipe` is missing in `experiments.one`"),
    (experiment(batch_sizes=[]), "`experiments.one.batch_sizes` is an empty list"),
    (experiment(batch_sizes=[16, 16]), "`experiments.one.batch_sizes` names 16 twice"),
    (experiment(model="lenet"), "`experiments.one.model` is 'lenet', .*`resnet56`.* Did you mean `lenet5`"),
    (experiment(dataset="digit"), "names `digit`, which is not in `datasets`; did you mean `digits`"),
    (experiment(recipe="long"), "names `long`, which is not in `recipes`; defined are `short`"),
    (experiment(treatment="switch", batch_sizes=[8, 16]), "`experiments.one`: .* 8 → 8 .*lower `switch_batch_size`"),
    (experiment(options={"switch_epoch": 0.5}), "`switch_batch_size` and `switch_epoch` belong together"),
    (experiment(options={"learning_rate_steps": [0.9, 0.5]}), r"`learning_rate_steps` \[0.9, 0.5\] must increase"),
    (experiment(options={"learning_rate_scaling": "linear"}), "`learning_rate_batch_size` belong together"),
    (experiment(options={"learning_rate_factor": [0.1, 0.1]}), "2 factors for 3 `learning_rate_steps`"),
    (experiment(options={"warm_up_epochs": 2}), "a warm-up of 2 epochs .* after 1.5; shorten `warm_up_epochs`"),
    (experiment(options={"batch_size_steps": [0.5], "equal_updates_to": 8}), "cannot be .*with `equal_updates_to`"),
    (experiment(options={"optimizer": "adam", "momentum_reset": "every_epoch"}), "`momentum_reset` is of SGD"),
    (experiment(options={"gradient_noise_to": 32}), "16 has more than one of `gradient_noise_to` 32"),
    (experiment(options={"ghost_batch_size": 8, "normalization": "none"}), "needs `normalization: batch`"),
    (
        merge(experiment(options={"ghost_batch_size": 8}), {"compute": {"batch_norm": "fused"}}),
        "`ghost_batch_size` needs `compute: {batch_norm: native}`",
    ),
    (experiment(options={"rank_limit": 0}), "`experiments.one.options.rank_limit` is 0, but must be ≥ 1"),
    (experiment(options={"rank_limit": 500}), "a `rank_limit` of 500 changes nothing in a layer of width 500"),
    (experiment(options={"rank_limit": 9, "units": 9}), "a `rank_limit` of 9 changes nothing .* of width 9"),
    (experiment(options={"units": 0}), "`experiments.one.options.units` is 0, but must be ≥ 1"),
    (experiment(model="resnet56", options={"units": 9}), "`units` is of .* but resnet56 has none"),
    (experiment(options={"activation_noise": -0.1}), "activation_noise` is -0.1, but must be ≥ 0"),
    (config(random_matrices={"laws": ["uniform"], "sizes": [[5, 9]]}), r"has \[5, 9\], .*write \[9, 5\]"),
    (
        config(random_matrices={"laws": ["uniform"], "sizes": [[9, 5]], "control_sizes": [[9, 5]]}),
        r"`random_matrices.control_sizes` repeats \[9, 5\] of `sizes`",
    ),
    (config(random_matrices={"laws": ["uniform"]}), "`random_matrices.sizes` is empty"),
    (config(tables=[{"number": n, "experiment": "one"} for n in (1, "1")]), "`tables` has number 1 twice"),
    (config(tables=[{"number": "Table 12", "experiment": "one"}]), r"`tables\[0\].number` is 'Table 12', .* ≤ 999"),
    (config(tables=[TABLE_6]), "Table 6 has `printed: true`, but shows `one`, .* `lenet5` on MNIST"),
    (config(tables=[TABLE_6 | {"number": 12}]), "Table 12 has `printed: true`, .* the paper has no such table"),
    (
        config(
            datasets={"digits": {"source": "torchvision", "name": "MNIST"}},
            recipes={"short": {"weight_decay": 0.0005, "learning_rate": 0.2}},
            tables=[TABLE_6],
        ),
        "Table 6 has `printed: true`, .* whose `learning_rate` is 0.2 where the paper has 0.1",
    ),
    (config(figures=[{"number": 1, "experiments": ["one"], "threshold": 0.5}]), "threshold 0.5, .*`0.0001`, `1e-05`"),
]
HOSTILE_NAMES = [
    "with space",
    "a/b",
    "../up",
    "it's",
    'quo"te',
    "$(reboot)",
    "x" * 300,
    "",
    "Ünïcode",
    "-rf",
    "a;b",
    "{w}",
]


@pytest.mark.parametrize(("wrong", "words"), BAD, ids=[words for _, words in BAD])
def test_a_mistake_is_answered_by_one_sentence(wrong, words):
    with pytest.raises(UserError, match=words) as caught:
        plan(wrong)
    assert str(caught.value).endswith((".", "?"))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
@pytest.mark.parametrize("group", ["experiments", "datasets", "recipes", "variants"])
def test_a_name_that_cannot_be_a_folder_is_refused(name, group):
    entries = {"experiments": MINIMAL["experiments"]["one"], "datasets": MINIMAL["datasets"]["digits"]}
    with pytest.raises(UserError, match="cannot be used: names become folders"):
        plan(config(**{group: {name: entries.get(group, {})}}))


@pytest.mark.parametrize("folder", ["a{b}", "x$(y)", "quo'te", "line\nbreak", ""])
def test_a_results_folder_that_breaks_file_patterns_is_refused(folder):
    with pytest.raises(UserError, match="`results`"):
        plan(config(results=folder))


def test_numbers_with_a_bare_exponent_are_read_as_numbers():
    # PyYAML reads `1e-4` as text.
    assert plan(config(recipes={"short": {"weight_decay": "1e-4"}})).runs[0]["options"]["weight_decay"] == 1e-4


def test_the_configuration_given_is_not_changed():
    given = config()
    before = copy.deepcopy(given)
    plan(given)
    assert given == before


def test_the_order_of_keys_in_a_file_does_not_count():
    """Snakemake compares parameters as text: a reordered file must give the same text."""

    def reordered(value):
        if isinstance(value, dict):
            return {key: reordered(value[key]) for key in reversed(value)}
        return value

    given = config(compute={"threads": 2, "device": "cpu"}, style={"palette": "deep", "font_scale": 2})
    assert repr(plan(reordered(given)).config) == repr(plan(given).config)
    assert repr(plan(reordered(given)).runs) == repr(plan(given).runs)
