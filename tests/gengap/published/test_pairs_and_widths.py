"""Equal updates beside equal epochs, and several widths, among the published numbers: whole pairs and groups only."""

import json
import shutil

import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export
from gengap.published.rebuild import rebuild

PLAIN = {
    **{"model": "lenet5", "dataset": "mnist", "recipe": "mnist", "variant": "batch_norm"},
    **{"batch_sizes": [128, 512], "spectra": False},
}


def test_equal_updates_are_taken_in_whole_pairs(results_of, published):
    equal = PLAIN | {"batch_sizes": [512], "options": {"equal_updates_to": 128}}
    results = results_of({"equal": equal})
    for batch_size in (128, 512):
        results.run(batch_size)
    lines = export(results.folder, published)
    assert "Equal updates, equal: not taken, since not all of its trainings are of full length." in lines
    results.run(512, epochs=240.0, of="equal")
    path = results.folder / "runs/lenet5_mnist/bs512/seed0/metrics.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"test_error_percent": 9.0}))
    assert "Equal updates, equal: taken." in export(results.folder, published)
    rebuild(published)
    page = (published / "README.md").read_text(encoding="utf-8")
    assert "at 512 (of 8.39 points) of the gap in test error to batch size 128 (LeNet-5 on MNIST, one seed:" in page
    assert (published / "audit/equal_updates_figure.png").is_file()
    frame = pd.read_csv(published / "audit/equal_updates.csv")
    assert (frame["batch_size"].tolist(), frame["reference"].tolist()) == ([512], [128])
    results.change(lambda config: config.update(seeds=[1]))
    for batch_size in (128, 512):
        results.run(batch_size, 1)
    results.run(512, 1, epochs=240.0, of="equal")
    export(results.folder, published)
    (pair,) = read_contents(published).pairs.values()
    assert [[run[1:] for run in row["runs"]] for row in pair["normal"]] == [
        [[128, 0], [128, 1]],
        [[512, 0], [512, 1]],
    ]
    results.change(lambda config: config.update(run=["lenet5_mnist"]))
    results.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    export(results.folder, published, replace=True)
    assert read_contents(published).pairs == {}, "one side of it was replaced"
    assert set(pd.read_csv(published / "metrics.csv")["experiment"]) == {"lenet5_mnist"}


@pytest.mark.parametrize(("updates", "taken"), [(7079, False), (7080, True)])
def test_fewer_epochs_are_full_length_where_they_make_the_reference_s_updates(results_of, published, updates, taken):
    fewer = PLAIN | {"batch_sizes": [128], "options": {"equal_updates_to": 512}}
    results = results_of({"fewer": fewer})
    results.run(128)
    results.run(512, updates=7080)
    results.run(128, epochs=15.1, updates=updates, of="fewer")
    lines = export(results.folder, published)
    assert ("Equal updates, fewer: taken." in lines) is taken
    assert len(read_contents(published).pairs) == taken


def test_equal_updates_of_fewer_epochs_are_replaced_by_those_of_other_options(results_of, published):
    fewer = PLAIN | {"batch_sizes": [128], "options": {"equal_updates_to": 512}}
    results = results_of({"fewer": fewer})

    def train():
        results.run(128)
        results.run(512, updates=7080)
        results.run(128, epochs=15.1, updates=7080, of="fewer")
        assert "Equal updates, fewer: taken." in export(results.folder, published)

    train()
    shutil.rmtree(results.folder / "runs")
    results.change(lambda config: config["recipes"]["mnist"].update(weight_decay=0.001))
    results.change(lambda config: config.update(seeds=[1]))
    for batch_size, updates in ((128, 28140), (512, 7080)):
        results.run(batch_size, 1, updates=updates)
    results.run(128, 1, epochs=15.1, updates=7080, of="fewer")
    lines = export(results.folder, published)
    assert any(line.startswith("fewer: not taken, since 1 published trainings") for line in lines)
    export(results.folder, published, replace=True)
    (pair,) = read_contents(published).pairs.values()
    assert [run for row in pair["equal"] for run in row["runs"]] == [["fewer", 128, 1]]


