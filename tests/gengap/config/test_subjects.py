"""What tables and figures are about, and which of them a configuration gives something to show."""

import pytest

from gengap.config import subjects

LAWS = {"laws": ["gaussian"], "sizes": [[40, 5]], "control_sizes": []}
GAUSSIAN = {"number": "a1", "law": "gaussian"}


def test_a_table_and_a_figure_are_about_an_experiment_or_a_law(planned):
    plan = planned(
        datasets={"digits": {"label": "Digits", "note": "They are small."}},
        tables=[{"number": 1, "experiment": "one", "title": "Mine"}, GAUSSIAN],
        figures=[{"number": 3, "experiments": ["one"]}, GAUSSIAN],
        random_matrices=LAWS,
    )
    table = {"number": "1", "reproduces_paper": False, "title": "Mine", "dataset": "Digits", "model": "LeNet-5"}
    assert subjects.result_tables(plan) == [table | {"experiment": "one", "rows": plan.rows("one")}]
    figure = subjects.figure_subject(plan, "3")
    assert figure["panels"] == [{"experiment": "one", "label": "LeNet-5 on Digits"}]
    assert figure["note"] == "They are small."
    assert subjects.figure_subject(plan, "a1")["law"] == "gaussian"


def test_the_report_is_about_what_is_trained_and_what_is_not(planned):
    plan = planned(datasets={"digits": {"note": "Few."}}, report={"title": "T"}, audit={"untrained": ["two"]})
    subject = subjects.report_subject(plan)
    assert (subject["title"], subject["of_the_paper"], subject["dataset_notes"]) == ("T", False, {"digits": "Few."})
    entries = [(one["name"], one["batch_sizes"], one["seeds"]) for one in subject["experiments"]]
    assert entries == [("one", [16, 32], [0]), ("two", [16, 32], [0])]


@pytest.mark.parametrize(
    ("option", "known"),
    [({}, True), ({"momentum": 0.5}, True), ({"optimizer": "adam"}, False), ({"warm_up_epochs": 1}, False)],
)
def test_how_weights_decay_is_known_of_plain_sgd(option, known, planned):
    plan = planned(experiments={"one": {"options": option}})
    assert subjects.has_known_decay(plan, "one") is known
    assert subjects.run_subject(plan, "one")["options"]["momentum"] == option.get("momentum", 0.9)


def test_a_setting_of_a_grid_is_shown_by_itself_where_a_table_is_about_it(planned):
    grid = {"two": {"grid": {"momentum": [0.5, 0.9]}}}
    assert subjects.lone_experiments(planned(run=["one", "two"], experiments=grid)) == ["one"]
    shown = planned(run=["one", "two"], experiments=grid, tables=[{"number": 6, "experiment": "two.0p5"}])
    assert subjects.lone_experiments(shown) == ["two.0p5", "one"]
    assert subjects.lone_experiments(planned(tables=[GAUSSIAN], random_matrices=LAWS)) == ["one"]


def test_the_subject_of_a_grid(planned):
    grid = {"grid": {"momentum": [0.5, 0.9]}, "judged_against": 6}
    subject = subjects.grid_subject(planned(experiments={"one": grid}), "one")
    assert (subject["title"], subject["dataset"], subject["judged_against"]) == ("LeNet-5 on digits", "digits", "6")
    entries = [(entry["setting"]["momentum"], entry["is_default"]) for entry in subject["settings"]]
    assert entries == [(0.5, False), (0.9, True)]


EQUAL = {"treatment": "equal", "batch_sizes": [32, 64]}  # as many updates as 16


def test_equal_updates_are_paired_with_the_same_training_of_equal_epochs_which_may_have_more_seeds(planned):
    experiments = {"one": {"seeds": [0, 1, 2]}, "two": EQUAL | {"seeds": [0, 2]}}
    experiments["three"] = {"options": {"equal_updates_to": 32}, "seeds": [0]}
    plan = planned(run=["one", "two", "three"], experiments=experiments)
    pair, other = subjects.equal_update_pairs(plan)
    names = [(one["experiment"], one["equal_experiment"]) for one in (pair, other)]
    assert names == [("one", "two"), ("one", "three")], "not of each other"
    assert (pair["equal_updates_to"], pair["title"]) == (16, "LeNet-5 on digits")
    assert pair["normal"] == plan.rows("one", [16, 32], [0, 2])
    assert pair["equal"] == plan.rows("two", [32], [0, 2])
    assert subjects.lone_experiments(plan) == ["one"], "these have a figure of their own"
    assert subjects.lone_experiments(planned(run=["two"], experiments=experiments)) == ["two"]


