"""From the published numbers to tables, figures and the pages that show them, by the functions that the rules use."""

import csv
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from gengap.audit.figure_files import write_audit_figures
from gengap.audit.table_files import write_audit_tables
from gengap.audit.widths import NAME as WIDTHS
from gengap.errors import UserError
from gengap.files import write_json, write_text
from gengap.published.contents import (
    PUBLISHED,
    THRESHOLDS,
    Contents,
    extremes_file,
    histograms_file,
    read_contents,
)
from gengap.published.networks import FIGURES, TABLES, counts_file, measured, read_measured, read_networks
from gengap.published.page import page
from gengap.published.readme import update_readme
from gengap.published.studies import Studies
from gengap.published.untrained import draw_untrained
from gengap.results.comparison_files import write_comparison
from gengap.results.expectation_files import write_expectations_table
from gengap.results.histogram_files import write_random_matrix_figure
from gengap.results.loss_files import write_losses
from gengap.results.paper_items import write_paper_items
from gengap.results.printed import SWITCHED
from gengap.results.rank_loss_files import write_rank_loss_figure
from gengap.results.table_files import write_results_table

STYLE = {"palette": "colorblind", "font_scale": 1.0, "dots_per_inch": 110}

# Folders that hold nothing but what is made here.
DERIVED = ("tables", "figures", "audit")
PAPER_ITEMS = ("random_matrix_agreement", "random_matrix_misprints")


def rebuild(folder: Path, target: Path | None = None, readme: Path | None = None) -> None:
    """Make everything that follows from the published numbers, in place of what is there.

    Args:
        folder: the published numbers.
        target: where to write; `folder` itself if not given.
        readme: a page whose marked block shows the main table and figure.

    Raises:
        UserError: nothing is published there.
    """
    contents = read_contents(folder)
    if not contents.any():
        raise UserError(f"{folder} publishes nothing; add results with: python -m gengap.published export <results>")
    target = target or folder
    with tempfile.TemporaryDirectory() as scratch:
        made = Path(scratch) / "made"
        absent = _make(contents, folder, made, Path(scratch))
        for derived in DERIVED:
            shutil.rmtree(target / derived, ignore_errors=True)
            if (made / derived).is_dir():
                shutil.copytree(made / derived, target / derived)
    write_text(target / "README.md", page(contents, absent, folder, target))
    if readme is not None:
        update_readme(readme, contents, absent, target)


def _make(contents: Contents, folder: Path, target: Path, scratch: Path) -> dict[str, list[str]]:
    """Write tables, figures and the audit; returns the rows of each published table that were not run."""
    metrics = _unpack(folder / "metrics.csv", scratch)
    absent = {}
    for number, table in contents.tables.items():
        path = target / "tables" / f"table_{number}.csv"
        if "sizes" in table:
            write_expectations_table(table["item"], _extremes(folder, table), path)
        else:
            rows = _measured_rows(table, metrics)
            absent[number] = _labels_not_in(rows, table)
            write_results_table(table["item"], rows, path, absent[number])
    studies = Studies(contents, lambda part: _measured_rows(part, metrics))
    studies.write(STYLE, target / "audit")
    _write_audit(contents, metrics, studies, folder, target / "audit")
    draw_untrained(contents, folder, STYLE, target / "audit")
    for number, figure in contents.figures.items():
        path = target / "figures" / f"figure_{number}.png"
        if "sizes" in figure:
            law = figure["item"]["law"]
            write_random_matrix_figure(law, folder / histograms_file(law), _extremes(folder, figure), STYLE, path)
        else:
            counts = [folder / counts_file(panel["experiment"]) for panel in figure["item"]["panels"]]
            write_rank_loss_figure(figure["item"], counts, STYLE, path)
    if contents.laws():
        _write_paper_items(contents, folder, target)
    return absent


def _unpack(path: Path, scratch: Path) -> dict[tuple[str, int, int], str]:
    """Published lines of `metrics.csv` as the files that the table's function reads."""
    if not path.is_file():
        return {}
    files = {}
    with open(path, encoding="utf-8", newline="") as file:
        lines = [{name: _value(text) for name, text in line.items()} for line in csv.DictReader(file)]
    for line in lines:
        if line.pop("status") == PUBLISHED:
            key = (str(line["experiment"]), int(line["batch_size"] or 0), int(line["seed"] or 0))
            files[key] = str(scratch / f"{key[0]}-{key[1]}-{key[2]}.json")
            write_json(files[key], line)
    return files


