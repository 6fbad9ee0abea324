"""Snakemake's records are mirrored beside the results and come back when they are lost."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from gengap.runtime.records import mirror_records, record_of


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake" / "metadata").mkdir(parents=True)
    return tmp_path


def record(output, text, age=0.0):
    """Write a record as Snakemake's `FilePersistence` names it."""
    encoded = base64.urlsafe_b64encode(output.encode()).decode()
    parts = [encoded[i : i + 254] for i in range(0, len(encoded), 254)]
    path = Path(".snakemake", "metadata", *(f"@{part}" for part in parts[:-1]), parts[-1])
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    status = path.stat()
    os.utime(path, (status.st_atime - age, status.st_mtime - age))
    return path


def make(output):
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text("result")


def mirror():
    mirror_records(".snakemake/metadata", "results")


@pytest.mark.parametrize("output", ["results/runs/a/metrics.json", "results/" + "long/" * 60 + "metrics.json"])
@pytest.mark.parametrize("lost", [".snakemake", ".snakemake/metadata"])
def test_lost_records_come_back_again_and_again(output, lost, here):
    make(output)
    path = record(output, "how it was made")
    mirror()
    for _ in range(2):
        shutil.rmtree(lost)
        mirror()
        assert path.read_text() == "how it was made"


def test_records_of_results_that_are_gone_stay_gone(here):
    make("results/a")
    path = record("results/a", "how it was made")
    mirror()
    shutil.rmtree(".snakemake")
    os.unlink("results/a")
    mirror()
    assert not path.exists()


def test_the_newer_record_wins_in_both_directions(here):
    make("results/a")
    path = record("results/a", "old", age=100)
    mirror()
    record("results/a", "new")
    mirror()
    shutil.rmtree(".snakemake")
    record("results/a", "older still", age=200)
    mirror()
    assert path.read_text() == "new"


@pytest.mark.parametrize("age", [-100, 100])
@pytest.mark.parametrize("right_is_own", [True, False])
def test_of_two_records_the_one_with_the_time_of_the_result_wins(right_is_own, age, here):
    """As after another checkout's results, or its records alone, were copied here."""
    make("results/a")
    os.utime("results/a", (1000.0, 1000.0))
    right, wrong = json.dumps({"endtime": 1000.4}), json.dumps({"endtime": 2000.0})
    path = record("results/a", wrong if right_is_own else right)
    mirror()
    record("results/a", right if right_is_own else wrong, age=age)
    mirror()
    assert path.read_text() == Path("results/.records", path.name).read_text() == right


def test_a_record_that_was_removed_does_not_come_back(here):
    make("results/a")
    make("results/b")
    removed, kept = record("results/a", "how a was made"), record("results/b", "how b was made")
    mirror()
    removed.unlink()  # as `snakemake --cleanup-metadata results/a` does
    mirror_records(".snakemake/metadata", "resources")
    for _ in range(2):
        mirror()
        assert (removed.exists(), kept.exists()) == (False, True)
        assert record_of("results", "results/a") is None
    record("results/a", "made again")
    mirror()
    assert record_of("results", "results/a").read_text() == "made again"


def test_records_of_other_results_are_left_alone(here):
    make("results/a")
    make("results_of_another/b")
    record("results_of_another/b", "not ours")
    mirror()
    assert not Path("results/.records").exists()


def test_a_folder_that_cannot_be_written_stops_nothing(here):
    make("results/a")
    record("results/a", "how it was made")
    make("results/.records")
    mirror()
    assert Path("results/.records").is_file()


def test_the_record_of_a_result_is_found_wherever_the_results_lie(here):
    make("results/counts/a.csv")
    record("results/counts/a.csv", "made so")
    mirror()
    (here / "results").rename(here / "elsewhere")
    assert record_of("elsewhere", "results/counts/a.csv").read_text() == "made so"
    assert record_of("elsewhere", "results/counts/b.csv") is None
    assert record_of("elsewhere", "counts/a.csv") is None
    assert record_of("elsewhere", "results/other/counts/a.csv") is None
