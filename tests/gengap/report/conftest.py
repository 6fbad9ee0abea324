"""What pages are made of: exhibits, facts and runs as files, and the facts of the published numbers."""

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from matplotlib.figure import Figure as Drawing
from places import PUBLISHED, ROOT

from gengap.config import plan
from gengap.config.load import load_config
from gengap.config.subjects import result_tables
from gengap.render.exhibit import Cell, Figure, Table, write_figure, write_table
from gengap.render.style import figure_style
from gengap.report.facts import facts
from gengap.report.runs import read_runs

ROWS = [[Cell("128", mark="†"), Cell("0.52%", "0.44% (+0.08)", "a"), "0.0310"]]
HEADER = ("Batch size", "Error", "Loss", "Verdict")
CHART = {"mark": "point", "data": {"url": "test_error.csv"}, "encoding": {"x": {"field": "a"}}}
SUBJECT = {
    "title": "All & everything",
    "note": "This is the demo.",
    "results": "results/some_run",
    "of_the_paper": True,
    "experiments": [{"name": "lenet5_mnist", "title": "LeNet-5 on MNIST", "batch_sizes": [128, 512], "seeds": [0, 1]}],
    "dataset_notes": {"digits": "Poor in rank."},
    "exhibits": {
        "table_6": {"module": "results_table", "section": "LeNet-5"},
        "figure_3": {"module": "near_rank_figure", "section": "LeNet-5"},
        "slopes": {"module": "slopes", "section": "All networks"},
        "test_error": {"module": "test_error", "section": "All networks"},
    },
}


@pytest.fixture
def page(stages: Any) -> Callable[..., tuple[dict[str, list[str]], dict[str, Any]]]:
    """Files and subject of a page with a table and a figure of the paper and one of each beyond it.

    `text` stands in every title, caption, header, cell and note, and in all that the configuration says.
    """

    def make(text: str = "", found: dict | None = None, **changes: Any) -> tuple[dict, dict]:
        def said(usual: str) -> str:
            return text or usual

        rows = [[*ROWS[0], said("so")], [said("512"), Cell(said("–"), text, text[:3]), "", ""]]
        header = (*HEADER[:3], said(HEADER[3]))
        drawing, data = Drawing(figsize=(4, 2)), pd.DataFrame({"a": [1]})
        made = {
            "tables/table_6": Table(said("LeNet-5"), said("Caption 1."), header, rows, [("a", said("Why."))], "6"),
            "figures/figure_3": Figure(said("Near-rank loss"), said("Caption 2."), "3", drawing),
            "audit/slopes": Table(said("Slopes"), said("Caption 3."), header, rows, [("", said("On all."))]),
            "audit/test_error": Figure(said("Curves"), said("Caption 4."), "", drawing, data, CHART),
        }
        with figure_style({"dots_per_inch": 50}) as look:
            for name, exhibit in made.items():
                if isinstance(exhibit, Table):
                    write_table(exhibit, stages.path(name))
                else:
                    write_figure(exhibit, look, stages.path(name))
        metrics = [stages.metrics(128, seed, experiment="lenet5_mnist") for seed in (0, 1)]
        provenance = [stages.provenance(f"{number}.json") for number in range(len(metrics))]
        told = facts([], {}, read_runs(zip(provenance, metrics, strict=True))) | (found or {})
        stages.path("facts.json").write_text(json.dumps(told), encoding="utf-8")
        exhibits = [str(stages.folder / f"{name}.json") for name in made]
        files = {"exhibits": exhibits, "facts": [str(stages.path("facts.json"))]}
        files |= {"metrics": metrics, "provenance": provenance}
        subject = SUBJECT
        if text:
            experiments = [{"name": text, "title": text, "batch_sizes": [128], "seeds": [0]}]
            subject = SUBJECT | {"title": text, "note": text, "dataset_notes": {text: text}, "experiments": experiments}
        return files, subject | changes

    return make


@pytest.fixture(scope="session")
def published_facts() -> dict[str, Any]:
    """The facts of the published numbers, from the files that are committed."""
    planned = plan(load_config([ROOT / "config.yaml", PUBLISHED / "config.yaml"]))
    kinds = {"table": str, "batch_size": str}
    paths = [path for part in ("tables", "audit") for path in (PUBLISHED / part).glob("*.csv")]
    frames = {path.stem: pd.read_csv(path, dtype=kinds) for path in paths}
    runs = sorted((PUBLISHED / "measurements" / "runs").rglob("metrics.json"))
    return facts(result_tables(planned), frames, read_runs((path.with_name("provenance.json"), path) for path in runs))
