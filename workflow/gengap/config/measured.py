"""Which experiments are measured, and which of their networks are fed again."""

from collections.abc import Iterable
from pathlib import Path

from gengap.config.plan import Plan


def measured_experiments(plan: Plan) -> list[str]:
    """Experiments whose spectra are measured."""
    return [experiment.name for experiment in plan.experiments.values() if experiment.spectra]


def summarized_experiments(plan: Plan) -> list[str]:
    """Measured experiments whose spectra were summarized; of those measured before, files may be absent."""
    return [name for name in measured_experiments(plan) if _is_there(plan, f"counts/{name}_sigma_min.csv")]


def precision_experiments(plan: Plan) -> list[str]:
    """Measured experiments whose networks are fed again in several precisions."""
    return [name for name in plan.config["audit"]["forward_precision"] if name in measured_experiments(plan)]


def linear_experiments(plan: Plan) -> list[str]:
    """Measured experiments without non-linear activations, on which Proposition 3 is evaluated."""
    measured = measured_experiments(plan)
    linear = [name for name in measured if plan.experiments[name].options["activation"] == "identity"]
    return [name for name in linear if linear_runs(plan, name)]


def precision_runs(plan: Plan, experiment: str) -> list[tuple[str, int, int]]:
    """Runs of an experiment that are fed again: the smallest and the largest batch size, the first seed."""
    return ends(plan, experiment, plan.experiments[experiment].seeds[0])


def linear_runs(plan: Plan, experiment: str) -> list[tuple[str, int, int]]:
    """Runs of an experiment on which Proposition 3 is evaluated: every batch size that may be fed, the first seed."""
    chosen, largest = plan.experiments[experiment], plan.config["spectra"]["largest_fed_batch_size"]
    sizes = [size for size in sorted(chosen.batch_sizes) if largest is None or size <= largest]
    return [(experiment, size, chosen.seeds[0]) for size in sizes]


def noted_experiments(plan: Plan, names: Iterable[str], kind: str) -> list[str]:
    """Experiments, of those named, whose trainings all left a `history` or a `trajectory`; older ones may have none."""
    chosen = [plan.experiments[name] for name in names]
    return [
        one.name
        for one in chosen
        if all(
            _is_there(plan, f"runs/{one.name}/bs{b}/seed{seed}/{kind}.csv")
            for b in one.batch_sizes
            for seed in one.seeds
        )
    ]


def minima_experiments(plan: Plan) -> list[str]:
    """Experiments whose minima are measured: those of the configuration that are run."""
    names = [name for name in plan.config["minima"]["experiments"] if name in plan.experiments]
    return [name for name in names if minima_runs(plan, name)]


def minima_runs(plan: Plan, experiment: str) -> list[tuple[str, int, int]]:
    """Runs whose minima are measured: the batch sizes that are asked for, every seed; or those measured before."""
    chosen = plan.experiments[experiment]
    runs = [(experiment, size, seed) for seed in chosen.seeds for size in sorted(chosen.batch_sizes)]
    if plan.config["minima"]["batch_sizes"] == "ends":
        runs = [run for seed in chosen.seeds for run in ends(plan, experiment, seed)]
    return [run for run in runs if _is_there(plan, "minima/{}/bs{}/seed{}/sharpness.csv".format(*run))]


def minima_lines(plan: Plan, experiment: str) -> list[tuple[str, int]]:
    """Experiment and seed of each line between the smallest and the largest batch size; or those measured before."""
    lines = [(experiment, seed) for seed in plan.experiments[experiment].seeds if len(ends(plan, experiment, seed)) > 1]
    return [line for line in lines if _is_there(plan, "minima/{}/seed{}/interpolation.csv".format(*line))]


def _is_there(plan: Plan, path: str) -> bool:
    """Whether a file is made, or was measured before."""
    before = plan.config["measured"]
    return before is None or Path(before, path).is_file()


def ends(plan: Plan, experiment: str, seed: int) -> list[tuple[str, int, int]]:
    """The runs of one seed of the smallest and the largest batch size; one run where there is one size."""
    sizes = plan.experiments[experiment].batch_sizes
    return [(experiment, size, seed) for size in sorted({min(sizes), max(sizes)})]


def panels_of(plan: Plan, experiments: list[str]) -> list[dict[str, str]]:
    """Experiments as readers know them."""
    chosen = {name: plan.experiment(name) for name in experiments}
    return [{"experiment": name, "label": one.title, "network": one.network} for name, one in chosen.items()]
