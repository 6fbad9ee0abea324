"""What is planned: the paper's jobs from nothing, and demos and studies that stay apart from them."""

import functools
import re
from pathlib import Path

import pytest
from places import ROOT
from workflow_harness import TINY, Project, blocks, counted, files, jobs

from gengap.config import load_config, plan

pytestmark = pytest.mark.workflow

PAPER = {
    "dataset": 4,
    "train": 60,
    "spectrum": 56,
    "untrained_spectrum": 10,
    "counts": 10,
    "random_matrix": 48,
    "random_matrix_histogram": 3,
    "forward_precision": 4,
    "proposition_3": 2,
    # 14 with a number, and 9 of the audit.
    "table": 23,
    # 9 with a number, and 7 of the audit.
    "figure": 16,
    "facts": 1,
    "report": 1,
    "reproduction": 1,
}
EVERY_RULE = set(PAPER)
NETWORKS = {"dataset", "train", "spectrum", "untrained_spectrum", "counts"}
PAGES = {"facts", "report", "reproduction"}


@pytest.fixture(scope="module")
def planned(tmp_path_factory):
    """A function that returns the dry run of a configuration."""
    project = Project.checkout(tmp_path_factory.mktemp("planned") / "project")

    @functools.cache
    def dry_run(config, *targets):
        project.configs = (config,) if config else ()
        return project.run("--dry-run", *targets)

    return dry_run


def test_the_paper_is_planned_from_nothing(planned):
    assert counted(jobs(planned(None))) == PAPER


def test_networks_alone_hold_gpus(planned):
    holders = [job for job in blocks(planned(None)) if re.search(r"^    resources: .*\bgpu=1\b", job, re.MULTILINE)]
    networks = ("train", "spectrum", "untrained_spectrum", "forward_precision", "proposition_3")
    assert counted(jobs("\n" + "\n".join(holders))) == {rule: PAPER[rule] for rule in networks}


USAGE = (ROOT / "docs/usage.md").read_text(encoding="utf-8")
STUDIES = sorted(path.stem for path in (ROOT / "studies").glob("*.yaml"))


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_has_results_of_its_own_and_the_documented_trainings(study):
    resolved = plan(load_config([ROOT / "config.yaml", ROOT / "studies" / f"{study}.yaml"]))
    assert resolved.config["results"] == f"results/{study}"
    rows = re.findall(r"^\| `(.*)` \| .* \| ([\d,]+) \|$", USAGE, flags=re.MULTILINE)
    assert len(resolved.runs) == int(dict(rows)[f"{study}.yaml"].replace(",", ""))


@pytest.mark.parametrize(
    "config",
    ["demo.yaml", TINY, *(f"studies/{name}.yaml" for name in ("keskar", "minima", "untrained", "specification"))],
)
def test_other_configurations_write_below_folders_of_their_own(planned, config):
    """But for the paper's data sets, which studies use."""
    name = Path(config).stem
    own = (f"results/{name}/", "resources/datasets/" if config.startswith("studies/") else f"resources/{name}/")
    assert files(planned(config))
    assert all(path.startswith(own) for path in files(planned(config)))


def test_the_demo_runs_every_kind_of_job(planned):
    assert set(counted(jobs(planned("demo.yaml")))) == EVERY_RULE


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", {"dataset"}),
        ("runs", {"dataset", "train"}),
        ("spectra", NETWORKS),
        ("random_matrices", {"random_matrix", "random_matrix_histogram"}),
        ("tables", {"dataset", "train", "random_matrix", "table"}),
        ("figures", NETWORKS | {"random_matrix", "random_matrix_histogram", "figure"}),
        ("audit", EVERY_RULE - PAGES - {"random_matrix", "random_matrix_histogram"}),
        ("report", EVERY_RULE - {"reproduction"}),
        ("reproduction", EVERY_RULE - {"report"}),
    ],
)
def test_named_targets(planned, target, rules):
    found = jobs(planned(TINY, target))
    assert set(counted(found)) == rules
    if target in ("tables", "figures", "audit"):
        assert {values[0] for rule, values in found if rule in ("table", "figure")} == {target}
