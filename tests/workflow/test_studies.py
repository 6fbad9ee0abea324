"""A study from its configuration to its tables: a grid with held-out data, equal updates, and what stands beside print."""

import json

import pandas as pd
import pytest

pytestmark = pytest.mark.workflow

EXPERIMENT = {"model": "lenet5", "dataset": "digits28", "recipe": "tiny", "variant": "narrow", "spectra": False}
GRID = {**EXPERIMENT, "batch_sizes": [128], "grid": {"initialization": ["he_normal", "pytorch"]}}
STUDY = {
    "results": "results/study",
    "run": ["chosen", "judged", "normal", "equal"],
    "treatments": {"equal_updates": {"equal_updates_to": 128}},
    "datasets": {"other28": {"source": "digits", "image_size": 28, "channels": 1, "label": "other digits"}},
    "experiments": {
        "chosen": {**GRID, "judged_against": 6},
        "judged": {**GRID, "dataset": "other28", "judged_against": 5, "held_out_for": "chosen"},
        "normal": {**EXPERIMENT, "batch_sizes": [128, 512]},
        "equal": {**EXPERIMENT, "treatment": "equal_updates", "batch_sizes": [512]},
    },
    "tables": [{"number": 6, "experiment": "normal"}],
    "figures": [],
    "random_matrices": {"laws": []},
}


def test_a_study_makes_its_tables(checkout):
    checkout.merge(STUDY)
    checkout.run()
    audit = checkout.folder / "results/study/audit"

    settings = pd.read_csv(audit / "settings_chosen.csv")
    assert set(settings["option: initialization"]) == {"he_normal", "pytorch"}
    assert settings["distance"].is_monotonic_increasing
    assert settings["rank: other digits"].notna().all()
    # The digits of both data sets are the same, so the errors are, and only the printed tables differ.
    assert (settings["seeds"] == 1).all()

    updates = pd.read_csv(audit / "equal_updates.csv").iloc[0]
    assert updates["updates_equal"] == updates["updates_reference"] > updates["updates_normal"]

    assert not (audit / "comparison.csv").exists(), "these are not the data of the paper's Table 6"
    report = (checkout.folder / "results/study/report.html").read_text(encoding="utf-8")
    for item in ("settings_chosen", "equal_updates", "test_error"):
        assert json.loads((audit / f"{item}.json").read_text(encoding="utf-8"))["title"] in report
    assert checkout.would_run() == set()
