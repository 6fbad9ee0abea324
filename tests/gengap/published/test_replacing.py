"""What a later export adds to the published numbers, what it leaves as it is, and what gives way to it."""

import json
import shutil

import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export

# Trained for the paper's Tables 6 and 11 with options of their own.
LENET = {"model": "lenet5", "recipe": "mnist", "variant": "batch_norm", "spectra": False}
OTHER = {**LENET, "dataset": "mnist", "options": {"momentum": 0.8}, "batch_sizes": [128]}
SWITCHED = {**LENET, "dataset": "fashion_mnist", "treatment": "switch_to_128", "batch_sizes": [512]}


def contents_of(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_later_export_adds_and_keeps(results, published, statuses):
    results.run(128)
    export(results.folder, published)
    (results.folder / "runs/lenet5_mnist/bs128/seed0/metrics.json").unlink()
    results.run(512)
    results.matrices()
    export(results.folder, published)
    assert statuses() == {128: "published", 512: "published"}
    assert list(read_contents(published).tables) == ["6", "a1"]


def test_fewer_batch_sizes_do_not_take_away_what_is_published(results, published, statuses):
    results.run(128)
    results.run(512)
    export(results.folder, published)
    results.change(lambda config: config["experiments"]["lenet5_mnist"].update(batch_sizes=[128]))
    export(results.folder, published)
    assert statuses() == {128: "published", 512: "published"}
    assert [row["label"] for row in read_contents(published).tables["6"]["rows"]] == ["128", "512"]


def test_what_is_missing_stays_named_when_fewer_batch_sizes_are_exported(results, published, statuses):
    results.run(128)
    export(results.folder, published)
    results.change(lambda config: config["experiments"]["lenet5_mnist"].update(batch_sizes=[128]))
    export(results.folder, published)
    assert statuses() == {128: "published", 512: "missing"}


def test_trainings_of_other_options_replace_all_of_a_table(results, published, statuses):
    results.run(128)
    results.run(512)
    export(results.folder, published)
    results.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    (results.folder / "runs/lenet5_mnist/bs512/seed0/metrics.json").unlink()
    before = contents_of(published)
    lines = export(results.folder, published)
    assert (
        "lenet5_mnist: not taken, since 1 published trainings of other settings have no counterpart here; with"
        " REPLACE=yes they go."
    ) in lines
    assert "Table 6: stays as it is." in lines
    assert contents_of(published) == before
    lines = export(results.folder, published, replace=True)
    assert "They replace those of other settings." in next(line for line in lines if line.startswith("Table 6"))
    assert statuses() == {128: "published", 512: "missing"}
    assert pd.read_csv(published / "provenance.csv")["batch_size"].tolist() == [128]


@pytest.fixture
def counted(results):
    """Results whose networks are counted, and shown in Figure 3."""
    figure = {"number": 3, "experiments": ["lenet5_mnist"], "threshold": 1e-4}
    results.change(lambda config: config.update(figures=[figure]))
    results.run(128)
    results.run(512)
    results.counts(128, 512)
    return results


def test_a_run_of_which_nothing_may_be_taken_leaves_all_as_it_is(counted, published):
    results = counted
    export(results.folder, published)
    before = contents_of(published)
    shutil.rmtree(results.folder / "runs")
    results.change(lambda config: config["figures"][0].update(title="Another"))
    results.counts(128, 512, count=9)
    for batch_size in (128, 512):
        results.run(batch_size, epochs=3.0)
    lines = export(results.folder, published)
    assert "Figure 3: stays as it is, since not all of its networks are of full length and counted here." in lines
    assert contents_of(published) == before, "shortened ones"
    results.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001, epochs=3))
    for replace in (False, True):
        export(results.folder, published, replace=replace)
        assert contents_of(published) == before, "nor those of other options"


def test_an_experiment_with_fewer_trainings_does_not_take_a_tables_place(results_of, published):
    results = results_of({"other": OTHER})
    results.run(128)
    results.run(512)
    export(results.folder, published)
    results.run(128, of="other")
    results.change(lambda config: config.update(tables=[{"number": 6, "experiment": "other"}]))
    before = contents_of(published)
    assert "Table 6: stays as it is." in export(results.folder, published)
    assert contents_of(published) == before
    results.change(lambda config: config["experiments"]["other"].update(batch_sizes=[128, 512]))
    results.run(512, of="other")
    assert "Table 6: 2 of 2 trainings are of full length and taken." in export(results.folder, published)
    assert read_contents(published).tables["6"]["experiment"] == "other"


