"""From a LaTeX source to a PDF, on machines with and without TeX."""

import logging
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from gengap.errors import UserError
from gengap.files import atomic_path

logger = logging.getLogger(__name__)

ENGINE = "pdflatex"

# References, then the widths of long tables, settle after so many runs at most.
_MOST_RUNS = 5
_MISSING_FILE = re.compile(r"! LaTeX Error: File `([^']+\.(?:sty|cls|def|fd))' not found")
_ERROR = re.compile(r"^(?:! |[^\n]*:\d+: )(.*(?:\n(?!\n).*){0,2})", re.MULTILINE)
# Not those that longtable reports of an empty box while it measures its columns.
_OVERFULL = re.compile(r"Overfull \\hbox \(([\d.]+)pt too wide\) in ")
_WIDE_POINTS = 5.0


def compile_or_explain(source: str | Path, pdf: str | Path) -> bool:
    """Compile a LaTeX source; where TeX or a package of it is not installed, write one page that says so.

    A workflow must not fail for the lack of TeX, nor may what it makes depend on which machine reads the Snakefile.
    So the PDF is always made, and the page that stands in for it cannot be taken for a result.

    Args:
        source: compiled in its own folder, from which it names its figures.
        pdf: where to write.

    Returns:
        Whether the document was compiled.

    Raises:
        UserError: TeX finds an error in the source.
    """
    if shutil.which(ENGINE) is None:
        _explain(Path(source), Path(pdf), f"{ENGINE} is not installed on the machine that ran this job")
        return False
    missing = _compile(Path(source), Path(pdf))
    if missing:
        _explain(Path(source), Path(pdf), f"the TeX of the machine that ran this job has no {missing}")
    return not missing


def _compile(source: Path, pdf: Path) -> str:
    """Run TeX until its auxiliary files settle; returns the name of a package that it lacks, or nothing."""
    with tempfile.TemporaryDirectory() as folder:
        command = [ENGINE, "-interaction=nonstopmode", "-halt-on-error", "-file-line-error"]
        command += [f"-output-directory={folder}", source.name]
        # Equal sources are equal files.
        environment = {**os.environ, "SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1", "max_print_line": "1000"}
        settled = None
        for _ in range(_MOST_RUNS):
            done = subprocess.run(
                command, cwd=source.parent, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
            )
            text = done.stdout.decode(errors="replace")
            if done.returncode:
                missing = _MISSING_FILE.search(text)
                if missing:
                    return missing[1]
                error = _ERROR.search(text)
                words = " ".join((error[1] if error else text[-300:]).split())
                raise UserError(f"TeX finds an error in {source}: {words}")
            state = [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir()) if path.suffix == ".aux"]
            if state == settled:
                break
            settled = state
        wide = [float(width) for width in _OVERFULL.findall(text) if float(width) > _WIDE_POINTS]
        if wide:
            logger.warning("%d lines or tables reach over the margin, by %.0f pt at most", len(wide), max(wide))
        with atomic_path(pdf) as path:
            shutil.copyfile(Path(folder) / f"{source.stem}.pdf", path)
    return ""


def _explain(source: Path, pdf: Path, reason: str) -> None:
    logger.warning("No document was compiled: %s. %s explains what to do.", reason, pdf)
    lines = [
        "This page stands in for the document, which was not compiled:",
        f"{reason}.",
        "",
        f"The source is complete and lies beside this file: {source.name}",
        "",
        "Install TeX (Debian: texlive-latex-extra, texlive-fonts-recommended), then run",
        "",
        "    snakemake --cores all --forcerun reproduction",
        "",
        f"or compile it by hand in its own folder: {ENGINE} {source.name} (twice).",
    ]
    figure = Figure(figsize=(8.27, 5))
    FigureCanvasAgg(figure)
    figure.text(0.08, 0.92, "\n".join(lines), va="top", family="monospace", fontsize=9, linespacing=1.6)
    with atomic_path(pdf) as path:
        figure.savefig(path, format="pdf", metadata={"CreationDate": None, "Creator": None, "Producer": None})
