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
    assert [(r["experiment"], r["batch_size"], r["seed"]) for r in resolved.runs] == [
        ("one", 16, 3),
        ("one", 16, 5),
        ("one", 32, 3),
        ("one", 32, 5),
    ]


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


def test_an_experiment_may_name_seeds_of_its_own():
    assert plan(merge(experiment(seeds=[7]), {"seeds": [0, 1]})).experiments["one"].seeds == (7,)


def test_an_experiment_that_is_not_named_in_run_costs_nothing():
    extended = config(experiments={"two": MINIMAL["experiments"]["one"]})
    assert {run["experiment"] for run in plan(extended).runs} == {"one"}


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


BAD = {
    "misspelt key at the top": (
        config(sead=[1]),
        "Unknown key `sead` at the top level of the configuration; did you mean `seeds`?",
    ),
    "a key that was removed": (
        config(side_by_side=4),
        "Unknown key `side_by_side` at the top level of the configuration; it was removed; trainings on one GPU overlap"
        " by NVIDIA's MPS instead, see docs/performance.md.",
    ),
    "misspelt option": (
        config(recipes={"short": {"momentun": 0.9}}),
        "Unknown key `momentun` in `recipes.short` of the configuration; did you mean `momentum`?",
    ),
    "wrong type": (
        config(recipes={"short": {"epochs": "many"}}),
        "`recipes.short.epochs` is 'many', but must be of type integer.",
    ),
    "out of range": (
        config(recipes={"short": {"momentum": 1.0}}),
        "`recipes.short.momentum` is 1.0, but must be < 1.",
    ),
    "negative weight decay": (
        config(recipes={"short": {"weight_decay": -0.1}}),
        "`recipes.short.weight_decay` is -0.1, but must be ≥ 0.",
    ),
    "threshold of zero": (
        config(spectra={"thresholds": [0]}),
        "`spectra.thresholds[0]` is 0.0, but must be > 0.",
    ),
    "no thresholds": (
        config(spectra={"thresholds": []}),
        "`spectra.thresholds` is an empty list, but needs at least 1 entry.",
    ),
    "nothing to run": (
        config(run=[], random_matrices={"laws": []}),
        "Nothing is to be run; name experiments in `run` or `audit.untrained`, or laws in `random_matrices.laws`.",
    ),
    "no seeds": (config(seeds=[]), "`seeds` is an empty list, but needs at least 1 entry."),
    "no batch sizes": (
        experiment(batch_sizes=[]),
        "`experiments.one.batch_sizes` is an empty list, but needs at least 1 entry.",
    ),
    "a batch size twice": (
        experiment(batch_sizes=[16, 16]),
        "`experiments.one.batch_sizes` names 16 twice; remove one of them.",
    ),
    "an experiment twice": (config(run=["one", "one"]), "`run` names 'one' twice; remove one of them."),
    "unknown model": (
        experiment(model="lenet"),
        "`experiments.one.model` is 'lenet', but must be one of `lenet5`, `vgg16`, `resnet56`, `f1`. Did you mean `lenet5`?",
    ),
    "unknown data set": (
        experiment(dataset="digit"),
        "`experiments.one.dataset` names `digit`, which is not in `datasets`; did you mean `digits`?",
    ),
    "unknown recipe": (
        experiment(recipe="long"),
        "`experiments.one.recipe` names `long`, which is not in `recipes`; defined are `short`.",
    ),
    "unknown experiment": (
        config(run=["on"]),
        "`run` names `on`, which is not in `experiments`; did you mean `one`?",
    ),
    "missing recipe": (
        {**config(), "experiments": {"one": {"model": "lenet5", "dataset": "digits", "batch_sizes": [1]}}},
        "The key `recipe` is missing in `experiments.one` of the configuration; add it.",
    ),
    "missing path": (
        config(datasets={"mine": {"source": "npz"}}),
        "The key `path` is missing in `datasets.mine` of the configuration; add it.",
    ),
    "switch to a larger batch": (
        experiment(treatment="switch", batch_sizes=[8, 16]),
        "`experiments.one`: a switch goes to a smaller batch size, but 8 → 8 does not; remove 8 from `batch_sizes` or lower `switch_batch_size`.",
    ),
    "half a switch": (
        experiment(options={"switch_epoch": 0.5}),
        "`experiments.one`: `switch_batch_size` and `switch_epoch` belong together; give both or none.",
    ),
    "steps out of order": (
        experiment(options={"learning_rate_steps": [0.9, 0.5]}),
        "`experiments.one`: `learning_rate_steps` [0.9, 0.5] must increase; put them in order.",
    ),
    "half a scaling": (
        experiment(options={"learning_rate_scaling": "linear"}),
        "`experiments.one`: `learning_rate_scaling` and `learning_rate_batch_size` belong together; give both or none.",
    ),
    "a factor too few": (
        experiment(options={"learning_rate_factor": [0.1, 0.1]}),
        "`experiments.one`: `learning_rate_factor` lists 2 factors for 3 `learning_rate_steps`; give one for each.",
    ),
    "a warm-up past the first fall": (
        experiment(options={"warm_up_epochs": 2}),
        "`experiments.one`: a warm-up of 2 epochs goes on when the learning rate falls, the batch size changes or the"
        " training ends, after 1.5; shorten `warm_up_epochs`.",
    ),
    "a batch that grows and makes equal updates": (
        experiment(options={"batch_size_steps": [0.5], "equal_updates_to": 8}),
        "`experiments.one`: `batch_size_steps` cannot be combined with `equal_updates_to`; remove one of them.",
    ),
    "a momentum reset of Adam": (
        experiment(options={"optimizer": "adam", "momentum_reset": "every_epoch"}),
        "`experiments.one`: `momentum_reset` is of SGD, not of Adam; remove it.",
    ),
    "less noise than there is": (
        experiment(options={"gradient_noise_to": 32}),
        "`experiments.one`: noise can only be added, but a batch of 16 has more than one of `gradient_noise_to` 32; remove"
        " 16 from `batch_sizes` or lower `gradient_noise_to`.",
    ),
    "ghosts without batch norm": (
        experiment(options={"ghost_batch_size": 8, "normalization": "none"}),
        "`experiments.one`: `ghost_batch_size` needs `normalization: batch`; remove it.",
    ),
    "ghosts in fused kernels": (
        merge(experiment(options={"ghost_batch_size": 8}), {"compute": {"batch_norm": "fused"}}),
        "`experiments.one`: `ghost_batch_size` needs `compute: {batch_norm: native}`, since the fused kernels normalise"
        " whole batches.",
    ),
    "a rank limit of none": (
        experiment(options={"rank_limit": 0}),
        "`experiments.one.options.rank_limit` is 0, but must be ≥ 1.",
    ),
    "a rank limit that limits nothing": (
        experiment(options={"rank_limit": 500}),
        "`experiments.one`: a `rank_limit` of 500 changes nothing in a layer of width 500; choose a smaller one, or remove it.",
    ),
    "a rank limit of all the units that are left": (
        experiment(options={"rank_limit": 9, "units": 9}),
        "`experiments.one`: a `rank_limit` of 9 changes nothing in a layer of width 9; choose a smaller one, or remove it.",
    ),
    "no units": (
        experiment(options={"units": 0}),
        "`experiments.one.options.units` is 0, but must be ≥ 1.",
    ),
    "units of a layer that is not there": (
        experiment(model="resnet56", options={"units": 9}),
        "`experiments.one`: `units` is of the hidden fully connected layer, but resnet56 has none; remove it.",
    ),
    "negative noise": (
        experiment(options={"activation_noise": -0.1}),
        "`experiments.one.options.activation_noise` is -0.1, but must be ≥ 0.",
    ),
    "wide matrix": (
        config(random_matrices={"laws": ["uniform"], "sizes": [[5, 9]]}),
        "`random_matrices.sizes` has [5, 9], but sizes are [rows, columns] with rows ≥ columns; write [9, 5] (the singular values are the same).",
    ),
    "a control size that is also a size": (
        config(random_matrices={"laws": ["uniform"], "sizes": [[9, 5]], "control_sizes": [[9, 5]]}),
        "`random_matrices.control_sizes` repeats [9, 5] of `sizes`; remove one of the two.",
    ),
    "laws without sizes": (
        config(random_matrices={"laws": ["uniform"]}),
        "`random_matrices.laws` names laws, but `random_matrices.sizes` is empty; add a size.",
    ),
    "two tables of one number": (
        config(tables=[{"number": 1, "experiment": "one"}, {"number": "1", "experiment": "one"}]),
        "`tables` has number 1 twice; give one of them another number.",
    ),
    "a table beside print that is none of the paper's": (
        config(tables=[{"number": 6, "experiment": "one", "printed": True}]),
        "Table 6 has `printed: true`, but shows `one`, and the paper has there `lenet5` on MNIST; leave `printed` out.",
    ),
    "a table beside print of another recipe": (
        config(
            datasets={"digits": {"source": "torchvision", "name": "MNIST"}},
            recipes={"short": {"weight_decay": 0.0005, "learning_rate": 0.2}},
            tables=[{"number": 6, "experiment": "one", "printed": True}],
        ),
        "Table 6 has `printed: true`, but shows `one`, whose `learning_rate` is 0.2 where the paper has 0.1; leave"
        " `printed` out.",
    ),
    "a table beside print of a number that the paper does not have": (
        config(tables=[{"number": 12, "experiment": "one", "printed": True}]),
        "Table 12 has `printed: true`, but shows `one`, and the paper has no such table; leave `printed` out.",
    ),
    "a number of a table in words": (
        config(tables=[{"number": "Table 12", "experiment": "one"}]),
        "`tables[0].number` is 'Table 12', which is none of its allowed forms: integer ≥ 1 ≤ 999, or text of lower-case"
        " letters, digits and underscores.",
    ),
    "figure at a threshold that is not counted": (
        config(figures=[{"number": 1, "experiments": ["one"], "threshold": 0.5}]),
        "Figure 1 has threshold 0.5, which is not among `spectra.thresholds` (`0.0001`, `1e-05`); add it there.",
    ),
    "unreadable fed batches": (
        config(spectra={"fed_batch_sizes": "some"}),
        "`spectra.fed_batch_sizes` is 'some', which is none of its allowed forms: one of `all`, `own`, or a list of at least one entry.",
    ),
}
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
    "{wildcard}",
]


@pytest.mark.parametrize("mistake", BAD)
def test_a_mistake_is_answered_by_one_sentence(mistake):
    wrong, sentence = BAD[mistake]
    with pytest.raises(UserError) as caught:
        plan(wrong)
    assert str(caught.value) == sentence


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
