"""Sharpness against training batch size (Keskar et al. 2017, Figure 4): a panel for each network and data set."""

import pandas as pd

from gengap.analysis.explanations import NETWORK, sharpness_by_space
from gengap.config.measured import minima_experiments, minima_runs, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Figure
from gengap.render.numbers import plain_power
from gengap.render.panels import lines_of, small_multiples
from gengap.render.style import Look

KIND = "figure"

CURVES = {
    "sharpness_running": "evaluation mode",
    "sharpness_batch": "batch statistics",
    "sharpness_rescaled": "rescaled",
    "sharpness_subspace": "random subspaces",
}


def needs(plan: Plan) -> Needs:
    """Of all experiments whose minima are measured at two batch sizes or more."""
    names = [name for name in minima_experiments(plan) if len(plan.experiments[name].batch_sizes) > 1]
    runs = [run for name in names for run in minima_runs(plan, name)]
    subject = {"panels": panels_of(plan, names), "epsilon": max(plan.config["minima"]["epsilons"])}
    return Needs(subject, {"sharpness": runs})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A curve for each way to measure it."""
    measured = sharpness_by_space(files.of_networks("sharpness")).reset_index()
    frame = pd.DataFrame(subject["panels"]).merge(measured, on="experiment")
    shown = frame[frame["epsilon"] == subject["epsilon"]]
    shown = shown.rename(columns=CURVES | {"label": "panel", "trained_batch_size": "batch_size"})
    there = [curve for curve in CURVES.values() if curve in shown]
    drawing, _ = small_multiples(
        shown.melt(["panel", "batch_size"], there, "curve"),
        lines_of(there, look),
        x="batch_size",
        x_label="Training batch size",
        y_label="Sharpness (%)",
        logarithmic={"Sharpness (%)"},
    )
    return Figure(
        title="Sharpness of the minimum against training batch size",
        caption=(
            "By how many percent 1 + training loss grows within a box of"
            f" ε = {plain_power(subject['epsilon'])} about the parameters (Keskar et al. 2017, Metric 2.1). Rescaled:"
            " weights before batch norm have their initial norms, which changes nothing that the network computes."
        ),
        drawing=drawing,
        data=frame[[*NETWORK, "epsilon", *(curve for curve in CURVES if curve in frame)]],
    )
