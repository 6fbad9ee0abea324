"""One training as the workflow asks for it: plain values, without PyTorch, so that any process can take it up."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

_PATHS = ("data", "checksum", "checkpoints", "weights", "metrics", "history", "provenance")


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
        provenance: file to write.
        started: start of the job in ISO 8601, with a time zone.
    """

    run: Mapping[str, Any]
    code: str
    data: str
    checksum: str
    checkpoints: str
    weights: str
    metrics: str
    history: str
    provenance: str
    started: str

    def message(self) -> dict[str, Any]:
        """All fields as JSON can hold them, paths absolute, for a process in another folder."""
        fields = asdict(self)
        return fields | {name: os.path.abspath(fields[name]) for name in _PATHS}
