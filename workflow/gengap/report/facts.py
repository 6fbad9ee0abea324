"""The numbers that the pages tell, flat and named, from the tables of a run: `facts.json`.

A fact is empty where the run has nothing for it; the templates say what follows from that.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.against_print import distances
from gengap.analysis.by_batch_size import unfoldings
from gengap.analysis.expectations import agreement
from gengap.analysis.frames import joined
from gengap.analysis.over_seeds import ended
from gengap.analysis.slope_per_doubling import clear_slopes
from gengap.analysis.update_pairs import by_batch_size, pairs_of
from gengap.analysis.weight_distance import likeliest
from gengap.paper.printed import PAPER_EPOCHS

Facts = dict[str, Any]

# A probability below is told as unlikely.
_UNLIKELY = 0.05


def facts(
    tables: Sequence[Mapping[str, Any]], frames: Mapping[str, pd.DataFrame], runs: Sequence[Mapping[str, Any]]
) -> Facts:
    """All facts of a run.

    Args:
        tables: of results: `number`, `title`, `experiment` and whether the table `reproduces_paper`.
        frames: the numbers of each exhibit, by its name.
        runs: provenance and metrics of each training.
    """
    results = {table["number"]: _table(table, frames[f"table_{table['number']}"], frames) for table in tables}
    found = {"tables": {number: table for number, table in results.items() if table}, "trainings": _trainings(runs)}
    of_tables = list(dict.fromkeys(table["experiment"] for table in tables))
    makers: dict[str, tuple[str, Callable[[pd.DataFrame], Any]]] = {
        "test_errors": ("test_error", _test_errors),
        "near_print": ("comparison", distances),
        "slopes": ("slopes", _slopes),
        "seeds": ("seed_scatter", _seeds),
        "penalty": ("loss_parts", _penalty),
        "equal_updates": ("equal_updates", _equal_updates),
        "near_rank_loss": ("near_rank_loss", lambda frame: _near_rank_loss(frame, of_tables)),
        "effective_rank": ("effective_rank", lambda frame: _effective_rank(frame, of_tables)),
        "remedies": ("remedies", _remedies),
        "sharpness": ("sharpness", _sharpness),
        "walks": ("diffusion", lambda frame: dict(likeliest(frame).value_counts())),
        "widths": ("widths", _widths),
        "claims": ("claims", _claims),
    }
    for name, (exhibit, make) in makers.items():
        found[name] = make(frames[exhibit]) if exhibit in frames else {}
    found["random_matrices"] = _random_matrices(frames.values())
    return plain(found)


def plain(value: Any) -> Any:
    """A value as JSON has it: NumPy's numbers as Python's, NaN as nothing."""
    if isinstance(value, Mapping):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and math.isnan(value) else value


def _table(table: Mapping[str, Any], frame: pd.DataFrame, frames: Mapping[str, pd.DataFrame]) -> Facts:
    """The ends of a table: what the smallest and the largest batch size end with, measured and printed."""
    rows = ended(frame)
    if rows.empty:
        return {}
    rows = rows.set_index("batch_size")
    errors, deviations = rows["test_error_percent_mean"], rows["test_error_percent_std"]
    paper = PAPER_EPOCHS.get(table["number"]) if table["reproduces_paper"] else None
    found = {
        **_ends(table["title"], errors),
        "test_error_percent_std_smallest": deviations.iloc[0],
        "test_error_percent_std_largest": deviations.iloc[-1],
        "fewest_seeds": (rows["seeds"] - rows["diverged"]).min(),
        "epochs": rows["epochs"].min(),
        "paper_epochs": paper,
        "shortened": paper is not None and rows["epochs"].min() < paper,
    }
    if table["reproduces_paper"] and "comparison" in frames:
        lines = frames["comparison"]
        lines = lines[(lines["table"] == table["number"]) & (lines["column"] == "test_error_percent")]
        printed = lines.set_index("batch_size")["printed"]
        found |= {"printed_smallest": printed.get(errors.index[0]), "printed_largest": printed.get(errors.index[-1])}
    return found


def _ends(title: str, errors: pd.Series) -> Facts:
    """The smallest and the largest batch size with their test errors, of a series by batch size in ascending order."""
    facts = {"title": title, "smallest": errors.index[0], "largest": errors.index[-1]}
    return facts | {"test_error_percent_smallest": errors.iloc[0], "test_error_percent_largest": errors.iloc[-1]}


def _test_errors(frame: pd.DataFrame) -> list[Facts]:
    """Mean test error at the ends of each experiment's batch sizes."""
    found = []
    for _, runs in frame.groupby("experiment", sort=False):
        errors = runs.groupby(runs["batch_size"].astype(int))["test_error_percent"]
        found.append(_ends(runs["title"].iloc[0], errors.mean()) | {"fewest_seeds": errors.size().min()})
    return found


def _trainings(runs: Sequence[Mapping[str, Any]]) -> Facts:
    hashes: dict[str, set[str]] = {}
    for run in runs:
        hashes.setdefault(run["metrics"]["model"], set()).add(str(run["provenance"].get("code_hash")))
    return {
        "count": len(runs),
        "diverged": sum(bool(run["metrics"]["diverged"]) for run in runs),
        "seconds": sum(run["provenance"].get("seconds") or 0.0 for run in runs),
        "of_several_codes": sorted(model for model, found in hashes.items() if len(found) > 1),
        "uncommitted": sum(bool(run["provenance"].get("git_dirty")) for run in runs),
    }


