"""Adding a run to the published measurements: what is taken, under which name, and what is refused."""

import json
import os

import pytest
import yaml

from gengap.config import plan
from gengap.config.load import load_config
from gengap.errors import UserError
from gengap.published.add import ROOT, add, main

SIZE, SEED = 128, 0
TRAINING = f"bs{SIZE}/seed{SEED}"
EXPERIMENT = {"model": "lenet5", "dataset": "mnist", "recipe": "mnist", "variant": "batch_norm", "batch_sizes": [SIZE]}
COMMON = {"compute": {"device": "cpu"}, "random_matrices": {"laws": []}, "audit": {"forward_precision": []}}
COUNTS = "experiment,seed,state,trained_batch_size,count\n"
ENDINGS = ("", "_layers", "_threshold_curves", "_sigma_min")


def config_of(path, name, experiment, **more):
    """A configuration that runs one experiment, written to a file and completed."""
    config = {**COMMON, "run": [name], "experiments": {name: experiment}, **more}
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    return plan(load_config([ROOT / "config.yaml", path]))


class Case:
    """A finished run of an experiment `mine`, and a published configuration that names its training `theirs`."""

    def __init__(self, folder, experiment=None, published=None, spectra=None, **more):
        self.results, self.published = folder / "results", folder / "published"
        self.published.mkdir()
        config_of(self.published / "config.yaml", "theirs", published or experiment or EXPERIMENT, **more)
        made = config_of(folder / "run.yaml", "mine", experiment or EXPERIMENT, spectra=spectra or {}, **more)
        self.run = self.results / "runs/mine" / TRAINING
        self.options = dict(made.runs[0]["options"])
        self.write("config.json", json.dumps(made.config))
        self.write(f"runs/mine/{TRAINING}/weights.safetensors", "", age=3)
        self.provenance()
        self.metrics()
        self.write(f"runs/mine/{TRAINING}/history.csv", "epoch\n1\n")
        self.write(f"spectra/mine/{TRAINING}.parquet", "", age=2)
        for ending in ENDINGS:
            self.write(
                f"counts/mine{ending}.csv",
                f"{COUNTS}mine,0,trained,128,0.10000000000000001\nmine,0,untrained,,2\n",
                age=1,
            )

    def write(self, path, text, age=0.0):
        """Write a file of the results that is so many seconds old."""
        (self.results / path).parent.mkdir(parents=True, exist_ok=True)
        (self.results / path).write_text(text, encoding="utf-8")
        os.utime(self.results / path, (1e9 - age, 1e9 - age))

    def provenance(self, **options):
        run = {"experiment": "mine", "options": self.options | options}
        self.write(f"runs/mine/{TRAINING}/provenance.json", json.dumps({"run": run, "device": "CPU"}))

    def metrics(self, epochs=60.0, diverged=False):
        metrics = {"experiment": "mine", "batch_size": SIZE, "seed": SEED, "epochs": epochs, "diverged": diverged}
        self.write(f"runs/mine/{TRAINING}/metrics.json", json.dumps(metrics))

    def add(self):
        return add(self.results, self.published)

    def files(self):
        """Everything that is published, by path."""
        folder = self.published / "measurements"
        return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_a_training_is_taken_under_its_published_name_and_once(tmp_path):
    case = Case(tmp_path)
    assert case.add() == [f"runs/theirs/{TRAINING}: taken.", "theirs: counts taken."]
    files = case.files()
    trained = {f"runs/theirs/{TRAINING}/{name}" for name in ("metrics.json", "provenance.json", "history.csv")}
    assert set(files) == trained | {f"counts/theirs{ending}.csv" for ending in ENDINGS}
    metrics = json.loads(files[f"runs/theirs/{TRAINING}/metrics.json"])
    provenance = json.loads(files[f"runs/theirs/{TRAINING}/provenance.json"])
    assert (metrics["experiment"], metrics["epochs"]) == ("theirs", 60)
    assert (provenance["run"]["experiment"], provenance["device"]) == ("theirs", "CPU")
    # Every digit of a number is kept.
    counts = f"{COUNTS}theirs,0,trained,128,0.10000000000000001\ntheirs,0,untrained,,2\n"
    assert {files[f"counts/theirs{ending}.csv"] for ending in ENDINGS} == {counts}
    case.add()
    assert case.files() == files


