"""Grids: one entry stands for an experiment at every combination of some options."""

import copy

import pytest

from gengap.config import plan
from gengap.config.grid import expand, value_name
from gengap.config.load import merge
from gengap.config.subjects import choosing_grids, grid_subject
from gengap.errors import UserError

GRID = {"initialization": ["he_normal", "pytorch"], "weight_decay": [0.0005, 0.001]}
ENTRY = {"model": "lenet5", "dataset": "digits", "recipe": "short", "batch_sizes": [16, 32], "grid": GRID}
CONFIG = {
    "run": ["study"],
    "datasets": {"digits": {"source": "digits", "image_size": 28, "channels": 1}},
    "recipes": {"short": {"epochs": 3, "weight_decay": 0.001}},
    "experiments": {"study": ENTRY},
}
NAMES = ["study.he_normal.0p0005", "study.he_normal.0p001", "study.pytorch.0p0005", "study.pytorch.0p001"]


def config(**changes):
    return merge(copy.deepcopy(CONFIG), changes)


def study(**changes):
    return config(experiments={"study": changes})


def test_a_grid_stands_for_every_combination_named_by_its_values():
    resolved = plan(config())
    assert list(resolved.experiments) == NAMES
    assert [experiment.name for experiment in resolved.grids["study"]] == NAMES
    assert len(resolved.runs) == 4 * 2


def test_a_combination_has_its_values_and_everything_else_of_the_entry():
    chosen = plan(study(options={"momentum": 0.5})).experiments["study.pytorch.0p0005"]
    assert (chosen.options["initialization"], chosen.options["weight_decay"]) == ("pytorch", 0.0005)
    assert (chosen.options["momentum"], chosen.options["epochs"], chosen.batch_sizes) == (0.5, 3, (16, 32))
    assert chosen.title == "LeNet-5 on digits (momentum: 0.5, initialization: pytorch, weight decay: 0.0005)"


def test_the_combination_that_repeats_the_experiment_without_its_grid_is_known():
    """He initialization is the default and 0.001 the recipe's weight decay."""
    (chosen,) = (experiment for experiment in plan(config()).experiments.values() if experiment.is_default_setting)
    assert chosen.name == "study.he_normal.0p001"
    assert chosen.title == "LeNet-5 on digits"


def test_the_order_of_options_in_a_file_does_not_count():
    turned = copy.deepcopy(CONFIG)
    turned["experiments"]["study"]["grid"] = dict(reversed(GRID.items()))
    assert plan(turned).runs == plan(config()).runs


def test_one_combination_can_be_run_and_shown_by_its_name():
    resolved = plan(config(run=[NAMES[2]], tables=[{"number": 1, "experiment": NAMES[2]}]))
    assert (list(resolved.experiments), list(resolved.tables)) == ([NAMES[2]], ["1"])


PLAIN = {key: value for key, value in ENTRY.items() if key != "grid"}
REPEATED = "study.he_normal.0p001"


def with_plain(changes=(), **others):
    """The study beside an experiment that one of its combinations repeats, with changes to that experiment."""
    return config(run=["study", "plain"], experiments={"plain": PLAIN | dict(changes)}, **others)


def test_a_combination_that_another_experiment_runs_is_not_trained_again():
    resolved = plan(with_plain({"batch_sizes": [16, 32, 64], "seeds": [0, 1]}))
    assert resolved.repeats == {REPEATED: "plain"}
    assert list(resolved.experiments) == [*(name for name in NAMES if name != REPEATED), "plain"]
    assert {run["experiment"] for run in resolved.runs} == set(resolved.experiments)
    settings = {entry["name"]: entry for entry in grid_subject(resolved, "study")["settings"]}
    assert list(settings) == [name if name != REPEATED else "plain" for name in NAMES]
    shown = settings["plain"]["batch_sizes"], settings["plain"]["seeds"]
    assert shown == ([16, 32], [0]), "those of the grid, not all that the experiment has"
    assert settings["plain"]["setting"] == {"initialization": "he_normal", "weight_decay": 0.001}
    assert choosing_grids(resolved) == {"study": []}


@pytest.mark.parametrize(
    "changes",
    [
        {"batch_sizes": [16]},
        {"seeds": [1]},
        {"spectra": False},
        {"options": {"momentum": 0.5}},
        {"model": "vgg16"},
    ],
)
def test_a_combination_that_differs_in_anything_is_trained(changes):
    resolved = plan(with_plain(changes))
    assert resolved.repeats == {}
    assert REPEATED in resolved.experiments


def test_a_combination_that_a_table_shows_is_trained():
    resolved = plan(with_plain(tables=[{"number": 1, "experiment": REPEATED}]))
    assert resolved.repeats == {}
    assert list(resolved.tables) == ["1"]


