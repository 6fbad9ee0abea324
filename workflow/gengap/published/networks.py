"""What is published of networks besides their counts: one CSV file for each kind of measurement and experiment."""

import shutil
from pathlib import Path

import pandas as pd

from gengap.audit.networks import Networks
from gengap.audit.table_files import Measured
from gengap.files import write_text
from gengap.results.rank_loss_counts import read_counts

LAYERS = "layers"
FIGURES = ("threshold_curves", "effective_rank", "sigma_min")
TABLES = ("forward_precision", "proposition_3")


def counts_file(experiment: str) -> str:
    """Path of the counts of an experiment, below `results` and below the published folder alike."""
    return f"counts/{experiment}.csv"


def take_networks(experiment: str, results: Path, folder: Path) -> None:
    """Copy what was measured of an experiment's networks; what was not measured is left out.

    Args:
        experiment: its name.
        results: folder of the workflow's results.
        folder: of the published numbers.
    """
    _copy(results / counts_file(experiment), folder / counts_file(experiment))
    layers = (results / counts_file(experiment)).with_suffix(".parquet")
    if layers.is_file():
        _write(pd.read_parquet(layers), folder / _file(LAYERS, experiment))
    for name in FIGURES:
        path = results / "audit" / f"{name}.csv"
        if path.is_file():
            rows = pd.read_csv(path).query("experiment == @experiment").dropna(axis="columns", how="all")
            if len(rows):
                _write(rows, folder / _file(name, experiment))
    for name in TABLES:
        path = results / "audit" / name / f"{experiment}.csv"
        if path.is_file():
            _copy(path, folder / _file(name, experiment))


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
    return pd.concat(map(pd.read_csv, files), ignore_index=True) if files else pd.DataFrame()


def _file(name: str, experiment: str) -> str:
    return f"networks/{name}/{experiment}.csv"


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _write(frame: pd.DataFrame, path: Path) -> None:
    write_text(path, frame.to_csv(index=False, lineterminator="\n"))
