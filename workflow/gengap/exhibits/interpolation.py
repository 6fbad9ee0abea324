"""Loss and error on the line between the minima of a small and a large batch (Keskar et al. 2017, Figure 3)."""

import pandas as pd

from gengap.config.measured import minima_experiments, minima_lines, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Figure
from gengap.render.panels import small_multiples
from gengap.render.style import MUTED, Look

KIND = "figure"

_QUANTITIES = {"cross_entropy": "Cross-entropy (nats)", "error_percent": "Error (%)"}
_STATISTICS = {
    "none": "no batch norm",
    "interpolated": "interpolated statistics",
    "recalibrated": "recalibrated statistics",
}


def needs(plan: Plan) -> Needs:
    """Of all experiments whose minima are measured, and that are run at two batch sizes or more."""
    names = [name for name in minima_experiments(plan) if minima_lines(plan, name)]
    lines = [line for name in names for line in minima_lines(plan, name)]
    return Needs({"panels": panels_of(plan, names)}, {"interpolation": lines})


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """Two panels for each experiment."""
    frame = files.interpolation
    rows = pd.DataFrame(subject["panels"]).rename(columns={"label": "panel"}).merge(frame, on="experiment")
    parts = [
        rows.assign(
            curve=f"{images} images, " + rows["batch_norm_statistics"].map(_STATISTICS),
            quantity=quantity,
            value=rows[f"{images}_{column}"],
        )
        for column, quantity in _QUANTITIES.items()
        for images in ("train", "test")
    ]
    drawing, axes = small_multiples(
        pd.concat(parts, ignore_index=True),
        {
            f"{images} images, {statistics}": {"color": color, "ls": dashes, "lw": 1.6}
            for statistics, color in zip(_STATISTICS.values(), look.colors, strict=False)
            for images, dashes in (("train", "-"), ("test", (0, (4, 2))))
        },
        x="alpha",
        x_label="α",
        logarithmic={_QUANTITIES["cross_entropy"]},
    )
    for panel in axes.values():
        for end in (0, 1):
            panel.axvline(end, color=MUTED, lw=0.9, ls=":", zorder=1)
    return Figure(
        title="Loss and error on the line between the minima of small and large batches",
        caption=(
            "Networks with the parameters (1 − α)·w₁ + α·w₂: α = 0 is the network trained at the smallest batch size,"
            " α = 1 that of the largest; both began with the same weights. Batch norm's running statistics are"
            " interpolated likewise, or measured anew on the training images at each α."
        ),
        drawing=drawing,
        data=frame,
    )
