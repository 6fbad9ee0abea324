"""The page that shows everything: one HTML file that needs no other."""

import re

from markupsafe import Markup, escape

from gengap.render.captions import INDEXED
from gengap.report.content import Content
from gengap.report.words import environment


def render(content: Content) -> str:
    """The page as HTML: styles and pictures inside, no script, every text escaped."""
    made = environment(autoescape=True)
    made.filters |= {"typeset": _typeset, "breakable": _breakable}
    return made.get_template("report.html.j2").render(content=content)


def _typeset(text: str) -> Markup:
    """Escaped text with the indices of symbols set as subscripts."""
    return Markup(re.sub(INDEXED, r"\1<sub>\2</sub>", str(escape(text))))


def _breakable(name: str) -> Markup:
    """The escaped name of an experiment that may go over several lines: grids make long ones."""
    return escape(name).replace("_", Markup("_<wbr>")).replace(".", Markup(".<wbr>"))