def _slopes(slopes: pd.DataFrame) -> Facts:
    full = slopes[(slopes["column"] == "test_error_percent") & (slopes["other_length"] == 0)]
    same, other = full[full["same_sign"] == "yes"], full[full["same_sign"] == "no"]
    names = {"same": same, "same_clearly": clear_slopes(same), "other": other, "other_clearly": clear_slopes(other)}
    return {"tables": len(full)} | {name: list(rows["table"]) for name, rows in names.items()} if len(full) else {}


def _seeds(scatter: pd.DataFrame) -> Facts:
    """Tables of which the print is unlikely to be one more seed, and the others that tell."""
    p, but_largest = (scatter.set_index("table")[name].dropna() for name in ("p", "p_but_largest"))
    return {
        "unlikely": list(p.index[p < _UNLIKELY]),
        "unlikely_but_largest": list(but_largest.index[but_largest < _UNLIKELY]),
        "rest": list(p.index[p >= _UNLIKELY]),
    }


def _penalty(loss_parts: pd.DataFrame) -> Facts:
    """The weight penalty's share of the rise of the training loss, from 0 to 1."""
    return dict(loss_parts.set_index("table")["penalty_share"].dropna() / 100)


def _equal_updates(frame: pd.DataFrame) -> list[Facts]:
    """Test errors with equal epochs and with equal updates at all batch sizes of each network."""
    found = []
    for pair in pairs_of(frame):
        errors = by_batch_size(pair, "test_error_percent").dropna(subset=["epochs", "updates"])
        train = by_batch_size(pair, "train_error_percent")[["batch_size", "epochs", "updates"]]
        errors = errors.merge(train, on="batch_size", suffixes=("", "_train")).set_index("batch_size")
        if len(errors) > 1:
            first = pair.iloc[0]
            found.append(
                {
                    "experiment": first["experiment"],
                    "title": first["title"],
                    "reference": first["reference"],
                    "updates": int(first["updates_reference"]),
                    "seeds": pair["seeds"].min(),
                    "errors": errors.to_dict("index"),
                }
            )
    return found


def _near_rank_loss(frame: pd.DataFrame, experiments: Sequence[str]) -> Facts:
    """Of the tables' networks of the largest batch size, those that were counted and those at their floor."""
    thin = frame[(frame["threshold"] == frame["threshold"].max()) & (frame["convention"] == "thin")]
    thin = thin[thin["experiment"].isin(experiments)].set_index("experiment")["above_floor"].dropna()
    threshold = frame["threshold"].max()
    return {"threshold": threshold, "experiments": list(thin.index), "at_floor": list(thin.index[thin == 0])}


def _effective_rank(ranks: pd.DataFrame, experiments: Sequence[str]) -> Facts:
    networks = dict(iter(ranks.groupby("experiment", sort=False)))
    each = {name: one for name, rows in networks.items() if len(one := unfoldings(rows))}
    found = joined(each[name] for name in experiments if name in each)
    if not len(found):
        return {}
    convolutions = found[found["kind"] == "conv"]
    return {
        "unfoldings": len(found),
        "falls": found["falls"].sum(),
        "convolutions": len(convolutions),
        "falls_in_convolutions": convolutions["falls"].sum(),
        "ends": dict(found["end"].value_counts()),
        "experiments": {
            name: {"unfoldings": len(one), "falls": one["falls"].sum()} | _last_convolution(networks[name])
            for name, one in each.items()
        },
    }


def _last_convolution(ranks: pd.DataFrame) -> Facts:
    """Effective rank of the last convolution's channels by training batch size, and untrained; means over seeds."""
    channels = ranks[(ranks["kind"] == "conv") & (ranks["mode"] == "channel")]
    last = channels[channels["layer_index"] == channels["layer_index"].max()]
    trained = last[last["state"] == "trained"]
    by_size = trained.groupby(trained["trained_batch_size"].astype(int))["effective_rank"].mean()
    return {"channels": dict(by_size), "untrained": last.loc[last["state"] == "untrained", "effective_rank"].mean()}


def _remedies(frame: pd.DataFrame) -> Facts:
    """By experiment and remedy, errors and their changes; of each experiment, the remedy without a name is none."""
    return {
        name: {row["remedy"]: row for row in rows.fillna({"remedy": ""}).to_dict("records")}
        for name, rows in frame.groupby("experiment", sort=False)
    }


def _sharpness(frame: pd.DataFrame) -> Facts:
    """By experiment and training batch size, sharpness of each kind in the largest box, means over seeds."""
    largest = frame[frame["epsilon"] == frame["epsilon"].max()].drop(columns=["seed", "epsilon"])
    return {
        name: rows.groupby("trained_batch_size").mean(numeric_only=True).to_dict("index")
        for name, rows in largest.groupby("experiment")
    }


def _widths(frame: pd.DataFrame) -> list[Facts]:
    """Gaps at each width of each network, the narrowest first."""
    return [
        {"title": rows["title"].iloc[0], "widths": list(rows["width"]), "gaps": list(rows["gap"])}
        for _, rows in frame.groupby("experiment", sort=False)
        if len(rows) > 1
    ]


def _random_matrices(frames: Iterable[pd.DataFrame]) -> Facts:
    """How many printed expectations agree with the measured ones, of all tables of random matrices."""
    tables = [frame for frame in frames if "difference_in_standard_errors" in frame]
    if not tables:
        return {}
    return {"sizes": sum(map(len, tables))} | agreement(pd.concat(tables)["difference_in_standard_errors"])


def _claims(claims: pd.DataFrame) -> Facts:
    """How many of the paper's own claims are seen, and how many are left after a control."""
    claims = claims[~claims["place"].str.contains("et al.", regex=False)]
    return {name: dict(claims[name].fillna("").value_counts()) for name in ("seen", "left")}
