"""A job's side of the host: hand over the training, pass on its log, its errors and its end, and stop it."""

import logging
import os
import sys
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.gpu_slot import gpu_slot, machine_devices, private_folder, visible_devices
from gengap.run_lock import run_lock
from gengap.training.host.meeting import connect, log_path, socket_path
from gengap.training.host.messages import ERROR, STOPPED, USER_ERROR, received, send
from gengap.training.job import TrainingJob
from gengap.training.stop import stop_signals_go_to

logger = logging.getLogger("gengap")

# Snakemake starts the next job within seconds of the last one's end; an idle host keeps memory of the GPU.
IDLE_SECONDS = 30.0
_LOG_TAIL_BYTES = 2000


def can_share(compute: Mapping[str, Any]) -> bool:
    """Whether trainings with this `compute` may share a process on this machine.

    They need an NVIDIA GPU and CUDA graphs, since Python runs the steps of one training at a time. A job of Slurm has
    processes of its own that end with it.
    """
    wanted = compute["device"] in ("auto", "cuda") and compute["cuda_graphs"]
    return wanted and "SLURM_JOB_ID" not in os.environ and bool(visible_devices(machine_devices()))


def train_side_by_side(job: TrainingJob, trainings: int) -> None:
    """Train in the host of the least used GPU, with at most `trainings` jobs on each.

    Raises:
        UserError: see `train_in_host`.
        SystemExit: see `train_in_host`.
    """
    with ExitStack() as place:
        # Until the host holds it: a second process for the same run is refused before it waits for a GPU.
        with run_lock(job.checkpoints):
            device = place.enter_context(gpu_slot(slots_per_device=trainings))
        train_in_host(job, device or "")


def train_in_host(job: TrainingJob, device: str, folder: Path | None = None) -> None:
    """Let the host of a device train, and wait for the end.

    The first job starts the host. Log records appear in this process; SIGTERM and SIGINT are passed on, one that comes
    later ends this process at once. If this process ends otherwise, the host stops the training.

    Args:
        job: what to train.
        device: the GPU, as `CUDA_VISIBLE_DEVICES` of this process names it.
        folder: the folder to meet in, instead of the user's private one.

    Raises:
        UserError: the training raised one, or the host has ended.
        SystemExit: the training was stopped, or ended with another error, which is in the log.
    """
    path = socket_path(folder or private_folder(), device, job.run["compute"])
    with connect(path, IDLE_SECONDS) as connection:
        with suppress(ConnectionError):  # a host that is gone tells by its silence below
            send(connection, {"job": job.message()})

        def pass_on(number: int) -> None:
            with suppress(OSError):
                send(connection, {"stop": number})

        with stop_signals_go_to(pass_on):
            for message in received(connection):
                if "end" in message:
                    _end(message)
                    return
                logger.log(message["level"], "%s", message["text"])
    _tell_log(log_path(path))
    raise UserError(
        f"The process that trains for all jobs on GPU {device} has ended unexpectedly; run the same command again, and"
        " the training goes on from its checkpoint."
    )


def _end(message: Mapping[str, Any]) -> None:
    if message["end"] == USER_ERROR:
        raise UserError(message["text"])
    if message["end"] == STOPPED:
        sys.exit(message["status"])
    if message["end"] == ERROR:
        logger.error("The job failed with an unexpected error\n%s", message["text"])
        sys.exit(1)


def _tell_log(path: Path) -> None:
    with suppress(OSError):
        text = path.read_bytes()[-_LOG_TAIL_BYTES:].decode(errors="replace").strip()
        if text:
            logger.warning("Its last words:\n%s", text)