@pytest.mark.parametrize(
    "changes",
    [
        {"two": EQUAL | {"options": {"momentum": 0.5}}},
        {"two": EQUAL | {"model": "vgg16"}},
        {"two": EQUAL | {"batch_sizes": [64]}},
        {"two": EQUAL | {"seeds": [0, 1]}},
        {"two": EQUAL, "one": {"batch_sizes": [32]}},
    ],
    ids=["other options", "another network", "no common batch size", "more seeds", "no reference"],
)
def test_trainings_that_differ_otherwise_are_no_pair(changes, planned):
    assert subjects.equal_update_pairs(planned(run=["one", "two"], experiments=changes)) == []


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
def test_tables_that_have_something_to_compare(table, batch_sizes, compared, planned):
    papers = {"one": {"dataset": "mnist", "batch_sizes": batch_sizes, "options": {"weight_decay": 0.0005}}}
    plan = planned(tables=[{"experiment": "one", **table}], experiments=papers)
    assert [one["number"] for one in subjects.compared_tables(plan)] == compared


NARROW = {"options": {"width": 0.5}}


def test_networks_of_several_widths_are_one_group_at_the_batch_sizes_that_all_of_them_run(planned):
    narrow = NARROW | {"batch_sizes": [64, 32, 16], "seeds": [0, 1]}
    plan = planned(run=["one", "two"], experiments={"two": narrow})
    (group,) = subjects.width_groups(plan)
    assert (group["experiment"], group["title"]) == ("one", "LeNet-5 on digits")
    assert group["members"] == [
        {"experiment": name, "width": width, "rows": plan.rows(name, [16, 32])}
        for name, width in (("two", 0.5), ("one", 1))
    ]
    assert subjects.lone_experiments(plan) == ["one"], "these have a table of their own"


@pytest.mark.parametrize(
    "experiments",
    [
        {"two": {"options": {"width": 0.5, "momentum": 0.5}}},
        {"two": NARROW | {"batch_sizes": [16]}},
        {name: {"treatment": "switch", "options": {"width": width}} for name, width in (("one", 1), ("two", 0.5))},
    ],
    ids=["other options", "one common batch size", "switched"],
)
def test_what_differs_otherwise_or_is_switched_is_shown_one_by_one(experiments, planned):
    plan = planned(run=["one", "two"], experiments=experiments)
    assert subjects.width_groups(plan) == []
    assert subjects.lone_experiments(plan) == ["one", "two"]


@pytest.mark.parametrize(
    ("options", "title"),
    [
        ({"rank_limit": 9}, "LeNet-5 on digits, rank limited to 9"),
        ({"units": 9}, "LeNet-5 on digits, 9 units"),
        ({"activation_noise": 0.1}, "LeNet-5 on digits, noise 0.1"),
        ({"switch_batch_size": 8, "switch_epoch": 0.5}, "LeNet-5 on digits, switched to batch size 8"),
        ({"equal_updates_to": 8}, "LeNet-5 on digits, with as many updates as batch size 8"),
        ({"normalization": "none", "width": 2}, "LeNet-5 of 2 × the width without batch normalization on digits"),
    ],
)
def test_what_is_done_is_said_in_words(options, title, planned):
    plan = planned(variants={"done": options}, experiments={"one": {"variant": "done"}})
    assert plan.experiments["one"].title == title


def test_a_grid_and_a_group_of_widths_are_not_called_after_one_of_them(planned):
    variants = {name: {"normalization": "none", "width": width} for name, width in (("one", 0.5), ("two", 2))}
    experiments = {name: {"variant": name} for name in variants} | {"three": {"grid": {"units": [9, 99]}}}
    plan = planned(run=["one", "two", "three"], variants=variants, experiments=experiments)
    assert subjects.width_groups(plan)[0]["title"] == "LeNet-5 without batch normalization on digits"
    assert subjects.grid_subject(plan, "three")["title"] == "LeNet-5 on digits"
    assert plan.experiments["three.9"].title == "LeNet-5 on digits, 9 units"


def test_a_label_names_an_experiment_and_without_one_its_treatment_shows_and_neither_concerns_a_training(planned):
    run, treatments = ["one", "two"], {"clipped": {"gradient_clipping": 5}}
    treated = {"treatment": "clipped"}
    plain = planned(run=run, treatments=treatments, experiments={"two": treated})
    grid = {"label": "Plain", "grid": {"momentum": [0, 0.5]}}
    named = planned(run=run, treatments=treatments, experiments={"one": grid, "two": treated | {"label": "Clipped"}})
    assert plain.experiments["two"].title == "LeNet-5 on digits (gradient clipping: 5)"
    titles = [one.title for one in named.experiments.values()]
    assert titles == ["Plain (momentum: 0)", "Plain (momentum: 0.5)", "Clipped"]
    assert plain.run("two", 16, 0) == named.run("two", 16, 0)
