"""The content of the report, read from the files of the earlier stages."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from gengap.readers import whole
from gengap.results.captions import LAW_LABELS, LOSS, THEORY, Subject, expectations_title
from gengap.results.figure_captions import RANDOM_MATRICES, RANK_LOSS, random_matrix_caption, rank_loss_caption
from gengap.results.item import FigureItem, read_item
from gengap.results.report import Cell, ReportExperiment, ReportFigure, ReportTable
from gengap.results.report_tables import expectations_for_report, results_for_report

_PRINTED_BELOW = (
    "In small grey figures below a measured value: the paper's printed value and, in brackets, the difference, measured"
    " minus printed."
)


def read_table(item: Mapping[str, Any], table: str | Path, comparison: str | Path) -> ReportTable:
    """A table from the parameters of its rule and its two CSV files.

    Args:
        item: `number` and `title`, and either `law` or `dataset`, `model` and `reproduces_paper`.
        table: `table_<n>.csv`.
        comparison: `table_<n>_comparison.csv`.
    """
    number = str(item["number"])
    if "law" in item:
        return expectations_for_report(comparison, number, item.get("title") or expectations_title(item["law"]))
    subject = Subject(number, item["title"], item["dataset"], item["model"], item["reproduces_paper"])
    return results_for_report(table, comparison, subject)


def read_figure(item: Mapping[str, Any], png: str | Path) -> ReportFigure:
    """A figure from the parameters of its rule and its picture.

    Args:
        item: `number`, and either `law` or `threshold`, `panels` (each with a `label`) and `convention`;
            `title` and `note` may be absent.
        png: `figure_<n>.png`.
    """
    if "law" in item:
        title = item.get("title") or f"Singular values, {LAW_LABELS[item['law']]} entries"
        caption = random_matrix_caption(item["law"])
    else:
        labels = [panel["label"] for panel in item["panels"]]
        title = item.get("title") or f"Near-rank loss, {' and '.join(labels)}"
        caption = rank_loss_caption(labels, item["threshold"], item["convention"], item.get("note") or "")
    return _figure(str(item["number"]), title, caption, png)


def read_audit_item(path: str | Path) -> ReportTable | ReportFigure:
    """A table or figure beyond the paper's own from its JSON file and, for a figure, the picture beside it."""
    item = read_item(path)
    if isinstance(item, FigureItem):
        return _figure(item.name, item.title, item.caption, Path(path).with_suffix(".png"))
    rows = [[Cell(cell) for cell in row] for row in item.rows]
    notes = [(mark, text) for mark, text in item.notes]
    return ReportTable(item.name, item.title, item.caption, item.header, rows, notes)


def how_to_read_tables(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What all tables of a kind have in common, for the kinds that there are."""
    results = [item for item in items if "law" not in item]
    texts = [_PRINTED_BELOW] if any(item["reproduces_paper"] for item in results) else []
    texts += [LOSS] if results else []
    return texts + ([THEORY] if len(results) < len(items) else [])


def how_to_read_figures(items: Sequence[Mapping[str, Any]]) -> list[str]:
    """What all figures of a kind have in common, for the kinds that there are."""
    counts = [RANK_LOSS] if any("law" not in item for item in items) else []
    return counts + ([RANDOM_MATRICES] if any("law" in item for item in items) else [])


def read_experiments(
    titles: Mapping[str, str], metrics: Iterable[Mapping[str, Any]], untrained: Iterable[Mapping[str, Any]]
) -> Sequence[ReportExperiment]:
    """What was run, from the metrics of all runs, and what was measured untrained alone.

    Args:
        titles: title of each experiment by name, in the order of the configuration.
        metrics: content of every `metrics.json`.
        untrained: `name`, `title`, `batch_sizes` (fed) and `seeds` of experiments without training.
    """
    cells: dict[str, list[tuple[int, int]]] = {name: [] for name in titles}
    for run in metrics:
        cells[run["experiment"]].append((run["batch_size"], run["seed"]))
    trained = [
        ReportExperiment(
            name=name,
            title=titles[name],
            batch_sizes=sorted({batch_size for batch_size, _ in of_experiment}),
            seeds=sorted({seed for _, seed in of_experiment}),
        )
        for name, of_experiment in cells.items()
    ]
    return trained + [ReportExperiment(**{**part, "title": f"{part['title']}, untrained"}) for part in untrained]


def _figure(number: str, title: str, caption: str, png: str | Path) -> ReportFigure:
    with whole(png, "PNG"), Image.open(png) as image:
        width_inches = image.width / image.info["dpi"][0]
        image.load()
    return ReportFigure(number, title, caption, Path(png).read_bytes(), width_inches)
