"""Grids among the published numbers: whole settings only, judged on data that did not choose them."""

import json
import re
import shutil

import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export
from gengap.published.rebuild import rebuild
from gengap.published.studies import on_common_seeds

from gengap.errors import UserError

GRID = {
    **{"model": "lenet5", "recipe": "mnist", "variant": "batch_norm", "batch_sizes": [128, 512], "spectra": False},
    "grid": {"decayed_parameters": ["all", "weights"]},
}
CHOOSES = GRID | {"dataset": "mnist", "judged_against": 6}
JUDGES = GRID | {"dataset": "fashion_mnist", "judged_against": 5, "held_out_for": "chooses"}


@pytest.fixture
def studied(results_of):
    """Results with both settings on MNIST and one on Fashion-MNIST; one setting repeats `lenet5_mnist`."""
    results = results_of({"chooses": CHOOSES, "judges": JUDGES})
    (repeated,) = results.plan.repeats
    own = next(member.name for member in results.plan.grids["chooses"] if member.name != repeated)
    for experiment in ("lenet5_mnist", own, "judges.weights"):
        for batch_size in (128, 512):
            results.run(batch_size, of=experiment)
    results.own = own
    return results


def settings(published, grid):
    return [entry["setting"]["decayed_parameters"] for entry in read_contents(published).grids[grid]["settings"]]


def test_settings_of_full_length_are_taken_and_ranked_again(studied, published):
    lines = export(studied.folder, published)
    assert "Grid chooses: 2 of 2 settings are of full length and taken." in lines
    assert "Grid judges: 1 of 2 settings are of full length and taken." in lines
    assert (settings(published, "chooses"), settings(published, "judges")) == (["all", "weights"], ["weights"])
    rebuild(published)
    frame = pd.read_csv(published / "audit/settings_chooses.csv").set_index("option: decayed_parameters")
    assert sorted(frame["rank"]) == [1, 2]
    assert frame["distance: Fashion-MNIST"].notna().to_dict() == {"all": False, "weights": True}
    assert frame["epochs"].tolist() == [60.0, 60.0]
    assert not (published / "audit/options_chooses.json").exists(), "each value is a setting of its own"
    assert not (published / "audit/settings_judges.csv").exists(), "it chooses nothing"
    assert "## Settings of LeNet-5 on MNIST: decayed parameters\n" in (published / "README.md").read_text()


def test_a_run_of_fewer_settings_leaves_what_is_published(studied, published):
    export(studied.folder, published)
    studied.change(lambda config: config.update(run=["lenet5_mnist", studied.own]))
    lines = export(studied.folder, published)
    assert "Grid chooses: not taken, since more of it is published than is of full length here." in lines
    assert settings(published, "chooses") == ["all", "weights"]
    assert studied.own in set(pd.read_csv(published / "metrics.csv")["experiment"])


def test_a_setting_that_is_published_need_not_be_trained_again(studied, published):
    export(studied.folder, published)
    before = read_contents(published).grids["judges"]["settings"]
    shutil.rmtree(studied.folder / "runs")
    for batch_size in (128, 512):
        studied.run(batch_size, of="judges.all")
    lines = export(studied.folder, published)
    assert "Grid judges: 2 of 2 settings are of full length and taken." in lines
    assert settings(published, "judges") == ["all", "weights"]
    assert read_contents(published).grids["judges"]["settings"][1] == before[0]
    assert len(pd.read_csv(published / "metrics.csv").query("experiment.str.startswith('judges')")) == 4


def test_other_seeds_of_a_setting_stay_and_fewer_batch_sizes_are_not_taken(studied, published):
    export(studied.folder, published)
    studied.change(lambda config: config.update(seeds=[1]))
    for experiment in ("lenet5_mnist", studied.own):
        for batch_size in (128, 512):
            studied.run(batch_size, 1, of=experiment)
    export(studied.folder, published)
    for entry in read_contents(published).grids["chooses"]["settings"]:
        assert [[run[2] for run in row["runs"]] for row in entry["rows"]] == [[0, 1], [0, 1]]
    assert len(pd.read_csv(published / "metrics.csv").query("experiment == @studied.own")) == 4
    studied.change(lambda config: config["experiments"]["chooses"].update(batch_sizes=[128]))
    lines = export(studied.folder, published)
    assert "Grid chooses: not taken, since more of it is published than is of full length here." in lines


