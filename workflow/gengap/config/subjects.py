"""What each table and figure is about, in words and names: the parameters of the rules that make and show them."""

from typing import Any

from gengap.config.plan import MODEL_LABELS, Plan


def table_subject(plan: Plan, number: str) -> dict[str, Any]:
    """`number`, and `law` or `title`, `dataset`, `model` and whether the paper prints this table."""
    table = plan.tables[number]
    common = {"number": number, "reproduces_paper": table["printed"]}
    if "law" in table:
        return common | {"law": table["law"], "title": table.get("title", "")}
    experiment = plan.experiments[table["experiment"]]
    return common | {
        "title": table.get("title", experiment.title),
        "dataset": experiment.dataset_label,
        "model": MODEL_LABELS[experiment.model],
    }


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
    return {
        "title": plan.config["report"]["title"],
        "note": plan.config["report"]["note"],
        "experiments": {experiment.name: experiment.title for experiment in plan.experiments.values()},
        "tables": [table_subject(plan, number) for number in plan.tables],
        "figures": [figure_subject(plan, number) for number in plan.figures],
        "dataset_notes": {labels[name]: note for name in plan.datasets if (note := dataset_note(plan, name))},
    }
