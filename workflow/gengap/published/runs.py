"""The published trainings: a line of `metrics.csv` for each, and one of `provenance.csv`."""

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config import Plan
from gengap.config.schema import option_defaults
from gengap.files import write_text
from gengap.published.contents import MISSING, PUBLISHED, SHORTENED

RUN_KEY = ["experiment", "batch_size", "seed"]

# The paper's epochs (section 5.2) on the official data sets, by torchvision's names.
EPOCHS = {"MNIST": 60, "FashionMNIST": 60, "CIFAR10": 200, "CIFAR100": 200}

# Whole numbers, also in a column where lines of missing trainings have none.
_COUNTS = ("parameters", "updates")

OTHER_DATA = "not taken, since its data set is not the official one."

# Of the metrics, those that tell one training's weights from another's.
_OF_WEIGHTS = ("weight_norm", "train_loss", "test_loss")

Key = tuple[str, int, int]
Options = dict[str, Any]


@dataclass(frozen=True)
class Run:
    """A training with its metrics and `status`, and with its provenance if it may be published.

    `otherwise` names what it was trained with that is not what the plan asks for; then it counts as missing.
    """

    metrics: dict[str, Any]
    provenance: dict[str, Any] | None = None
    otherwise: tuple[str, ...] = ()

    @property
    def published(self) -> bool:
        """Whether it is of full length and has its provenance."""
        return self.provenance is not None

    @property
    def key(self) -> Key:
        """Experiment, batch size and seed."""
        return self.metrics["experiment"], self.metrics["batch_size"], self.metrics["seed"]


@dataclass
class Runs:
    """Trainings that are taken, or recorded as absent.

    Attributes:
        planned: what the run was asked for.
        results: folder of the workflow's results.
        published: the options of each training that is published already.
        refused: experiments of which nothing is taken, since more of them is published, and whether there is something.
        outdated: experiments that were published with other options: their lines go.
        runs: what is taken.
    """

    planned: Plan
    results: Path
    published: Mapping[Key, Options] = field(default_factory=dict)
    refused: dict[str, bool] = field(default_factory=dict)
    outdated: set[str] = field(default_factory=set)
    runs: list[Run] = field(default_factory=list)

    def read(self, key: Key, epochs: int | None = None, updates: int | None = None) -> Run:
        """A training as `read_run` reads it; one of a refused experiment counts as missing."""
        if key[0] in self.refused:
            return Run(dict(zip(RUN_KEY, key, strict=True)) | {"status": MISSING})
        return read_run(self.planned, self.results, key, epochs, updates)

    def add(self, runs: Iterable[Run]) -> None:
        """Take more."""
        self.runs += runs

    def taken(self, experiment: str) -> set[Key]:
        """The trainings of an experiment that are taken, published each."""
        keys = {run.key for run in self.runs if run.published}
        return {key for key in keys if key[0] == experiment}

    def alike(self, one: Sequence[Any], other: Sequence[Any]) -> bool:
        """Whether two trainings have the same options, by their keys."""
        return self._options(one) == self._options(other)

    def known(self, experiment: str) -> set[Key]:
        """The published trainings of an experiment that have the options of this run's."""
        wanted = planned_options(self.planned, experiment)
        return {key for key, options in self.published.items() if key[0] == experiment and options == wanted}

    def merge_into(self, folder: Path, shown: set[Key]) -> set[Key]:
        """Add them to the published ones; a published line gives way to a newly published one only.

        Args:
            folder: of the published numbers.
            shown: the trainings that something published shows; others are left out.

        Returns:
            The trainings that were published with other weights.
        """
        if not self.runs:
            return set()
        changed = self._changed(folder / "metrics.csv")
        self._merge([run.metrics for run in self.runs], folder / "metrics.csv", shown)
        published = [run.provenance for run in self.runs if run.provenance is not None]
        if published:
            self._merge(published, folder / "provenance.csv", shown)
        return changed

    def _changed(self, path: Path) -> set[Key]:
        if not path.is_file():
            return set()
        old = pd.read_csv(path).set_index(RUN_KEY)
        old = old[old["status"] == PUBLISHED]
        both = [run for run in self.runs if run.published and run.key in old.index]
        return {
            run.key
            for run in both
            if any(_other(old.loc[run.key, name], run.metrics.get(name)) for name in _OF_WEIGHTS if name in old)
        }

    def _options(self, key: Sequence[Any]) -> Options:
        published = self.published.get((key[0], key[1], key[2]))
        if key[0] in self.planned.experiments and (published is None or key[0] in self.outdated):
            return planned_options(self.planned, key[0])
        return published or {}

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


