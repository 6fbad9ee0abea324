"""Tables beyond the paper's own in LaTeX: from cells as text. They need booktabs, graphicx, array and longtable."""

import re
from collections.abc import Sequence

from gengap.results.latex import table_environment, table_line
from gengap.results.latex_text import escape

# A column with a longer cell is set as a paragraph.
_LONGEST_LINE = 24
# A table with more rows, or with paragraphs, may break across pages.
_ROWS_OF_A_FLOAT = 24
# Width of a character in \footnotesize, and the space between columns, as parts of a line of about 16 cm.
_CHARACTER, _GAP = 0.0115, 0.027

_NUMBER = re.compile(r"[<≤≥>~]? ?[+−-]?[\d.,  ]+([eE][+-]?\d+)?%?( ?[±×] ?[\d.,]+%?)?|–|")


def item_latex(
    label: str,
    title: str,
    caption: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[Sequence[str]] = (),
) -> str:
    """A table from plain text: columns of numbers to the right, long text as paragraphs.

    Args:
        label: what follows `tab:` in its label.
        title: first sentence of the caption, without a full stop.
        caption: the rest of it.
        header: names of the columns.
        rows: cells in the order of the header.
        notes: (mark, text), below the table.
    """
    columns = list(zip(*rows, strict=True)) or [()] * len(header)
    longest = [max(map(len, cells), default=0) for cells in columns]
    paragraphs = [length > _LONGEST_LINE for length in longest]
    numeric = [all(_NUMBER.fullmatch(cell) for cell in cells) for cells in columns]
    lines = [table_line(map(escape, row)) for row in rows]
    names = table_line(
        escape(name) if paragraph else _stacked(_split(name), "r" if number else "l")
        for name, paragraph, number in zip(header, paragraphs, numeric, strict=True)
    )
    below = [(rf"\textsuperscript{{{escape(mark)}}} " if mark else "") + escape(text) for mark, text in notes]
    words = f"{title}. {caption}" if caption else f"{title}."
    widths = [max(length, *map(len, _split(name))) for length, name in zip(longest, header, strict=True)]
    if not any(paragraphs) and len(rows) <= _ROWS_OF_A_FLOAT:
        alignment = "".join("r" if number else "l" for number in numeric)
        tabular = "\n".join(
            [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", names, r"\midrule", *lines, r"\bottomrule"]
        )
        return table_environment(label, words, tabular + "\n\\end{tabular}", below)
    return "\n".join(
        [
            r"\begingroup\footnotesize",
            rf"\begin{{longtable}}{{{_alignment(widths, paragraphs, numeric)}}}",
            rf"\caption{{{escape(words)}}}\label{{tab:{label}}}\\",
            r"\toprule", names, r"\midrule", r"\endfirsthead",
            r"\toprule", names, r"\midrule", r"\endhead",
            *lines,
            r"\bottomrule", r"\end{longtable}",
            *(rf"\par\noindent {note}" for note in below),
            r"\par\endgroup", "",
        ]
    )  # fmt: skip


def _alignment(widths: Sequence[int], paragraphs: Sequence[bool], numeric: Sequence[bool]) -> str:
    """Column types: paragraphs share what the others leave of the line, by the square root of their longest cell."""
    taken = sum(width * _CHARACTER for width, paragraph in zip(widths, paragraphs, strict=True) if not paragraph)
    left = max(0.3, 1 - taken - _GAP * len(widths))
    share = sum(width**0.5 for width, paragraph in zip(widths, paragraphs, strict=True) if paragraph)
    types = []
    for width, paragraph, number in zip(widths, paragraphs, numeric, strict=True):
        if paragraph:
            types.append(rf">{{\raggedright\arraybackslash}}p{{{left * width**0.5 / share:.3f}\linewidth}}")
        else:
            types.append("r" if number else "l")
    return "".join(types)


def _split(name: str) -> tuple[str, ...]:
    """A long heading over two lines, broken at the space nearest to its middle."""
    spaces = [match.start() for match in re.finditer(" ", name)]
    if len(name) <= 12 or not spaces:
        return (name,)
    middle = min(spaces, key=lambda space: abs(space - len(name) / 2))
    return name[:middle], name[middle + 1 :]


def _stacked(lines: Sequence[str], side: str) -> str:
    if len(lines) == 1:
        return escape(lines[0])
    return rf"\shortstack[{side}]{{" + r"\\".join(map(escape, lines)) + "}"
