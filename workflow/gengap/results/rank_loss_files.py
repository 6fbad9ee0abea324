"""The files of a figure of near-rank loss, from counts."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.results.rank_loss_counts import read_counts
from gengap.results.rank_loss_figure import Panel, rank_loss_figure
from gengap.results.style import figure_style, save


def write_rank_loss_figure(
    item: Mapping[str, Any],
    counts: Sequence[str | Path],
    style: Mapping[str, Any],
    png: str | Path,
    pdf: str | Path | None = None,
) -> None:
    """Draw one of Figures 1 to 6, or a user's own, as PNG and, if asked for, as PDF.

    Args:
        item: `threshold`, `convention`, `panels` (each with `experiment` and `label`) and perhaps a `note`.
        counts: `<experiment>.csv` of every panel.
        style: options of `figure_style`.
        png: where to write the PNG.
        pdf: where to write the PDF.
    """
    panels = [Panel(panel["experiment"], panel["label"]) for panel in item["panels"]]
    with figure_style(style) as look:
        figure = rank_loss_figure(
            read_counts(counts),
            panels,
            threshold=item["threshold"],
            convention=item["convention"],
            look=look,
            note=item.get("note") or "",
        )
        save(figure, look, pdf, png)