def test_a_combination_that_repeats_one_of_another_grid_in_a_table_is_not_trained_again():
    more = {"study": ENTRY, "more": ENTRY | {"grid": {"initialization": ["he_normal"], "weight_decay": [0.001, 0.1]}}}
    changes = {"run": ["study", "more"], "experiments": more, "tables": [{"number": 1, "experiment": REPEATED}]}
    assert plan(config(**changes)).repeats == {"more.he_normal.0p001": REPEATED}
    assert plan(config(**changes | {"tables": []})).repeats == {}


def test_a_held_out_grid_may_try_fewer_values():
    judge = ENTRY | {"grid": GRID | {"weight_decay": [0.001]}, "judged_against": 5, "held_out_for": "study"}
    resolved = plan(config(run=["study", "judge"], experiments={"study": {"judged_against": 6}, "judge": judge}))
    assert choosing_grids(resolved) == {"study": ["judge"]}
    assert [entry["setting"]["weight_decay"] for entry in grid_subject(resolved, "judge")["settings"]] == [0.001, 0.001]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("he_normal", "he_normal"),
        (60, "60"),
        (60.0, "60"),
        (0.1, "0p1"),
        (0.00001, "0p00001"),
        ([0.5, 0.75, 0.9], "0p5_0p75_0p9"),
        ([], "none"),
        (None, "none"),
    ],
)
def test_values_become_names_without_dots_and_signs(value, name):
    assert value_name(value) == name


def held_out(study=(), **others):
    """The study, judged against Table 6, beside other grids, judged against Table 5."""
    others = {name: {**ENTRY, "judged_against": 5, **changes} for name, changes in others.items()}
    return config(experiments={"study": {"judged_against": 6, **dict(study)}, **others})


LACKS = "`experiments.other` is held out for `study`, whose `grid` lacks some of its settings"
FOR_STUDY = {"held_out_for": "study"}
BAD = [
    (study(grid={"momentun": [0.5]}), "Unknown key `momentun` in `experiments.study.grid` .*did you mean `momentum`"),
    (study(grid={"momentum": [0.5, 1.5]}), r"`experiments.study.grid.momentum\[1\]` is 1.5, but must be < 1"),
    (study(grid={"initialization": ["he"]}), r"`experiments.study.grid.initialization\[0\]` is 'he', .*`he_normal`"),
    (study(grid={"momentum": 0.5}), "`experiments.study.grid.momentum` is 0.5, but must be of type array"),
    (study(grid={"momentum": []}), "`experiments.study.grid.momentum` is an empty list"),
    (study(grid={"momentum": [0.5, 0.5]}), "`experiments.study.grid.momentum` names 0.5 twice"),
    (study(options={"initialization": "pytorch"}), "has `initialization` in its `options` and in its `grid`"),
    (study(grid={"switch_epoch": [0.5]}), "`experiments.study.he_normal.0p5.0p0005`: .* belong together"),
    (study(grid={"learning_rate_steps": [[n / 1000 for n in range(1, 60)]]}), "names of more than 200 characters"),
    (config(run=["study.he_normal.0p5"]), "which is not in `experiments`; did you mean `study.he_normal.0p0005`"),
    (config(run=["study.he-normal"]), r"The name 'study.he-normal' in `run\[0\]` cannot be used"),
    (
        config(tables=[{"number": 1, "experiment": "study"}]),
        "names `study`, which is a grid; .*`study.he_normal.0p0005`",
    ),
    (config(experiments={"one": PLAIN | {"judged_against": 6}}), "`experiments.one` has .* but no `grid`"),
    (
        config(experiments={"study": {"judged_against": 6}, "other": ENTRY | FOR_STUDY}),
        "`experiments.other` is held out for `study`; give .*`judged_against`",
    ),
    (held_out(other=FOR_STUDY | {"grid": {"momentum": [0.5]}}), LACKS),
    (held_out(other=FOR_STUDY | {"grid": {"weight_decay": GRID["weight_decay"]}}), LACKS),
    (held_out(other=FOR_STUDY | {"grid": GRID | {"weight_decay": [0.0005, 0.002]}}), LACKS),
    (held_out(FOR_STUDY), "`experiments.study` is held out for `study`, which is held out itself"),
    (held_out({"held_out_for": "other"}, other=FOR_STUDY), "`experiments.other` .*`study`, which is held out itself"),
    (
        held_out(last={"held_out_for": "other"}, other=FOR_STUDY),
        "`experiments.last` is held out for `other`, which is held out itself",
    ),
]


@pytest.mark.parametrize(("wrong", "words"), BAD, ids=[words for _, words in BAD])
def test_a_mistake_is_answered_by_one_sentence(wrong, words):
    with pytest.raises(UserError, match=words) as caught:
        plan(wrong)
    assert str(caught.value).endswith((".", "?"))
    assert "\n" not in str(caught.value)


def test_two_values_that_would_share_a_name_are_refused():
    with pytest.raises(UserError, match=r"None and \[\], which would share the name `none`"):
        expand("study", {"grid": {"anything": [None, []]}})
