"""The reproduction as a document: its LaTeX source, and its PDF on machines with and without TeX."""

import logging
import os
import re
import shutil
import subprocess
import tempfile
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from gengap.render.latex_text import escape
from gengap.render.style import figure_style, literal
from gengap.report.words import environment
from gengap.runtime.files import atomic_path

logger = logging.getLogger(__name__)

ENGINE = "pdflatex"

# References, then the widths of long tables, settle after so many runs at most.
_MOST_RUNS = 5
_ERROR = re.compile(r"^(?:! |[^\n]*:\d+: )(.*(?:\n(?!\n).*){0,2})", re.MULTILINE)
# Not those that longtable reports of an empty box while it measures its columns.
_OVERFULL = re.compile(r"Overfull \\hbox \(([\d.]+)pt too wide\) in ")
_WIDE_POINTS = 5.0
# Characters of a line of the page that stands in.
_LINE = 90


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


def compile_or_explain(source: str | Path, pdf: str | Path) -> bool:
    """Compile a LaTeX source; where TeX is not installed, or stops, write one page that says so.

    A workflow must not fail for the lack of TeX or of a part of it, nor may what it makes depend on which machine reads
    the Snakefile; and the source of a failed job would be lost. So the PDF is always made, and the page that stands in
    for it cannot be taken for a result.

    Args:
        source: compiled in its own folder, from which it names its figures.
        pdf: where to write.

    Returns:
        Whether the document was compiled.
    """
    source, pdf = Path(source), Path(pdf)
    problem = _compile(source, pdf) if shutil.which(ENGINE) else f"{ENGINE} is not installed"
    if problem:
        _explain(source, pdf, f"on the machine that ran this job {problem}")
    return not problem


def _compile(source: Path, pdf: Path) -> str:
    """Run TeX until its auxiliary files settle; returns why there is no PDF, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ENGINE, "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
        command += [f"-output-directory={folder}", source.name]
        # Equal sources are equal files.
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
        options: dict[str, Any] = {"cwd": source.parent, "env": environment, "stdin": subprocess.DEVNULL}
        made, settled = Path(folder) / f"{source.stem}.pdf", None
        for _ in range(_MOST_RUNS):
            try:
                done = subprocess.run(command, **options, capture_output=True, check=False)
            except OSError as error:
                return f"{ENGINE} cannot be started ({error.strerror})"
            text = done.stdout.decode(errors="replace")
            if done.returncode or not made.is_file():
                told = _ERROR.search(text)
                return f"{ENGINE} stops: {' '.join((told[1] if told else text[-300:]).split()) or done.returncode}"
            state = [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir()) if path.suffix == ".aux"]
            if state == settled:
                break
            settled = state
        wide = [float(width) for width in _OVERFULL.findall(text) if float(width) > _WIDE_POINTS]
        if wide:
            logger.warning("%d lines or tables reach over the margin, by %.0f pt at most", len(wide), max(wide))
        with atomic_path(pdf) as path:
            shutil.copyfile(made, path)
    return ""


def _explain(source: Path, pdf: Path, reason: str) -> None:
    logger.warning("No document was compiled: %s. %s explains what to do.", reason, pdf)
    lines = [
        "This page stands in for the document, which was not compiled:",
        *textwrap.wrap(f"{reason}.", _LINE),
        "",
        f"The source is complete and lies beside this file: {source.name}",
        "",
        "Install TeX (Debian: texlive-latex-extra, texlive-fonts-recommended), then delete",
        "this PDF and run the same command again: it makes this file alone, and trains nothing.",
        f"Or compile the source by hand in its own folder: {ENGINE} {source.name} (twice).",
    ]
    with figure_style({}), atomic_path(pdf) as path:
        figure = Figure(figsize=(8.27, 5))
        words = literal("\n".join(lines))
        figure.text(0.08, 0.92, words, va="top", family="monospace", fontsize=9, linespacing=1.6)
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
