"""Exhibits made from small files of the earlier stages."""

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from gengap.render.exhibit import Exhibit
from gengap.render.style import figure_style


@pytest.fixture
def exhibit(stages: Any) -> Callable[..., Exhibit]:
    """Make the table or figure of a module from a subject and, by kind, paths of files or one table; a figure is drawn."""

    def make(module: str, subject: dict[str, Any] | None = None, **paths: list[str] | pd.DataFrame) -> Exhibit:
        for kind, frame in paths.items():
            if isinstance(frame, pd.DataFrame):
                path = stages.path(f"{kind}.csv")
                frame.to_csv(path, index=False)
                paths[kind] = [str(path)]
        loaded = import_module(f"gengap.exhibits.{module}")
        files = stages.files(**paths)
        if loaded.KIND == "table":
            made = loaded.make(subject or {}, files)
            made.cells()
            return made
        with figure_style({}) as look:
            made = loaded.make(subject or {}, files, look)
            made.drawing.set_dpi(look.dots_per_inch)
            FigureCanvasAgg(made.drawing).draw()
        return made

    return make


@pytest.fixture
def tables(stages: Any) -> Callable[..., list[dict[str, Any]]]:
    """Subjects of the paper's tables, from rows by number."""
    title = "LeNet-5 without batch normalization on Fashion-MNIST"
    about = {"title": title, "dataset": "Fashion-MNIST", "model": "LeNet-5", "reproduces_paper": True}

    def make(**tables: list) -> list[dict[str, Any]]:
        return [
            about | {"number": name.removeprefix("table_"), "rows": stages.rows(rows, name)}
            for name, rows in tables.items()
        ]

    return make


@pytest.fixture
def lines() -> Callable[..., list[list[float]]]:
    """Heights of the points of all lines of a panel, in the order in which they are drawn."""
    return lambda axes: [[float(value) for value in line.get_ydata()] for line in axes.get_lines()]
