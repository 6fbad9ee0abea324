"""Code that is edited while the workflow runs is not used by jobs that start later: what is recorded is what ran."""

import signal

import pytest
from workflow_harness import wait_for

pytestmark = pytest.mark.workflow

RUNS, LOGS = "results/tiny/runs/tiny_lenet5", "results/tiny/logs"
METRICS = [f"{RUNS}/bs{size}/seed0/metrics.json" for size in (64, 256)]
SCHEDULE = "workflow/gengap/training/schedule.py"


def test_a_training_that_finds_edited_code_is_refused(checkout, finished):
    """Taken back after the run, the edit has left no trace in any result."""
    module = checkout.folder / SCHEDULE
    before = module.read_bytes()

    process = checkout.start(*METRICS, cores=1)
    wait_for(lambda: list(checkout.folder.glob("results/tiny/.checkpoints/**/lock")), process)
    # Stopped, it starts no further job before the change is made; the training goes on.
    process.send_signal(signal.SIGSTOP)
    try:
        checkout.append(SCHEDULE, "\n_EDITED = True\n")
        # A dry run beside the workflow plans with what is edited, for itself alone.
        assert checkout.would_run("--nolock", *METRICS)
    finally:
        process.send_signal(signal.SIGCONT)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == 1
    assert "Traceback" not in output
    (refused,) = [path for path in METRICS if not (checkout.folder / path).exists()]
    folder = (checkout.folder / refused).parents[1]
    assert not list(folder.rglob("*"))
    assert not list(checkout.folder.glob("results/tiny/.checkpoints/**/*.*"))
    log = (checkout.folder / LOGS / "train/tiny_lenet5" / folder.name / "seed0.log").read_text()
    assert "training/schedule.py was edited while the workflow runs" in log
    assert log.count("\n") == 1

    module.write_bytes(before)
    assert checkout.would_run(*METRICS) == {("train", ("tiny_lenet5", folder.name.removeprefix("bs"), "0"))}
    checkout.run(*METRICS)
    for path in METRICS:
        assert (checkout.folder / path).read_bytes() == (finished.folder / path).read_bytes()
