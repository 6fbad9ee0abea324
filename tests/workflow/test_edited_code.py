"""Code that is edited while the workflow runs is not used by jobs that start later: what is recorded is what ran."""

import signal
import subprocess
import sys
import time

import pytest
from workflow_changes import append, both
from workflow_harness import TINY

pytestmark = pytest.mark.workflow

RUNS, LOGS = "results/tiny/runs/tiny_lenet5", "results/tiny/logs"
METRICS = [f"{RUNS}/bs{size}/seed0/metrics.json" for size in (64, 256)]
TABLE = "results/tiny/tables/table_6.csv"
PACKAGE = "workflow/gengap"
EDIT_SCHEDULE = append(f"{PACKAGE}/training/schedule.py", "\n_EDITED = True\n")
EDIT_TABLE = append(f"{PACKAGE}/exhibits/results_table.py", "\n_EDITED = True\n")
EDIT_SCRIPT = append("workflow/scripts/train.py", "\n_EDITED = True\n")
REMARK = append(f"{PACKAGE}/training/schedule.py", "\n# A remark.\n")


def run_and_change(project, change, *targets):
    """Run on one core, and change the project while the first training is under way: exit status and output."""
    command = [sys.executable, "-m", "snakemake", "--configfile", TINY, "--cores", "1", "--nocolor", *targets]
    process = subprocess.Popen(
        command, cwd=project.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=-1
    )
    deadline = time.monotonic() + 240
    while not list(project.folder.glob("results/tiny/.checkpoints/**/lock")):
        assert process.poll() is None, process.communicate()[0]
        assert time.monotonic() < deadline, "no training began"
        time.sleep(0.01)
    # Stopped, it starts no further job before the change is made; the training goes on.
    process.send_signal(signal.SIGSTOP)
    try:
        change(project)
    finally:
        process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=600)
    return process.returncode, output


def files(project, pattern):
    return {str(path.relative_to(project.folder)): path.read_bytes() for path in project.folder.glob(pattern)}


def saved(project):
    """All code and configuration, by path."""
    return files(project, "workflow/**/*.py") | files(project, "*.yaml")


def restore(project, before):
    for path, content in before.items():
        (project.folder / path).write_bytes(content)


def dry_run(project):
    """A dry run beside the workflow plans with what is edited, for itself alone."""
    assert project.would_run("--nolock", *METRICS)


@pytest.mark.parametrize(
    ("edit", "place"),
    [(both(EDIT_SCHEDULE, dry_run), "training/schedule.py"), (EDIT_SCRIPT, "scripts/train.py")],
    ids=["a module, and a dry run beside", "the script"],
)
def test_a_training_that_finds_edited_code_is_refused(checkout, finished, edit, place):
    """Taken back after the run, the edit has left no trace in any result."""
    before = saved(checkout)
    status, output = run_and_change(checkout, edit, *METRICS)
    assert status == 1
    made = [path for path in METRICS if (checkout.folder / path).exists()]
    (refused,) = set(METRICS) - set(made)
    assert len(made) == 1
    folder = (checkout.folder / refused).parents[1]
    assert not folder.exists() or not list(folder.rglob("*"))
    assert not files(checkout, "results/tiny/.checkpoints/**/*.*")
    log = (checkout.folder / LOGS / "train/tiny_lenet5" / folder.name / "seed0.log").read_text()
    assert f"{place} was edited while the workflow runs" in log
    assert log.count("\n") == 1
    assert "Traceback" not in output

    restore(checkout, before)
    assert checkout.would_run(*METRICS) == {("train", ("tiny_lenet5", folder.name.removeprefix("bs"), "0"))}
    checkout.run(*METRICS)
    for path in METRICS:
        assert (checkout.folder / path).read_bytes() == (finished.folder / path).read_bytes()


def test_only_jobs_that_use_the_edited_code_are_refused(checkout):
    """A remark and other code do not stop a training; a table of edited code is not made."""
    status, output = run_and_change(checkout, both(REMARK, EDIT_TABLE), TABLE)
    assert status == 1
    assert all((checkout.folder / path).is_file() for path in METRICS)
    assert not files(checkout, "results/tiny/tables/*")
    log = (checkout.folder / LOGS / "tables/table_6.log").read_text()
    assert "exhibits/results_table.py was edited while the workflow runs" in log
    assert "Traceback" not in output
    # Started again, it is the code of the new plan.
    checkout.run(TABLE)
    assert checkout.would_run(TABLE) == set()