def test_the_page_names_the_nearest_setting(studied, published):
    path = studied.folder / f"runs/{studied.own}/bs512/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"train_loss": 1.0}))
    export(studied.folder, published)
    rebuild(published)
    page = (published / "README.md").read_text(encoding="utf-8")
    (line,) = [line for line in page.splitlines() if line.startswith("| LeNet-5 on MNIST, Table 6 (2 batch sizes) |")]
    far = studied.own.removeprefix("chooses.")
    near = next(value for value in ("all", "weights") if value != far)
    _, nearest, then, held_out = line.strip("| ").split(" | ")
    assert re.fullmatch(rf"decayed parameters {near} \(Table 6 here\): \d+\.\d\d", nearest)
    assert re.fullmatch(rf"decayed parameters {far}: \d+\.\d\d", then)
    assert held_out == "–", "a single setting has no rank"


def test_a_setting_with_a_shortened_training_is_left_out(studied, published):
    path = studied.folder / f"runs/{studied.own}/bs512/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"epochs": 59.0}))
    assert "Grid chooses: 1 of 2 settings are of full length and taken." in export(studied.folder, published)
    metrics = pd.read_csv(published / "metrics.csv")
    assert studied.own not in set(metrics["experiment"]), "half a setting is no setting"


def test_a_training_under_another_name_is_the_same_and_one_of_other_options_is_none_of_its_seeds(studied, published):
    export(studied.folder, published)
    names = [setting["name"] for setting in read_contents(published).grids["chooses"]["settings"]]
    assert names == ["chooses.all", "lenet5_mnist"], "which has the options of `chooses.weights`"
    shutil.rmtree(studied.folder / "runs")
    studied.change(lambda config: config.update(run=["chooses", "judges"]))
    for experiment in ("chooses.all", "chooses.weights"):
        for batch_size in (128, 512):
            studied.run(batch_size, of=experiment)
    export(studied.folder, published)
    for entry in read_contents(published).grids["chooses"]["settings"]:
        assert [len(row["runs"]) for row in entry["rows"]] == [1, 1], "one seed"
    shutil.rmtree(studied.folder / "runs")
    studied.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    studied.change(lambda config: config.update(seeds=[1]))
    for experiment in ("chooses.all", "chooses.weights"):
        for batch_size in (128, 512):
            studied.run(batch_size, 1, of=experiment)
    export(studied.folder, published)
    for entry in read_contents(published).grids["chooses"]["settings"]:
        assert [[run[2] for run in row["runs"]] for row in entry["rows"]] == [[0], [0]], "refused: more is published"
    export(studied.folder, published, replace=True)
    for entry in read_contents(published).grids["chooses"]["settings"]:
        assert [[run[2] for run in row["runs"]] for row in entry["rows"]] == [[1], [1]]


EPOCHS = CHOOSES | {"grid": {"epochs": [15, 60]}}


@pytest.fixture
def shorter(results_of):
    """Results of a grid over the epochs: those of the shorter setting."""
    results = results_of({"shorter": EPOCHS})
    for batch_size in (128, 512):
        results.run(batch_size, of="shorter.15", epochs=15.0)
    return results


def test_a_study_of_the_epochs_is_of_full_length_where_each_training_has_those_of_its_setting(shorter, published):
    for batch_size in (128, 512):
        shorter.run(batch_size)
    assert "Grid shorter: 2 of 2 settings are of full length and taken." in export(shorter.folder, published)
    rebuild(published)
    frame = pd.read_csv(published / "audit/settings_shorter.csv").set_index("option: epochs")
    assert frame["epochs"].to_dict() == {15: 15.0, 60: 60.0}
    path = shorter.folder / "runs/shorter.15/bs512/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"epochs": 14.0}))
    other = published.parent / "other"
    assert "Grid shorter: 1 of 2 settings are of full length and taken." in export(shorter.folder, other)


