"""What is planned: the paper's jobs from nothing, and demos and studies that stay apart from them."""

import re

import pytest
from workflow_harness import ROOT, Project, blocks, counted, jobs

pytestmark = pytest.mark.workflow

COMPARISON = {"comparison", "comparison_losses", "slopes", "comparison_figure", "printed_decay"}
PAPER = {
    "dataset": 4,
    "train": 60,
    "spectrum": 56,
    "untrained_spectrum": 10,
    "counts": 10,
    "random_matrix": 48,
    "random_matrix_histogram": 3,
    "paper_audit": 1,
    "table": 11,
    "random_matrix_table": 3,
    "figure": 6,
    "random_matrix_figure": 3,
    "forward_precision": 4,
    "proposition_3": 2,
    "audit_figures": 1,
    "audit_tables": 1,
    "comparison": 1,
    "losses": 1,
    "report": 1,
    "reproduction": 1,
}
TINY = {*PAPER, "untrained_figure"}


@pytest.fixture(scope="module")
def paper_jobs(tmp_path_factory):
    project = Project.checkout(tmp_path_factory.mktemp("paper") / "project", config=None)
    return project.would_run(), project.run("--dry-run")


def test_the_paper_is_planned_from_nothing(paper_jobs):
    assert counted(paper_jobs[0]) == PAPER


def test_networks_alone_hold_gpus(paper_jobs):
    output = paper_jobs[1]
    holders = [job for job in blocks(output) if re.search(r"^    resources: .*\bgpu=1\b", job, re.MULTILINE)]
    networks = ("train", "spectrum", "untrained_spectrum", "forward_precision", "proposition_3")
    assert counted(jobs("\n" + "\n".join(holders))) == {rule: PAPER[rule] for rule in networks}


@pytest.mark.parametrize("config", ["demo.yaml", "tests/workflow/tiny.yaml"])
def test_other_configurations_share_no_job_and_no_file_with_the_paper(checkout, paper_jobs, config):
    checkout.config = config
    output = checkout.run("--dry-run")
    assert files(output)
    assert not files(output) & files(paper_jobs[1])
    assert not checkout.would_run() & {job for job in paper_jobs[0] if job[0] in ("train", "spectrum", "dataset")}


USAGE = (ROOT / "docs/usage.md").read_text(encoding="utf-8")
STUDIES = sorted(path.name for path in (ROOT / "studies").glob("*.yaml"))


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_has_results_of_its_own_and_the_documented_number_of_trainings(checkout, paper_jobs, study):
    checkout.config = f"studies/{study}"
    output = checkout.run("--dry-run")
    made = {path for path in files(output) if not path.startswith("resources/datasets/")}
    assert made
    assert all(path.startswith(f"results/{study.removesuffix('.yaml')}/") for path in made)
    assert not made & files(paper_jobs[1])
    rows = re.findall(r"^\| `(.*)` \| .* \| ([\d,]+) \|$", USAGE, flags=re.MULTILINE)
    assert counted(jobs(output)).get("train", 0) == int(dict(rows)[study].replace(",", ""))


@pytest.mark.parametrize(
    ("study", "items"),
    [
        (
            "specification",
            {
                f"{part}_specification_mnist{variant}"
                for part in ("settings", "options")
                for variant in ("", "_no_batch_norm")
            },
        ),
        ("switch_epoch", {"settings_switch_epoch", "options_switch_epoch"}),
        ("linear", {"settings_linear_fashion_mnist"}),
        (
            "equal_updates",
            {"equal_updates", "equal_updates_figure", *COMPARISON, "loss_parts", "weight_penalty", "claims"},
        ),
        (
            "cpu_seeds",
            {
                *(*COMPARISON, "loss_parts", "weight_penalty", "claims", "near_rank_loss", "proposition_3"),
                *("threshold_curves", "effective_rank", "sigma_min", "settings_specification_mnist"),
            },
        ),
        (
            "cpu_width",
            {
                *(*COMPARISON, "loss_parts", "weight_penalty", "claims", "near_rank_loss", "widths"),
                *("threshold_curves", "effective_rank", "sigma_min", "settings_specification_mnist"),
            },
        ),
        ("untrained", {"untrained"}),
        ("five_seeds", {*COMPARISON, "seed_scatter", "loss_parts", "weight_penalty", "claims"}),
    ],
)
def test_the_tables_of_a_study(checkout, study, items):
    checkout.config = f"studies/{study}.yaml"
    audit = f"results/{study}/audit/"
    made = {path.removeprefix(audit) for path in files(checkout.run("--dry-run")) if path.startswith(audit)}
    assert {name.removesuffix(".json") for name in made if name.endswith(".json")} == items


def test_the_demo_runs_every_kind_of_job_that_needs_no_printed_values(checkout):
    checkout.config = "demo.yaml"
    assert set(counted(checkout.would_run())) == TINY - {"comparison"}


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", {"dataset"}),
        ("runs", {"dataset", "train"}),
        ("spectra", {"dataset", "train", "spectrum", "untrained_spectrum", "counts"}),
        ("random_matrices", {"random_matrix", "random_matrix_histogram"}),
        ("tables", {"dataset", "train", "random_matrix", "table", "random_matrix_table"}),
        (
            "figures",
            {
                "dataset",
                "train",
                "spectrum",
                "untrained_spectrum",
                "counts",
                "random_matrix",
                "random_matrix_histogram",
                "figure",
                "random_matrix_figure",
            },
        ),
        (
            "audit",
            TINY
            - {
                "comparison",
                "table",
                "random_matrix_table",
                "figure",
                "random_matrix_figure",
                "random_matrix_histogram",
                "report",
                "reproduction",
            },
        ),
        ("report", TINY - {"comparison", "reproduction"}),
        ("reproduction", TINY - {"comparison", "report"}),
    ],
)
def test_named_targets(checkout, target, rules):
    assert set(counted(checkout.would_run(target))) == rules


def files(output):
    """Outputs of all jobs of a dry run."""
    lines = [line.split(": ", 1)[1] for line in output.splitlines() if line.startswith("    output: ")]
    return {path for line in lines for path in line.split(", ")}
