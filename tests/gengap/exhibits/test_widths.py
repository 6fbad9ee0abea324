"""The table of networks of several widths."""

import json

from gengap.exhibits import widths
from gengap.exhibits.files import Files

METRICS = {"train_error_percent": 0, "train_cross_entropy": 0.001, "test_cross_entropy": 0.02, "weight_penalty": 0.1}
METRICS |= {"train_loss": 0.101, "test_loss": 0.12, "updates": 100, "weight_distance": 1.0, "epochs": 60.0}
ERRORS = {("half", 128, 0): 1.0, ("half", 128, 1): 1.5, ("half", 512, 0): 3.0, ("half", 512, 1): 3.9}
ERRORS |= {("lenet5", 128, 0): 1.0, ("lenet5", 512, 0): 2.0}


def test_a_row_for_each_width(tmp_path, make_counts):
    for (experiment, size, seed), error in ERRORS.items():
        names = {"experiment": experiment, "batch_size": size, "seed": seed, "diverged": False}
        path = tmp_path / f"{experiment}-{size}-{seed}.json"
        path.write_text(json.dumps(names | METRICS | {"test_error_percent": error}))
    cells = {("literal", 512, 512): 9, ("thin", 512, 512): 4, ("full", 512, 512): 30}
    make_counts(cells, "half", floors={("full", 512): 26}).to_csv(tmp_path / "counts.csv", index=False)
    members = [
        {
            "experiment": name,
            "width": width,
            "rows": [
                {"label": str(size), "runs": [run for run in ERRORS if run[:2] == (name, size)]} for size in (128, 512)
            ],
        }
        for name, width in (("half", 0.5), ("lenet5", 1.0))
    ]
    group = {"title": "LeNet-5", "experiment": "lenet5", "members": members}
    files = Files({"metrics": sorted(map(str, tmp_path.glob("*.json"))), "counts": [str(tmp_path / "counts.csv")]})
    table = widths.make("widths", {"groups": [group], "threshold": 1e-4}, files)
    assert [list(row) for row in table.rows] == [
        ["LeNet-5", "0.5", "2", "128 → 512", "1.25", "3.45", "2.20 ± 0.73", "9 (0)", "4 (0)", "30 (26)", "–", "–"],
        ["", "1", "1", "128 → 512", "1.00", "2.00", "1.00", "–", "–", "–", "–", "–"],
    ]
    assert table.cells(), "a cell for each column"
