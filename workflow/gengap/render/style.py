"""One look for all figures, and files whose bytes depend on nothing but the figure."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.render.exhibit import Axes, Axis, Drawing
from gengap.runtime.files import atomic_path

# Up to which ratio of its ends a logarithmic axis has room for labels between powers of ten.
_FEW_DECADES = 1000
INK = "#222222"
MUTED = "#6e6e6e"


@dataclass(frozen=True)
class Look:
    """What a figure takes from the style.

    Attributes:
        colors: the palette, at least six colours.
        dots_per_inch: resolution of PNG files.
    """

    colors: tuple[tuple[float, float, float], ...]
    dots_per_inch: int

    @property
    def hex(self) -> list[str]:
        """The palette as pages write it."""
        from matplotlib.colors import to_hex

        return [to_hex(color) for color in self.colors]


@contextmanager
def figure_style(options: Mapping[str, Any]) -> Iterator[Look]:
    """Apply the style to every figure made in the block, and restore the previous one afterwards.

    Args:
        options: `palette` (name of a seaborn palette), `font_scale` (factor on all fonts) and
            `dots_per_inch`; any of them may be absent.

    Raises:
        UserError: seaborn does not know the palette.
    """
    import matplotlib as mpl
    import seaborn as sns  # takes seconds

    palette = options.get("palette", "colorblind")
    try:
        colors = tuple(tuple(color) for color in sns.color_palette(palette, 6))
    except ValueError as error:
        raise UserError(
            f"`style.palette` is `{palette}`, which seaborn does not know; use `colorblind` or another of its palettes."
        ) from error
    with mpl.rc_context():
        # Whatever a matplotlibrc of the user's says, LaTeX for all text among it.
        mpl.rcdefaults()
        mpl.rcParams.update(sns.axes_style("ticks"))
        mpl.rcParams.update(sns.plotting_context("paper", font_scale=1.1 * options.get("font_scale", 1.0)))
        mpl.rcParams.update(
            {
                # The font that Matplotlib brings, so that a figure is the same on every machine.
                "font.sans-serif": ["DejaVu Sans"],
                "axes.spines.top": False,
                "axes.spines.right": False,
                "axes.edgecolor": MUTED,
                "axes.labelcolor": INK,
                "axes.titlecolor": INK,
                "text.color": INK,
                "xtick.color": MUTED,
                "ytick.color": MUTED,
                "xtick.labelcolor": INK,
                "ytick.labelcolor": INK,
                "axes.titlelocation": "left",
                "axes.titlesize": "medium",
                "xtick.labelsize": "small",
                "ytick.labelsize": "small",
                "legend.frameon": False,
                "grid.color": "#e4e4e4",
                "grid.linewidth": 0.6,
                "pdf.fonttype": 42,
            }
        )
        yield Look(colors=colors, dots_per_inch=int(options.get("dots_per_inch", 200)))


def literal(text: str) -> str:
    """Text of the user's for a figure: a dollar sign in it begins no formula."""
    return text.replace("$", r"\$")


def save(figure: Drawing, look: Look, pdf: str | Path, png: str | Path) -> None:
    """Write a figure as PDF and PNG, without dates, so that equal figures are equal files."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    FigureCanvasAgg(figure)
    with atomic_path(png) as path:
        figure.savefig(path, format="png", dpi=look.dots_per_inch, metadata={"Software": None})
    with atomic_path(pdf) as path:
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})


def batch_size_axis(axes: Axes, sizes: Sequence[int], *, room: float = 1.3) -> None:
    """Make x the batch size, logarithmic, with a tick at each of the sizes.

    Args:
        axes: the panel.
        sizes: batch sizes.
        room: factor below the smallest and above the largest of them.
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}"))
    axes.set_xlim(min(sizes) / room, max(sizes) * room)
    axes.tick_params(axis="x", labelrotation=45)


def plain_log_ticks(axis: Axis) -> None:
    """Label a logarithmic axis of few decades at 1, 2 and 5 times powers of ten, as plain numbers."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    low, high = axis.get_view_interval()
    if high > _FEW_DECADES * low:
        return
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}" if value < 1e5 else f"{value:.0f}"))
    axis.set_minor_locator(NullLocator())
