"""Effective rank of every layer's activations against training batch size, all networks fed one batch."""

import pandas as pd

from gengap.analysis.by_batch_size import unfoldings
from gengap.analysis.fed_batches import shown_fed_batch
from gengap.analysis.frames import joined
from gengap.analysis.trends import TREND
from gengap.config.measured import panels_of, summarized_experiments
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Figure
from gengap.render.panels import UNTRAINED, lines_of, small_multiples
from gengap.render.style import MUTED, Look

KIND = "figure"

LAYERS = 4
"""Layers that are shown of a network."""
_UNFOLDING = [
    *("experiment", "seed", "state", "trained_batch_size", "fed_batch_size"),
    *("layer_index", "layer", "kind", "mode", "thin_size"),
]
"""What tells a network and an unfolding; `thin_size` is the largest effective rank that it could have."""


def needs(plan: Plan) -> Needs:
    """Of all experiments whose spectra were measured."""
    names = summarized_experiments(plan)
    return Needs({"panels": panels_of(plan, names)}, {"counts": names, "layers": names})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Effective ranks by layer, with in how many unfoldings they fall."""
    layers = files.of_networks("layers")
    fed = {name: shown_fed_batch(counts) for name, counts in files.counts.groupby("experiment")}
    shown = layers[(layers["fed_batch_size"] == layers["experiment"].map(fed)) & (layers["kind"] != "input")]
    ranks = shown[[*_UNFOLDING, "effective_rank"]].drop_duplicates(_UNFOLDING, ignore_index=True)
    found = joined(unfoldings(rows) for _, rows in ranks.groupby("experiment", sort=False))
    title = "Effective rank against training batch size"
    if len(found):
        falls = f"{found['falls'].sum()} of {len(found)} unfoldings"
        title = f"Effective rank falls with the training batch size in {falls}"
    drawing, axes = small_multiples(
        _shown(pd.DataFrame(subject["panels"]).merge(ranks, on="experiment")),
        lines_of((panel["label"] for panel in subject["panels"]), look),
        x="batch_size",
        x_label="Training batch size",
    )
    if (ranks["state"] == UNTRAINED).any():
        for panel in axes.values():
            panel.axhline(1, color=MUTED, lw=1.2, ls=(0, (5, 2)))
    return Figure(
        title=title,
        caption=(
            "The exponential of the entropy of the singular values, each divided by their sum (Roy and Vetterli 2007),"
            " of convolutions by channels, in parts of the untrained network's (dashed); all networks of an experiment"
            f" are fed one batch. Shown are up to {LAYERS} layers, in the data all; one falls where Kendall's τ ≤"
            f" −{TREND}."
        ),
        drawing=drawing,
        data=ranks,
    )


def _shown(ranks: pd.DataFrame) -> pd.DataFrame:
    """Effective ranks of some layers of each network, from the first to the last, in parts of the untrained one's."""
    ranks = ranks[ranks["mode"] == "channel"].sort_values("layer_index", kind="stable")
    key = ["experiment", "layer_index"]
    untrained = ranks[ranks["state"] == UNTRAINED].groupby(key)["effective_rank"].mean().rename("untrained")
    ranks = ranks[ranks["state"] != UNTRAINED].join(untrained, on=key)
    layers = ranks.groupby("network")["layer_index"]
    place, last = layers.rank("dense") - 1, layers.transform("nunique") - 1
    shown = ranks[sum((place == (last * k / (LAYERS - 1)).round()).astype(int) for k in range(LAYERS)) > 0]
    return shown.assign(
        panel=shown["network"],
        quantity="Effective rank, " + shown["layer"],
        curve=shown["label"],
        batch_size=shown["trained_batch_size"].astype(int),
        value=shown["effective_rank"] / shown["untrained"].fillna(1.0),
    )
