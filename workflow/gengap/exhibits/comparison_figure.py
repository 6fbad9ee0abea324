"""Test error against batch size, measured and printed: one panel per table of the paper."""

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Drawing
from matplotlib.lines import Line2D

from gengap.config.plan import Plan
from gengap.exhibits.comparison import compared, comparison
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.paper.printed import first_batch_size
from gengap.render.exhibit import Figure
from gengap.render.panels import legend_of, panel_grid, wrapped
from gengap.render.style import INK, Look, batch_size_axis

KIND = "figure"


def needs(plan: Plan) -> dict[str, Needs]:
    """Of all tables with rows that the paper prints."""
    found = compared(plan)
    return {"comparison_figure": found} if found else {}


def make(name: str, subject: Mapping[str, Any], files: Files, look: Look) -> Figure:
    """One panel for each table of which something was run."""
    errors = _errors(comparison(subject, files))
    titles = {table["number"]: table["title"] for table in subject["tables"]}
    caption = (
        "Test error against training batch size: printed values and measured means. A bar is one standard deviation"
        " over seeds to either side; a single run has none. Axes do not begin at zero."
    )
    if _has_other_lengths(errors):
        caption += " Hollow points were trained for another number of epochs than the paper's."
    if "11" in set(errors["table"]):
        caption += (
            " In Table 11 the batch size is the one before the switch; the band, and the dotted line for print, are the"
            " batch size that it is switched to, without a switch."
        )
    title = "Test error against batch size, measured and printed"
    return Figure(title, caption, drawing=_drawn(errors, titles, look), data=errors)


def _drawn(errors: pd.DataFrame, titles: Mapping[str, str], look: Look) -> Drawing:
    numbers = list(dict.fromkeys(errors["table"]))
    figure, axes = panel_grid(len(numbers), "Training batch size", "Test error (%)")
    for panel, number in zip(axes, numbers, strict=True):
        _draw(panel, errors[errors["table"] == number], look)
        panel.set_title(wrapped(f"Table {number}: {titles[number]}"))
    handles = [Line2D([], [], color=INK, lw=1, ls=(0, (4, 2)), marker="D", ms=4, mfc="white", label="printed")]
    measured = Line2D([], [], color=look.colors[0], lw=1.6, marker="o", ms=5, label="measured")
    hollow = Line2D([], [], color=look.colors[0], lw=1.6, marker="o", ms=5, mfc="white")
    hollow.set_label("measured, other number of epochs")
    handles += [measured] if "full length" in set(errors["status"]) else []
    handles += [hollow] if _has_other_lengths(errors) else []
    legend_of(figure, handles)
    return figure


def _errors(frame: pd.DataFrame) -> pd.DataFrame:
    errors = frame[frame["column"] == "test_error_percent"]
    run = errors.loc[errors["status"] != "not run", "table"]
    return errors[errors["table"].isin(set(run))]


def _has_other_lengths(errors: pd.DataFrame) -> bool:
    return bool(errors["status"].isin(["shortened", "lengthened"]).any())


def _draw(axes: Axes, rows: pd.DataFrame, look: Look) -> None:
    switched = rows["batch_size"].str.contains("->")
    if switched.any():  # What is not switched is their reference, for every batch size.
        for row in rows[~switched].to_dict("records"):
            low, high = (row["mean"] + sign * (row["std"] if row["std"] > 0 else 0.0) for sign in (-1, 1))
            axes.axhspan(low, high, color=look.colors[0], alpha=0.2, lw=1)
            axes.axhline(row["printed"], color=INK, lw=0.8, ls=":")
        rows = rows[switched]
    sizes = [first_batch_size(label) for label in rows["batch_size"]]
    color = look.colors[0]
    axes.plot(sizes, rows["printed"], color=INK, lw=1, ls=(0, (4, 2)), marker="D", ms=4, mfc="white", zorder=2)
    measured = rows["mean"].notna().to_numpy()
    x = [size for size, there in zip(sizes, measured, strict=True) if there]
    of_run = rows[measured]
    axes.errorbar(x, of_run["mean"], yerr=of_run["std"].fillna(0.0), color=color, lw=1.6, capsize=3, zorder=3)
    for size, mean, status in zip(x, of_run["mean"], of_run["status"], strict=True):
        face = color if status == "full length" else "white"
        axes.plot(size, mean, color=color, marker="o", ms=5, mfc=face, ls="none", zorder=4)
    batch_size_axis(axes, sizes)
    axes.margins(y=0.12)
    axes.grid(axis="y")
