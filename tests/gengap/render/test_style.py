import inspect
import os
import subprocess
import sys
import time

import matplotlib as mpl
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from places import ROOT

from gengap.errors import UserError
from gengap.render.style import figure_style, literal, save

IMPORTS = "from gengap.render.style import figure_style, save\nfrom matplotlib.figure import Figure"


def draw(name):
    with figure_style({}) as look:
        figure = Figure(figsize=(3, 2), layout="constrained")
        axes = figure.subplots()
        axes.plot([1, 2, 3], color=look.colors[0], label=r"$\sigma_{\min}$ × 2")
        axes.fill_between([0, 1], [0, 1], alpha=0.3)
        figure.legend(loc="outside lower center")
        save(figure, look, f"{name}.pdf", f"{name}.png")


def test_equal_figures_are_equal_files_whenever_and_wherever_they_are_drawn(tmp_path):
    draw(str(tmp_path / "first"))
    time.sleep(1.1)
    environment = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(ROOT / "workflow")}
    command = f"{inspect.getsource(draw)}\ndraw({str(tmp_path / 'second')!r})"
    subprocess.run([sys.executable, "-c", f"{IMPORTS}\n{command}"], env=os.environ | environment, check=True)
    for suffix in ("pdf", "png"):
        assert (tmp_path / f"first.{suffix}").read_bytes() == (tmp_path / f"second.{suffix}").read_bytes()


def test_the_style_ends_with_its_block():
    before = dict(mpl.rcParams)
    with figure_style({"font_scale": 2.0}):
        assert mpl.rcParams["pdf.fonttype"] == 42
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("settings", [{"axes.grid": True, "font.family": ["fantasy"]}, {"text.usetex": True}])
def test_settings_of_the_users_change_no_figure(tmp_path, monkeypatch, settings):
    """The last one asks for a program that is not there."""
    draw(str(tmp_path / "first"))
    monkeypatch.setenv("PATH", "")
    with mpl.rc_context(settings):
        draw(str(tmp_path / "second"))
    for suffix in ("pdf", "png"):
        assert (tmp_path / f"first.{suffix}").read_bytes() == (tmp_path / f"second.{suffix}").read_bytes()


@pytest.mark.parametrize(
    "text", ["$x$", r"\$", r"$\frac{1}{$", r"\\$$", "a_b^c $", "猫 אב e\u0301 👩\u200d👩", "_hidden", "%&#{}~<>\"'"]
)
def test_text_of_the_users_is_drawn_as_it_is(text):
    with figure_style({}):
        figure = Figure()
        FigureCanvasAgg(figure)
        shown = figure.text(0, 0, literal(text))
        figure.canvas.draw()
    assert shown._preprocess_math(shown.get_text()) == (text, False)


def test_fonts_resolution_and_palette_come_from_the_options(tmp_path):
    sizes = []
    for options in ({"palette": "muted", "dots_per_inch": 50}, {"font_scale": 1.5}):
        with figure_style(options) as look:
            sizes.append(mpl.rcParams["axes.labelsize"])
            save(Figure(figsize=(2, 1)), look, tmp_path / "figure.pdf", tmp_path / f"{look.dots_per_inch}.png")
    assert sizes[1] == pytest.approx(1.5 * sizes[0])
    assert int.from_bytes((tmp_path / "50.png").read_bytes()[16:20], "big") == 100
    with figure_style({"palette": "muted"}) as muted:
        assert muted.colors != look.colors


def test_an_unknown_palette_is_named():
    with pytest.raises(UserError, match=r"`style\.palette` is `colourblind`"), figure_style({"palette": "colourblind"}):
        pass
