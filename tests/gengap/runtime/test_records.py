"""Snakemake's records are mirrored beside the results and come back when they are lost."""

import base64
import json
import os
import shutil
from pathlib import Path

import pytest

from gengap.runtime.records import mirror_records, record_of


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".snakemake" / "metadata").mkdir(parents=True)


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


def made(output, text="how it was made", **options):
    """The record of a result that is there."""
    Path(output).parent.mkdir(parents=True, exist_ok=True)
    Path(output).write_text("result")
    return record(output, text, **options)


def mirror():
    mirror_records(".snakemake/metadata", "results")


@pytest.mark.parametrize("output", ["results/runs/a/metrics.json", "results/" + "long/" * 60 + "metrics.json"])
@pytest.mark.parametrize("lost", [".snakemake", ".snakemake/metadata"])
def test_lost_records_come_back_again_and_again_while_their_results_are_there(output, lost):
    path = made(output)
    mirror()
    for _ in range(2):
        shutil.rmtree(lost)
        mirror()
        assert path.read_text() == "how it was made"
    shutil.rmtree(lost)
    os.unlink(output)
    mirror()
    assert not path.exists()


@pytest.mark.parametrize("age", [-100, 100])
@pytest.mark.parametrize("right_is_own", [True, False])
def test_of_two_records_the_one_with_the_time_of_the_result_wins(right_is_own, age):
    """As after another checkout's results, or its records alone, were copied here."""
    right, wrong = json.dumps({"endtime": 1000.4}), json.dumps({"endtime": 2000.0})
    path = made("results/a", wrong if right_is_own else right)
    os.utime("results/a", (1000.0, 1000.0))
    mirror()
    record("results/a", right if right_is_own else wrong, age=age)
    mirror()
    assert path.read_text() == Path("results/.records", path.name).read_text() == right


@pytest.mark.parametrize("age", [-100, 100])
def test_of_two_records_that_do_not_tell_the_newer_one_wins(age):
    path = made("results/a", "first")
    mirror()
    record("results/a", "second", age=age)
    mirror()
    assert path.read_text() == ("second" if age < 0 else "first")


def test_a_record_that_was_removed_does_not_come_back():
    removed, kept = made("results/a"), made("results/b")
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


def test_records_of_other_results_and_other_files_are_left_alone():
    made("results/a")
    made("results_of_another/b")
    Path(".snakemake/metadata/no base64").touch()
    mirror()
    assert os.listdir("results/.records") == [base64.urlsafe_b64encode(b"results/a").decode()]


def test_the_record_of_a_result_is_found_wherever_the_results_lie():
    made("results/counts/a.csv")
    mirror()
    Path("results").rename("elsewhere")
    assert record_of("elsewhere", "results/counts/a.csv").read_text() == "how it was made"
    for name in ("results/counts/b.csv", "counts/a.csv", "results/other/counts/a.csv"):
        assert record_of("elsewhere", name) is None
    made("results/a")
    Path("results/.records").touch()
    mirror()  # a folder that cannot be written stops nothing
    assert Path("results/.records").is_file()
