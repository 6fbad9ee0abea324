"""Laws of the distance of the weights from their initial values, by batch size."""

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gengap.analysis.weight_distance import FEWEST, LAWS, SHAPES, diffusion_table
from gengap.config.plan import Plan
from gengap.config.subjects import lone_experiments
from gengap.exhibits.learning_curves import needs_of_trainings, rows_of_trainings
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import ABSENT, percent

KIND = "table"


def needs(plan: Plan) -> Needs:
    """Of all experiments that are trained by SGD at a constant learning rate, for enough epochs for a fit."""
    names = [name for name in lone_experiments(plan) if _walks(plan.experiments[name].options)]
    return needs_of_trainings(plan, names, "trajectory")


def _walks(options: Mapping[str, Any]) -> bool:
    return options["optimizer"] == "sgd" and not options["learning_rate_steps"] and options["epochs"] >= FEWEST


def walks(subject: Subject, files: Files) -> pd.DataFrame:
    """One line per training, as `diffusion_table` returns it."""
    trajectories = rows_of_trainings(subject, files.of_trainings("trajectory"))
    return diffusion_table(trajectories) if len(trajectories) else trajectories


def make(subject: Subject, files: Files) -> Table:
    """The shape of each law and how likely it is, means over seeds."""
    frame = walks(subject, files)
    columns = [*SHAPES.values(), *(f"{shape}_error" for shape in SHAPES.values()), *(f"{law}_weight" for law in LAWS)]
    means = frame.groupby(["experiment", "title", "batch_size"], sort=False)[columns].mean().reset_index()
    rows = []
    for line in means.to_dict("records"):
        shapes = [_with_error(line[shape], line[f"{shape}_error"]) for shape in SHAPES.values()]
        weights = [ABSENT if math.isnan(line[f"{law}_weight"]) else percent(line[f"{law}_weight"]) for law in LAWS]
        rows.append([line["title"], str(line["batch_size"]), *shapes, *weights])
    return Table(
        title="How the weights move away from their initial values",
        caption=(
            "Distance d of the weights from their initial values against the number t of updates, at half powers of 2"
            " from the eighth update on, while the learning rate is constant: a + b·ln t (Hoffer et al. 2017), c·t^p,"
            " and a walk that is pulled back at rate k, c·√((1 − e^(−2kt))/(2k)), which is free where k is 0 and then"
            " has p = ½. The numbers of least squares with their standard errors, which take deviations to be"
            " independent, and the Akaike weight of each law beside the others; means over seeds. A dash: too few"
            " updates."
        ),
        header=("Network", "Batch size", "b", "p", "k", "Logarithm", "Power", "Pulled back"),
        rows=grouped(rows),
        data=frame,
    )


def _with_error(value: float, error: float) -> str:
    """A number that its error hides is shown as zero."""
    shown = 0 if abs(value) < error / 100 else value
    return ABSENT if math.isnan(value) else f"{shown:.3g} ± {error:.1g}".replace("-", "−")
