"""The reproduction as a document: a LaTeX source that takes the run's tables and figures in."""

from collections.abc import Mapping
from typing import Any

from gengap.render.latex_text import escape
from gengap.report.words import environment


def render(content: Mapping[str, Any]) -> str:
    """The LaTeX source, to be compiled in its own folder, beside those of the tables and figures."""
    marks = {
        "block_start_string": "<%",
        "block_end_string": "%>",
        "variable_start_string": "<<",
        "variable_end_string": ">>",
        "comment_start_string": "<#",
        "comment_end_string": "#>",
    }
    made = environment(autoescape=False, **marks)
    made.filters |= {"tex": escape}
    return made.get_template("reproduction.tex.j2").render(content=content)
