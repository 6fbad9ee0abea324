"""Which tables beyond the paper's own a configuration gives something to show."""

import copy

import pytest

from gengap.config import plan
from gengap.config.load import merge
from gengap.config.subjects import (
    choosing_grids,
    compared_tables,
    equal_update_pairs,
    grid_subject,
    lone_experiments,
    width_groups,
)

ENTRY = {"model": "lenet5", "dataset": "digits", "recipe": "short", "batch_sizes": [128, 512, 2048]}
GRID = {**ENTRY, "grid": {"momentum": [0.5, 0.9]}, "judged_against": 6}
CONFIG = {
    "run": ["normal"],
    "datasets": {
        "digits": {"source": "digits", "image_size": 28, "channels": 1},
        "mnist": {"source": "torchvision", "name": "MNIST"},
    },
    "recipes": {"short": {"epochs": 3}},
    "treatments": {"equal": {"equal_updates_to": 128}},
    "experiments": {
        "normal": ENTRY,
        "equal": {**ENTRY, "treatment": "equal", "batch_sizes": [2048, 8192]},
        "chooses": GRID,
        "judges": {**GRID, "judged_against": 5, "held_out_for": "chooses"},
    },
}


def planned(*run, **changes):
    return plan(merge(copy.deepcopy(CONFIG), {"run": list(run), **changes}))


@pytest.mark.parametrize(
    ("run", "chosen"),
    [
        (["chooses", "judges"], {"chooses": ["judges"]}),
        (["chooses", "judges.0p9"], {"chooses": ["judges"]}),
        (["chooses"], {"chooses": []}),
        (["judges"], {"judges": []}),
        (["normal"], {}),
    ],
)
def test_a_grid_chooses_and_others_judge_its_choice(run, chosen):
    assert choosing_grids(planned(*run)) == chosen


def test_some_settings_of_a_held_out_grid_may_be_run():
    settings = grid_subject(planned("chooses", "judges.0p9"), "judges")["settings"]
    assert [setting["name"] for setting in settings] == ["judges.0p9"]


def test_a_setting_of_a_grid_is_shown_by_itself_where_a_table_is_about_it():
    assert lone_experiments(planned("normal", "chooses")) == ["normal"]
    shown = planned("normal", "chooses", tables=[{"number": 6, "experiment": "chooses.0p5"}])
    assert lone_experiments(shown) == ["normal", "chooses.0p5"]
    assert lone_experiments(planned("normal", "equal")) == ["normal"], "these have a figure of their own"
    assert lone_experiments(planned("equal")) == ["equal"]
    laws = {"laws": ["gaussian"], "sizes": [[40, 5]], "control_sizes": []}
    matrices = planned("normal", tables=[{"number": "a1", "law": "gaussian"}], random_matrices=laws)
    assert lone_experiments(matrices) == ["normal"]


def test_the_subject_of_a_grid():
    subject = grid_subject(planned("chooses"), "chooses")
    assert (subject["title"], subject["dataset"], subject["judged_against"]) == ("LeNet-5 on digits", "digits", "6")
    entries = [(entry["setting"]["momentum"], entry["is_default"], entry["seeds"]) for entry in subject["settings"]]
    assert entries == [(0.5, False, [0]), (0.9, True, [0])]


def test_equal_updates_are_paired_with_the_same_training_of_equal_epochs_which_may_have_more_seeds():
    seeds = {"normal": {"seeds": [0, 1, 2]}, "equal": {"seeds": [0, 2]}}
    (pair,) = equal_update_pairs(planned("normal", "equal", experiments=seeds))
    assert (pair["normal"], pair["equal"], pair["title"]) == ("normal", "equal", "LeNet-5 on digits")
    assert (pair["equal_updates_to"], pair["batch_sizes"], pair["seeds"]) == (128, [2048], [0, 2])


def test_trainings_of_equal_updates_to_two_batch_sizes_are_no_pair_of_each_other():
    other = {"other": {**ENTRY, "options": {"equal_updates_to": 2048}}}
    pairs = equal_update_pairs(planned("normal", "equal", "other", experiments=other))
    assert [(pair["normal"], pair["equal"]) for pair in pairs] == [("normal", "equal"), ("normal", "other")]


@pytest.mark.parametrize(
    "changes",
    [
        {"experiments": {"equal": {"options": {"momentum": 0.5}}}},
        {"experiments": {"equal": {"model": "vgg16"}}},
        {"experiments": {"equal": {"batch_sizes": [4096]}}},
        {"experiments": {"equal": {"seeds": [0, 1]}}},
        {"experiments": {"normal": {"batch_sizes": [512, 2048]}}},
    ],
    ids=["other options", "another network", "no common batch size", "more seeds", "no reference"],
)
def test_trainings_that_differ_otherwise_are_no_pair(changes):
    assert equal_update_pairs(planned("normal", "equal", **changes)) == []


