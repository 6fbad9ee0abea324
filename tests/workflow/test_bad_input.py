"""Bad input to the workflow itself: a sentence, a failure, and nothing half-written."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from workflow_harness import TINY

pytestmark = pytest.mark.workflow


def refused(project, *arguments, **environment):
    """The output of a call that must fail without having written results."""
    done = project.snakemake(*arguments, **environment)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("sead: [1]", "Unknown key `sead` at the top level of the configuration; did you mean `seeds`?"),
        ("run: [tiny]", "`run` names `tiny`, which is not in `experiments`"),
        ("run: [tiny_lenet5]\nrun: [tiny_linear]", "`run` already stands on line 1"),
        ("results: [1]", "`results` is [1], but must be of type string."),
        ("experiments: {'$(reboot)': {}}", "The name '$(reboot)' in `experiments` cannot be used"),
        ("datasets:\n  bad: [", "not valid JSON or YAML"),
        ("results: Snakefile/results", "Snakefile is a file; name another folder."),
        ("results: $HOME/gg", "variables are not looked up in a configuration"),
        ("torchvision_root: Snakefile", "`torchvision_root` is Snakefile, but"),
        ("measured: mine", "`measured` is mine, which does not exist; correct it."),
        ("recipes: {tiny: {learning_rate: .nan}}", "`recipes.tiny.learning_rate` is nan"),
        ("datasets: {no: {}}", "put it in quotes: 'no'"),
    ],
)
def test_a_wrong_configuration_stops_before_the_first_job(checkout, change, sentence):
    (checkout.folder / "wrong.yaml").write_text(change + "\n")
    done = checkout.snakemake("--configfile", TINY, "wrong.yaml")
    assert done.returncode != 0
    assert sentence in done.stdout.replace("\n", " ").replace("  ", " ") or sentence in done.stdout, done.stdout
    assert not (checkout.folder / "results").exists()


def test_a_wrong_setting_on_the_command_line(checkout):
    assert "Unknown key `sead`" in refused(checkout, "--config", "sead=3")
    assert not (checkout.folder / "results").exists()


def test_a_batch_larger_than_the_data_set(checkout):
    checkout.edit(TINY, "batch_sizes: [64, 256]", "batch_sizes: [64, 4096]")
    output = refused(checkout, "results/tiny/runs/tiny_lenet5/bs4096/seed0/metrics.json")
    assert "A batch size of 4096 is larger than the training set of 1438 images; choose at most 1438" in output
    assert not list((checkout.folder / "results/tiny").glob("runs/**/*.safetensors"))


def test_users_data_that_are_damaged(checkout):
    (checkout.folder / "mine.npz").write_bytes(b"PK\x03\x04 truncated")
    (checkout.folder / "mine.yaml").write_text("datasets: {digits28: null}\n")
    checkout.edit(
        TINY,
        "digits28: { source: digits, image_size: 28, channels: 1, label: digits }",
        "digits28: { source: npz, path: mine.npz }",
    )
    output = refused(checkout, "data")
    assert "mine.npz" in output
    assert not list((checkout.folder / "resources").rglob("*.safetensors*"))


def test_users_data_that_are_not_there(checkout):
    """A dry run says so; a data set that was made from them stays."""
    checkout.edit(
        TINY,
        "digits28: { source: digits, image_size: 28, channels: 1, label: digits }",
        "digits28: { source: npz, path: mine.npz }",
    )
    sentence = "`datasets.digits28.path` is mine.npz, which does not exist; correct it, or put your images there."
    assert sentence in refused(checkout, "--dry-run")
    assert not (checkout.folder / "results").exists()
    images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
    arrays = {f"{part}_{kind}": a for part in ("train", "test") for kind, a in (("images", images), ("labels", labels))}
    np.savez(checkout.folder / "mine.npz", **arrays)
    checkout.run("data")
    (checkout.folder / "mine.npz").unlink()
    assert sentence in refused(checkout, "data")
    assert (checkout.folder / "resources/tiny/datasets/digits28.safetensors").is_file()


def test_the_home_folder_in_every_path(checkout):
    """Where Snakemake, the scripts and the package look is one and the same place."""
    home = checkout.folder / "home"
    images, labels = np.zeros((20, 28, 28), np.uint8), np.arange(20) % 10
    arrays = {f"{part}_{kind}": a for part in ("train", "test") for kind, a in (("images", images), ("labels", labels))}
    home.mkdir()
    np.savez(home / "mine.npz", **arrays)
    checkout.edit(
        TINY,
        "digits28: { source: digits, image_size: 28, channels: 1, label: digits }",
        "digits28: { source: npz, path: ~/mine.npz }",
    )
    checkout.run("data", "--config", "results=~/my results", "resources=~/data/", HOME=str(home))
    assert (home / "data" / "datasets" / "digits28.safetensors").is_file()
    assert (home / "my results" / "config.json").is_file()
    assert not list(checkout.folder.glob("~*"))


def test_two_configurations_with_a_data_set_of_one_name(checkout):
    """The second one is told so, and may have the data set under another name; the first one may edit its own."""
    checkout.run("data")
    data = checkout.folder / "resources/tiny/datasets/digits28.safetensors"
    made = data.read_bytes()
    (checkout.folder / "mine.yaml").write_text("results: results/mine\ndatasets: {digits28: {image_size: 32}}\n")
    other = ("--configfile", TINY, "mine.yaml")
    assert "give it another name" in refused(checkout, "data", *other)
    assert data.read_bytes() == made
    assert not (checkout.folder / "results/mine").exists()
    checkout.edit(TINY, "image_size: 28", "image_size: 32")
    assert checkout.would_run("data") == {("dataset", ("digits28",))}


def test_two_workflows_in_one_folder(checkout):
    """The second one is told so and changes nothing; the first one ends well."""
    command = [sys.executable, "-m", "snakemake", "--configfile", TINY, "--cores", "1", "data"]
    first = subprocess.Popen(command, cwd=checkout.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 120
    while not list((checkout.folder / ".snakemake").glob("locks/*")) and first.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    # Stopped, it holds its lock for as long as the second one takes to start.
    first.send_signal(signal.SIGSTOP)
    try:
        second = checkout.snakemake("data")
    finally:
        first.send_signal(signal.SIGCONT)
    output, _ = first.communicate()
    assert first.returncode == 0, output
    assert second.returncode != 0
    assert "cannot be locked" in second.stdout


@pytest.mark.skipif(torch.backends.mps.is_available(), reason="Apple's GPU cannot be hidden")
def test_a_training_that_nobody_should_start_on_a_cpu(checkout):
    """VGG-16 for 100,000 epochs where no GPU is seen: `auto` refuses days, and says how to force it."""
    checkout.edit(TINY, "compute: { device: cpu, threads: 1 }", "compute: { device: auto, threads: 1 }")
    checkout.edit(
        TINY,
        "model: lenet5, dataset: digits28, recipe: tiny, variant: narrow,",
        "model: vgg16, dataset: digits32, recipe: long,",
    )
    checkout.edit(TINY, "recipes:\n", "recipes:\n  long: { epochs: 100000 }\n")
    checkout.edit(TINY, "datasets:\n", "datasets:\n  digits32: { source: digits, image_size: 32, channels: 3 }\n")
    output = refused(checkout, "results/tiny/runs/tiny_lenet5/bs64/seed0/metrics.json", CUDA_VISIBLE_DEVICES="")
    assert "days on its CPU" in output
    assert "device: cpu" in output


def test_settings_of_tex_and_matplotlib_stop_nothing(project):
    """The page stands in for the PDF, which alone is made once it is deleted, and no matplotlibrc is heard."""
    folder = project.folder / "results" / "tiny"
    (project.folder / "matplotlibrc").write_text("text.usetex: True\n")
    (project.folder / "unreadable").write_bytes(b"\xff")
    (folder / "paper" / "reproduction.pdf").unlink()
    (folder / "figures" / "figure_a2.png").unlink()
    settings = {
        "MPLBACKEND": "nonsense",
        "MATPLOTLIBRC": "unreadable",
        "PATH": "/usr/bin:/bin",
        "TEXMFCNF": "/nowhere",
    }
    # The document shows the figure.
    assert project.would_run(**settings) >= {("figure", ("figures", "figure_a2")), ("reproduction", ())}
    project.run(**settings)
    assert (folder / "paper" / "reproduction.pdf").read_bytes().startswith(b"%PDF")
    assert (folder / "paper" / "reproduction.tex").is_file()
    assert "No document was compiled" in (folder / "logs" / "reproduction.log").read_text()
    (folder / "paper" / "reproduction.pdf").unlink()
    assert project.would_run() == {("reproduction", ())}


def test_a_damaged_result_is_named(project):
    table = project.folder / "results" / "tiny" / "tables" / "table_6.csv"
    table.write_bytes(b"")
    output = refused(project, "--allowed-rules", "facts", "--forcerun", "facts", "results/tiny/facts.json")
    assert "table_6.csv is not a whole CSV file; delete it and run the same command again." in output
