"""A table in LaTeX. It needs the packages booktabs, graphicx, array, longtable and xcolor, and UTF-8."""

import re
from collections.abc import Iterable, Sequence

from gengap.render.exhibit import Cell, Table
from gengap.render.latex_text import escape

# A column with a longer cell is set as a paragraph; a longer heading that is wider than its column stands in two lines.
_LONGEST_LINE, _LONGEST_HEADING = 24, 8
# A table with more rows, or with paragraphs, may break across pages.
_ROWS_OF_A_FLOAT = 24
# Width of a character in \footnotesize, the space between columns, and the narrowest paragraph, as parts of a line of
# about 16 cm.
_CHARACTER, _GAP, _NARROWEST = 0.0105, 0.02, 0.1

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
    headings = [_split(name, length) for name, length in zip(table.header, longest, strict=True)]
    widths = [max(length, *map(len, heading)) for length, heading in zip(longest, headings, strict=True)]
    numeric = [all(_NUMBER.fullmatch(cell) for cell in cells) for cells in columns]
    paragraphs = [length > _LONGEST_LINE for length in longest]
    is_long = any(paragraphs) or len(rows) > _ROWS_OF_A_FLOAT
    while is_long and _left(widths, paragraphs) < _NARROWEST * sum(paragraphs):
        # The line is too short: the widest column of several words becomes a paragraph, too.
        wordy = [
            column
            for column, cells in enumerate(columns)
            if not (paragraphs[column] or numeric[column]) and any(" " in cell for cell in cells)
        ]
        if not wordy:
            break
        paragraphs[max(wordy, key=widths.__getitem__)] = True
    names = table_line(
        escape(" ".join(heading)) if paragraph else _stacked(heading, "r" if number else "l")
        for heading, paragraph, number in zip(headings, paragraphs, numeric, strict=True)
    )
    lines = [line for row in rows for line in _lines(row)]
    below = [(_raised(mark) + " " if mark else "") + escape(text) for mark, text in table.notes]
    words = f"{table.title}{'' if table.title.endswith(('.', '!', '?')) else '.'} {table.caption}".rstrip()
    if not is_long:
        alignment = "".join("r" if number else "l" for number in numeric)
        body = [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", names, r"\midrule", *lines]
        return table_environment(label, words, "\n".join([*body, r"\bottomrule", r"\end{tabular}"]), below)
    return "\n".join(
        [
            r"\begingroup\footnotesize\setlength{\tabcolsep}{4pt}",
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


def _left(widths: Sequence[int], paragraphs: Sequence[bool]) -> float:
    """What the other columns leave of the line to paragraphs."""
    others = (width for width, paragraph in zip(widths, paragraphs, strict=True) if not paragraph)
    return 1 - sum(others) * _CHARACTER - _GAP * len(widths)


def _alignment(widths: Sequence[int], paragraphs: Sequence[bool], numeric: Sequence[bool]) -> str:
    """Column types: paragraphs share what is left of the line by the square root of their longest cell."""
    left = max(_NARROWEST * sum(paragraphs), _left(widths, paragraphs))
    share = sum(width**0.5 for width, paragraph in zip(widths, paragraphs, strict=True) if paragraph)
    types = []
    for width, paragraph, number in zip(widths, paragraphs, numeric, strict=True):
        if paragraph:
            types.append(rf">{{\raggedright\arraybackslash}}p{{{left * width**0.5 / share:.3f}\linewidth}}")
        else:
            types.append("r" if number else "l")
    return "".join(types)


def _split(name: str, width: int) -> tuple[str, ...]:
    """A heading that is wider than its column over two lines, broken at the space nearest to its middle."""
    spaces = [match.start() for match in re.finditer(" ", name)]
    if len(name) <= max(width, _LONGEST_HEADING) or not spaces:
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
