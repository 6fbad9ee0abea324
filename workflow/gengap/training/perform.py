"""A training job from its files to its files, in a process of its own or in a thread of a shared one."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import torch

from gengap.data.store import ImageDataset, load
from gengap.device import computing_device
from gengap.files import write_json
from gengap.memory import keep_freed_memory
from gengap.provenance import provenance
from gengap.run_lock import run_lock
from gengap.training.job import TrainingJob
from gengap.training.results import write_results
from gengap.training.run import Training, train
from gengap.training.stop import StopRequest

# A CPU job of larger batches needs its memory more than its time.
LARGEST_KEEPING_BATCH = 8192


def train_alone(job: TrainingJob) -> None:
    """Train in this process, on the device that the job's `compute` asks for.

    Raises:
        UserError: see `perform` and `computing_device`.
    """
    with run_lock(job.checkpoints), computing_device(job.run["compute"]) as device:
        if device.type == "cpu" and job.run["batch_size"] <= LARGEST_KEEPING_BATCH:
            keep_freed_memory()
        perform(job, load(job.data), device)


def perform(
    job: TrainingJob,
    dataset: ImageDataset,
    device: torch.device,
    stop: StopRequest | None = None,
    side_by_side: Callable[[], int | None] = lambda: None,
) -> None:
    """Train and write the results; the checkpoint goes once all of them are there.

    The caller holds the run's lock.

    Args:
        job: what to train and where the results go.
        dataset: content of `job.data`.
        device: where to train.
        stop: see `train`.
        side_by_side: asked at the end for the value of the same name in `provenance.json`.

    Raises:
        UserError: see `train`; or the results cannot be written.
        SystemExit: see `train`.
    """
    stamp = {"run": job.run, "code": job.code, "data": Path(job.checksum).read_text(encoding="utf-8")}
    training = train(job.run, dataset, device, job.checkpoints, stamp, stop=stop)
    _write(job, training, device, side_by_side())
    training.checkpoints.remove()


def _write(job: TrainingJob, training: Training, device: torch.device, side_by_side: int | None) -> None:
    state = training.state
    write_results(
        state.model,
        training.metrics,
        state.history,
        weights_path=job.weights,
        metrics_path=job.metrics,
        history_path=job.history,
    )
    record = provenance(
        job.run,
        job.code,
        device,
        datetime.fromisoformat(job.started),
        state.seconds,
        state.measured_images / state.measured_seconds if state.measured_seconds else None,
        state.resumes,
        side_by_side,
    )
    write_json(job.provenance, record)
