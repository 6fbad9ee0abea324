import json
import re

import pytest
from places import ROOT

from gengap.errors import UserError
from gengap.report.published_page import publish
from gengap.report.words import text

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
    named = {"README.md", "tables/table_6.csv", "tables/table_6.tex", "figures/figure_3.png", "audit/slopes.json"}
    assert named <= made
    assert not {"tables/table_7.csv", "audit/old.json", "figures/figure_3.pdf", "audit/curves.json"} & made
    shown = (folder / "README.md").read_text(encoding="utf-8")
    for words in (
        "Table 6. LeNet-5",
        "](figures/figure_3.png)",
        "0.52%<br><sub>0.44% (+0.08)</sub><sup>a</sup>",
        "a: Why.",
    ):
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
