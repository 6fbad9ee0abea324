"""What of a finished run is added to the published measurements, and what is refused."""

import json
import os

import pandas as pd
import pytest
import yaml
from places import ROOT

from gengap.config import plan
from gengap.config.guard import write_resolved
from gengap.config.load import load_config, merge
from gengap.publish import add, main

NAME = "lenet5_mnist"


class Run:
    """Results of `lenet5_mnist` at two batch sizes as a run of full length leaves them, and a published configuration."""

    def __init__(self, stages):
        self.stages, self.results, self.folder = stages, stages.folder, stages.folder / "published"
        self.published(128, 512)

    @property
    def wanted(self):
        return load_config([ROOT / "config.yaml", self.folder / "config.yaml"])

    def published(self, *batch_sizes, **changes):
        """Publish what a configuration names, and make the run one of it."""
        self.folder.mkdir(exist_ok=True)
        config = {"seeds": [0], "figures": [], "results": "results", "measured": None, "audit": {"untrained": []}}
        config |= {"run": [NAME], "experiments": {NAME: {"batch_sizes": [*batch_sizes]}}} | changes
        (self.folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
        self.configure(self.wanted)

    def configure(self, config):
        """Make the run one of a configuration."""
        self.plan = plan(config)
        write_resolved(self.plan.config, self.results)

    def train(self, batch_size, of=NAME, epochs=60.0, diverged=False, **options):
        """Leave a training that was made with the configuration's options but for some."""
        folder = f"runs/{of}/bs{batch_size}/seed0"
        run = self.plan.run(of, batch_size, 0)
        run = {**run, "options": {**run["options"], **options}}
        self.stages.metrics(batch_size, experiment=of, epochs=epochs, diverged=diverged)
        self.stages.provenance(f"{folder}/provenance.json", run=run)
        for name in ("history.csv", "trajectory.csv", "weights.safetensors"):
            self.stages.path(f"{folder}/{name}").touch()

    def count(self, *batch_sizes, of=NAME, count="3", seconds=0):
        """Leave spectra, and counts of networks of seed 0, an untrained one too, each fed one batch."""
        spectrum, counts = self.stages.path(f"spectra/{of}/bs128/seed0.parquet"), self.stages.path(f"counts/{of}.csv")
        spectrum.touch()
        lines = [f"{of},0,{size},128,{count}\n" for size in (*batch_sizes, "")]
        for ending in ("", "_layers", "_threshold_curves", "_sigma_min"):
            text = "experiment,seed,trained_batch_size,fed_batch_size,count\n" + "".join(lines)
            counts.with_name(f"{of}{ending}.csv").write_text(text, encoding="utf-8")
        earlier = counts.stat().st_mtime - seconds
        for path in (spectrum, counts):
            os.utime(path, (earlier, earlier))

    def there(self):
        """Batch sizes of which a training is published."""
        return {int(path.parts[-3].removeprefix("bs")) for path in self.folder.rglob("metrics.json")}

    def counts(self):
        """Published counts."""
        path = self.folder / f"measurements/counts/{NAME}.csv"
        return pd.read_csv(path, dtype=str, na_filter=False) if path.is_file() else None


@pytest.fixture
def run(stages):
    return Run(stages)


def refusal(run):
    """The one line that says why a training is not taken."""
    (line,) = (line for line in add(run.results, run.folder) if "not taken" in line)
    return line


def test_full_trainings_are_taken_with_their_provenance_and_history_and_absent_ones_are_told(run):
    run.train(128)
    lines = add(run.results, run.folder)
    assert "runs/lenet5_mnist/bs128/seed0: taken." in lines
    assert any("bs512" in line and "not finished" in line for line in lines)
    target = run.folder / "measurements/runs/lenet5_mnist/bs128/seed0"
    assert {path.stem for path in target.iterdir()} == {"metrics", "provenance", "history", "trajectory"}
    assert json.loads((target / "provenance.json").read_text())["code_hash"] == "0123456789abcdef"
    run.train(128, diverged=True)
    run.train(512)
    add(run.results, run.folder)
    assert run.there() == {128, 512}
    assert not json.loads((target / "metrics.json").read_text())["diverged"], "what is there already stays"


@pytest.mark.parametrize(
    ("training", "words"),
    [
        ({"epochs": 59.0}, ["59 of the paper's 60 epochs"]),
        ({"weight_decay": 0.01, "decay_convention": "full"}, ["another", "`decay_convention`", "`weight_decay`"]),
        (None, ["provenance"]),
    ],
    ids=["shortened", "other options", "without provenance"],
)
def test_a_training_must_be_of_full_length_of_its_options_and_of_known_origin(run, training, words):
    run.train(128, epochs=3.0, diverged=True)  # a result, too
    run.train(512, **training or {})
    if training is None:
        (run.results / "runs/lenet5_mnist/bs512/seed0/provenance.json").unlink()
    line = refusal(run)
    assert all(word in line for word in ("bs512", *words))
    assert run.there() == {128}


def test_trainings_of_before_an_option_was_added_have_its_default(run):
    run.train(128)
    path = run.results / "runs/lenet5_mnist/bs128/seed0/provenance.json"
    provenance = json.loads(path.read_text())
    del provenance["run"]["options"]["switch_momentum"], provenance["run"]["options"]["width"]
    path.write_text(json.dumps(provenance))
    add(run.results, run.folder)
    assert run.there() == {128}


def test_data_that_are_not_official_are_not_taken(run):
    own = {"datasets": {"mnist": {"source": "digits", "image_size": 28, "channels": 1}}}
    run.configure(merge(run.wanted, own))
    run.train(128)
    assert "names no training of this run" in add(run.results, run.folder)[0]
    run.published(128, **own)
    assert "official" in refusal(run)
    assert run.there() == set()


def test_a_training_is_known_by_what_it_is_whatever_its_experiment_is_called(run):
    config = run.wanted
    config["experiments"]["mine"] = config["experiments"][NAME]
    run.configure(config | {"run": ["mine"], "tables": []})
    run.train(128, of="mine")
    run.count(128, of="mine")
    lines = add(run.results, run.folder)
    assert "runs/lenet5_mnist/bs128/seed0: taken." in lines
    path = run.folder / "measurements/runs/lenet5_mnist/bs128/seed0"
    assert json.loads((path / "metrics.json").read_text())["experiment"] == NAME
    assert set(run.counts()["experiment"]) == {NAME}


def test_fewer_epochs_are_full_length_where_the_configuration_names_them(run):
    run.published(128, recipes={"mnist": {"epochs": 15}})
    run.train(128, epochs=15.0)
    add(run.results, run.folder)
    assert run.there() == {128}


def test_counts_are_taken_with_all_their_summaries_and_those_of_later_seeds_and_sizes_join(run):
    run.train(128)
    run.count(128, count="3.500")
    assert "lenet5_mnist: counts taken." in add(run.results, run.folder)
    assert run.counts()["count"].tolist() == ["3.500", "3.500"], "every digit is kept"
    assert len(list((run.folder / "measurements/counts").iterdir())) == 4
    run.train(512)
    run.count(128, 512, count="7")
    add(run.results, run.folder)
    counts = run.counts()
    found = list(zip(counts["trained_batch_size"], counts["count"], strict=True))
    assert found == [("128", "3.500"), ("", "3.500"), ("512", "7")]


@pytest.mark.parametrize(
    ("settings", "sizes", "seconds", "words"),
    [
        ({}, [128], 1000, "older than its networks"),
        ({}, [128, 512], 0, "not published"),
        ({"thresholds": [1e-3, 1e-4, 1e-5]}, [128], 0, "other settings"),
        ({"batch_norm_statistics": "batch"}, [128], 0, "other settings"),
        ({"residual_output": "before_addition"}, [128], 0, "other settings"),
    ],
)
def test_counts_of_other_weights_networks_or_spectra_are_not_taken(run, settings, sizes, seconds, words):
    run.configure(merge(run.wanted, {"spectra": settings}))
    run.train(128)
    run.count(*sizes, seconds=seconds)
    assert any(words in line for line in add(run.results, run.folder))
    assert run.counts() is None


@pytest.mark.parametrize("same", [True, False])
def test_minima_are_taken_where_their_networks_are_the_published_ones(run, same):
    run.train(128)
    run.train(512)
    add(run.results, run.folder)
    place = "minima/lenet5_mnist/bs128/seed0/sharpness.csv"
    run.stages.path(place).write_text("sharpness,experiment\n0.10,lenet5_mnist\n")
    if not same:
        run.train(512, diverged=True)
    lines = [line for line in add(run.results, run.folder) if "minima" in line]
    assert (run.folder / "measurements" / place).is_file() == same
    assert ["not taken" in line for line in lines] == [not same]


def test_the_command_tells_what_it_did_and_what_is_wrong(run, tmp_path, capsys):
    assert main(["--folder", str(run.folder), str(tmp_path / "other")]) == 1
    assert "no config.json" in capsys.readouterr().err
    run.train(128)
    assert main(["--folder", str(run.folder), str(run.results)]) == 0
    assert "bs128/seed0: taken" in capsys.readouterr().out
