"""Accuracy and sharpness of F1 and C1 to C4 beside Tables 2 to 4 of Keskar et al. 2017."""

import pandas as pd

from gengap.analysis.explanations import sharpness_by_space
from gengap.config.measured import minima_experiments, minima_runs, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.paper.printed import PAPER
from gengap.render.exhibit import Cell, Table
from gengap.render.numbers import plain_power
from gengap.runtime.readers import read_csv

KIND = "table"

PRINTED = "keskar_tables_2_to_4.csv"
# What the print calls a network on a data set, as torchvision names it.
NETWORKS = {
    ("f1", "MNIST"): "F1",
    ("c1", "CIFAR10"): "C1",
    ("c2", "CIFAR10"): "C2",
    ("c1", "CIFAR100"): "C3",
    ("c2", "CIFAR100"): "C4",
}
_QUANTITIES = {
    "train_accuracy": "Training accuracy (%)",
    "test_accuracy": "Test accuracy (%)",
    "sharpness_batch": "Sharpness, full space",
    "sharpness_subspace": "Sharpness, random subspaces",
}


def needs(plan: Plan) -> Needs:
    """Of experiments with these networks whose minima are measured."""
    known = {}
    for name in minima_experiments(plan):
        experiment = plan.experiments[name]
        network = NETWORKS.get((experiment.model, plan.config["datasets"][experiment.dataset].get("name")))
        if network and len(experiment.batch_sizes) > 1:
            known[name] = network
    runs = [run for name in known for run in minima_runs(plan, name)]
    subject = {"panels": panels_of(plan, list(known)), "networks": known}
    return Needs(subject, {"metrics": runs, "sharpness": runs}, printed=(PRINTED,))


def make(subject: Subject, files: Files) -> Table:
    """A row for each printed quantity, the smallest and the largest batch size beside each other."""
    tables = [
        beside_print(one["experiment"], subject["networks"][one["experiment"]], files).assign(
            experiment=one["experiment"], label=one["label"]
        )
        for one in subject["panels"]
    ]
    frame = pd.concat(tables, ignore_index=True)
    rows = [
        [
            line["label"],
            f"{line['table']}",
            _QUANTITIES[line["quantity"]],
            "" if pd.isna(line["epsilon"]) else plain_power(line["epsilon"]),
            *(_beside(line[end], line[f"{end}_mean"]) for end in ("small", "large")),
            _beside(line["large"] / line["small"], line["large_mean"] / line["small_mean"]),
        ]
        for line in frame.to_dict("records")
    ]
    return Table(
        title="Networks of Keskar et al. 2017 beside Tables 2 to 4 of that paper",
        caption=(
            "Measured at the smallest and the largest batch size, means over seeds; below each in grey the printed mean"
            " of five trainings, at batch size 256 and at a tenth of the training data. Sharpness with batch norm's"
            " statistics of the batch and, in random subspaces, independent N(0, 1) entries of A: the settings, which"
            " the print leaves open, that come nearest to the order of its numbers. Where the epochs, the optimizer or"
            " the batch sizes are others than the print's, the numbers may be, too."
        ),
        header=("Network", "Table", "Quantity", "ε", "Small batch", "Large batch", "Ratio"),
        rows=rows,
        data=frame.drop(columns="label"),
    )


def beside_print(experiment: str, network: str, files: Files) -> pd.DataFrame:
    """Printed rows of a network with `small` and `large`, what was measured; rows of an ε that was not are left out."""
    printed = read_csv(PAPER / PRINTED, ("network", "quantity", "epsilon"), comment="#")
    printed = printed[printed["network"] == network]
    sharpness = files.of_networks("sharpness")
    found = sharpness_by_space(sharpness[sharpness["experiment"] == experiment])
    means = {
        (quantity, epsilon): column.groupby("trained_batch_size").mean()
        for epsilon, rows in found.groupby(level="epsilon")
        for quantity, column in rows.items()
    }
    runs = pd.DataFrame([run for run in files.metrics.values() if run["experiment"] == experiment])
    for part in ("train", "test"):
        errors = runs.groupby("batch_size")[f"{part}_error_percent"].mean()
        means[f"{part}_accuracy", None] = 100 - errors
    rows = []
    for line in printed.to_dict("records"):
        measured = means.get((line["quantity"], None if pd.isna(line["epsilon"]) else line["epsilon"]))
        if measured is not None:
            rows.append(line | {"small": measured.iloc[0], "large": measured.iloc[-1]})
    return pd.DataFrame(rows)


def _beside(measured: float, printed: float) -> Cell:
    return Cell(f"{measured:.4g}", below=f"{printed:.4g}")
