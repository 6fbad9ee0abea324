"""The published pages, and whether what is committed is what the committed numbers give."""

import json
import re
from importlib import import_module
from pathlib import Path

import pandas as pd
import pytest

from gengap.config import plan
from gengap.config.load import load_config
from gengap.errors import UserError
from gengap.exhibits import planned
from gengap.exhibits.files import Files
from gengap.exhibits.needs import FILES
from gengap.render.exhibit import read_exhibit
from gengap.render.latex import table_latex
from gengap.report.published import publish
from gengap.report.words import text

ROOT = Path(__file__).parents[3]
PUBLISHED = ROOT / "docs" / "published"
MEASUREMENTS = PUBLISHED / "measurements"
PLAN = plan(load_config([ROOT / "config.yaml", PUBLISHED / "config.yaml"]))
# As the rules say where files lie.
PLACES = {
    "metrics": lambda run: "runs/{}/bs{}/seed{}/metrics.json".format(*run),
    "history": lambda run: "runs/{}/bs{}/seed{}/history.csv".format(*run),
    "counts": "counts/{}.csv".format,
    "layers": "counts/{}_layers.csv".format,
    "threshold_curves": "counts/{}_threshold_curves.csv".format,
    "sigma_min": "counts/{}_sigma_min.csv".format,
    "forward_precision": "audit/forward_precision/{}.csv".format,
    "proposition_3": "audit/proposition_3/{}.csv".format,
    "extremes": lambda key: f"random_matrices/{key[0]}/{key[1][0]}x{key[1][1]}.csv",
    "histograms": "random_matrices/{}/histograms.csv".format,
}
BLOCK = "<!-- published numbers -->\n{}<!-- end of published numbers -->"


@pytest.fixture
def run(page, stages, published_facts):
    """A finished run with a table and figures: its folder, and the names of its exhibits."""
    page()
    stages.path("facts.json").write_text(json.dumps(published_facts), encoding="utf-8")
    return stages.folder, ["tables/table_6", "figures/figure_3", "audit/slopes"]


def test_the_pages_show_what_is_named_and_what_is_published_no_more_leaves_no_file(run, tmp_path):
    readme, folder = tmp_path / "README.md", tmp_path / "published"
    readme.write_text("Before.\n" + BLOCK.format("outdated\n") + "\nAfter.\n")
    for stale in ("tables/table_7.csv", "audit/old.json"):
        (folder / stale).parent.mkdir(parents=True)
        (folder / stale).write_text("stale\n")
    publish(run[0], folder, readme, run[1])
    made = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    assert {"README.md", "tables/table_6.csv", "tables/table_6.tex", "figures/figure_3.png", "audit/slopes.json"} <= made
    assert not {"tables/table_7.csv", "audit/old.json", "figures/figure_3.pdf", "audit/curves.json"} & made
    shown = (folder / "README.md").read_text(encoding="utf-8")
    for words in ("Table 6. LeNet-5", "](figures/figure_3.png)", "0.52%<br><sub>0.44% (+0.08)</sub><sup>a</sup>", "a: Why."):
        assert words in shown
    written = readme.read_text(encoding="utf-8")
    assert written.startswith("Before.\n<!--")
    assert written.endswith("-->\nAfter.\n")
    assert "outdated" not in written
    publish(run[0], folder, readme, run[1])
    assert readme.read_text(encoding="utf-8") == written


def test_a_readme_without_a_block_is_refused_before_anything_is_written(run, tmp_path):
    readme, folder = tmp_path / "README.md", tmp_path / "published"
    readme.write_text("No block.\n")
    with pytest.raises(UserError, match="no block"):
        publish(run[0], folder, readme, run[1])
    assert not folder.exists()


def test_the_readmes_block_is_short(published_facts):
    bullets = [line for line in text("readme.md.j2", facts=published_facts).splitlines() if line.startswith("- ")]
    assert 3 <= len(bullets) <= 5
    for bullet in bullets:
        assert len(bullet.removeprefix("- ").split()) <= 25, bullet
        assert not re.search(r"None|nan\b", bullet)


def test_the_readme_has_what_the_published_numbers_give(published_facts):
    block = text("readme.md.j2", facts=published_facts).strip()
    assert BLOCK.format(block + "\n") in (ROOT / "README.md").read_text(encoding="utf-8"), "run: make published"


def test_published_tables_are_what_the_measurements_give(caplog):
    """Tables alone: pictures differ in the last bit between machines."""
    planned_tables = [(name, one) for name, one in planned(PLAN).items() if one.kind == "table"]
    assert len(planned_tables) > 20
    for name, one in planned_tables:
        kinds = {kind: [PLACES[kind](key) for key in getattr(one.needs, kind)] for kind in FILES}
        files = Files({kind: [str(MEASUREMENTS / path) for path in paths] for kind, paths in kinds.items()})
        made = import_module(f"gengap.exhibits.{one.module}").make(name, one.needs.subject, files)
        stem = PUBLISHED / one.folder / name
        shown = read_exhibit(stem.with_suffix(".json"))
        remedy = f"{name}: run make published"
        assert (made.title, made.caption, made.cells()) == (shown.title, shown.caption, shown.rows), remedy
        assert stem.with_suffix(".tex").read_text(encoding="utf-8") == table_latex(made, name), remedy
        numbers = pd.read_csv(stem.with_suffix(".csv"), dtype=str, na_filter=False)
        assert list(numbers.columns) == list(made.data.columns), remedy
        assert len(numbers) == len(made.data), remedy
    assert caplog.text == "", "characters that TeX cannot set"
