"""Small multiples, from long tables whose means are known."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from gengap.render.panels import small_multiples, wrapped_lines
from gengap.render.style import figure_style

LINES = {"law": {"color": "k"}, "measured": {"color": "b", "marker": "o"}, "printed": {"marker": "D", "ls": "none"}}


@pytest.fixture
def drawn(assert_all_text_on_page):
    def made(frame, **options):
        with figure_style({}):
            figure, axes = small_multiples(frame, LINES, x="batch_size", x_label="Batch size", **options)
            FigureCanvasAgg(figure).draw()
        assert_all_text_on_page(figure)
        return figure, axes

    return made


def points(axes):
    return [[(float(x), float(y)) for x, y in line.get_xydata()] for line in axes.get_lines()]


def test_lines_go_through_the_means_and_dots_are_the_values(drawn, legend):
    rows = [("measured", 512, 4), ("measured", 128, 1), ("measured", 128, 2), ("printed", 128, 3), ("law", 128, np.nan)]
    frame = pd.DataFrame(rows, columns=["curve", "batch_size", "value"]).assign(panel="A network")
    figure, axes = drawn(frame, y_label="Loss", logarithmic={"Loss"})
    (panel,) = axes.values()
    assert points(panel) == [[(128, 1.5), (512, 4)], [(512, 4), (128, 1), (128, 2)], [(128, 3)]]
    assert (panel.get_yscale(), list(panel.get_xticks())) == ("log", [128, 512])
    assert legend(figure) == ["measured", "printed"]


def test_quantities_have_a_line_of_panels_for_each_network(drawn):
    networks = [("A", "error"), ("A", "loss"), ("B", "loss")]
    frame = pd.DataFrame(networks, columns=["panel", "quantity"]).assign(curve="law", batch_size=64, value=1.0)
    figure, axes = drawn(pd.concat([frame, frame[::-1]]))
    assert list(axes) == networks
    assert [panel.get_ylabel() for panel in figure.axes] == ["error", "loss", "loss"]
    assert [panel.get_title(loc="left") for panel in figure.axes] == ["A", "", "B"]
    assert [panel.get_xlabel() for panel in figure.axes] == ["", "Batch size", "Batch size"]


def test_a_title_of_the_last_of_four_columns_ends_on_the_page(drawn):
    titles = [*"ABCDEFG", "LeNet-5 on Fashion-MNIST (decayed parameters: all)"]
    frame = pd.DataFrame({"panel": titles, "curve": "law", "batch_size": 64, "value": 1.0})
    figure, _ = drawn(frame, y_label="Percentage points")
    assert figure.axes[-1].get_title(loc="left").split("\n") == [
        "LeNet-5 on Fashion-MNIST",
        "(decayed parameters: all)",
    ]


@pytest.mark.parametrize(
    ("count", "lines"), [(1, [1]), (2, [2]), (4, [2, 2]), (5, [3, 2]), (7, [4, 3]), (8, [4, 4]), (9, [3, 3, 3])]
)
def test_panels_stand_in_lines_with_few_holes(count, lines):
    assert wrapped_lines(count) == lines
