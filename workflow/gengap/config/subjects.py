"""What each table and figure is about, in words and names: the parameters of the rules that make and show them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from gengap.config.experiment import Experiment
from gengap.config.plan import Plan
from gengap.config.remedies import remedy_groups
from gengap.config.schema import option_defaults
from gengap.paper.printed import read_printed_results, row_label

# Named one by one, so that a new option makes nothing again.
DECAY_OPTIONS = (
    *("learning_rate", "learning_rate_steps", "learning_rate_factor", "momentum"),
    *("weight_decay", "decay_convention", "switch_batch_size"),
)
# With these the weights decay in another way than `gengap.analysis.loss.decay_rate` says.
_OTHER_DECAY = ("learning_rate_scaling", "warm_up_epochs", "optimizer", "momentum_reset", "batch_size_steps")


def result_tables(plan: Plan) -> list[dict[str, Any]]:
    """Tables of results.

    Each has its `number` and `title`, the `experiment`, whether the table `reproduces_paper`, `dataset` and `model` (in
    words) and the `rows` of the plan.
    """
    tables = {number: table for number, table in plan.tables.items() if "experiment" in table}
    experiments = {number: plan.experiments[table["experiment"]] for number, table in tables.items()}
    return [
        {
            "number": number,
            "title": table.get("title", experiments[number].title),
            "experiment": table["experiment"],
            "reproduces_paper": table["printed"],
            "dataset": experiments[number].dataset_label,
            "model": experiments[number].model_label,
            "rows": plan.table_rows(number),
        }
        for number, table in tables.items()
    ]


def untitled(tables: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Tables of results for an exhibit that names them by number: another title of theirs does not make it again."""
    return [
        {key: value for key, value in table.items() if key not in ("title", "dataset", "model")} for table in tables
    ]


def figure_subject(plan: Plan, number: str) -> dict[str, Any]:
    """`number` and `title`, and `law` or `threshold`, `convention`, `panels` and a note on the data."""
    figure = plan.figures[number]
    common = {"number": number, "title": figure.get("title", "")}
    if "law" in figure:
        return common | {"law": figure["law"]}
    experiments = [plan.experiments[name] for name in figure["experiments"]]
    notes = dict.fromkeys(note for name in experiments if (note := dataset_note(plan, name.dataset)))
    return common | {
        "threshold": figure["threshold"],
        "convention": figure["convention"],
        "panels": [{"experiment": experiment.name, "label": experiment.title} for experiment in experiments],
        "note": " ".join(notes),
    }


def dataset_note(plan: Plan, dataset: str) -> str:
    """What a reader of results on this data set must know; empty where the configuration says nothing."""
    return plan.config["datasets"][dataset].get("note", "")


def report_subject(plan: Plan) -> dict[str, Any]:
    """Everything that the report says besides the content of its input files."""
    labels = {name: plan.config["datasets"][name].get("label", name) for name in plan.datasets}
    trained = [
        {"name": name, "title": one.title, "batch_sizes": list(one.batch_sizes), "seeds": list(one.seeds)}
        for name, one in plan.experiments.items()
    ]
    untrained = [
        {
            "name": name,
            "title": f"{one.title}, untrained",
            "batch_sizes": plan.fed_batch_sizes(name),
            "seeds": list(one.seeds),
        }
        for name, one in plan.untrained.items()
    ]
    return {
        "title": plan.config["report"]["title"],
        "note": plan.config["report"]["note"],
        "of_the_paper": any(table["printed"] for table in plan.tables.values()),
        "experiments": trained + untrained,
        "dataset_notes": {labels[name]: note for name in plan.datasets if (note := dataset_note(plan, name))},
    }


def run_subject(plan: Plan, name: str) -> dict[str, Any]:
    """`title` of an experiment, and those of its `options` on which the decay of its weights depends."""
    experiment = plan.experiments[name]
    return {"title": experiment.title, "options": {name: experiment.options[name] for name in DECAY_OPTIONS}}


def has_known_decay(plan: Plan, name: str) -> bool:
    """Whether those options tell how fast the weights of an experiment decay."""
    options, defaults = plan.experiments[name].options, option_defaults()
    return all(options[option] == defaults[option] for option in _OTHER_DECAY)


def lone_experiments(plan: Plan) -> list[str]:
    """Experiments that are shown one by one, those of tables first.

    Of a grid only the settings that a table shows; not trainings of equal updates beside those of equal epochs, nor
    other widths beside that of the paper, nor remedies beside what is trained without, which have a figure or table of
    their own.
    """
    of_tables = [table["experiment"] for table in plan.tables.values() if table.get("experiment") in plan.experiments]
    paired = {pair["equal_experiment"] for pair in equal_update_pairs(plan)}
    paired |= {one["experiment"] for group in width_groups(plan) for one in group["members"]} - {
        group["experiment"] for group in width_groups(plan)
    }
    paired |= {
        name for group in remedy_groups(plan) for one in group["remedies"] for name in one["experiments"].values()
    } - {group["experiment"] for group in remedy_groups(plan)}
    alone = [name for name, experiment in plan.experiments.items() if not (experiment.grid or name in paired)]
    return list(dict.fromkeys(of_tables + alone))