def test_one_network_may_have_pairs_with_several_references(results_of, published):
    fewer = PLAIN | {"batch_sizes": [128], "options": {"equal_updates_to": 512}}
    more = PLAIN | {"batch_sizes": [512], "options": {"equal_updates_to": 128}}
    results = results_of({"fewer": fewer, "more": more})
    results.run(128)
    results.run(512, updates=7080)
    results.run(128, epochs=15.1, updates=7080, of="fewer")
    results.run(512, epochs=240.0, of="more")
    export(results.folder, published)
    rebuild(published)
    frame = pd.read_csv(published / "audit/equal_updates.csv")
    assert sorted(frame["reference"]) == [128, 512]


def test_widths_are_taken_if_there_are_two(results_of, published):
    half = PLAIN | {"options": {"width": 0.5}}
    results = results_of({"half": half})
    for batch_size in (128, 512):
        results.run(batch_size)
    lines = export(results.folder, published)
    assert "Widths of lenet5_mnist: 1 of 2 are of full length, so none is taken." in lines
    assert read_contents(published).widths == {}
    for batch_size in (128, 512):
        results.run(batch_size, of="half")
    assert "Widths of lenet5_mnist: 2 of 2 are of full length and taken." in export(results.folder, published)
    rebuild(published)
    assert pd.read_csv(published / "audit/widths.csv")["width"].tolist() == [0.5, 1.0]
    results.change(lambda config: config.update(seeds=[1]))
    for experiment in ("lenet5_mnist", "half"):
        for batch_size in (128, 512):
            results.run(batch_size, 1, of=experiment)
    export(results.folder, published)
    (group,) = read_contents(published).widths.values()
    seeds = [[run[2] for row in member["rows"] for run in row["runs"]] for member in group["members"]]
    assert seeds == [[0, 1, 0, 1], [0, 1, 0, 1]]


def test_a_width_that_is_published_already_need_not_be_trained_again(results_of, published):
    half = PLAIN | {"options": {"width": 0.5}}
    results = results_of({"half": half})
    results.change(lambda config: config.update(seeds=[0, 1]))
    for batch_size in (128, 512):
        for seed in (0, 1):
            results.run(batch_size, seed)
    export(results.folder, published)
    shutil.rmtree(results.folder / "runs")
    results.change(lambda config: config.update(seeds=[0]))
    for batch_size in (128, 512):
        results.run(batch_size, of="half")
    assert "Widths of lenet5_mnist: 2 of 2 are of full length and taken." in export(results.folder, published)
    (group,) = read_contents(published).widths.values()
    seeds = {member["width"]: [run[2] for row in member["rows"] for run in row["runs"]] for member in group["members"]}
    assert seeds == {0.5: [0, 0], 1.0: [0, 1, 0, 1]}
    rebuild(published)
    assert pd.read_csv(published / "audit/widths.csv")["width"].tolist() == [0.5, 1.0]


def test_a_width_that_is_published_with_other_options_or_in_part_does_not_count(results_of, published):
    half = PLAIN | {"options": {"width": 0.5}}
    results = results_of({"half": half})
    results.run(128)
    export(results.folder, published)
    shutil.rmtree(results.folder / "runs")
    for batch_size in (128, 512):
        results.run(batch_size, of="half")
    assert "Widths of lenet5_mnist: 1 of 2 are of full length, so none is taken." in export(results.folder, published)
    shutil.rmtree(results.folder / "runs")
    results.run(512)
    export(results.folder, published)
    shutil.rmtree(results.folder / "runs")

    def less_decay(config):
        for name in ("lenet5_mnist", "half"):
            config["experiments"][name].setdefault("options", {})["weight_decay"] = 0.25

    results.change(less_decay)
    for batch_size in (128, 512):
        results.run(batch_size, of="half")
    assert "Widths of lenet5_mnist: 1 of 2 are of full length, so none is taken." in export(results.folder, published)
