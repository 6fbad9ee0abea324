"""Near-rank loss counted after forward passes of several precisions."""

import pandas as pd

from gengap.config.measured import panels_of, precision_experiments
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import plain_power

KIND = "table"

COLUMNS = {
    "float64": "float64",
    "float32": "float32",
    "float32_svd": "float32 throughout",
    "tf32": "TF32",
    "bf16": "bfloat16",
}


def needs(plan: Plan) -> Needs:
    """Of the experiments whose networks are fed again in several precisions."""
    names = precision_experiments(plan)
    return Needs({"panels": panels_of(plan, names)}, {"forward_precision": names})


def make(subject: Subject, files: Files) -> Table:
    """One row per network and threshold, one column per precision, in the thin convention."""
    frame = files.of_networks("forward_precision")
    thin = pd.DataFrame(subject["panels"]).merge(frame[frame["convention"] == "thin"], on="experiment")
    rows = []
    for (label, trained, threshold), cells in thin.groupby(["label", "trained_batch_size", "threshold"], sort=False):
        by_precision = cells.groupby("precision")["count"].agg(lambda counts: counts.mean(skipna=False))
        counts = ["diverged" if pd.isna(by_precision[name]) else f"{by_precision[name]:.0f}" for name in COLUMNS]
        rows.append([label, f"{trained}", plain_power(threshold), *counts, f"{cells['rank_floor'].iloc[0]:.0f}"])
    return Table(
        title="Near-rank loss counted after forward passes of several precisions",
        caption=(
            "Number of singular values at or below the threshold in the thin convention, of networks trained at the"
            f" smallest and largest batch size and fed one batch of {frame['fed_batch_size'].max()}. The decomposition"
            " is float64 but where the column says otherwise. TensorFloat-32 and bfloat16 are simulated: the factors of"
            " each product of a convolution or fully connected layer are rounded to 10 and 7 bits of the mantissa and"
            " summed in float32. Under bfloat16 the results of these layers and of batch norm are rounded too. A number"
            " below that of float64 is near-rank loss that rounding has hidden, a number above it is rounding alone."
            " Means over seeds."
        ),
        header=("Experiment", "Trained at", "Threshold", *COLUMNS.values(), "Rank floor"),
        rows=grouped(rows),
        data=frame,
    )
