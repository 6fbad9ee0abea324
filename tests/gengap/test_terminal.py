"""What a run tells on the terminal: how long it will take, and not what Snakemake says of every job."""

import io
import logging

import pytest

from gengap.runtime.files import write_json
from gengap.terminal import forecast, quieter


@pytest.fixture
def finish(tmp_path):
    """A function that writes what a finished training leaves of its time."""

    def write(batch_size, seconds, epochs=2.0, seed=0, results="results/demo", dataset="mnist"):
        folder = tmp_path / results / "runs" / "mine" / f"bs{batch_size}" / f"seed{seed}"
        metrics = {"model": "lenet5", "dataset": dataset, "batch_size": batch_size, "epochs": epochs}
        write_json(folder / "metrics.json", metrics)
        write_json(folder / "provenance.json", {"seconds": seconds})

    return write


def planned(*batch_sizes, dataset="mnist", **options):
    options = {"epochs": 60, "equal_updates_to": None} | options
    return [{"model": "lenet5", "dataset": dataset, "options": options, "batch_size": size} for size in batch_sizes]


def test_the_time_is_that_of_the_nearest_batch_size_per_epoch_as_far_as_it_is_known(tmp_path, finish):
    results = tmp_path / "results" / "demo"
    assert forecast(planned(128), results).startswith("1 training planned;")
    finish(128, seconds=20.0)  # 10 s an epoch
    finish(8192, seconds=4.0, results="results/wide")
    finish(8192, seconds=8.0, results="results/wide", seed=1)  # 3 s an epoch, the median of both
    finish(1, seconds=1e9, dataset="cifar10")
    told = forecast(planned(128, 512, 4096), results)
    assert told.startswith("3 trainings planned; about 23 min 0 s ")  # 600 + 600 + 180 s
    assert "10 min 0 s" in forecast(planned(256, epochs=30, equal_updates_to=128), results)
    assert "1 of them" in forecast(planned(128) + planned(128, dataset="cifar100"), results)
    (tmp_path / "results/demo/runs/mine/bs128/seed0/provenance.json").write_text("{")
    assert "not known" in forecast(planned(1, dataset="cifar100"), results)


def test_the_terminal_shows_errors_and_a_tenth_of_the_progress():
    logger, shown = logging.Logger("snakemake"), io.StringIO()
    handler = logging.StreamHandler(shown)
    handler.name = "DefaultStreamHandler"
    logger.addHandler(handler)
    quieter(logger)
    logger.info("Select jobs to execute...")
    for event in ("job_info", "job_started", "job_finished", "job_error"):
        logger.info(event, extra={"event": event})
    for done in range(1, 201):
        logger.info("%d", done, extra={"event": "progress", "done": done, "total": 200})
    assert shown.getvalue().split() == ["job_error", *map(str, range(20, 201, 20))]