def grid_subject(plan: Plan, grid: str) -> dict[str, Any]:
    """`grid` (its name), `title`, `dataset` (in words), `judged_against` and `settings` of a grid.

    Each setting has its `setting`, whether it `is_default`, and the experiment with its trainings: `name` and `rows`.
    """
    members, repeats = plan.grids[grid], plan.repeats
    number = plan.config["experiments"][grid].get("judged_against")
    unvaried = {name: value for name, value in option_defaults().items() if name in members[0].setting}
    return {
        "grid": grid,
        "title": replace(members[0], setting={}, options={**members[0].options, **unvaried}).title,
        "dataset": members[0].dataset_label,
        "judged_against": None if number is None else str(number),
        "settings": [
            {
                "name": repeats.get(member.name, member.name),
                "rows": plan.rows(repeats.get(member.name, member.name), member.batch_sizes, member.seeds),
                "setting": dict(member.setting),
                "is_default": member.is_default_setting,
            }
            for member in members
        ],
    }


def choosing_grids(plan: Plan) -> dict[str, list[str]]:
    """Grids that are run and choose among their settings, each with the grids that are run and held out for it."""
    entries = plan.config["experiments"]
    chooser = {grid: entries[grid].get("held_out_for") for grid in plan.grids}
    return {
        grid: [other for other in plan.grids if chooser[other] == grid]
        for grid in plan.grids
        if chooser[grid] not in plan.grids
    }


def equal_update_pairs(plan: Plan) -> list[dict[str, Any]]:
    """Experiments that are run twice, for their epochs and for as many updates as another batch size makes.

    Each pair has its `title`, the batch size `equal_updates_to`, the names `experiment` and `equal_experiment`, and
    `normal` and `equal`, rows of the batch sizes and seeds that both run; before the normal ones that of the batch size
    whose number of updates is taken.
    """
    pairs = []
    for equal in plan.experiments.values():
        reference = equal.options["equal_updates_to"]
        for normal in plan.experiments.values():
            same = (normal.model, normal.dataset) == (equal.model, equal.dataset)
            same &= set(equal.seeds) <= set(normal.seeds)
            same &= normal.options["equal_updates_to"] is None and reference is not None
            if not same or {**normal.options, "equal_updates_to": reference} != equal.options:
                continue
            shared = [size for size in equal.batch_sizes if size in normal.batch_sizes and size != reference]
            if shared and reference in normal.batch_sizes:
                rows = {"normal": plan.rows(normal.name, [reference, *shared], equal.seeds)}
                rows["equal"] = plan.rows(equal.name, shared, equal.seeds)
                names = {"experiment": normal.name, "equal_experiment": equal.name}
                pairs.append({"title": normal.title, "equal_updates_to": reference, **names, **rows})
    return pairs


def width_groups(plan: Plan) -> list[dict[str, Any]]:
    """Experiments that are run at several widths and differ in nothing else.

    Those that switch their batch size are left out: they close the gap between batch sizes that the width is held
    against. Each group has its `title`, its `experiment` (the name of the one of width 1, or else of the first) and
    `members`, the narrowest first: `experiment`, `width`, and `rows` of the batch sizes that all of them run.
    """
    groups: dict[str, list[Experiment]] = {}
    for one in plan.experiments.values():
        if one.options["switch_batch_size"] is None:
            alike = one.model, one.dataset, sorted({**one.options, "width": None}.items())
            groups.setdefault(repr(alike), []).append(one)
    subjects = []
    for group in groups.values():
        by_width = sorted(group, key=lambda experiment: experiment.options["width"])
        shared = [size for size in group[0].batch_sizes if all(size in one.batch_sizes for one in group)]
        if len({experiment.options["width"] for experiment in group}) > 1 and len(shared) > 1:
            first = next((experiment for experiment in group if experiment.options["width"] == 1), group[0])
            members = [
                {"experiment": one.name, "width": one.options["width"], "rows": plan.rows(one.name, shared)}
                for one in by_width
            ]
            title = replace(first, options={**first.options, "width": 1}).title
            subjects.append({"title": title, "experiment": first.name, "members": members})
    return subjects


def compared_tables(plan: Plan) -> list[dict[str, Any]]:
    """Tables of results of which the plan runs rows that the paper prints."""
    return [
        table
        for table in result_tables(plan)
        if table["reproduces_paper"]
        and {row_label(row["label"]) for row in table["rows"]} & set(read_printed_results(table["number"]))
    ]
