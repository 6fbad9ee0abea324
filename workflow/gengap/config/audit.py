"""What the audit is made from: networks that are measured again, and what its tables and figures are about."""

from typing import Any

from gengap.config.plan import Plan
from gengap.config.subjects import width_groups

FIGURES = ("threshold_curves", "effective_rank", "sigma_min")
"""Of all measured networks."""

UNTRAINED = "untrained"
"""The figure of networks that are measured untrained alone."""

ORDER = (
    "near_rank_loss",
    "untrained",
    "threshold_curves",
    "effective_rank",
    "forward_precision",
    "sigma_min",
    "proposition_3",
    "widths",
    "claims",
)
"""In the report."""


def audit_items(plan: Plan) -> list[str]:
    """Names of the tables and figures for which the configuration runs something to show, in the report's order."""
    measured = bool(measured_experiments(plan))
    shown = {
        "near_rank_loss": measured,
        "untrained": bool(plan.untrained),
        "threshold_curves": measured,
        "effective_rank": measured,
        "forward_precision": bool(precision_experiments(plan)),
        "sigma_min": measured,
        "proposition_3": bool(linear_experiments(plan)),
        "widths": bool(width_groups(plan)),
        # The paper's claims are on what it ran.
        "claims": any(table["printed"] for table in plan.tables.values()),
    }
    return [name for name in ORDER if shown[name]]


def measured_experiments(plan: Plan) -> list[str]:
    """Experiments whose spectra are measured."""
    return [experiment.name for experiment in plan.experiments.values() if experiment.spectra]


def precision_experiments(plan: Plan) -> list[str]:
    """Of these, the ones whose networks are fed again in several precisions."""
    return [name for name in plan.config["audit"]["forward_precision"] if name in measured_experiments(plan)]


def linear_experiments(plan: Plan) -> list[str]:
    """Of these, the ones without non-linear activations, on which Proposition 3 is evaluated."""
    measured = measured_experiments(plan)
    linear = [name for name in measured if plan.experiments[name].options["activation"] == "identity"]
    return [name for name in linear if linear_runs(plan, name)]


def precision_runs(plan: Plan, experiment: str) -> list[tuple[str, int, int]]:
    """Runs of an experiment that are fed again: the smallest and the largest batch size, the first seed."""
    chosen = plan.experiments[experiment]
    sizes = sorted({min(chosen.batch_sizes), max(chosen.batch_sizes)})
    return [(experiment, size, chosen.seeds[0]) for size in sizes]


def linear_runs(plan: Plan, experiment: str) -> list[tuple[str, int, int]]:
    """Runs of an experiment on which Proposition 3 is evaluated: every batch size that may be fed, the first seed."""
    chosen, largest = plan.experiments[experiment], plan.config["spectra"]["largest_fed_batch_size"]
    sizes = [size for size in sorted(chosen.batch_sizes) if largest is None or size <= largest]
    return [(experiment, size, chosen.seeds[0]) for size in sizes]


def panels(plan: Plan, experiments: list[str]) -> list[dict[str, str]]:
    """Experiments as readers know them."""
    return [{"experiment": name, "label": plan.experiment(name).title} for name in experiments]


def result_subjects(plan: Plan) -> list[dict[str, Any]]:
    """Those of Tables 1 to 11 that are the paper's, as its claims need them: number and experiment."""
    return [
        {"number": number, "experiment": table["experiment"], "reproduces_paper": True}
        for number, table in plan.tables.items()
        if "experiment" in table and table["printed"]
    ]
