"""Weights and spectra are packed with checksums that `sha256sum` reads, and come back as they were or not at all."""

import json
import subprocess

import pytest

from gengap.errors import UserError
from gengap.pack import pack, restore

RUN = "runs/mine/bs128/seed0"
METRICS = {"experiment": "mine", "model": "lenet5", "dataset": "mnist", "batch_size": 128, "seed": 0}


@pytest.fixture
def results(tmp_path):
    contents = {
        f"{RUN}/metrics.json": json.dumps(METRICS | {"test_error_percent": 0.5, "train_error_percent": 0.0}),
        f"{RUN}/provenance.json": json.dumps({"run": {"options": {"width": 0.5}}}),
        f"{RUN}/weights.safetensors": "weights",
        "spectra/mine/bs128/seed0.parquet": "spectrum",
        "counts/mine.csv": "counts",
        ".records/a/b": "record",
        "report.html": "left aside",
    }
    for name, text in contents.items():
        path = tmp_path / "results" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "results"


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_was_packed_comes_back_with_its_times(results, tmp_path):
    pack(results, tmp_path / "packed")
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=tmp_path / "packed", check=False)
    assert done.returncode == 0
    assert "| mine | lenet5 | mnist | 128 | 0 | 0.50 to 0.50 |" in (tmp_path / "packed" / "README.md").read_text()
    restore(tmp_path / "packed", tmp_path / "elsewhere")
    there = contents(results)
    del there["report.html"]
    assert contents(tmp_path / "elsewhere") == there
    weights = f"{RUN}/weights.safetensors"
    assert (tmp_path / "elsewhere" / weights).stat().st_mtime == (results / weights).stat().st_mtime
    restore(tmp_path / "packed", tmp_path / "elsewhere")  # the same again is nothing new


@pytest.mark.parametrize("damage", ["change", "remove", "other", "outside", "unfinished"])
def test_nothing_is_restored_from_what_is_not_as_it_was_packed(damage, results, tmp_path):
    packed, target = tmp_path / "packed", tmp_path / "elsewhere"
    pack(results, packed)
    match damage:
        case "change":
            (packed / "counts/mine.csv").write_text("other")
        case "remove":
            (packed / "counts/mine.csv").unlink()
        case "other":
            (target / "counts").mkdir(parents=True)
            (target / "counts/mine.csv").write_text("other")
        case "outside":
            (packed / "SHA256SUMS").write_text(f"{'0' * 64}  ../results/report.html\n")
        case "unfinished":
            (packed / "SHA256SUMS").unlink()
    with pytest.raises(UserError):
        restore(packed, target)
    assert not (target / "runs").exists()


def test_a_folder_is_packed_once_and_only_with_trainings(results, tmp_path):
    pack(results, tmp_path / "packed")
    with pytest.raises(UserError, match="exists"):
        pack(results, tmp_path / "packed")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no training"):
        pack(tmp_path / "empty", tmp_path / "other")
    assert not (tmp_path / "other").exists()
