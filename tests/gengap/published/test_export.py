import json

import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export

from gengap.config.guard import write_resolved
from gengap.config.load import merge
from gengap.errors import UserError


def test_full_runs_are_taken_with_their_provenance_and_absent_ones_are_recorded(results, published, statuses):
    results.run(128)
    lines = export(results.folder, published)
    assert "Table 6: 1 of 2 trainings are of full length and taken." in lines
    assert statuses() == {128: "published", 512: "missing"}
    provenance = pd.read_csv(published / "provenance.csv")
    assert provenance["batch_size"].tolist() == [128]
    assert provenance["torch_version"].tolist() == ["2.15.0"]


def test_whole_numbers_stay_whole_beside_lines_of_missing_trainings(results, published):
    results.run(128)
    for _ in range(2):
        export(results.folder, published)
        header, line, missing = (row.split(",") for row in (published / "metrics.csv").read_text().splitlines())
        assert dict(zip(header, line, strict=True))["updates"] == "28140"
        assert dict(zip(header, missing, strict=True))["updates"] == ""


def test_a_shortened_run_is_refused_and_recorded_without_its_numbers(results, published):
    results.run(128)
    results.run(512, epochs=59.0)
    export(results.folder, published)
    metrics = pd.read_csv(published / "metrics.csv").set_index("batch_size")
    assert metrics.loc[512, "status"] == "shortened"
    assert pd.isna(metrics.loc[512, "test_error_percent"])


def test_a_run_without_provenance_is_not_taken(results, published, statuses):
    results.run(128)
    results.run(512)
    (results.folder / "runs/lenet5_mnist/bs512/seed0/provenance.json").unlink()
    export(results.folder, published)
    assert statuses() == {128: "published", 512: "missing"}


def test_runs_of_another_configuration_are_refused_and_others_taken(results, published, statuses):
    results.run(128)
    changes = {"recipes": {"mnist": {"weight_decay": 0.01, "decay_convention": "full"}}}
    results.change(lambda config: config.update(merge(config, changes)), trained_anew=False)
    results.run(512)
    assert (
        "lenet5_mnist: 1 of its trainings not taken, made with another `decay_convention`, `weight_decay` than"
        " the configuration asks for; run the workflow again."
    ) in export(results.folder, published)
    assert statuses() == {128: "missing", 512: "published"}


@pytest.mark.parametrize("part", ["model", "dataset"])
def test_runs_of_another_network_or_on_other_data_are_refused(results, published, statuses, part):
    results.run(128)
    results.run(512)
    path = results.folder / "runs/lenet5_mnist/bs128/seed0/provenance.json"
    provenance = json.loads(path.read_text())
    provenance["run"][part] = "other"
    path.write_text(json.dumps(provenance))
    assert any(f"made with another `{part}` than" in line for line in export(results.folder, published))
    assert statuses() == {128: "missing", 512: "published"}


def test_runs_of_before_an_option_was_added_have_its_default(results, published, statuses):
    results.run(128)
    path = results.folder / "runs/lenet5_mnist/bs128/seed0/provenance.json"
    provenance = json.loads(path.read_text())
    del provenance["run"]["options"]["switch_momentum"], provenance["run"]["options"]["width"]
    path.write_text(json.dumps(provenance))
    export(results.folder, published)
    assert statuses()[128] == "published"


def test_a_run_that_diverged_is_a_result(results, published, statuses):
    results.run(128)
    results.run(512, epochs=3.0, diverged=True)
    export(results.folder, published)
    assert statuses()[512] == "published"
    assert pd.read_csv(published / "metrics.csv").set_index("batch_size").loc[512, "diverged"]


def test_matrices_are_taken_with_extremes_histograms_and_provenance(results, published):
    results.matrices()
    lines = export(results.folder, published)
    assert "Table A1: 3 sizes taken." in lines
    assert "Figure A1: taken." in lines
    line = pd.read_csv(published / "random_matrices/provenance.csv").set_index(["rows", "columns"]).loc[30, 5]
    extremes = pd.read_csv(published / "random_matrices/gaussian/30x5.csv")
    assert line["sigma_min_mean"] == pytest.approx(extremes["sigma_min"].mean())
    assert (line["repeats"], line["code_hash"], line["seconds"]) == (100, "0123456789abcdef", 14.5)
    assert (published / "random_matrices/gaussian/histograms.csv").is_file()


def test_fewer_matrices_than_the_papers_are_refused(results, published):
    results.matrices(repeats=99)
    with pytest.raises(UserError, match="has 99 matrices, fewer than the paper's 100"):
        export(results.folder, published)
    assert not published.exists()


def test_fewer_sizes_do_not_take_away_what_is_published(results, published):
    results.matrices()
    export(results.folder, published)
    results.change(lambda config: config["random_matrices"].update(control_sizes=[]))
    lines = export(results.folder, published)
    assert any(line.startswith("Table A1: not taken, since more of its sizes") for line in lines)
    assert len(read_contents(published).tables["a1"]["sizes"]) == 3


def test_matrices_that_no_rule_made_are_refused(results, published):
    results.matrices()
    for record in (results.folder / ".records").iterdir():
        record.unlink()
    with pytest.raises(UserError, match="no record of the rule that made it"):
        export(results.folder, published)


def test_a_folder_that_is_none_of_results_is_named(tmp_path, published):
    with pytest.raises(UserError, match="is not a folder of results"):
        export(tmp_path, published)


def test_other_data_than_the_papers_are_not_taken(results, published):
    config = results.plan.config
    config["datasets"]["mnist"] = {"source": "digits", "image_size": 28, "channels": 1, "label": "MNIST"}
    write_resolved(config, results.folder)
    results.run(128)
    with pytest.raises(UserError, match=r"Table 6: not taken, since it is none of the paper's tables\."):
        export(results.folder, published)


@pytest.mark.parametrize(
    "settings",
    [{"thresholds": [1e-3]}, {"batch_norm_statistics": "batch"}, {"residual_output": "before_addition"}],
)
def test_counts_of_another_kind_than_the_papers_are_not_taken(results, published, settings):
    config = results.plan.config
    config["spectra"] |= settings
    threshold = config["spectra"]["thresholds"][0]
    config["figures"] = [{"number": 3, "experiments": ["lenet5_mnist"], "threshold": threshold}]
    write_resolved(config, results.folder)
    results.run(128)
    results.run(512)
    (results.folder / "counts").mkdir()
    (results.folder / "counts/lenet5_mnist.csv").write_text("experiment\nlenet5_mnist\n", encoding="utf-8")
    (line,) = [line for line in export(results.folder, published) if line.startswith("Figure 3")]
    assert line.endswith("or no counts as the published ones are made.")
    assert not (published / "counts").exists()