def test_a_setting_of_fewer_epochs_is_replaced_by_one_of_other_options(shorter, published):
    for batch_size in (128, 512):
        shorter.run(batch_size)
    export(shorter.folder, published)
    shutil.rmtree(shorter.folder / "runs")
    shorter.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    for batch_size in (128, 512):
        shorter.run(batch_size)
        shorter.run(batch_size, of="shorter.15", epochs=15.0)
    export(shorter.folder, published)
    options = pd.read_csv(published / "provenance.csv")["options"].map(json.loads)
    assert {entry["weight_decay"] for entry in options} == {0.001}


def test_fewer_epochs_are_published_beside_the_papers_only(shorter, published):
    with pytest.raises(UserError, match="Grid shorter: 0 of 2 settings are of full length and taken"):
        export(shorter.folder, published)
    assert not published.exists()


def test_a_setting_whose_trainings_other_settings_replace_is_forgotten(studied, published):
    export(studied.folder, published)
    studied.change(lambda config: config.update(run=["lenet5_mnist"]))
    studied.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    export(studied.folder, published)
    assert settings(published, "chooses") == ["weights" if studied.own.endswith("weights") else "all"]
    metrics = pd.read_csv(published / "metrics.csv")
    assert set(metrics["experiment"]) == {"lenet5_mnist", studied.own, "judges.weights"}


def test_a_grid_without_a_printed_table_is_ranked_by_its_test_errors_once_there_are_two_settings(results_of, published):
    results = results_of({"free": GRID | {"dataset": "mnist"}})
    for batch_size in (128, 512):
        results.run(batch_size)
    assert "Grid free: 1 of 2 settings are of full length and taken." in export(results.folder, published)
    rebuild(published)
    assert not (published / "audit/settings_free.csv").exists(), "one setting is no choice"
    (other,) = (member.name for member in results.plan.grids["free"] if member.name not in results.plan.repeats)
    for batch_size in (128, 512):
        results.run(batch_size, of=other)
    assert "Grid free: 2 of 2 settings are of full length and taken." in export(results.folder, published)
    rebuild(published)
    frame = pd.read_csv(published / "audit/settings_free.csv")
    assert sorted(frame["rank"]) == [1, 2]
    assert "distance" not in frame


def test_data_that_is_not_official_gives_no_study(results_of, published):
    results = results_of({"chooses": CHOOSES | {"dataset": "digits"}})
    results.run(128)
    results.run(512)
    assert "Grid chooses: not taken, since its data set is not the official one." in export(results.folder, published)


def test_networks_that_only_a_grid_shows_are_published_where_they_were_measured(studied, published, monkeypatch):
    taken = []
    monkeypatch.setattr("gengap.published.export.take_networks", lambda name, *_: taken.append(name))
    export(studied.folder, published)
    assert list(read_contents(published).experiments) == ["lenet5_mnist"], "that of Table 6"
    assert taken == []
    studied.counts(128, 512, of=studied.own)
    export(studied.folder, published)
    assert taken == [studied.own]
    measured = {name: part["measured"] for name, part in read_contents(published).experiments.items()}
    assert measured == {"lenet5_mnist": False, studied.own: True}
    studied.change(lambda config: config.update(run=["lenet5_mnist"]))
    export(studied.folder, published)
    assert studied.own in read_contents(published).measured(), "another run leaves it published"


def test_settings_are_compared_on_the_seeds_that_all_of_them_have():
    def entry(name, *seeds):
        return {"name": name, "rows": [{"label": "128", "runs": [(name, 128, seed) for seed in seeds]}]}

    def seeds(*entries):
        compared = on_common_seeds({"settings": list(entries)})
        return [[run[2] for run in entry["rows"][0]["runs"]] for entry in compared]

    assert seeds(entry("a", 0, 1), entry("b", 1, 2)) == [[1], [1]]
    assert seeds(entry("a", 0, 1), entry("b", 2)) == [[0, 1], [2]], "they share none"
