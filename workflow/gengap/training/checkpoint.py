"""Checkpoints: a training that is stopped at any moment goes on where it was, to the same weights."""

import hashlib
import json
import logging
import signal
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch

from gengap.data.store import data_start, with_metadata
from gengap.errors import UserError
from gengap.runtime.files import atomic_path, remove_leftovers
from gengap.training.state import TrainingState
from gengap.training.stop import StopRequest

logger = logging.getLogger("gengap")

# Saving takes at most this share of the time of a training.
_LARGEST_SHARE = 1 / 50


class Checkpoints:
    """The checkpoint of one run: a safetensors file, never a pickle, in a folder of its own.

    The file carries a stamp that says what the run is (its specification, the hash of its code, …) and a
    checksum of its content. One that differs in either is ignored, so no result can come from it.
    """

    def __init__(
        self,
        folder: str | Path,
        stamp: Mapping[str, Any],
        interval_seconds: float = 30.0,
        stop: StopRequest | None = None,
    ) -> None:
        """Use `folder`, which is made when the first checkpoint is written.

        Args:
            folder: the run's own folder.
            stamp: what must be equal for a checkpoint to be continued, as JSON can hold it.
            interval_seconds: shortest time between two checkpoints; longer where saving one takes long.
            stop: asked at every poll whether to stop.
        """
        self._folder = Path(folder)
        self._path = self._folder / "checkpoint.safetensors"
        self._stamp = json.dumps(stamp, sort_keys=True)
        self._interval = interval_seconds
        self._next_save = time.monotonic() + interval_seconds
        self._stop = stop or StopRequest()

    def restore(self, state: TrainingState) -> bool:
        """Continue from the checkpoint if there is one that fits, and say in the log why not otherwise."""
        if not self._path.is_file():
            return False
        try:
            with safetensors.safe_open(self._path, framework="pt") as file:
                header = json.loads(file.metadata()["checkpoint"])
                if header["stamp"] != self._stamp:
                    raise ValueError("it was made by another configuration, code or library version")
                content = self._path.read_bytes()[-header["bytes"] :]
                if hashlib.sha256(content).hexdigest() != header["sha256"]:
                    raise ValueError("its checksum is wrong")
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (not a dict)
                state.restore(tensors, header["progress"])
        except (safetensors.SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
            logger.warning("The checkpoint %s is ignored (%s); training starts from the beginning.", self._path, error)
            return False
        logger.info("Resuming from a checkpoint: epoch %d, after %d updates of it", state.epoch + 1, state.step)
        return True

    def poll(self, state: TrainingState) -> None:
        """Between two updates: save if it is time, and save and stop if that was asked for.

        Raises:
            SystemExit: with status 128 + the signal that asked.
        """
        number = self._stop.signal
        if number is not None:
            saved = self.save(state)
            name = signal.Signals(number).name
            logger.warning(
                "Stopped by %s in epoch %d; %s", name, state.epoch + 1,
                "run the same command again to resume." if saved else "the state could not be saved.",
            )  # fmt: skip
            raise SystemExit(128 + number)
        if time.monotonic() >= self._next_save:
            self.save(state)

    def save(self, state: TrainingState) -> bool:
        """Write a checkpoint; a failure (a full disk) is a warning, and training goes on."""
        tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in state.tensors().items()}
        # A device had to do all that waited for it first, which is not the price of the checkpoint.
        began = time.monotonic()
        try:
            with atomic_path(self._path) as temporary:
                temporary.write_bytes(self._serialize(tensors, state.progress()))
            saved = True
        except (UserError, OSError) as error:
            logger.warning("No checkpoint could be written, training goes on without: %s", error)
            saved = False
        now = time.monotonic()
        self._next_save = now + max(self._interval, (now - began) / _LARGEST_SHARE)
        return saved

    def remove(self) -> None:
        """Delete the checkpoint once the results are written, and its folder if nothing else is in it."""
        remove_leftovers(self._path)
        with suppress(OSError):
            self._path.unlink(missing_ok=True)
            self._folder.rmdir()

    def _serialize(self, tensors: dict[str, torch.Tensor], progress: dict[str, Any]) -> bytes:
        content = safetensors.torch.save(tensors)
        data = memoryview(content)[data_start(content) :]
        header = {
            "stamp": self._stamp,
            "progress": progress,
            "bytes": len(data),
            "sha256": hashlib.sha256(data).hexdigest(),
        }
        return with_metadata(content, {"checkpoint": json.dumps(header)})
