"""Effective rank of every layer's activations against training batch size, all networks fed one batch."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from gengap.analysis.by_batch_size import unfoldings_of
from gengap.analysis.count_curves import shown_fed_batch
from gengap.analysis.trends import TREND
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import UNTRAINED, Panel, as_panels, batch_lines, experiment_grid, legend
from gengap.render.style import Look

KIND = "figure"

SHOWN = ("batch", "channel")
_NETWORK = ["experiment", "seed", "state", "trained_batch_size", "fed_batch_size"]


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all experiments whose spectra were measured."""
    panels = panels_of(plan, summarized_experiments(plan))
    names = [panel["experiment"] for panel in panels]
    return {"effective_rank": Needs({"panels": panels}, counts=names, layers=names)} if panels else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """Effective ranks by layer, with in how many unfoldings they fall."""
    layers, counts = files.of_networks("layers"), files.counts
    ranks = pd.concat(
        [
            effective_ranks(
                layers[layers["experiment"] == panel["experiment"]],
                shown_fed_batch(counts[counts["experiment"] == panel["experiment"]]),
            )
            for panel in subject["panels"]
        ],
        ignore_index=True,
    )
    found, falls = unfoldings_of(ranks, ranks["experiment"].unique()), ""
    if len(found):
        falls = f" It falls with the training batch size (τ ≤ −{TREND}) in {found['falls'].sum()} of {len(found)}"
        falls += " unfoldings of all networks here."
    return Figure(
        title="Effective rank of the activations by layer and training batch size",
        caption=(
            "The exponential of the entropy of the singular values, each divided by their sum (Roy and Vetterli 2007):"
            " it knows neither scale nor threshold. All networks of an experiment, the untrained one included, are fed"
            " one and the same batch; where there is an untrained one, its effective rank is 1 here. Left of each pair"
            " the unfolding by images, of all weight layers in forward order, right the one by channels, of the"
            " convolutions; height and width, and the ranks themselves, are in the data file." + falls
        ),
        drawing=drawn(ranks, as_panels(subject["panels"]), look),
        data=ranks,
    )


def effective_ranks(layers: pd.DataFrame, fed_batch_size: int) -> pd.DataFrame:
    """One row per network and unfolding: `effective_rank` and `thin_size`, the largest that it could be.

    Args:
        layers: counts of each unfolding of one experiment (`counts/<experiment>_layers.csv`).
        fed_batch_size: size of the batch that all are fed.
    """
    unfolding = ["layer_index", "layer", "kind", "mode", "thin_size"]
    here = layers[(layers["fed_batch_size"] == fed_batch_size) & (layers["kind"] != "input")]
    return here[[*_NETWORK, *unfolding, "effective_rank"]].drop_duplicates([*_NETWORK, *unfolding], ignore_index=True)


def drawn(ranks: pd.DataFrame, panels: Sequence[Panel], look: Look) -> Drawing:
    """Effective rank, in parts of the untrained network's, against depth: a line for each training batch size.

    Args:
        ranks: rows of `effective_ranks` of all experiments.
        panels: experiments, in order.
        look: from `figure_style`.
    """
    lines = batch_lines(ranks["trained_batch_size"].dropna().astype(int), look)
    fed = ranks.groupby("experiment")["fed_batch_size"].max()
    titles = [[f"{SHOWN[0]} mode, all fed {fed[panel.experiment]}", f"{SHOWN[1]} mode"] for panel in panels]
    drawing, axes = experiment_grid([panel.label for panel in panels], titles)
    for panel, mine in zip(panels, axes, strict=True):
        of_panel = ranks[ranks["experiment"] == panel.experiment]
        for mode, ax in zip(SHOWN, mine, strict=True):
            here = of_panel[(of_panel["mode"] == mode) & ((of_panel["kind"] == "conv") | (mode == "batch"))]
            few = here["layer_index"].nunique() <= 16
            untrained = here[here["state"] == UNTRAINED].groupby("layer_index")["effective_rank"].mean()
            for key, network in here.groupby(here["trained_batch_size"].astype(object).fillna(UNTRAINED), sort=False):
                mean = network.groupby("layer_index")["effective_rank"].mean()
                part = mean / untrained if len(untrained) else mean
                marker: dict[str, Any] = {"marker": "o", "ms": 3} if few else {}
                ax.plot(part.index, part, **marker, **lines[key if key == UNTRAINED else int(key)])
            if not len(untrained):
                ax.set_yscale("log")
                ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
                ax.yaxis.set_minor_formatter(NullFormatter())
            ax.xaxis.set_major_locator(MaxNLocator(6, integer=True))
            ax.set_xlabel("weight layer")
            ax.grid(axis="y")
        compared = (of_panel["state"] == UNTRAINED).any()
        mine[0].set_ylabel("effective rank ÷ untrained" if compared else "effective rank")
    legend(drawing, lines, {})
    return drawing