def _value(text: str) -> str | int | float | bool | None:
    """A cell of `metrics.csv`; empty where a run has no value."""
    known = {"": None, "True": True, "False": False}
    if text in known:
        return known[text]
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text


def _write_audit(
    contents: Contents, metrics: Mapping[tuple[str, int, int], str], studies: Studies, folder: Path, target: Path
) -> None:
    """What is beyond the paper's own tables and figures, as far as it is published."""
    tables = [
        {"number": number, "title": table["item"]["title"], "experiment": table["experiment"]}
        | {"reproduces_paper": table["item"]["reproduces_paper"], "rows": _measured_rows(table, metrics)}
        for number, table in contents.tables.items()
        if "rows" in table
    ]
    if tables:
        write_comparison(tables, STYLE, target, pdf=False)
        runs = {
            name: {"metrics": [path for key, path in metrics.items() if key[0] == name]}
            for name in contents.experiments
        }
        widths = {member["experiment"] for group in contents.widths.values() for member in group["members"]}
        aside = widths - {table["experiment"] for table in tables}
        shown_alone = [name for name in contents.experiments if runs[name] and name not in aside]
        experiments = [contents.experiments[name] | runs[name] for name in shown_alone]
        write_losses(tables, experiments, STYLE, target, printed=True, pdf=False)
    names = contents.measured()
    shown = {name: measured(folder, name, names) for name in (*FIGURES, *TABLES)} | {"near_rank_loss": names}
    panels = {
        name: [{"experiment": part, "label": contents.experiments[part]["title"]} for part in parts]
        for name, parts in shown.items()
    }
    drawable = [part for part in panels["near_rank_loss"] if all(part in panels[name] for name in FIGURES)]
    if drawable:
        networks = read_networks(folder, [panel["experiment"] for panel in drawable])
        write_audit_figures(networks, drawable, THRESHOLDS, STYLE, target, pdf=False)
    matrices = [
        {"number": table["item"]["number"], "law": table["item"]["law"]}
        | {"reproduces_paper": table["item"]["reproduces_paper"], "files": _files(folder, table)}
        for table in contents.laws()
    ]
    drawn = [name for name, parts in panels.items() if parts and name not in FIGURES]
    write_audit_tables(
        [*drawn, *([WIDTHS] if studies.widths else []), "claims"],
        panels,
        read_measured(folder, names),
        THRESHOLDS,
        tables,
        matrices,
        target,
        pairs=studies.pairs,
        groups=studies.widths,
        tried=[grid for grid in studies.grids.values() if grid["judged_against"] == SWITCHED],
    )


def _measured_rows(table: Mapping[str, Any], metrics: Mapping[tuple[str, int, int], str]) -> list[dict[str, Any]]:
    """Rows of which something is published, with the files of their metrics."""
    rows = [
        {"label": row["label"], "metrics": [metrics[tuple(run)] for run in row["runs"] if tuple(run) in metrics]}
        for row in table["rows"]
    ]
    return [row for row in rows if row["metrics"]]


def _labels_not_in(rows: Sequence[Mapping[str, Any]], table: Mapping[str, Any]) -> list[str]:
    known = {row["label"] for row in rows}
    return [row["label"] for row in table["rows"] if row["label"] not in known]


def _files(folder: Path, table: Mapping[str, Any]) -> list[dict[str, Any]]:
    extremes = _extremes(folder, table)
    return [{"path": str(path), "rows": rows, "columns": columns} for (rows, columns), path in extremes.items()]


def _extremes(folder: Path, part: Mapping[str, Any]) -> dict[tuple[int, int], Path]:
    law = part["item"]["law"]
    return {(rows, columns): folder / extremes_file(law, (rows, columns)) for rows, columns in part["sizes"]}


def _write_paper_items(contents: Contents, folder: Path, target: Path) -> None:
    items = [table["item"] for table in contents.laws()]
    extremes = {table["item"]["law"]: _extremes(folder, table) for table in contents.laws()}
    write_paper_items(items, extremes, PAPER_ITEMS, target / "audit")
