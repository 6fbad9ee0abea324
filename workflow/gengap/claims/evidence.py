"""What claims are judged on, and what one table or network says of a claim."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.grid_ranking import setting_text
from gengap.analysis.over_seeds import ended, results_table
from gengap.paper.printed import PAPER_EPOCHS, first_batch_size


@dataclass(frozen=True)
class Finding:
    """What one table or network says of a claim.

    Attributes:
        holds: whether the claim is seen; None where its test cannot tell.
        numbers: by name, what this rests on; of an array the first and the last value are told.
        left: whether the claim holds once a control holds fixed what else could explain it; None without a control.
        partly: whether only a part of what the claim says is seen.
    """

    holds: bool | None
    numbers: Mapping[str, Any]
    left: bool | None = None
    partly: bool = False


@dataclass(frozen=True)
class ResultTable:
    """One of Tables 1 to 11 as measured.

    Attributes:
        experiment: the experiment of its rows.
        rows: what `results_table` returns, in ascending order of the batch sizes, without the rows of which all runs
            diverged.
        full_length: whether all have the paper's number of epochs.
        diverged: labels of the rows of which all runs diverged.
    """

    experiment: str
    rows: pd.DataFrame
    full_length: bool
    diverged: tuple[str, ...] = ()

    @property
    def batch_sizes(self) -> np.ndarray:
        """Training batch size of each row, the first one where it was switched."""
        return self.rows["batch_size"].map(first_batch_size).to_numpy()

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
        extremes: what `matrix_extremes` returns.
        proposition: rows of `gengap.remeasure.perturbation.evaluate`, with `experiment`.
        equal_updates: what `equal_updates_table` returns.
        widths: what `width_table` returns.
        equal: by experiment the one that differs in making as many updates at every batch size, where counted.
        remedies: lines of `remedies_table` with the names of the `options` that each treatment changes, with blanks
            between, and its `rank_limit`, if any.
        walks: what `diffusion_table` returns.
        minima: properties of networks and their `test_error_percent`, by `title`, `trained_batch_size` and seed.
        tried: what `tried_settings` returns.
        thresholds: of the counts, the largest is the main one.
    """

    tables: Mapping[str, ResultTable] = field(default_factory=dict)
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    layers: pd.DataFrame = field(default_factory=pd.DataFrame)
    extremes: pd.DataFrame = field(default_factory=pd.DataFrame)
    proposition: pd.DataFrame = field(default_factory=pd.DataFrame)
    equal_updates: pd.DataFrame = field(default_factory=pd.DataFrame)
    widths: pd.DataFrame = field(default_factory=pd.DataFrame)
    equal: Mapping[str, str] = field(default_factory=dict)
    remedies: pd.DataFrame = field(default_factory=pd.DataFrame)
    walks: pd.DataFrame = field(default_factory=pd.DataFrame)
    minima: pd.DataFrame = field(default_factory=pd.DataFrame)
    tried: pd.DataFrame = field(default_factory=pd.DataFrame)
    thresholds: Sequence[float] = (1e-4,)

    def of(self, part: str, table: ResultTable) -> pd.DataFrame:
        """Rows of a part on a table's experiment; empty where nothing was measured."""
        frame = getattr(self, part)
        return frame[frame["experiment"] == table.experiment] if len(frame) else frame


def result_table(number: str, experiment: str, rows: Sequence[Mapping[str, Any]]) -> ResultTable:
    """A table from its runs: `rows` as `results_table` takes them."""
    found = results_table(rows)
    # A row whose every run diverged ends early, whatever its length was to be.
    whole = ended(found)
    diverged = tuple(found.loc[found["diverged"] == found["seeds"], "batch_size"])
    return ResultTable(experiment, whole, set(whole["epochs"]) <= {PAPER_EPOCHS.get(number)}, diverged)


def tried_settings(grids: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """Test errors of the settings that were tried for tables, of full length alone.

    Args:
        grids: `judged_against` (number of the table) and `settings`, each with its `setting` (value by option), its
            experiment's `name` and `rows` as `results_table` takes them.

    Returns:
        `experiment`, `setting` (in words), `batch_size` and `test_error_percent_mean`.
    """
    found, columns = [], ["batch_size", "test_error_percent_mean"]
    for grid in grids:
        for entry in grid["settings"]:
            words = [f"{option.replace('_', ' ')} {setting_text(value)}" for option, value in entry["setting"].items()]
            rows = ended(results_table(entry["rows"]))
            rows = rows.loc[rows["epochs"] == PAPER_EPOCHS[grid["judged_against"]], columns]
            found.append(rows.assign(experiment=entry["name"], setting=", ".join(words)))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame()


def matrix_extremes(
    laws: Mapping[str, str], extremes: Mapping[str, Mapping[tuple[int, int], pd.DataFrame]]
) -> pd.DataFrame:
    """Means over the repeats of the extreme singular values of random matrices.

    Args:
        laws: by number of the table.
        extremes: by law and by size, `sigma_min` and `sigma_max` of every repeat.

    Returns:
        `number`, `law`, `rows`, `columns`, `repeats`, `sigma_min`, `sigma_max` and the `_error` of each.
    """
    lines = []
    for number, law in laws.items():
        for (rows, columns), repeats in extremes.get(law, {}).items():
            values = repeats[["sigma_min", "sigma_max"]]
            line = {"number": number, "law": law, "rows": rows, "columns": columns, "repeats": len(values)}
            lines.append(line | {**values.mean(), **values.sem().add_suffix("_error")})
    return pd.DataFrame(lines)