def read_published(folder: Path) -> dict[Key, Options]:
    """The options of every training that is published."""
    path = folder / "provenance.csv"
    if not path.is_file():
        return {}
    lines = pd.read_csv(path)[[*RUN_KEY, "options"]].itertuples(index=False)
    return {(name, int(size), int(seed)): complete(json.loads(options)) for name, size, seed, options in lines}


def complete(options: Mapping[str, Any]) -> Options:
    """All options; one that did not exist yet when a network was trained has its default."""
    return {name: options.get(name, default) for name, default in option_defaults().items()}


def planned_options(planned: Plan, experiment: str) -> Options:
    """The options of an experiment as its trainings' provenance has them."""
    return complete(json.loads(json.dumps(planned.experiments[experiment].options)))


def _other(old: Any, new: Any) -> bool:
    """Whether two numbers differ by more than their digits in a file; those of a diverged run are empty."""
    if pd.isna(old) or pd.isna(new):
        return pd.isna(old) != pd.isna(new)
    return not math.isclose(old, new, rel_tol=1e-12)


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
    otherwise = _otherwise(planned, experiment, provenance.get("run", {}))
    if otherwise:
        return Run(named | {"status": MISSING}, otherwise=otherwise)
    return Run(named | {"status": PUBLISHED} | metrics, named | _flat(provenance))


def _otherwise(planned: Plan, experiment: str, run: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of what a training was made with, its `run`, that an experiment does not have."""
    chosen = planned.experiments[experiment]
    wanted = {"model": chosen.model, "dataset": chosen.dataset, **planned_options(planned, experiment)}
    found = {"model": run.get("model"), "dataset": run.get("dataset"), **complete(run.get("options", {}))}
    return tuple(name for name, value in wanted.items() if found[name] != value)


def plain_rows(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a plan as they stand in `contents.json`."""
    return [{"label": row["label"], "runs": [list(run) for run in row["runs"]]} for row in rows]


Alike = Callable[[Sequence[Any], Sequence[Any]], bool]


def united_rows(
    new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], alike: Alike
) -> list[dict[str, Any]]:
    """Rows of both, each with the runs of both, in ascending order of their batch sizes.

    Args:
        new: rows of this run.
        old: published rows.
        alike: whether two trainings have the same options. Of a row that both have, old runs with others are left out,
            and those whose batch size and seed a new one has.
    """
    rows = {row["label"]: row["runs"] for row in plain_rows(new)}
    for row in plain_rows(old):
        mine = rows.setdefault(row["label"], [])
        own = list(mine)
        for run in row["runs"]:
            if not own or (alike(run, own[0]) and run[1:] not in [other[1:] for other in own]):
                mine.append(run)
        mine.sort()
    found = [{"label": label, "runs": runs} for label, runs in rows.items()]
    return sorted(found, key=lambda row: row["runs"][0][1])


def joined_rows(
    new: Sequence[Mapping[str, Any]], old: Sequence[Mapping[str, Any]], alike: Alike
) -> list[dict[str, Any]] | None:
    """The new rows as `united_rows` unites them; `None` where one of the old is not among them."""
    order = [row["label"] for row in new]
    rows = {row["label"]: row for row in united_rows(new, old, alike)}
    return None if set(rows) - set(order) else [rows[label] for label in order]


def _flat(provenance: dict[str, Any]) -> dict[str, Any]:
    versions = provenance.pop("versions", {})
    provenance.pop("seed", None)
    run = provenance.pop("run", {})
    options = json.dumps(run.get("options", {}), sort_keys=True)
    return provenance | {f"{name}_version": value for name, value in versions.items()} | {"options": options}
