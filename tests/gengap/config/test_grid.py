"""Grids: one entry stands for an experiment at every combination of some options."""

import pytest

from gengap.config.grid import expand, value_name
from gengap.config.subjects import choosing_grids, grid_subject
from gengap.errors import UserError

VALUES = {"initialization": ["he_normal", "pytorch"], "weight_decay": [0.0005, 0.001]}
GRID = {"grid": VALUES}
NAMES = ["one.he_normal.0p0005", "one.he_normal.0p001", "one.pytorch.0p0005", "one.pytorch.0p001"]
# He initialization is the default, and 0.001 the recipe's weight decay.
REPEATED = NAMES[1]


def grid(**changes):
    """Changes to the experiment that is run, which has a grid."""
    return {"experiments": {"one": GRID | changes}}


def test_a_grid_stands_for_every_combination_named_by_its_values(planned):
    resolved = planned(**grid(options={"momentum": 0.5}))
    assert list(resolved.experiments) == NAMES
    assert [experiment.name for experiment in resolved.grids["one"]] == NAMES
    assert len(resolved.runs) == 4 * 2
    chosen = resolved.experiments["one.pytorch.0p0005"]
    assert (chosen.options["initialization"], chosen.options["weight_decay"]) == ("pytorch", 0.0005)
    assert (chosen.options["momentum"], chosen.options["epochs"], chosen.batch_sizes) == (0.5, 3, (16, 32))
    assert chosen.title == "LeNet-5 on digits (momentum: 0.5, initialization: pytorch, weight decay: 0.0005)"


def test_one_combination_can_be_run_and_shown_by_its_name_and_the_one_that_changes_nothing_is_known(planned):
    resolved = planned(**grid(), run=[NAMES[2]], tables=[{"number": 1, "experiment": NAMES[2]}])
    assert (list(resolved.experiments), list(resolved.tables)) == ([NAMES[2]], ["1"])
    (chosen,) = (one for one in planned(**grid()).experiments.values() if one.is_default_setting)
    assert (chosen.name, chosen.title) == (REPEATED, "LeNet-5 on digits")


def test_treatments_stand_for_an_experiment_with_each(planned):
    entry = {"treatments": ["switch", "equal"], "batch_sizes": [32], "label": "Mine"}
    switched, equal = planned(experiments={"one": entry}).experiments.values()
    titles = {one.name: one.title for one in (switched, equal)}
    assert titles == {"one.switch": "Mine, switch", "one.equal": "Mine, equal"}
    assert (switched.options["switch_batch_size"], switched.options["equal_updates_to"]) == (8, None)
    assert (equal.options["switch_batch_size"], equal.options["equal_updates_to"]) == (None, 16)


def with_two(**changes):
    """The grid beside an experiment that one of its combinations repeats, with changes to that experiment."""
    return {"run": ["one", "two"], "experiments": {"one": GRID, "two": changes}}


def test_a_combination_that_another_experiment_runs_is_not_trained_again(planned):
    resolved = planned(**with_two(batch_sizes=[16, 32, 64], seeds=[0, 1]))
    assert resolved.repeats == {REPEATED: "two"}
    assert list(resolved.experiments) == [*(name for name in NAMES if name != REPEATED), "two"]
    assert {run["experiment"] for run in resolved.runs} == set(resolved.experiments)
    settings = {entry["name"]: entry for entry in grid_subject(resolved, "one")["settings"]}
    assert list(settings) == [name if name != REPEATED else "two" for name in NAMES]
    shown = settings["two"]["rows"]
    assert shown == resolved.rows("two", [16, 32], [0]), "those of the grid, not all that the experiment has"
    assert settings["two"]["setting"] == {"initialization": "he_normal", "weight_decay": 0.001}


@pytest.mark.parametrize(
    "changes",
    [{"batch_sizes": [16]}, {"seeds": [1]}, {"spectra": False}, {"options": {"momentum": 0.5}}, {"model": "vgg16"}],
)
def test_a_combination_that_differs_in_anything_is_trained(changes, planned):
    resolved = planned(**with_two(**changes))
    assert resolved.repeats == {}
    assert REPEATED in resolved.experiments


