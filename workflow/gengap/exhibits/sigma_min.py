"""The smallest singular value of an h x b matrix against the batch size b: it falls to b = h and then grows.

Propositions 1 and 2 of the paper give |√h - √b| for independent entries; its Remark 2 reads them for h > b only.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gengap.analysis.by_batch_size import by_training
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.random_matrices.streams import stream
from gengap.render.exhibit import Drawing, Figure
from gengap.render.panels import UNTRAINED, batch_lines, small_multiples, trained_at
from gengap.render.style import INK, MUTED, Look

KIND = "figure"

WIDTH = 500
"""Units of LeNet-5's hidden fully connected layer."""
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 350, 420, 460, 485, 500, 515, 545, 600, 750, 1024, 2048, 4096, 8192)
REPEATS = 20
_LINEAR = 1e-3
"""Below it the axis of σ_min is linear, so that zero has its place."""
_SAMPLED, _PREDICTED = "sampled", r"predicted, $s\,|\sqrt{h}-\sqrt{b}|$"


def needs(plan: Plan) -> Needs:
    """Of all experiments whose spectra were measured."""
    names = summarized_experiments(plan)
    return Needs({"panels": panels_of(plan, names)}, {"sigma_min": names})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Measured and predicted values: Gaussian matrices, then one panel per network."""
    random, networks = gaussian(), files.of_networks("sigma_min")
    lowest, cases = lowest_at_smallest(networks)
    told = f": lowest for the smallest training batch in {lowest} of {cases} cases" if cases else ""
    return Figure(
        title=f"Smallest singular value against the fed batch{told}",
        caption=(
            f"First: means of {REPEATS} {WIDTH}×b matrices of normal entries, and |√h − √b| of Propositions 1 and 2."
            " Others: the widest fully connected layer of one experiment of each network; s is the scale of the"
            " untrained network's entries. A case is an experiment and a batch that all its networks were fed."
        ),
        drawing=_drawn(random, networks, pd.DataFrame(subject["panels"]), look),
        data=pd.concat([random.assign(experiment="gaussian", scale=1.0), networks], ignore_index=True),
    )


def lowest_at_smallest(networks: pd.DataFrame) -> tuple[int, int]:
    """In how many cases σ_min is lowest for the smallest training batch size, and how many cases there are."""
    trained = networks[networks["state"] == "trained"]
    lines = [by_training(rows, "sigma_min") for _, rows in trained.groupby("experiment")]
    lines = [line for line in lines if line.shape[1] > 1]
    return sum(int((line.idxmin(axis=1) == line.columns[0]).sum()) for line in lines), sum(map(len, lines))


def gaussian(width: int = WIDTH, batch_sizes: Sequence[int] = BATCH_SIZES, repeats: int = REPEATS) -> pd.DataFrame:
    """σ_min of width x b matrices of independent N(0, 1) entries, from the bidiagonal model.

    Returns:
        One row per batch size: `width`, `fed_batch_size`, `sigma_min` (mean over the repeats), `low`, `high`
        (smallest and largest) and `predicted`, |√h - √b|.
    """
    from gengap.random_matrices.bidiagonal import sample_gaussian, smallest_singular_values

    rows = []
    for size in batch_sizes:
        shape = max(width, size), min(width, size)
        streams = (stream(0, "gaussian", *shape, repeat) for repeat in range(repeats))
        values = [float(smallest_singular_values(*sample_gaussian(*shape, of))[0]) for of in streams]
        row = {"width": width, "fed_batch_size": size, "sigma_min": float(np.mean(values))}
        row |= {"low": min(values), "high": max(values), "predicted": abs(np.sqrt(width) - np.sqrt(size))}
        rows.append(row)
    return pd.DataFrame(rows)


def most_fed(networks: pd.DataFrame) -> pd.DataFrame:
    """The seeds of each network that were fed the most batch sizes: a mean of others would jump between sizes."""
    network = ["experiment", "trained_batch_size"]
    fed = networks.groupby([*network, "seed"], dropna=False)["fed_batch_size"].transform("nunique")
    return networks[fed == fed.groupby([networks[name] for name in network], dropna=False).transform("max")]


def _drawn(random: pd.DataFrame, networks: pd.DataFrame, panels: pd.DataFrame, look: Look) -> Drawing:
    """Gaussian matrices, then the first experiment of each network that was fed several batches."""
    networks = panels.merge(networks.dropna(subset=["sigma_min"]), on="experiment")  # without those that have diverged
    networks = networks[networks.groupby("experiment")["fed_batch_size"].transform("nunique") > 1]
    first = networks.drop_duplicates("network")["experiment"]
    networks = most_fed(networks[networks["experiment"].isin(first)])
    curves = trained_at(networks["trained_batch_size"])
    names = networks["label"] + ", " + networks["layer"] + ", h = " + networks["width"].astype(str)
    networks = networks.assign(panel=names, curve=curves)
    random = random.assign(panel=f"Independent entries, h = {random['width'].iloc[0]}", curve=_SAMPLED, scale=1.0)
    measured = pd.concat([random, networks], ignore_index=True)
    measured["value"] = measured["sigma_min"]
    reference = measured[measured["curve"].isin([_SAMPLED, UNTRAINED])]
    predicted = [_predicted(rows).assign(panel=panel) for panel, rows in reference.groupby("panel", sort=False)]
    dots = {"marker": "o", "ms": 3.5}
    lines = {
        name: {**line, **dots} for name, line in batch_lines(networks["trained_batch_size"].dropna(), look).items()
    }
    drawing, axes = small_multiples(
        pd.concat([measured, *predicted], ignore_index=True),
        {
            _SAMPLED: {"color": look.colors[0], "lw": 1.2, **dots},
            **lines,
            _PREDICTED: {"color": INK, "lw": 1.0, "ls": (0, (1, 1.6))},
        },
        x="fed_batch_size",
        x_label="Size b of the fed batch",
        y_label="Smallest singular value",
    )
    widths = dict(zip(measured["panel"], measured["width"], strict=True))
    for (panel, _), ax in axes.items():
        ax.axvline(float(widths[panel]), color=MUTED, lw=0.9, ls=":", zorder=1)
        ax.set_xscale("log", base=2)
        ax.set_yscale("symlog", linthresh=_LINEAR, linscale=0.5)
        ax.set_ylim(bottom=-0.2 * _LINEAR)
    return drawing


def _predicted(measured: pd.DataFrame) -> pd.DataFrame:
    """s·|√h - √b| at batch sizes between those that were fed, so that the fall to b = h is seen."""
    scales = measured.groupby("fed_batch_size")["scale"].mean()
    known = np.log(scales.index.to_numpy(float))
    sizes = np.exp(np.linspace(known[0], known[-1], 400))
    value = np.interp(np.log(sizes), known, scales) * np.abs(np.sqrt(measured["width"].iloc[0]) - np.sqrt(sizes))
    return pd.DataFrame({"curve": _PREDICTED, "fed_batch_size": sizes, "value": value})
