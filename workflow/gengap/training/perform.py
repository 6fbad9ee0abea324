"""A training job from its files to its files."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from gengap.data.store import ImageDataset, load
from gengap.runtime.device import computing_device
from gengap.runtime.files import write_json
from gengap.runtime.memory import keep_freed_memory
from gengap.runtime.provenance import provenance
from gengap.runtime.run_lock import run_lock
from gengap.training.results import write_results
from gengap.training.run import Training, train

# A CPU job of larger batches needs its memory more than its time.
LARGEST_KEEPING_BATCH = 8192


@dataclass(frozen=True)
class TrainingJob:
    """What a training reads and writes.

    Attributes:
        run: resolved specification, see `gengap.training.run.train`.
        code: hash of the code that trains.
        data: file of the data set.
        checksum: file with the data set's checksum.
        checkpoints: the run's checkpoint folder.
        weights: file to write.
        metrics: file to write.
        history: file to write.
        trajectory: file to write.
        provenance: file to write.
        started: start of the job, with a time zone.
    """

    run: Mapping[str, Any]
    code: str
    data: str
    checksum: str
    checkpoints: str
    weights: str
    metrics: str
    history: str
    trajectory: str
    provenance: str
    started: datetime


def perform(job: TrainingJob) -> None:
    """Train on the device that the job asks for and write the results; the checkpoint goes once all are there.

    Raises:
        UserError: see `run_lock`, `computing_device` and `train`; or the results cannot be written.
        SystemExit: see `train`.
    """
    with run_lock(job.checkpoints), computing_device(job.run["compute"]) as device:
        if device.type == "cpu" and job.run["batch_size"] <= LARGEST_KEEPING_BATCH:
            keep_freed_memory()
        stamp = {"run": job.run, "code": job.code, "data": Path(job.checksum).read_text(encoding="utf-8")}
        dataset = load(job.data)
        training = train(job.run, dataset, device, job.checkpoints, stamp)
        _write(job, training, dataset, device)
        training.checkpoints.remove()


def _write(job: TrainingJob, training: Training, dataset: ImageDataset, device: torch.device) -> None:
    state = training.state
    write_results(
        state.model,
        training.metrics,
        state.history,
        state.trajectory,
        weights_path=job.weights,
        metrics_path=job.metrics,
        history_path=job.history,
        trajectory_path=job.trajectory,
    )
    record = provenance(
        job.run,
        job.code,
        device,
        job.started,
        state.seconds,
        state.measured_images / state.measured_seconds if state.measured_seconds else None,
        state.resumes,
        engine=training.engine,
    )
    record |= {"image_shape": list(dataset.train_images.shape[1:]), "classes": len(dataset.classes)}
    write_json(job.provenance, record)
