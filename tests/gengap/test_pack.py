"""Weights and spectra are packed with checksums that `sha256sum` reads, and come back as they were or not at all."""

import subprocess

import pytest

from gengap.errors import UserError
from gengap.pack import pack, restore
from gengap.runtime.files import sha256

RUN = "runs/mine/bs128/seed0"


@pytest.fixture
def results(stages):
    stages.metrics(experiment="mine", dataset="mnist", test_error_percent=0.5)
    stages.provenance(f"{RUN}/provenance.json", run={"options": {"width": 0.5}})
    for name in (f"{RUN}/weights.safetensors", "spectra/mine/bs128/seed0.parquet", "counts/mine.csv", ".records/a/b"):
        stages.path(name).write_text(name)
    stages.path("report.html").write_text("left aside")
    return stages.folder


@pytest.fixture
def outside(tmp_path_factory):
    return tmp_path_factory.mktemp("outside")


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_what_was_packed_comes_back_with_its_times(results, outside):
    pack(results, outside / "packed")
    done = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=outside / "packed", check=False)
    assert done.returncode == 0
    assert "| mine | lenet5 | mnist | 128 | 0 | 0.50 to 0.50 |" in (outside / "packed" / "README.md").read_text()
    restore(outside / "packed", outside / "elsewhere")
    there = contents(results)
    del there["report.html"]
    assert contents(outside / "elsewhere") == there
    weights = f"{RUN}/weights.safetensors"
    assert (outside / "elsewhere" / weights).stat().st_mtime == (results / weights).stat().st_mtime
    restore(outside / "packed", outside / "elsewhere")  # the same again is nothing new


@pytest.mark.parametrize("damage", ["change", "remove", "other", "outside", "unfinished"])
def test_nothing_is_restored_from_what_is_not_as_it_was_packed(damage, results, outside):
    packed, target = outside / "packed", outside / "elsewhere"
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
            (outside / "report.html").touch()
            (packed / "SHA256SUMS").write_text(f"{sha256(outside / 'report.html')}  ../report.html\n")
        case "unfinished":
            (packed / "SHA256SUMS").unlink()
    with pytest.raises(UserError):
        restore(packed, target)
    assert not (target / "runs").exists()


def test_a_folder_is_packed_once_and_only_with_trainings(results, outside):
    pack(results, outside / "packed")
    with pytest.raises(UserError, match="exists"):
        pack(results, outside / "packed")
    (outside / "empty").mkdir()
    with pytest.raises(UserError, match="no training"):
        pack(outside / "empty", outside / "other")
    assert not (outside / "other").exists()
