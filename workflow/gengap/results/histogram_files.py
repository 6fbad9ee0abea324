"""The files of a figure of random matrices, from histograms and extremes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gengap.random_matrices.law import load_law
from gengap.readers import read_csv
from gengap.results.random_matrix_figure import Size, random_matrix_figure
from gengap.results.style import figure_style, save


def write_random_matrix_figure(
    law: str,
    histograms: str | Path,
    extremes: Mapping[Size, str | Path],
    style: Mapping[str, Any],
    png: str | Path,
    pdf: str | Path | None = None,
) -> None:
    """Draw one of Figures A1 to A3, or a user's own, as PNG and, if asked for, as PDF.

    Args:
        law: of the entries.
        histograms: CSV file of the bins of all sizes.
        extremes: by (rows, columns), in the order of the panels, the CSV file of the extremes of every repeat.
        style: options of `figure_style`.
        png: where to write the PNG.
        pdf: where to write the PDF.
    """
    bins = read_csv(histograms, ("rows", "columns", "part", "left", "right", "count", "total"))
    with figure_style(style) as look:
        figure = random_matrix_figure(bins, extremes, law=load_law(law), look=look)
        save(figure, look, pdf, png)
