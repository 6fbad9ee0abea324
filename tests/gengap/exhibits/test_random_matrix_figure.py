import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import StepPatch

from gengap.errors import UserError
from gengap.exhibits.measured_files import Files
from gengap.exhibits.random_matrix_figure import drawn, make
from gengap.random_matrices.histogram import histograms
from gengap.random_matrices.law import load_law
from gengap.render.style import figure_style

SIZES = ((60, 6), (60, 30), (60, 60), (90, 10))


@pytest.fixture
def draw(stages):
    def drawn_of(name, sizes=SIZES, repeats=30):
        law, generator = load_law(name), np.random.default_rng(3)
        spectra = {
            size: stages.spectrum(f"{name}/{size[0]}x{size[1]}", [law.sample(*size, generator) for _ in range(repeats)])
            for size in sizes
        }
        bins = stages.path(f"random_matrices/{name}/histograms.csv")
        histograms(spectra, centred=law.MEAN == 0).to_csv(bins, index=False)
        extremes = [path.replace(".parquet", ".csv") for path in spectra.values()]
        with figure_style({}) as look:
            files = Files({"extremes": extremes, "histograms": [str(bins)]})
            figure = make("figure_a1", {"number": "a1", "title": "", "law": name}, files, look).drawing
            FigureCanvasAgg(figure).draw()
        return figure

    return drawn_of


def area(axes):
    """Area of all histograms of a panel, beyond the axis included."""
    stairs = [patch.get_data() for patch in axes.patches if isinstance(patch, StepPatch)]
    return sum(float((data.values * np.diff(data.edges)).sum()) for data in stairs)


def panels(figure):
    return [axes for axes in figure.axes if axes.get_visible()]


def test_each_row_of_panels_has_one_number_of_matrix_rows_and_one_axis(draw):
    figure = draw("gaussian")
    assert [axes.get_title(loc="left") for axes in panels(figure)] == ["60 × 6", "60 × 30", "60 × 60", "90 × 10"]
    assert len({axes.get_xlim() for axes in panels(figure)[:3]}) == 1
    assert len(figure.axes) == 6


def test_a_centred_law_has_all_its_values_in_the_histogram_and_none_named_as_outlier(draw):
    for axes in panels(draw("gaussian")):
        assert area(axes) == pytest.approx(1, abs=0.02)
        assert len(axes.texts) == 1


def test_the_value_that_a_mean_adds_does_not_squash_the_bulk(draw):
    axes = panels(draw("uniform", ((200, 20),), repeats=3))[0]
    outlier = 0.5 * np.sqrt(200 * 20)
    assert axes.get_xlim()[1] < 0.5 * outlier
    assert area(axes) == pytest.approx(19 / 20, abs=0.02)
    assert r"\sigma_1 \approx 32" in axes.texts[1].get_text()
    assert r"\rightarrow" in axes.texts[1].get_text()


def test_the_curve_has_the_area_of_the_histogram_that_it_describes(draw):
    for name, share in (("gaussian", 1), ("uniform", 29 / 30)):
        curve = panels(draw(name, ((60, 30),)))[0].get_lines()[0]
        assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(share, rel=0.01)


def test_the_mean_smallest_value_is_marked_and_named(draw):
    figure = draw("gaussian", ((60, 6),), repeats=40)
    generator = np.random.default_rng(3)
    law = load_law("gaussian")
    smallest = np.mean([np.linalg.svd(law.sample(60, 6, generator), compute_uv=False)[-1] for _ in range(40)])
    axes = panels(figure)[0]
    assert axes.get_lines()[1].get_xdata()[0] == pytest.approx(smallest)
    assert f"{smallest:.2f}" in axes.texts[0].get_text()


@pytest.mark.parametrize(
    ("law", "sizes"),
    [("uniform", ((40, 4),)), ("gaussian", SIZES), ("lognormal", SIZES), ("lognormal", ((50, 1), (50, 2)))],
)
def test_nothing_is_cut_off_and_no_label_covers_another(draw, assert_all_text_on_page, law, sizes):
    assert_all_text_on_page(draw(law, sizes, repeats=3))


def test_a_size_without_a_histogram_is_named(stages):
    law, generator = load_law("gaussian"), np.random.default_rng(0)
    spectra = {(6, 3): stages.spectrum("gaussian/6x3", [law.sample(6, 3, generator)])}
    extremes = stages.files(extremes=[stages.extremes(8, 2, 1, 0.1)]).extremes
    sizes = {size: repeats for (_, size), repeats in extremes.items()}
    with figure_style({}) as look, pytest.raises(UserError, match="no size 8 x 2"):
        drawn(histograms(spectra, centred=True), sizes, law, look)
