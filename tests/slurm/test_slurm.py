"""The workflow through a real Slurm: same tables as a local run, and no work lost by kills and cancellations."""

import os
import re
import shlex
import signal
import subprocess
import sys

import pytest
from places import ROOT
from workflow_harness import Project, wait_for

pytestmark = [pytest.mark.slurm, pytest.mark.workflow]

# The test's cluster has no accounting, and its jobs are short.
THROUGH_SLURM = [
    *("--workflow-profile", "profiles/slurm", "--slurm-status-command", "squeue"),
    *("--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "10"),
]
# With `auto` every training asks for a GPU; where the devices are without hardware it computes on the CPU.
COMPUTE = {"device": "auto", "deterministic": True}
RULES = {
    *("dataset", "train", "spectrum", "untrained_spectrum", "counts", "random_matrix", "random_matrix_histogram"),
    *("forward_precision", "proposition_3", "table", "figure", "facts", "report", "reproduction"),
}
EVERY_KIND = {
    "run": ["tiny_linear"],
    "random_matrices": {"laws": ["gaussian"], "sizes": [[30, 5]]},
    "audit": {"untrained": [], "forward_precision": ["tiny_linear"]},
    "tables": [
        {"number": 10, "experiment": "tiny_linear", "printed": False},
        {"number": "a1", "law": "gaussian", "printed": False},
    ],
    "figures": [{"number": "a1", "law": "gaussian"}],
}
MEASURED = ["spectra", "random_matrices", "tables"]
MEASURED += [f"results/tiny/audit/{rule}/tiny_linear.csv" for rule in ("forward_precision", "proposition_3")]
TINY_RUN = "results/tiny/runs/tiny_linear/bs64/seed0"
LONG_RUN = "results/long/runs/long/bs64/seed0"
LONG_LOG = "results/long/logs/train/long/bs64/seed0.log"
LONG_CHECKPOINTS = "results/long/.checkpoints/long/bs64/seed0"
# Holds its GPU until as many processes hold theirs as the second argument says; the first is a folder of their own.
HOLD_A_GPU = """
import sys, time, uuid
from pathlib import Path
from gengap.runtime.gpu_slot import gpu_slot
with gpu_slot() as gpu:
    sys.stdout.write(f"{gpu}\\n")
    folder = Path(sys.argv[1])
    (folder / uuid.uuid4().hex).touch()
    while len(list(folder.iterdir())) < int(sys.argv[2]):
        time.sleep(0.1)
"""


def project(folder, **configuration):
    """A fresh copy of the project, with a configuration that is merged into the tiny one."""
    copy = Project.checkout(folder)
    copy.merge({"compute": COMPUTE, **configuration})
    return copy


def contents(copy, *patterns):
    paths = (path for pattern in patterns for path in copy.folder.glob(pattern))
    return {str(path.relative_to(copy.folder)): path.read_bytes() for path in paths}


def training_results(copy):
    return contents(copy, *(f"results/*/runs/*/*/*/{name}" for name in ("metrics.json", "history.csv", "weights.*")))


def in_log(copy, pattern):
    try:
        return re.search(pattern, (copy.folder / LONG_LOG).read_text()) is not None
    except FileNotFoundError:
        return False


def status(copy):
    """What `make status` shows of the copy."""
    command = [sys.executable, "-m", "gengap.status", "--configfile", *copy.configs]
    environment = {**os.environ, "PYTHONPATH": "workflow", "COLUMNS": "120"}
    return subprocess.check_output(command, cwd=copy.folder, env=environment, text=True)


def queue():
    return subprocess.check_output(["squeue", "--noheader"], text=True)


@pytest.fixture(scope="module")
def local(tmp_path_factory):
    """What the tiny workflow measures and its tables, made without Slurm."""
    copy = project(tmp_path_factory.mktemp("local") / "project", **EVERY_KIND)
    copy.run(*MEASURED)
    return copy


@pytest.fixture(scope="module")
def through_slurm(tmp_path_factory, cluster):
    """The tiny workflow, run through Slurm: the copy, and the rules of the jobs that each of two runs submitted.

    The tables and figures of the audit, which the pages show, are made without Slurm in between.
    """
    copy = project(tmp_path_factory.mktemp("slurm") / "project", **EVERY_KIND)
    outputs = [copy.run(*THROUGH_SLURM, *MEASURED, "figures")]
    copy.run("audit")
    outputs.append(copy.run(*THROUGH_SLURM))
    return copy, [submitted_and_done(output) for output in outputs]


def submitted_and_done(output):
    """Rules of the submitted jobs of a run, in which nothing else was done but what has no files."""
    submitted = re.findall(r"has been submitted with SLURM jobid \d+ \(log: .*/rule_(\w+)/", output)
    stats = re.search(r"^Job stats:\n(.*?)^total", output, re.MULTILINE | re.DOTALL)[1]
    counts = dict(re.findall(r"^(\w+) +(\d+)$", stats, re.MULTILINE))
    steps = len(submitted) + len(counts.keys() - RULES)
    assert f"{steps} of {steps} steps (100%) done" in output
    return submitted


def test_code_edited_while_a_job_waits_is_refused_and_taken_back_it_leaves_no_trace(tmp_path, cluster, local):
    """The node takes the hash of the edited code itself, and finds that it is not the planned one."""
    copy = project(tmp_path / "project", **EVERY_KIND)
    module = copy.folder / "workflow/gengap/training/schedule.py"
    before = module.read_text()
    process = copy.start(*THROUGH_SLURM, "--retries", "0", f"{TINY_RUN}/metrics.json")
    # The data set is made first.
    wait_for(queue, process)
    module.write_text(before + "\n_EDITED = True\n")
    output, _ = process.communicate(timeout=3600)
    assert process.returncode == 1, output
    log = (copy.folder / "results/tiny/logs/train/tiny_linear/bs64/seed0.log").read_text()
    assert log.count("\n") == 1
    assert "training/schedule.py was edited while the workflow runs" in log
    assert contents(copy, "results/tiny/runs/**/*.*", "results/tiny/.checkpoints/**/*.*") == {}
    module.write_text(before)
    copy.run(*THROUGH_SLURM, f"{TINY_RUN}/metrics.json")
    assert training_results(copy) == training_results(local)


# One training long enough to be stopped on the way: a quarter of a minute of a fast core.
LONG = {
    "results": "results/long",
    "run": ["long"],
    "recipes": {"long": {"epochs": 100}},
    "experiments": {
        "long": {"model": "lenet5", "dataset": "digits28", "recipe": "long", "variant": "narrow", "batch_sizes": [64]}
    },
    "tables": [],
    "figures": [],
}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Results of the long training, run without Slurm and to its end."""
    copy = project(tmp_path_factory.mktemp("undisturbed") / "project", **LONG)
    copy.run(f"{LONG_RUN}/metrics.json")
    return training_results(copy)


def test_every_kind_of_job_runs_through_slurm(through_slurm):
    first, second = through_slurm[1]
    assert {*first, *second} == RULES
    assert sorted(second) == ["facts", "report", "reproduction"]


def test_afterwards_everything_is_shown_as_done(through_slurm):
    shown = status(through_slurm[0])
    assert shown.startswith("Trainings: 1 of 1 done\n")
    others = re.findall(r"^\w+ +(\d+) +(\d+) *$", shown.partition("other jobs")[2], re.MULTILINE)
    assert len(others) == len(RULES - {"train"})
    assert all(done == planned for done, planned in others), shown


def test_results_are_those_of_the_local_run_byte_for_byte(local, through_slurm):
    patterns = [
        f"results/*/{place}" for place in ("tables/*", "counts/*.csv", "random_matrices/*/*.csv", "audit/*/*.csv")
    ]
    expected = contents(local, *patterns)
    assert len([path for path in expected if path.endswith(".csv") and "/tables/" in path]) == 2
    assert contents(through_slurm[0], *patterns) == expected
    assert training_results(through_slurm[0]) == training_results(local)


def test_trainings_ask_for_a_gpu_and_tables_do_not(through_slurm):
    """By what Slurm remembers of finished jobs."""
    records = subprocess.check_output(["scontrol", "show", "job", "--oneliner"], text=True)
    asked = {"train": set(), "table": set()}
    for record in records.splitlines():
        rule = re.search(r" Comment=rule_(train|table)_", record)
        if rule and f"WorkDir={through_slurm[0].folder} " in record:
            asked[rule[1]].add(re.search(r"TresPerJob=(\S+)", record)[1] if "TresPerJob" in record else None)
    assert asked == {"train": {"gres:gpu:1"}, "table": {None}}


@pytest.mark.parametrize(
    ("jobs", "options", "processes", "gpus"),
    [
        (4, ["--gpus=1"], 1, ["0", "1", "2", "3"]),
        (1, ["--gpus=2"], 2, ["0", "1"]),
        (1, [], 1, ["None"]),
    ],
)
def test_a_process_takes_one_gpu_of_those_that_slurm_gave_its_job(cluster, tmp_path, jobs, options, processes, gpus):
    environment = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
    environment["PYTHONPATH"] = str(ROOT / "workflow")
    hold = shlex.join([sys.executable, "-c", HOLD_A_GPU, str(tmp_path), str(len(gpus))]) + " & "
    command = ["srun", "--mem=100", *options, "bash", "-c", hold * processes + "wait"]
    started = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(jobs)]
    taken = [gpu for job in started for gpu in job.communicate(timeout=120)[0].split()]
    assert sorted(taken) == gpus


@pytest.fixture(scope="module")
def cancelled(tmp_path_factory, cluster):
    """The long training, cancelled by Control-C on Snakemake after a few epochs."""
    copy = project(tmp_path_factory.mktemp("cancelled") / "project", **LONG)
    process = copy.start(*THROUGH_SLURM, f"{LONG_RUN}/metrics.json")
    wait_for(lambda: in_log(copy, r"epoch 3/"), process)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=3600)
    assert process.returncode != 0, output
    return copy


def test_a_cancelled_workflow_leaves_no_job_and_a_checkpoint(cancelled):
    wait_for(lambda: not queue(), seconds=30)
    assert in_log(cancelled, "Stopped by SIGTERM in epoch")
    assert (cancelled.folder / LONG_CHECKPOINTS / "checkpoint.safetensors").is_file()
    assert not (cancelled.folder / LONG_RUN / "metrics.json").exists()
    assert status(cancelled).startswith("Trainings: 0 of 1 done, 1 interrupted\n")


def test_cancelled_moved_continued_and_killed_it_ends_with_identical_results(cancelled, undisturbed, tmp_path):
    copy = cancelled.moved(tmp_path / "project")
    process = copy.start(*THROUGH_SLURM, f"{LONG_RUN}/metrics.json")
    wait_for(lambda: in_log(copy, "Resuming from a checkpoint: epoch"), process)
    for pid in training_processes():
        os.kill(pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=3600)
    assert process.returncode == 0, output
    assert "Trying to restart job" in output
    assert in_log(copy, "Resuming from a checkpoint: epoch")
    assert training_results(copy) == undisturbed
    assert not (copy.folder / LONG_CHECKPOINTS).exists()


def training_processes():
    """Process ids of the training script, by Slurm's list of the processes of its jobs."""
    listing = subprocess.check_output(["scontrol", "listpids"], text=True)
    pids = {int(line.split()[0]) for line in listing.splitlines()[1:]}
    found = []
    for pid in pids:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            command = file.read().split(b"\0")
        if len(command) > 1 and command[1].endswith(b".train.py"):
            found.append(pid)
    assert found, listing
    return found
