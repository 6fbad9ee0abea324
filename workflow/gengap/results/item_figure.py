"""Files of a figure beyond the paper's own."""

from dataclasses import asdict
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from gengap.files import write_json
from gengap.results.item import FigureItem, write_frame
from gengap.results.style import Look, save


def write_figure_item(
    item: FigureItem,
    figure: Figure,
    look: Look,
    folder: str | Path,
    data: pd.DataFrame | None = None,
    *,
    pdf: bool = True,
) -> None:
    """Write `<name>.pdf` (unless not wanted), `.png`, `.json` and, given the data drawn, `.csv` into a folder."""
    path = Path(folder) / item.name
    save(figure, look, f"{path}.pdf" if pdf else None, f"{path}.png")
    if data is not None:
        write_frame(data, Path(f"{path}.csv"))
    write_json(f"{path}.json", {"kind": "figure", **asdict(item)})
