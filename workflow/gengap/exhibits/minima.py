"""Sharpness and curvature beside near-rank loss: which of the explanations orders the test errors."""

import pandas as pd

from gengap.analysis.explanations import NETWORK, curvature_by_space, near_rank, ordered, sharpness_by_space
from gengap.config.measured import minima_experiments, minima_runs, panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import fixed, plain_power, signed

KIND = "table"

LABELS = {
    "test_error_percent": "Test error (%)",
    "sharpness_running": "Sharpness, evaluation mode",
    "sharpness_batch": "Sharpness, batch statistics",
    "sharpness_rescaled": "Sharpness, rescaled",
    "sharpness_subspace": "Sharpness, random subspaces",
    "largest_eigenvalue": "Largest eigenvalue",
    "largest_eigenvalue_rescaled": "Largest eigenvalue, rescaled",
    "trace": "Trace of the Hessian",
    "trace_rescaled": "Trace, rescaled",
    "gradient_norm": "Norm of the gradient",
    "near_rank_loss": "Near-rank loss",
    "effective_rank": "Effective rank",
    "sigma_min": "σ_min",
}


def needs(plan: Plan) -> Needs:
    """Of all experiments whose minima are measured."""
    names = minima_experiments(plan)
    runs = [run for name in names for run in minima_runs(plan, name)]
    counted = [name for name in names if name in summarized_experiments(plan)]
    settings = plan.config["minima"]
    subject = {
        "panels": panels_of(plan, names),
        "epsilon": max(settings["epsilons"]),
        "images": settings["images"],
        "threshold": max(plan.config["spectra"]["thresholds"]),
    }
    files = dict.fromkeys(("metrics", "sharpness", "curvature"), runs)
    return Needs(subject, files | dict.fromkeys(("counts", "layers", "sigma_min"), counted))


def make(subject: Subject, files: Files) -> Table:
    """A row for each property of the networks of each experiment."""
    tables = [
        ordered(rows, LABELS).assign(experiment=experiment, label=label)
        for (experiment, label), rows in networks(subject, files).groupby(["experiment", "label"], sort=False)
    ]
    frame = pd.concat(tables, ignore_index=True)
    rows = []
    for line in frame.to_dict("records"):
        ends = [_number(line[end]) for end in ("at_smallest", "at_largest")]
        tau = "" if line["property"] == "test_error_percent" else signed(line["kendall"], 2)
        rows.append([line["label"], LABELS[line["property"]], f"{line['smallest']} → {line['largest']}", *ends, tau])
    return Table(
        title="Sharpness, curvature and near-rank loss: which of them orders the test errors",
        caption=(
            "Networks trained at the smallest and at the largest batch size, means over seeds. Sharpness (Keskar et al."
            f" 2017): by how many percent 1 + loss grows within a box of ε = {plain_power(subject['epsilon'])} about"
            f" the parameters, found by L-BFGS-B on {subject['images']} training images, without the weight penalty."
            " Eigenvalue, trace and gradient are of the same loss in evaluation mode. Batch norm makes the scale of the"
            " weights before it free; rescaled means that they have the norms that they had before training, and the"
            " network computes the same. Rescaled sharpness and that in random subspaces are measured with batch"
            " statistics. Near-rank loss is the number of singular values ≤"
            f" {plain_power(subject['threshold'])} in the thin convention, the effective rank the mean over the layers"
            " of that of their unfolding by images, σ_min that of the widest fully connected layer, all fed one batch."
            " τ: Kendall's rank correlation with the test error over all batch sizes that were measured, +1 where a"
            " property orders them as its explanation says (sharper, or poorer in rank, is worse), −1 where it is the"
            " other way round."
        ),
        header=("Network", "Property", "Batch sizes", "Smallest", "Largest", "τ"),
        rows=grouped(rows),
        data=frame.drop(columns="label"),
    )


def networks(subject: Subject, files: Files) -> pd.DataFrame:
    """Test error and properties of all networks whose minima are measured, and the `label` of their experiment."""
    if not subject["panels"]:
        return pd.DataFrame()
    runs = pd.DataFrame(files.metrics.values()).rename(columns={"batch_size": "trained_batch_size"})
    runs = pd.DataFrame(subject["panels"]).merge(runs, on="experiment")
    found = runs.set_index(NETWORK)[["label", "test_error_percent"]]
    sharpness = sharpness_by_space(files.of_networks("sharpness"))
    found = found.join(sharpness.xs(subject["epsilon"], level="epsilon"))
    found = found.join(curvature_by_space(files.of_networks("curvature")))
    layers, smallest = files.of_networks("layers"), files.of_networks("sigma_min")
    if len(smallest):
        found = found.join(near_rank(files.counts, layers, smallest, subject["threshold"]))
    return found


def _number(value: float) -> str:
    return fixed(value, 0) if abs(value) >= 100 else f"{value:.3g}".replace("-", "−")
