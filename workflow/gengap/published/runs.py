"""The published trainings: a line of `metrics.csv` for each, and one of `provenance.csv`."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.files import write_text
from gengap.published.contents import MISSING, PUBLISHED, SHORTENED
from gengap.results.printed import PAPER_EPOCHS

RUN_KEY = ["experiment", "batch_size", "seed"]

Key = tuple[str, int, int]


@dataclass(frozen=True)
class Run:
    """A training with its metrics and `status`, and with its provenance if it may be published."""

    metrics: dict[str, Any]
    provenance: dict[str, Any] | None = None

    @property
    def published(self) -> bool:
        """Whether it has the paper's epochs and its provenance."""
        return self.provenance is not None


@dataclass
class Runs:
    """Trainings that are taken, or recorded as absent."""

    runs: list[Run] = field(default_factory=list)

    def add(self, runs: Iterable[Run]) -> None:
        """Take more."""
        self.runs += runs

    def merge_into(self, folder: Path) -> None:
        """Add them to the published ones; a published line gives way to a newly published one only."""
        if self.runs:
            _merge(pd.DataFrame([run.metrics for run in self.runs]), folder / "metrics.csv")
            published = [run.provenance for run in self.runs if run.provenance is not None]
            if published:
                _merge(pd.DataFrame(published), folder / "provenance.csv")


def read_run(results: Path, key: Key, number: str) -> Run:
    """A training, as far as it may be published.

    Args:
        results: folder of the workflow's results.
        key: experiment, batch size and seed.
        number: of the printed table that tells how many epochs are full length.
    """
    experiment, batch_size, seed = key
    named = dict(zip(RUN_KEY, key, strict=True))
    run_folder = results / "runs" / experiment / f"bs{batch_size}" / f"seed{seed}"
    files = [run_folder / name for name in ("metrics.json", "provenance.json")]
    if not all(path.is_file() for path in files):
        return Run(named | {"status": MISSING})
    metrics, provenance = (json.loads(path.read_text(encoding="utf-8")) for path in files)
    # A run that diverged has stopped early, and that is its result.
    if metrics["epochs"] < PAPER_EPOCHS[number] and not metrics["diverged"]:
        return Run(named | {"status": SHORTENED, "epochs": metrics["epochs"]})
    return Run(named | {"status": PUBLISHED} | metrics, named | _flat(provenance))


def plain_rows(rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a plan as they stand in `contents.json`."""
    return [{"label": row["label"], "runs": [list(run) for run in row["runs"]]} for row in rows]


def _flat(provenance: dict[str, Any]) -> dict[str, Any]:
    versions = provenance.pop("versions", {})
    provenance.pop("seed", None)
    run = provenance.pop("run", {})
    options = json.dumps(run.get("options", {}), sort_keys=True)
    return provenance | {f"{name}_version": value for name, value in versions.items()} | {"options": options}


def _merge(new: pd.DataFrame, path: Path) -> None:
    frames = [new]
    if path.is_file():
        old = pd.read_csv(path)
        key = pd.MultiIndex.from_frame(old[RUN_KEY])
        published = new[new["status"] == PUBLISHED] if "status" in new else new
        keep = old[~key.isin(pd.MultiIndex.from_frame(published[RUN_KEY]))]
        if "status" in old:
            keep = keep[keep["status"] == PUBLISHED]
            kept = pd.MultiIndex.from_frame(keep[RUN_KEY])
            new = new[~pd.MultiIndex.from_frame(new[RUN_KEY]).isin(kept)]
        frames = [frame for frame in (keep, new) if len(frame)]
    merged = pd.concat(frames, ignore_index=True).drop_duplicates(RUN_KEY)
    write_text(path, merged.sort_values(RUN_KEY).to_csv(index=False))
