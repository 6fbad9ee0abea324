"""Effective rank of every layer's activations against training batch size, all networks fed one batch."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing

from gengap.analysis.by_batch_size import unfoldings_of
from gengap.analysis.count_curves import shown_fed_batch
from gengap.analysis.trends import TREND
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.render.exhibit import Figure
from gengap.render.panels import UNTRAINED, Panel, as_panels, by_network, wrapped
from gengap.render.style import MUTED, Look, batch_size_axis

KIND = "figure"

COLUMNS = 4
"""Layers that are shown of a network."""
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
    found = unfoldings_of(ranks, ranks["experiment"].unique())
    title = "Effective rank against training batch size"
    if len(found):
        falls = f"{found['falls'].sum()} of {len(found)} unfoldings"
        title = f"Effective rank falls with the training batch size in {falls}"
    return Figure(
        title=title,
        caption=(
            "The exponential of the entropy of the singular values, each divided by their sum (Roy and Vetterli 2007):"
            " it knows neither scale nor threshold. All networks of an experiment are fed one and the same batch. Shown"
            f" are up to {COLUMNS} weight layers, of convolutions by channels, in parts of the untrained network's"
            " effective rank (dashed), where that was measured: a dot for each network, lines through the means. All"
            f" unfoldings are in the data file; one falls where Kendall's τ ≤ −{TREND}."
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
    """Effective rank against training batch size: a row for each network, a panel for each of some layers.

    Args:
        ranks: rows of `effective_ranks` of all experiments.
        panels: experiments, in order.
        look: from `figure_style`.
    """
    ranks = ranks[ranks["mode"] == "channel"]
    rows = by_network(panels)
    drawing = Drawing(figsize=(12, 2.1 * len(rows) + 0.6), layout="constrained")
    axes = drawing.subplots(len(rows), COLUMNS, squeeze=False)
    for line, members in zip(axes, rows, strict=True):
        of_row = ranks[ranks["experiment"].isin([member.experiment for member in members])]
        layers = of_row.drop_duplicates("layer_index").set_index("layer_index")["layer"].sort_index()
        chosen = layers.iloc[np.unique(np.linspace(0, len(layers) - 1, COLUMNS).round().astype(int))]
        for (index, layer), ax in zip(chosen.items(), line, strict=False):
            for number, member in enumerate(members):
                here = of_row[(of_row["experiment"] == member.experiment) & (of_row["layer_index"] == index)]
                _draw(ax, here, look.colors[number % len(look.colors)], member.label)
            if (of_row["state"] == UNTRAINED).any():
                ax.axhline(1, color=MUTED, lw=1.2, ls=(0, (5, 2)))
            ax.set_title(layer)
            batch_size_axis(ax, sorted(of_row["trained_batch_size"].dropna().astype(int).unique()) or [1])
            ax.grid(axis="y")
        for ax in line[len(chosen) :]:
            ax.set_visible(False)
        line[0].set_ylabel("Effective rank ÷ untrained" if (of_row["state"] == UNTRAINED).any() else "Effective rank")
        handles, labels = line[0].get_legend_handles_labels()
        place = line[len(chosen) - 1]
        place.legend(handles, [wrapped(label, 24) for label in labels], loc="upper left", bbox_to_anchor=(1.02, 1))
    for ax in axes[-1]:
        ax.set_xlabel("Training batch size")
    return drawing


def _draw(ax: Axes, networks: pd.DataFrame, color: Any, label: str) -> None:
    untrained = networks.loc[networks["state"] == UNTRAINED, "effective_rank"].mean()
    trained = networks.dropna(subset=["trained_batch_size"])
    values = trained["effective_rank"] / (1.0 if math.isnan(untrained) else untrained)
    means = values.groupby(trained["trained_batch_size"].astype(int)).mean()
    ax.plot(means.index, means, color=color, lw=1.6, label=label)
    ax.plot(trained["trained_batch_size"].astype(int), values, color=color, marker="o", ms=3.5, ls="none")
