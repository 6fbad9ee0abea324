"""A table in LaTeX. It needs the packages booktabs, graphicx, array, longtable and xcolor, and UTF-8."""

import re
from collections.abc import Iterable, Sequence

from gengap.render.exhibit import Cell, Table
from gengap.render.latex_text import escape

# A column with a longer cell is set as a paragraph.
_LONGEST_LINE = 24
# A table with more rows, or with paragraphs, may break across pages.
_ROWS_OF_A_FLOAT = 24
# Width of a character in \footnotesize, and the space between columns, as parts of a line of about 16 cm.
_CHARACTER, _GAP = 0.0115, 0.027

_NUMBER = re.compile(r"[<≤≥>~]? ?[+−-]?[\d.,  ]+([eE][+-]?\d+)?%?( ?[±×] ?[\d.,]+%?)?|–|")


def table_latex(table: Table, label: str) -> str:
    """A float, or a long table where it has many rows or long texts: numbers to the right, long text as paragraphs.

    Args:
        table: what is shown.
        label: what follows `tab:` in its label.
    """
    rows = table.cells()
    columns = [[cell.text for cell in cells] for cells in zip(*rows, strict=True)] or [[]] * len(table.header)
    longest = [max(map(len, cells), default=0) for cells in columns]
    paragraphs = [length > _LONGEST_LINE for length in longest]
    numeric = [all(_NUMBER.fullmatch(cell) for cell in cells) for cells in columns]
    lines = [line for row in rows for line in _lines(row)]
    names = table_line(
        escape(name) if paragraph else _stacked(_split(name), "r" if number else "l")
        for name, paragraph, number in zip(table.header, paragraphs, numeric, strict=True)
    )
    below = [(_raised(mark) + " " if mark else "") + escape(text) for mark, text in table.notes]
    words = f"{table.title}{'' if table.title.endswith(('.', '!', '?')) else '.'} {table.caption}".rstrip()
    if not any(paragraphs) and len(rows) <= _ROWS_OF_A_FLOAT:
        alignment = "".join("r" if number else "l" for number in numeric)
        body = [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", names, r"\midrule", *lines]
        return table_environment(label, words, "\n".join([*body, r"\bottomrule", r"\end{tabular}"]), below)
    widths = [max(length, *map(len, _split(name))) for length, name in zip(longest, table.header, strict=True)]
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


def _lines(row: Sequence[Cell]) -> list[str]:
    """A row, and in grey below it what its cells are compared with."""
    if not any(cell.below for cell in row):
        return [table_line(escape(cell.text) + _raised(cell.mark) for cell in row)]
    # A mark stands beside the number that it is about.
    first = [escape(cell.text) + ("" if cell.below else _raised(cell.mark)) for cell in row]
    second = [rf"\textcolor{{gray}}{{{escape(cell.below)}}}{_raised(cell.mark)}" if cell.below else "" for cell in row]
    return [table_line(first) + "*", table_line(second)]


def _raised(mark: str) -> str:
    return rf"\textsuperscript{{{escape(mark)}}}" if mark else ""


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


def table_line(cells: Iterable[str]) -> str:
    """One row of a tabular."""
    return " & ".join(cells) + r" \\"


def table_environment(label: str, caption: str, tabular: str, notes: Sequence[str]) -> str:
    """A floating table; caption as plain text, notes as LaTeX below it."""
    below = "".join(f"\\par\\smallskip\\raggedright {note}\n" for note in notes)
    # Only a tabular wider than the text is scaled.
    return (
        "\\begin{table}[htbp]\n\\centering\n"
        f"\\caption{{{escape(caption)}}}\n\\label{{tab:{label}}}\n\\smallskip\n\\footnotesize\n"
        "\\resizebox{\\ifdim\\width>\\linewidth\\linewidth\\else\\width\\fi}{!}{%\n"
        f"{tabular}}}\n{below}\\end{{table}}\n"
    )
