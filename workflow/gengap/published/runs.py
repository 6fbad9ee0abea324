"""The published trainings: a line of `metrics.csv` for each, and one of `provenance.csv`."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config import Plan
from gengap.files import write_text
from gengap.published.contents import MISSING, PUBLISHED, SHORTENED

RUN_KEY = ["experiment", "batch_size", "seed"]

# The paper's epochs (section 5.2) on the official data sets, by torchvision's names.
EPOCHS = {"MNIST": 60, "FashionMNIST": 60, "CIFAR10": 200, "CIFAR100": 200}

# Whole numbers, also in a column where lines of missing trainings have none.
_COUNTS = ("parameters", "updates")

OTHER_DATA = "not taken, since its data set is not the official one."

Key = tuple[str, int, int]


@dataclass(frozen=True)
class Run:
    """A training with its metrics and `status`, and with its provenance if it may be published."""

    metrics: dict[str, Any]
    provenance: dict[str, Any] | None = None

    @property
    def published(self) -> bool:
        """Whether it is of full length and has its provenance."""
        return self.provenance is not None


@dataclass
class Runs:
    """Trainings that are taken, or recorded as absent."""

    runs: list[Run] = field(default_factory=list)
    # Experiments that were published with other options: their lines go.
    outdated: set[str] = field(default_factory=set)

    def add(self, runs: Iterable[Run]) -> None:
        """Take more."""
        self.runs += runs

    def merge_into(self, folder: Path, shown: set[Key]) -> None:
        """Add them to the published ones; a published line gives way to a newly published one only.

        Args:
            folder: of the published numbers.
            shown: the trainings that something published shows; others are left out.
        """
        if self.runs:
            self._merge([run.metrics for run in self.runs], folder / "metrics.csv", shown)
            published = [run.provenance for run in self.runs if run.provenance is not None]
            if published:
                self._merge(published, folder / "provenance.csv", shown)

    def _merge(self, lines: Sequence[Mapping[str, Any]], path: Path, shown: set[Key]) -> None:
        new = pd.DataFrame(lines)
        frames = [new]
        if path.is_file():
            old = pd.read_csv(path)
            old = old[~old["experiment"].isin(self.outdated) & _keys(old).isin(shown)]
            published = new[new["status"] == PUBLISHED] if "status" in new else new
            keep = old[~_keys(old).isin(_keys(published))]
            frames = [frame for frame in (keep, new) if len(frame)]
        merged = pd.concat(frames, ignore_index=True).drop_duplicates(RUN_KEY)
        merged = merged.astype({column: "Int64" for column in _COUNTS if column in merged})
        write_text(path, merged.sort_values(RUN_KEY).to_csv(index=False))


def _keys(lines: pd.DataFrame) -> pd.Index:
    return pd.MultiIndex.from_frame(lines[RUN_KEY])


def full_length(planned: Plan, dataset: str) -> int | None:
    """The epochs of a training of full length, or `None` where the data set is not an official one."""
    entry = planned.config["datasets"][dataset]
    return EPOCHS[entry["name"]] if entry["source"] == "torchvision" else None


def read_run(planned: Plan, results: Path, key: Key, epochs: int | None = None, updates: int | None = None) -> Run:
    """A training, as far as it may be published.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results.
        key: experiment, batch size and seed.
        epochs: that make it one of full length; `None` for the paper's.
        updates: that make it one of full length, whatever its number of epochs; `None` where the epochs tell.
    """
    experiment, batch_size, seed = key
    if epochs is None:
        epochs = full_length(planned, planned.experiments[experiment].dataset)
    named = dict(zip(RUN_KEY, key, strict=True))
    run_folder = results / "runs" / experiment / f"bs{batch_size}" / f"seed{seed}"
    files = [run_folder / name for name in ("metrics.json", "provenance.json")]
    if not all(path.is_file() for path in files):
        return Run(named | {"status": MISSING})
    metrics, provenance = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    # A run that diverged has stopped early, and that is its result.
    done, needed = (metrics["epochs"], epochs) if updates is None else (metrics["updates"], updates)
    if epochs is None or (done < needed and not metrics["diverged"]):
        return Run(named | {"status": SHORTENED, "epochs": metrics["epochs"]})
    return Run(named | {"status": PUBLISHED} | metrics, named | _flat(provenance))


def plain_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a plan as they stand in `contents.json`."""
    return [{"label": row["label"], "runs": [list(run) for run in row["runs"]]} for row in rows]


def united_rows(new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of both, each with the runs of both, in ascending order of their batch sizes."""
    runs: dict[str, list[list[Any]]] = {}
    for row in plain_rows([*new, *old]):
        known = runs.setdefault(row["label"], [])
        known += [run for run in row["runs"] if run not in known]
    rows = [{"label": label, "runs": sorted(found)} for label, found in runs.items()]
    return sorted(rows, key=lambda row: row["runs"][0][1])


def joined_rows(new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    """The new rows, each with the runs of both; `None` where one of the old is not among them."""
    runs = {row["label"]: row["runs"] for row in old}
    rows = plain_rows(new)
    if set(runs) - {row["label"] for row in rows}:
        return None
    for row in rows:
        row["runs"] = sorted(row["runs"] + [run for run in runs.get(row["label"], []) if run not in row["runs"]])
    return rows


def _flat(provenance: dict[str, Any]) -> dict[str, Any]:
    versions = provenance.pop("versions", {})
    provenance.pop("seed", None)
    run = provenance.pop("run", {})
    options = json.dumps(run.get("options", {}), sort_keys=True)
    return provenance | {f"{name}_version": value for name, value in versions.items()} | {"options": options}