@pytest.mark.parametrize(
    ("table", "batch_sizes", "compared"),
    [
        ({"number": 6}, [128], ["6"]),
        ({"number": 6, "printed": True}, [128], ["6"]),
        ({"number": 6, "printed": False}, [128], []),
        ({"number": 5}, [128], []),
        ({"number": "mine"}, [128], []),
        ({"number": 6}, [77], []),
    ],
    ids=["by itself", "said", "not the paper's", "of other data", "a number of one's own", "no printed batch size"],
)
def test_tables_that_have_something_to_compare(table, batch_sizes, compared):
    experiments = {"normal": {"dataset": "mnist", "batch_sizes": batch_sizes}}
    tables = [{"experiment": "normal", **table}]
    assert compared_tables(planned("normal", tables=tables, experiments=experiments)) == compared


def test_networks_of_several_widths_are_one_group():
    narrow = {"experiments": {"narrow": {**ENTRY, "options": {"width": 0.5}}}}
    (group,) = width_groups(planned("normal", "narrow", **narrow))
    assert (group["experiment"], group["title"]) == ("normal", "LeNet-5 on digits")
    assert group["members"] == [{"experiment": "narrow", "width": 0.5}, {"experiment": "normal", "width": 1.0}]
    assert lone_experiments(planned("normal", "narrow", **narrow)) == ["normal"], "these have a table of their own"
    assert group["batch_sizes"] == [128, 512, 2048]
    other = {"experiments": {"narrow": {**ENTRY, "options": {"width": 0.5, "momentum": 0.5}}}}
    assert width_groups(planned("normal", "narrow", **other)) == []
    assert width_groups(planned("normal")) == []


@pytest.mark.parametrize(
    ("batch_sizes", "shared"), [([64, 2048, 128], [128, 2048]), ([128, 512, 2048], [128, 512, 2048]), ([128], None)]
)
def test_widths_are_compared_at_the_batch_sizes_that_all_of_them_run(batch_sizes, shared):
    narrow = {**ENTRY, "options": {"width": 0.5}, "batch_sizes": batch_sizes, "seeds": [0, 1]}
    groups = width_groups(planned("normal", "narrow", experiments={"narrow": narrow}))
    assert [group["batch_sizes"] for group in groups] == ([] if shared is None else [shared])


@pytest.mark.parametrize(
    ("option", "value", "title"),
    [
        ("rank_limit", 9, "LeNet-5 on digits, rank limited to 9"),
        ("units", 9, "LeNet-5 on digits, 9 units"),
        ("activation_noise", 0.1, "LeNet-5 on digits, noise 0.1"),
    ],
)
def test_what_is_done_to_activations_is_said_in_words_of_a_setting_and_not_of_its_grid(option, value, title):
    alone = {**ENTRY, "options": {option: value}}
    grid = {**ENTRY, "grid": {option: [value, 99]}}
    plan = planned("alone", "grid", experiments={"alone": alone, "grid": grid})
    titles = {name: experiment.title for name, experiment in plan.experiments.items()}
    assert titles["alone"] == title
    assert len(titles) == len(set(titles.values())) == 2
    assert grid_subject(plan, "grid")["title"] == "LeNet-5 on digits"


def test_switched_networks_of_several_widths_are_none():
    entry = {**ENTRY, "batch_sizes": [512, 2048]}
    switch = {"switch_batch_size": 128, "switch_epoch": 0.5}
    options = {"switched": switch, "narrow_switched": {**switch, "width": 0.5}, "narrow": {"width": 0.5}}
    experiments = {"experiments": {name: {**entry, "options": chosen} for name, chosen in options.items()}}
    plan = planned("switched", "narrow_switched", **experiments)
    assert width_groups(plan) == []
    assert lone_experiments(plan) == ["switched", "narrow_switched"], "shown one by one"


def test_a_network_of_another_width_is_called_so_and_its_group_is_not():
    entry = {name: value for name, value in ENTRY.items() if name != "variant"}
    variants = {name: {"normalization": "none", "width": width} for name, width in (("narrow", 0.5), ("wide", 2))}
    experiments = {name: {**entry, "variant": name} for name in variants}
    plan = planned("narrow", "wide", variants=variants, experiments=experiments)
    titles = [plan.experiments[name].title for name in variants]
    assert titles == [
        "LeNet-5 of 0.5 × the width without batch normalization on digits",
        "LeNet-5 of 2 × the width without batch normalization on digits",
    ]
    (group,) = width_groups(plan)
    assert group["title"] == "LeNet-5 without batch normalization on digits"


def test_a_label_names_an_experiment_and_without_one_its_treatment_shows_and_neither_concerns_a_training():
    treatments = {"clipped": {"gradient_clipping": 5}}
    treated = {**ENTRY, "treatment": "clipped"}
    plain = planned("normal", "treated", treatments=treatments, experiments={"treated": treated})
    labelled = {
        "treated": {**treated, "label": "Clipped"},
        "normal": {**ENTRY, "label": "Plain", "grid": {"momentum": [0, 0.5]}},
    }
    named = planned("normal", "treated", treatments=treatments, experiments=labelled)
    assert plain.experiments["treated"].title == "LeNet-5 on digits (gradient clipping: 5)"
    titles = [one.title for one in named.experiments.values()]
    assert titles == ["Plain (momentum: 0)", "Plain (momentum: 0.5)", "Clipped"]
    assert plain.run("treated", 128, 0) == named.run("treated", 128, 0)