def test_a_combination_that_a_table_shows_is_trained_and_another_grid_repeats_it(planned):
    shown = {"tables": [{"number": 1, "experiment": REPEATED}]}
    assert planned(**with_two(), **shown).repeats == {}
    two_grids = with_two(grid={"initialization": ["he_normal"], "weight_decay": [0.001, 0.1]})
    assert planned(**two_grids, **shown).repeats == {"two.he_normal.0p001": REPEATED}
    assert planned(**two_grids).repeats == {}


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ("he_normal", "he_normal"),
        (0.00001, "0p00001"),
        ([0.5, 0.75, 0.9], "0p5_0p75_0p9"),
        ([], "none"),
        (None, "none"),
    ],
)
def test_values_become_names_without_dots_and_signs(value, name):
    assert value_name(value) == name


def judged(one=(), **others):
    """The grid, judged against Table 6, beside other grids, judged against Table 5."""
    others = {name: {**GRID, "judged_against": 5, **changes} for name, changes in others.items()}
    return {"experiments": {"one": GRID | {"judged_against": 6} | dict(one), **others}}


FOR_ONE, FOR_TWO = {"held_out_for": "one"}, {"held_out_for": "two"}


def test_a_held_out_grid_may_try_fewer_values_of_which_some_are_run(planned):
    fewer = judged(two=FOR_ONE | {"grid": VALUES | {"weight_decay": [0.001]}})
    for name in ("two", "two.pytorch.0p001"):
        resolved = planned(**fewer, run=["one", name])
        assert choosing_grids(resolved) == {"one": ["two"]}
        settings = grid_subject(resolved, "two")["settings"]
        assert [entry["setting"]["weight_decay"] for entry in settings] == [0.001] * (2 if name == "two" else 1)
    assert choosing_grids(planned(**fewer, run=["one"])) == {"one": []}
    assert choosing_grids(planned(**fewer, run=["two"])) == {"two": []}
    assert choosing_grids(planned()) == {}


BAD = [
    (grid(grid={"momentun": [0.5]}), "`momentun` in `experiments.one.grid` .*`momentum`"),
    (grid(grid={"momentum": [0.5, 1.5]}), r"`experiments.one.grid.momentum\[1\]` is 1.5"),
    (grid(grid={"momentum": 0.5}), "`experiments.one.grid.momentum` is 0.5, .*array"),
    (grid(grid={}), "`experiments.one.grid` .*1"),
    (grid(options={"initialization": "pytorch"}), "`initialization` .*`options` .*`grid`"),
    (grid(grid={"switch_epoch": [0.5]}), "`experiments.one.0p5`"),
    (grid(grid={"learning_rate_steps": [[n / 1000 for n in range(1, 60)]]}), "`experiments.one.grid` .*200"),
    (grid() | {"run": ["one.he_normal.0p5"]}, "`experiments`; .*`one.he_normal.0p0005`"),
    (grid() | {"run": ["one.he-normal"]}, r"'one.he-normal' in `run\[0\]`"),
    (grid() | {"tables": [{"number": 1, "experiment": "one"}]}, "`one`, .*several.*`one.he_normal.0p0005`"),
    (grid(treatments=["equal"]), "`experiments.one` .*`treatments` .*`grid`"),
    ({"experiments": {"one": {"treatments": ["equals"]}}}, "`equals`.*`equal`"),
    ({"experiments": {"one": {"judged_against": 6}}}, "`experiments.one` .*`judged_against`, .*`grid`"),
    (
        {"experiments": {"one": GRID | {"judged_against": 6}, "two": GRID | FOR_ONE}},
        "`experiments.two` .*`judged_against`",
    ),
    (judged(two=FOR_ONE | {"grid": {"momentum": [0.5]}}), "`experiments.two` .*`one`, .*`grid`"),
    (judged(two=FOR_ONE | {"grid": VALUES | {"weight_decay": [0.0005, 0.002]}}), "`experiments.two` .*`grid`"),
    (judged(FOR_ONE), "`experiments.one` .*`one`, .*itself"),
    (judged(three=FOR_TWO, two=FOR_ONE), "`experiments.three` .*`two`, .*itself"),
]


@pytest.mark.parametrize(("changes", "named"), BAD, ids=[named for _, named in BAD])
def test_a_mistake_is_answered_by_one_sentence(changes, named, planned):
    with pytest.raises(UserError, match=named) as caught:
        planned(**changes)
    assert str(caught.value).endswith((".", "?"))
    assert "\n" not in str(caught.value)


def test_two_values_that_would_share_a_name_are_refused():
    with pytest.raises(UserError, match=r"None and \[\], .*`none`"):
        expand("one", {"grid": {"anything": [None, []]}})
