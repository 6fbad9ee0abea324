"""What the paper's claims are judged on: measured means by table, counts, random matrices and Proposition 3."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.grid_ranking import setting_text
from gengap.analysis.over_seeds import results_table
from gengap.paper.printed import PAPER_EPOCHS, PAPER_REPEATS

ROUNDING = 1e-12
"""Singular values below are rounding: the largest ones of activations are 1 or more, and float64 has 16 digits."""


@dataclass(frozen=True)
class ResultTable:
    """One of Tables 1 to 11 as measured.

    Attributes:
        number: its number.
        experiment: the experiment of its rows.
        rows: what `results_table` returns, in ascending order of the batch sizes, without the rows of which all runs
            diverged.
        full_length: whether these are the paper's runs, of its number of epochs too.
        diverged: labels of the rows of which all runs diverged.
    """

    number: str
    experiment: str
    rows: pd.DataFrame
    full_length: bool
    diverged: tuple[str, ...] = ()

    @property
    def batch_sizes(self) -> np.ndarray:
        """Training batch size of each row, the first one where it was switched."""
        return _first_sizes(self.rows["batch_size"]).to_numpy()

    def values(self, metric: str) -> np.ndarray:
        """Means of a metric, one per row."""
        return self.rows[f"{metric}_mean"].to_numpy(float)


@dataclass(frozen=True)
class Evidence:
    """All that was measured; every part may be empty.

    Attributes:
        tables: by number.
        counts: what `read_counts` returns.
        layers: what the counts of all experiments say of each unfolding.
        extremes: `number` of the table, `law`, `rows`, `columns` and the means and standard errors of σ_min and σ_max.
        full_matrices: numbers of the tables of random matrices that are the paper's.
        proposition: rows of `gengap.remeasure.perturbation.evaluate`, with `experiment`.
        equal_updates: what `equal_updates_table` returns.
        widths: what `width_table` returns.
        equal: by experiment the one that differs in making as many updates at every batch size, where counted.
        rank_limits: lines of `remedies_table` of networks whose rank is limited, with that `rank_limit`.
        tried: rows of settings that were tried for a table: its `number`, the `setting` in words, its `experiment`,
            `batch_size` and `test_error_percent_mean`, of full length alone.
        threshold: the threshold of the main counts.
        smaller: the smallest threshold that was counted, if there is another one.
    """

    tables: Mapping[str, ResultTable] = field(default_factory=dict)
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    layers: pd.DataFrame = field(default_factory=pd.DataFrame)
    extremes: pd.DataFrame = field(default_factory=pd.DataFrame)
    full_matrices: frozenset[str] = frozenset()
    proposition: pd.DataFrame = field(default_factory=pd.DataFrame)
    equal_updates: pd.DataFrame = field(default_factory=pd.DataFrame)
    widths: pd.DataFrame = field(default_factory=pd.DataFrame)
    equal: Mapping[str, str] = field(default_factory=dict)
    rank_limits: pd.DataFrame = field(default_factory=pd.DataFrame)
    tried: pd.DataFrame = field(default_factory=pd.DataFrame)
    threshold: float = 1e-4
    smaller: float | None = None

    def has(self, frame: pd.DataFrame, table: ResultTable) -> bool:
        """Whether a frame has rows of a table's experiment."""
        return len(frame) > 0 and bool((frame["experiment"] == table.experiment).any())


def result_table(subject: Mapping[str, Any]) -> ResultTable:
    """A table from its runs.

    Args:
        subject: `number`, `experiment`, `reproduces_paper` and `rows` as `results_table` takes them.
    """
    rows = results_table(subject["rows"]).sort_values("batch_size", key=_first_sizes, kind="stable")
    number = str(subject["number"])
    # A row whose every run diverged ends early, whatever its length was to be.
    ended = rows[rows["diverged"] < rows["seeds"]]
    full = subject["reproduces_paper"] and set(ended["epochs"]) <= {PAPER_EPOCHS.get(number)}
    diverged = tuple(rows.loc[rows["diverged"] == rows["seeds"], "batch_size"])
    return ResultTable(number, subject["experiment"], ended, bool(full), diverged)


def _first_sizes(labels: pd.Series) -> pd.Series:
    return labels.str.split("->").str[0].astype(int)


def tried_settings(grids: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Test errors of the settings that were tried for tables.

    Args:
        grids: `judged_against` (number of the table) and `settings`, each with its `setting` (value by option), its
            experiment's `name` and `rows` as `results_table` takes them.

    Returns:
        `Evidence.tried`.
    """
    found = []
    for grid in grids:
        number = str(grid["judged_against"])
        for entry in grid["settings"]:
            words = ", ".join(
                f"{option.replace('_', ' ')} {setting_text(value)}" for option, value in entry["setting"].items()
            )
            rows = results_table(entry["rows"])
            rows = rows[(rows["diverged"] < rows["seeds"]) & (rows["epochs"] == PAPER_EPOCHS.get(number))]
            subject = {"number": number, "setting": words, "experiment": entry["name"]}
            found.append(rows[["batch_size", "test_error_percent_mean"]].assign(**subject))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def read_extremes(
    tables: Sequence[Mapping[str, Any]], extremes: Mapping[tuple[str, tuple[int, int]], pd.DataFrame]
) -> tuple[pd.DataFrame, frozenset[str]]:
    """Means over the repeats of the extreme singular values of random matrices.

    Args:
        tables: for each table `number`, `law`, `reproduces_paper` and `sizes`.
        extremes: by law and size, `sigma_min` and `sigma_max` of every repeat.

    Returns:
        `Evidence.extremes` and `Evidence.full_matrices`.
    """
    lines, full = [], set()
    for table in tables:
        repeats = []
        for rows, columns in table["sizes"]:
            values = extremes[table["law"], (rows, columns)]
            repeats.append(len(values))
            line = {"number": table["number"], "law": table["law"], "rows": rows, "columns": columns}
            for name in ("sigma_min", "sigma_max"):
                line |= {name: values[name].mean(), f"{name}_error": values[name].sem()}
            lines.append(line)
        if table["reproduces_paper"] and min(repeats) >= PAPER_REPEATS:
            full.add(str(table["number"]))
    return pd.DataFrame(lines), frozenset(full)


def widest_fully_connected(layers: pd.DataFrame, experiment: str) -> pd.DataFrame:
    """What was measured of the activations, units x batch, of the widest fully connected layer of trained networks.

    Args:
        layers: counts of each unfolding, of all experiments; may be empty.
        experiment: its name.

    Returns:
        The rows of `layers`, `mode_size` is the number of units, and a `sigma_min` below `ROUNDING` is 0; none where
        nothing was measured.
    """
    if not len(layers):
        return layers
    here = layers[(layers["experiment"] == experiment) & (layers["state"] == "trained")]
    dense = here[(here["kind"] == "linear") & (here["mode"] == "channel")]
    widest = dense[dense["mode_size"] == dense["mode_size"].max()]
    return widest.assign(sigma_min=widest["sigma_min"].mask(widest["sigma_min"] < ROUNDING, 0.0))
