"""The page that shows everything: one HTML file that needs no other."""

import re
from collections.abc import Mapping
from typing import Any

import vl_convert
from markupsafe import Markup, escape

from gengap.render.captions import INDEXED
from gengap.report.words import environment


def render(content: Mapping[str, Any]) -> str:
    """The page as HTML: styles, pictures and scripts inside, every text escaped."""
    made = environment(autoescape=True)
    made.filters |= {"typeset": _typeset, "breakable": _breakable}
    charts = any(one.chart for shown in (content["first"], *content["sections"].values()) for one in shown)
    # Vega, Vega-Lite and vega-embed, some 0.9 MB.
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;") if charts else ""
    return made.get_template("report.html.j2").render(content=content, bundle=bundle)


def _typeset(text: str) -> Markup:
    """Escaped text with the indices of symbols set as subscripts, and no new line before a percent sign."""
    return Markup(re.sub(INDEXED, r"\1<sub>\2</sub>", str(escape(text)).replace(" %", "\u00a0%")))


def _breakable(name: str) -> Markup:
    """The escaped name of an experiment that may go over several lines: grids make long ones."""
    return escape(name).replace("_", Markup("_<wbr>")).replace(".", Markup(".<wbr>"))