def test_a_baseline_alone_does_not_take_a_tables_place(results_of, published):
    results = results_of({"old": SWITCHED, "new": SWITCHED})
    baseline = {"experiment": "lenet5_mnist", "batch_size": 128}
    results.change(lambda config: config.update(tables=[{"number": 11, "experiment": "old", "baseline": baseline}]))
    results.run(128)
    results.run(512, of="old")
    export(results.folder, published)
    results.change(lambda config: config["tables"][0].update(experiment="new"))
    before = contents_of(published)
    lines = export(results.folder, published)
    assert "Table 11: not taken, since none of its own trainings is of full length." in lines
    assert contents_of(published) == before


def test_spectra_of_weights_that_are_published_no_more_go(counted, published):
    results = counted
    export(results.folder, published)
    (results.folder / "counts/lenet5_mnist.csv").unlink()
    export(results.folder, published)
    assert pd.read_csv(published / "counts/lenet5_mnist.csv")["trained_batch_size"].dropna().tolist() == [128, 512]
    path = results.folder / "runs/lenet5_mnist/bs512/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"train_loss": 0.0155}))
    export(results.folder, published)
    assert pd.read_csv(published / "counts/lenet5_mnist.csv")["trained_batch_size"].dropna().tolist() == [128]
    assert read_contents(published).measured() == ["lenet5_mnist"]
    path = results.folder / "runs/lenet5_mnist/bs128/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"train_loss": 0.0155}))
    export(results.folder, published)
    assert read_contents(published).measured() == []


def test_trainings_of_other_options_replace_those_of_another_table_too(results, published):
    """What `lenet5_mnist` names is known by its options, whichever table shows it."""

    def become(number, **changes):
        def edit(config):
            config["experiments"]["lenet5_mnist"].update(changes)
            config["tables"] = [{"number": number, "experiment": "lenet5_mnist"}]

        results.change(edit)

    become(7, variant="no_batch_norm", dataset="fashion_mnist")
    results.run(128)
    results.run(512)
    export(results.folder, published)
    become(6, variant="batch_norm", dataset="mnist")
    shutil.rmtree(results.folder / "runs")
    for batch_size in (128, 512):
        results.run(batch_size)
    export(results.folder, published)
    assert list(read_contents(published).tables) == ["6"]
    options = json.loads(pd.read_csv(published / "provenance.csv")["options"][0])
    assert options["normalization"] == "batch"
    assert options == read_contents(published).experiments["lenet5_mnist"]["options"]


def test_another_seed_stands_beside_the_first_also_in_a_baseline(results_of, published):
    results = results_of({"switched": SWITCHED})
    tables = [{"number": 6, "experiment": "lenet5_mnist"}, {"number": 11, "experiment": "switched"}]
    tables[1]["baseline"] = {"experiment": "lenet5_mnist", "batch_size": 128}
    results.change(lambda config: config.update(tables=tables))
    for seed in (0, 1):
        results.run(128, seed)
        results.run(512, seed)
        results.run(512, seed, of="switched")
    export(results.folder, published)
    results.change(lambda config: config.update(tables=tables[:1], seeds=[1]))
    export(results.folder, published)
    for number in ("6", "11"):
        rows = read_contents(published).tables[number]["rows"]
        assert [run[1:] for run in rows[0]["runs"]] == [[128, 0], [128, 1]]
    assert len(pd.read_csv(published / "metrics.csv")) == 5


def test_counts_of_other_options_and_their_figures_go(counted, published):
    results = counted
    export(results.folder, published)
    assert list(read_contents(published).figures) == ["3"]
    (results.folder / "counts/lenet5_mnist.csv").unlink()
    results.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    lines = export(results.folder, published)
    assert any(line.startswith("Figure 3: not taken") for line in lines)
    contents = read_contents(published)
    assert (contents.figures, contents.measured()) == ({}, [])
    assert not list((published / "counts").iterdir())


def test_networks_of_an_experiment_that_nothing_shows_any_more_go(results_of, published):
    results = results_of({"other": OTHER})
    results.change(lambda config: config.update(tables=[{"number": 6, "experiment": "lenet5_mnist"}]))
    for batch_size, of in ((128, "lenet5_mnist"), (512, "lenet5_mnist"), (128, "other")):
        results.run(batch_size, of=of)
    results.counts(128, 512)
    export(results.folder, published)
    assert (published / "counts/lenet5_mnist.csv").is_file()
    results.change(lambda config: config.update(tables=[{"number": 6, "experiment": "other"}]))
    export(results.folder, published, replace=True)
    assert list(read_contents(published).experiments) == ["other"]
    assert not list((published / "counts").iterdir())
