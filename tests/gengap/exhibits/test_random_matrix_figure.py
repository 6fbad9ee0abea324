import numpy as np
import pytest
from matplotlib.patches import StepPatch

from gengap.random_matrices.histogram import histograms
from gengap.random_matrices.law import load_law

SIZES = ((60, 6), (60, 30), (60, 60), (90, 10))


@pytest.fixture
def draw(exhibit, stages):
    """The panels of a law, after a look at all text."""

    def drawn_of(name, sizes=SIZES, repeats=30):
        law, generator = load_law(name), np.random.default_rng(3)
        spectra = {
            size: stages.spectrum(f"{name}/{size[0]}x{size[1]}", [law.sample(*size, generator) for _ in range(repeats)])
            for size in sizes
        }
        bins = stages.path(f"random_matrices/{name}/histograms.csv")
        histograms(spectra, centred=law.MEAN == 0).to_csv(bins, index=False)
        extremes = [path.replace(".parquet", ".csv") for path in spectra.values()]
        subject = {"number": "a1", "title": "", "law": name}
        return exhibit("random_matrix_figure", subject, extremes=extremes, histograms=[str(bins)]).drawing

    return drawn_of


def area(axes):
    """Area of all histograms of a panel, beyond the axis included."""
    stairs = [patch.get_data() for patch in axes.patches if isinstance(patch, StepPatch)]
    return sum(float((data.values * np.diff(data.edges)).sum()) for data in stairs)


def test_each_line_of_panels_has_one_number_of_matrix_rows_and_one_axis(draw):
    panels = draw("gaussian").axes
    titles = [axes.get_title(loc="left").partition("\n")[0] for axes in panels]
    assert titles == ["60 × 6", "60 × 30", "60 × 60", "90 × 10"]
    assert len({axes.get_xlim() for axes in panels[:3]}) == 1
    assert [area(axes) for axes in panels] == pytest.approx([1] * 4, abs=0.02)


@pytest.mark.parametrize(("law", "size", "share"), [("gaussian", (60, 30), 1), ("uniform", (200, 20), 19 / 20)])
def test_histogram_and_curve_have_the_share_that_is_not_the_outlier_of_a_mean(draw, law, size, share):
    (axes,) = draw(law, (size,), repeats=3).axes
    curve, _ = axes.get_lines()
    assert area(axes) == pytest.approx(share, abs=0.02)
    assert np.trapezoid(curve.get_ydata(), curve.get_xdata()) == pytest.approx(share, rel=0.01)
    outlier = 0.5 * np.sqrt(size[0] * size[1])
    assert (rf"\sigma_1$ {outlier:.0f}" in axes.get_title(loc="left")) is (share < 1)
    assert share == 1 or axes.get_xlim()[1] < outlier / 2, "the bulk is not squashed"


def test_the_mean_smallest_value_is_marked_and_named(draw):
    (axes,) = draw("gaussian", ((60, 6),), repeats=40).axes
    law, generator = load_law("gaussian"), np.random.default_rng(3)
    smallest = np.mean([np.linalg.svd(law.sample(60, 6, generator), compute_uv=False)[-1] for _ in range(40)])
    assert axes.get_lines()[1].get_xdata()[0] == pytest.approx(smallest)
    assert f"{smallest:.3g}" in axes.get_title(loc="left")


@pytest.mark.parametrize(
    ("law", "sizes"),
    [("uniform", ((40, 4),)), ("lognormal", (*SIZES, (60, 40), (60, 59))), ("lognormal", ((50, 1), (50, 2)))],
)
def test_nothing_is_cut_off(draw, assert_all_text_on_page, law, sizes):
    assert_all_text_on_page(draw(law, sizes, repeats=3))
