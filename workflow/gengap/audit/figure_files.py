"""The files of the audit's figures: counts against thresholds, effective ranks, smallest singular values."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.audit import effective_rank, sigma_min, threshold_curves
from gengap.audit.networks import Networks
from gengap.audit.panels import as_panels
from gengap.results.item_figure import write_figure_item
from gengap.results.style import figure_style


def write_audit_figures(
    networks: Networks,
    panels: Sequence[Mapping[str, str]],
    thresholds: Sequence[float],
    style: Mapping[str, Any],
    folder: Path,
    *,
    pdf: bool = True,
) -> None:
    """Write `threshold_curves`, `effective_rank` and `sigma_min`.

    Args:
        networks: of all experiments.
        panels: `experiment` and `label` of each experiment, in order.
        thresholds: those of the paper's figures, which are marked.
        style: `style` of the configuration.
        folder: of the items.
        pdf: write the figures as PDF too, not as PNG alone.
    """
    shown, random = as_panels(panels), sigma_min.gaussian()
    with figure_style(style) as look:
        curves = threshold_curves.figure(networks.curves, shown, thresholds, look)
        write_figure_item(threshold_curves.item(networks.curves, shown), curves, look, folder, networks.curves, pdf=pdf)
        ranks = effective_rank.figure(networks.ranks, shown, look)
        write_figure_item(effective_rank.item(networks.ranks), ranks, look, folder, networks.ranks, pdf=pdf)
        smallest = sigma_min.figure(random, networks.dense, shown, look)
        drawn = sigma_min.data(random, networks.dense)
        write_figure_item(sigma_min.item(), smallest, look, folder, drawn, pdf=pdf)
