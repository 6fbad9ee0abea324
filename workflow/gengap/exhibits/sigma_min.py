"""The smallest singular value of an h x b matrix against the batch size b: it falls to b = h and then grows.

Propositions 1 and 2 of the paper give |√h - √b| for independent entries; its Remark 2 reads them for h > b only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import LogLocator, NullFormatter

from gengap.analysis.by_batch_size import by_training
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.random_matrices.bidiagonal import sample_gaussian, smallest_singular_values
from gengap.random_matrices.streams import stream
from gengap.render.exhibit import Figure
from gengap.render.panels import UNTRAINED, Panel, as_panels, batch_lines, by_network, legend, panel_grid, wrapped
from gengap.render.style import INK, Look

KIND = "figure"

WIDTH = 500
"""Units of LeNet-5's hidden fully connected layer."""
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 350, 420, 460, 485, 500, 515, 545, 600, 750, 1024, 2048, 4096, 8192)
REPEATS = 20
_ZERO = 1e-10
"""Share of the largest singular value below which a value is drawn at the lower edge."""
_PREDICTED: dict[str, Any] = {"color": INK, "lw": 1.0, "ls": (0, (1, 1.6))}


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments whose spectra were measured."""
    panels = panels_of(plan, summarized_experiments(plan))
    names = [panel["experiment"] for panel in panels]
    return {"sigma_min": Needs({"panels": panels}, sigma_min=names)} if panels else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Measured and predicted values: Gaussian matrices, then one panel per network."""
    random, networks = gaussian(), files.of_networks("sigma_min")
    lowest, cases = lowest_at_smallest(networks)
    told = f": lowest for the smallest training batch in {lowest} of {cases} cases" if cases else ""
    return Figure(
        title=f"Smallest singular value against the fed batch{told}",
        caption=(
            f"First panel: {REPEATS} matrices of each size of {WIDTH}×b independent normal entries, and |√h − √b|"
            " of Propositions 1 and 2, which Remark 2 of the paper (h > b) covers left of h alone. Other panels: the"
            " widest fully connected layer of the first experiment of each network, the mean of the seeds that were fed"
            " the most sizes; the prediction has the scale of the untrained network's entries without their largest"
            " singular value and supposes them independent. Hollow marks at the lower edge are zero but for rounding,"
            " below 10⁻¹⁰ of the largest value. A case is an experiment and a batch that all its networks were fed."
        ),
        drawing=drawn(random, networks, as_panels(subject["panels"]), look),
        data=data(random, networks),
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
    rows = []
    for size in batch_sizes:
        long, short = max(width, size), min(width, size)
        values = [
            float(
                smallest_singular_values(*sample_gaussian(long, short, stream(0, "gaussian", long, short, repeat)))[0]
            )
            for repeat in range(repeats)
        ]
        rows.append(
            {
                "width": width,
                "fed_batch_size": size,
                "sigma_min": float(np.mean(values)),
                "low": min(values),
                "high": max(values),
                "predicted": abs(np.sqrt(width) - np.sqrt(size)),
            }
        )
    return pd.DataFrame(rows)


def data(random: pd.DataFrame, networks: pd.DataFrame) -> pd.DataFrame:
    """All that the figure draws in one table, Gaussian matrices as the experiment `gaussian`."""
    return pd.concat([random.assign(experiment="gaussian", scale=1.0), networks], ignore_index=True)


def drawn(random: pd.DataFrame, networks: pd.DataFrame, panels: Sequence[Panel], look: Look) -> Drawing:
    """Measured and predicted σ_min against batch size: Gaussian matrices, then one panel per experiment.

    Args:
        random: what `gaussian` returns.
        networks: rows of `fully_connected` with `experiment`, `seed`, `state` and `trained_batch_size`.
        panels: experiments, in order; those that were fed batches of one size only are left out.
        look: from `figure_style`.
    """
    networks = networks.dropna(subset=["sigma_min"])  # those that have diverged
    fed = networks.groupby("experiment")["fed_batch_size"].nunique()
    panels = [first for first, *_ in by_network(panel for panel in panels if fed.get(panel.experiment, 0) > 1)]
    networks = networks[networks["experiment"].isin([panel.experiment for panel in panels])]
    lines = batch_lines(networks["trained_batch_size"].dropna().astype(int), look)
    sampled: dict[str, Any] = {"color": look.colors[0], "marker": "o", "ms": 4, "lw": 1.2}
    drawing, (first_axes, *others) = panel_grid(1 + len(panels), "Size b of the fed batch", "Smallest singular value")
    first_axes.plot(random["fed_batch_size"], random["sigma_min"], **sampled)
    first_axes.vlines(random["fed_batch_size"], random["low"], random["high"], color=sampled["color"], lw=1.2)
    first_axes.plot(*_predicted(random.assign(scale=1.0)), **_PREDICTED)
    first_axes.set_title(f"Independent entries, h = {int(random['width'].iloc[0])}")
    _finish(first_axes, float(random["width"].iloc[0]))
    first_axes.set_ylim(bottom=random["sigma_min"].min() / 10)
    for panel, ax in zip(panels, others, strict=True):
        here = networks[networks["experiment"] == panel.experiment]
        floor = _ZERO * here["sigma_max"].max()
        bottom = max(floor, float(here["sigma_min"].min())) / 3
        for key, network in here.groupby(here["trained_batch_size"].astype(object).fillna(UNTRAINED), sort=False):
            most = most_fed(network)
            mean, line = (
                most.groupby("fed_batch_size")["sigma_min"].mean(),
                lines[key if key == UNTRAINED else int(key)],
            )
            zero = mean[mean < floor]
            ax.plot(mean.index, mean.where(mean >= floor), marker="o", ms=3.5, **line)
            hollow: dict[str, Any] = {"ls": "none", "marker": "o", "ms": 6, "mfc": "none", "mec": line["color"]}
            ax.plot(zero.index, [2 * bottom] * len(zero), **hollow)
            if key == UNTRAINED:
                ax.plot(*_predicted(most), **_PREDICTED)
        ax.set_title(wrapped(f"{panel.label}, {here['layer'].iloc[0]}, h = {here['width'].iloc[0]}"))
        _finish(ax, float(here["width"].iloc[0]))
        # The prediction falls to zero.
        ax.set_ylim(bottom=bottom)
    legend(
        drawing,
        lines,
        {
            "sampled: mean and range": sampled,
            "predicted, $s\\,|\\sqrt{h}-\\sqrt{b}|$": _PREDICTED,
            "$b = h$": {"color": INK, "lw": 0.6, "alpha": 0.5},
        },
    )
    return drawing


def most_fed(network: pd.DataFrame) -> pd.DataFrame:
    """The seeds of a network that were fed the most batch sizes: a mean of others would jump between sizes."""
    fed = network.groupby("seed")["fed_batch_size"].transform("nunique")
    return network[fed == fed.max()]


def _predicted(measured: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Batch sizes and s·|√h - √b| between those that were fed, so that the fall to b = h is seen."""
    scales = measured.groupby("fed_batch_size")["scale"].mean()
    known = np.log(scales.index.to_numpy(float))
    sizes = np.exp(np.linspace(known[0], known[-1], 400))
    scale = np.interp(np.log(sizes), known, scales)
    return sizes, scale * np.abs(np.sqrt(float(measured["width"].iloc[0])) - np.sqrt(sizes))


def _finish(ax: Axes, width: float) -> None:
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.yaxis.set_major_locator(LogLocator(numticks=6))
    ax.yaxis.set_minor_formatter(NullFormatter())
    ax.axvline(width, color=INK, lw=0.6, alpha=0.5)
    ax.grid(axis="y")
