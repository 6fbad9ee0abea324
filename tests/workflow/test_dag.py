"""What is planned: the paper's jobs from nothing, and demos and studies that stay apart from them."""

import pytest
from workflow_harness import Project, counted

pytestmark = pytest.mark.workflow

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
    "report": 1,
    "reproduction": 1,
}


@pytest.fixture(scope="module")
def paper_jobs(tmp_path_factory):
    project = Project.checkout(tmp_path_factory.mktemp("paper") / "project", config=None)
    return project.would_run(), project.run("--dry-run")


def test_the_paper_is_planned_from_nothing(paper_jobs):
    assert counted(paper_jobs[0]) == PAPER


@pytest.mark.parametrize("config", ["demo.yaml", "tests/workflow/tiny.yaml"])
def test_other_configurations_share_no_job_and_no_file_with_the_paper(checkout, paper_jobs, config):
    checkout.config = config
    output = checkout.run("--dry-run")
    assert files(output)
    assert not files(output) & files(paper_jobs[1])
    assert not checkout.would_run() & {job for job in paper_jobs[0] if job[0] in ("train", "spectrum", "dataset")}


def test_the_demo_runs_every_kind_of_job(checkout):
    checkout.config = "demo.yaml"
    assert set(counted(checkout.would_run())) == set(PAPER)


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
        ("report", set(PAPER) - {"reproduction"}),
        ("reproduction", set(PAPER) - {"report"}),
    ],
)
def test_named_targets(checkout, target, rules):
    assert set(counted(checkout.would_run(target))) == rules


def files(output):
    """Outputs of all jobs of a dry run."""
    lines = [line.split(": ", 1)[1] for line in output.splitlines() if line.startswith("    output: ")]
    return {path for line in lines for path in line.split(", ")}