def test_counts_of_other_networks_stay(tmp_path):
    case = Case(tmp_path)
    for ending in ENDINGS:
        path = case.published / f"measurements/counts/theirs{ending}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{COUNTS}theirs,1,trained,128,7\ntheirs,0,untrained,,5\n", encoding="utf-8")
    case.add()
    expected = "theirs,1,trained,128,7\ntheirs,0,untrained,,5\ntheirs,0,trained,128,0.10000000000000001\n"
    assert case.files()["counts/theirs.csv"] == COUNTS + expected


DIGITS = {"digits28": {"source": "digits", "image_size": 28, "channels": 1}}


def forget(name):
    return lambda case: (case.run / name).unlink()


REFUSED = {
    "trained with another option": ({}, lambda case: case.provenance(momentum=0.5), "`momentum`"),
    "too few epochs": ({}, lambda case: case.metrics(epochs=12.0), "12 of the paper's 60 epochs"),
    "other data": (
        {"experiment": {**EXPERIMENT, "dataset": "digits28"}, "datasets": DIGITS},
        lambda case: None,
        "not the official one",
    ),
    "no provenance": ({}, forget("provenance.json"), "provenance is missing"),
    "not finished": ({}, forget("metrics.json"), "not finished"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_training_is_refused(name, tmp_path):
    options, change, reason = REFUSED[name]
    case = Case(tmp_path, **options)
    change(case)
    training, counts = case.add()
    assert training.startswith(f"runs/theirs/{TRAINING}: not taken, since ")
    assert reason in training
    assert "not taken" in counts
    assert case.files() == {}


TAKEN = {
    "diverged early": ({}, lambda case: case.metrics(epochs=3.0, diverged=True)),
    "as short as the configuration asks": (
        {"experiment": {**EXPERIMENT, "options": {"epochs": 15}}},
        lambda case: case.metrics(epochs=15.0),
    ),
    "before there was an option": ({}, lambda case: (case.options.pop("pooling"), case.provenance())),
}


@pytest.mark.parametrize("name", TAKEN)
def test_a_training_is_taken(name, tmp_path):
    options, change = TAKEN[name]
    case = Case(tmp_path, **options)
    change(case)
    assert case.add() == [f"runs/theirs/{TRAINING}: taken.", "theirs: counts taken."]


OTHER = {
    "option": {"published": {**EXPERIMENT, "options": {"momentum": 0.5}}},
    "batch size": {"published": {**EXPERIMENT, "batch_sizes": [512]}},
    "seed": {"published": {**EXPERIMENT, "seeds": [1]}},
    "network": {"published": {**EXPERIMENT, "variant": "linear"}},
    "data": {"published": {**EXPERIMENT, "dataset": "fashion_mnist"}},
}


@pytest.mark.parametrize("name", OTHER)
def test_a_training_that_is_not_named_is_left_alone(name, tmp_path):
    case = Case(tmp_path, **OTHER[name])
    (line,) = case.add()
    assert "names no training of this run" in line
    assert case.files() == {}


COUNTS_REFUSED = {
    "other settings": ({"spectra": {"thresholds": [0.001]}}, lambda case: None, "other settings"),
    "older than the weights": (
        {},
        lambda case: case.write(f"runs/mine/{TRAINING}/weights.safetensors", ""),
        "older than its networks",
    ),
    "older than the spectra": ({}, lambda case: case.write(f"spectra/mine/{TRAINING}.parquet", ""), "older"),
    "of a network that is not published": (
        {},
        lambda case: case.write("counts/mine.csv", f"{COUNTS}mine,0,trained,128,1\nmine,0,trained,512,1\n"),
        "not published",
    ),
    "not there": ({}, lambda case: (case.results / "counts/mine.csv").unlink(), "no counts"),
}


@pytest.mark.parametrize("name", COUNTS_REFUSED)
def test_counts_are_refused_and_the_training_is_taken(name, tmp_path):
    options, change, reason = COUNTS_REFUSED[name]
    case = Case(tmp_path, **options)
    change(case)
    training, counts = case.add()
    assert training.endswith(": taken.")
    assert reason in counts
    assert not [path for path in case.files() if path.startswith("counts/")]


def test_a_folder_without_a_run_is_one_sentence(tmp_path, capsys):
    with pytest.raises(UserError, match=r"config\.json"):
        add(tmp_path)
    assert main([str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 1
