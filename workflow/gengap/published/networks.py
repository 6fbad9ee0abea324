"""What is published of networks besides their counts: one CSV file for each kind of measurement and experiment."""

import io
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.analysis.frames import joined
from gengap.audit.networks import Networks
from gengap.audit.table_files import Measured
from gengap.config import Plan
from gengap.files import write_text
from gengap.published.contents import THRESHOLDS, untrained_file
from gengap.results.rank_loss_counts import read_counts

LAYERS = "layers"
FIGURES = ("threshold_curves", "effective_rank", "sigma_min")
TABLES = ("forward_precision", "proposition_3")
NETWORK = ["seed", "trained_batch_size"]


def as_in_the_paper(planned: Plan) -> bool:
    """Whether spectra are measured as published ones are, and counted at the paper's thresholds."""
    settings = planned.config["spectra"]
    kind = (settings["residual_output"], settings["batch_norm_statistics"])
    return set(THRESHOLDS) <= set(settings["thresholds"]) and kind == ("after_addition", "running")


def counts_file(experiment: str) -> str:
    """Path of the counts of an experiment, below `results` and below the published folder alike."""
    return f"counts/{experiment}.csv"


def audit_file(name: str, experiment: str) -> str:
    """Path below `results` of one of `FIGURES` or `TABLES`; a file of the former has all experiments."""
    return f"audit/{name}.csv" if name in FIGURES else f"audit/{name}/{experiment}.csv"


def take_networks(experiment: str, results: Path, folder: Path, without: Collection[str] = ()) -> None:
    """Take what was measured of an experiment's networks, each in place of itself; published others stay.

    A network is known by its seed and its training batch size. One that was fed a part only of the batch sizes that the
    published one was fed is not taken; what was not measured is left out.

    Args:
        experiment: its name.
        results: folder of the workflow's results.
        folder: of the published numbers.
        without: those of `FIGURES` and `TABLES` that are not taken.
    """
    counts = results / counts_file(experiment)
    found = {counts_file(experiment): _read_text(counts)}
    layers = counts.with_suffix(".parquet")
    if layers.is_file():
        found[_file(LAYERS, experiment)] = _read_text(io.StringIO(pd.read_parquet(layers).to_csv(index=False)))
    for name in (*FIGURES, *TABLES):
        path = results / audit_file(name, experiment)
        if path.is_file() and name not in without:
            rows = _read_text(path)
            if name in FIGURES:
                rows = rows.query("experiment == @experiment")
                rows = rows.loc[:, (rows != "").any()]
            found[_file(name, experiment)] = rows
    fuller = _fuller(folder / counts_file(experiment), found[counts_file(experiment)])
    for name, rows in found.items():
        taken = rows[~_networks(rows).isin(fuller)]
        if len(taken):
            _merge(taken, folder / name)


def take_counts(counts: Path, path: Path) -> list[int]:
    """Take a file of counts of untrained networks, each in place of itself unless the published one was fed more.

    Args:
        counts: the file.
        path: where they are published; other networks there stay.

    Returns:
        The seeds of the networks taken.
    """
    found = _read_text(counts)
    taken = found[~_networks(found).isin(_fuller(path, found))]
    if len(taken):
        _merge(taken, path)
    return sorted({int(seed) for seed in taken["seed"]})


def forget_networks(experiment: str, folder: Path) -> None:
    """Remove what is published of an experiment's networks."""
    for name in (LAYERS, *FIGURES, *TABLES):
        (folder / _file(name, experiment)).unlink(missing_ok=True)
    (folder / counts_file(experiment)).unlink(missing_ok=True)
    (folder / untrained_file(experiment)).unlink(missing_ok=True)


def forget_trainings(trainings: Collection[tuple[str, int, int]], folder: Path) -> None:
    """Remove what is published of the networks of some trainings: experiment, batch size and seed."""
    for experiment in {training[0] for training in trainings}:
        gone = [(seed, size) for name, size, seed in trainings if name == experiment]
        for name in (counts_file(experiment), *(_file(part, experiment) for part in (LAYERS, *FIGURES, *TABLES))):
            path = folder / name
            if path.is_file():
                rows = _read_text(path)
                kept = rows[~_networks(rows).isin(gone)]
                # Untrained networks alone, which have no training batch size, are no experiment.
                if (kept["trained_batch_size"] != "").any():
                    write_text(path, kept.to_csv(index=False, lineterminator="\n"))
                else:
                    path.unlink()


def read_measured(folder: Path, experiments: list[str]) -> Measured:
    """What the audit's tables need of published experiments."""
    counts = [folder / counts_file(name) for name in experiments]
    layers, precision, proposition = (_read(folder, name, experiments) for name in (LAYERS, *TABLES))
    return Measured(read_counts(counts) if counts else pd.DataFrame(), layers, precision, proposition)


def read_networks(folder: Path, experiments: list[str]) -> Networks:
    """What the audit's figures need of published experiments."""
    return Networks(*(_read(folder, name, experiments) for name in FIGURES))


def measured(folder: Path, name: str, experiments: list[str]) -> list[str]:
    """Those of the experiments of which a kind of measurement is published."""
    return [experiment for experiment in experiments if (folder / _file(name, experiment)).is_file()]


def _read(folder: Path, name: str, experiments: list[str]) -> pd.DataFrame:
    files = [folder / _file(name, experiment) for experiment in measured(folder, name, experiments)]
    return joined(map(pd.read_csv, files))


def _file(name: str, experiment: str) -> str:
    return f"networks/{name}/{experiment}.csv"


def _read_text(source: Path | io.StringIO) -> pd.DataFrame:
    """A CSV file with its cells as they stand there, so that every digit is kept."""
    return pd.read_csv(source, dtype=str, na_filter=False)


def _merge(rows: pd.DataFrame, path: Path) -> None:
    if path.is_file():
        old = _read_text(path)
        rows = pd.concat([old[~_networks(old).isin(_networks(rows))], rows]).fillna("")
    write_text(path, rows.to_csv(index=False, lineterminator="\n"))


def _networks(rows: pd.DataFrame) -> pd.Index:
    """Seed and training batch size, as numbers; 0 for an untrained network."""
    return pd.MultiIndex.from_frame(rows.reindex(columns=NETWORK).apply(pd.to_numeric).fillna(0).astype(int))


def _fuller(path: Path, counts: pd.DataFrame) -> list[Any]:
    """Published networks that were fed all batch sizes of `counts` and more."""
    if not path.is_file():
        return []
    old, new = (_fed(rows) for rows in (_read_text(path), counts))
    return [network for network, sizes in new.items() if sizes < old.get(network, set())]


def _fed(counts: pd.DataFrame) -> dict[Any, set[int]]:
    fed: dict[Any, set[int]] = {}
    for network, size in zip(_networks(counts), counts["fed_batch_size"].astype(int), strict=True):
        fed.setdefault(network, set()).add(size)
    return fed
