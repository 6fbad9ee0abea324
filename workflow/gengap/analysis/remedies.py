"""What remedies change at a small and at a large batch size, beside the scatter of seeds."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gengap.analysis.frames import joined
from gengap.analysis.trends import student_factor

ENDS = ("small", "large")
COLUMNS = (
    *("title", "experiment", "small", "large", "remedy", "seeds", "scatter", "freedom", "error_small", "error_large"),
    *("same_small", "same_large", "diverged_small", "diverged_large", "change_small", "change_large"),
    *("gap", "closed_percent", "clipped_small", "clipped_large", "verdict", "of_gap"),
)


def remedies_table(groups: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Test errors with and without remedies, and what can be said of the difference.

    A remedy is compared with the trainings without it of the same seeds, of those that did not diverge in either. With
    k seeds of standard deviation σ, a change of the test error is seen beyond tσ√(2/k), that of the gap beyond 2tσ/√k.
    σ is pooled over the trainings of a group that have two seeds or more, and t is the 97.5 % point of Student's
    distribution with its degrees of freedom; where there are none, nothing is judged.

    Args:
        groups: `title`, `experiment`, `small` and `large` as `remedy_groups` has them, and `remedies`: each has its
            `name` (empty for the trainings without), `same` and `borrowed` (the ends at which its training is that
            without it, or another remedy's), and `ends`, of `small` and `large` those that are known, each with the
            `metrics` of its seeds and `clipped`, the shares of clipped updates of those that have them, in percent. The
            first remedy is none.

    Returns:
        One line per group and remedy with the columns `COLUMNS`: `seeds` (compared, the fewer of both ends), `scatter`
        (σ) with its degrees of `freedom`, `error_small` and `error_large` (means in percent, NaN where not run or all
        diverged), `same_small` and `same_large` (whether it is the training without the remedy), `diverged_small` and
        `diverged_large` (number of seeds), `change_small` and `change_large` (of the test error by the remedy, in
        points), `gap` (error at the large less that at the small batch), `closed_percent` (part of the gap that is
        closed, NaN where there is none), `clipped_small` and `clipped_large` (percent of the updates, NaN without
        clipping), `verdict` and `of_gap`.
    """
    frames = [pd.DataFrame(columns=COLUMNS)]
    for group in groups:
        about = {name: group[name] for name in ("title", "experiment", "small", "large")}
        about["scatter"], about["freedom"] = _pooled(group["remedies"])
        none = group["remedies"][0]
        frame = pd.DataFrame([about | {"remedy": one["name"]} | _ends(one, none) for one in group["remedies"]])
        frame["gap"] = frame["error_large"] - frame["error_small"]
        before = frame["gap"] - frame["change_large"] + frame["change_small"]
        frame["closed_percent"] = 100 * (1 - frame["gap"][1:] / before.where(before > 0))
        treated = frame[1:].to_dict("records")
        frame["verdict"] = ["", *map(_verdict, treated)]
        frame["of_gap"] = ["", *map(_of_gap, treated)]
        frames.append(frame[list(COLUMNS)])
    return joined(frames)


def _ends(remedy: Mapping[str, Any], none: Mapping[str, Any]) -> dict[str, Any]:
    line: dict[str, Any] = {}
    compared = []
    for end in ENDS:
        known = remedy["ends"].get(end, {"metrics": [], "clipped": []})
        runs = known["metrics"]
        treated, without = _errors(runs), _errors(none["ends"][end]["metrics"])
        line[f"error_{end}"] = _mean(list(treated.values()))
        changes = [treated[seed] - without[seed] for seed in treated if seed in without]
        compared += [len(changes)] if changes else []
        line[f"change_{end}"] = _mean(changes)
        line[f"same_{end}"] = end in remedy["same"]
        line[f"diverged_{end}"] = sum(run["diverged"] for run in runs)
        line[f"clipped_{end}"] = _mean(known["clipped"])
    return line | {"seeds": min(compared, default=0)}


_WORDS = {
    ("helps", "helps"): "helps both",
    ("none", "helps"): "helps large alone",
    ("helps", "none"): "helps small alone",
    ("none", "none"): "no effect seen",
    ("harms", "helps"): "helps large, harms small",
    ("helps", "harms"): "helps small, harms large",
}


def _verdict(line: Mapping[str, Any]) -> str:
    """What a remedy does to both batch sizes, in words; `not judged` where seeds are too few."""
    diverged = [str(line[end]) for end in ENDS if line[f"diverged_{end}"]]
    if diverged:
        return f"diverges at {' and '.join(diverged)}"
    if not line["seeds"] or math.isnan(_reach(line)):
        return "not judged"
    limit = _reach(line) * math.sqrt(2 / line["seeds"])
    changes = {end: line[f"change_{end}"] for end in ENDS if not math.isnan(line[f"change_{end}"])}
    seen = {end: "helps" if one < -limit else "harms" if one > limit else "none" for end, one in changes.items()}
    if len(seen) < len(ENDS):
        words = [f"{effect} {end}" for end, effect in seen.items() if effect != "none"]
        return words[0] if words else "no effect seen" if seen else "not judged"
    return _WORDS.get((seen["small"], seen["large"]), "harms")


def _of_gap(line: Mapping[str, Any]) -> str:
    """What becomes of the gap, in a word; one that turns round is not seen. Empty where seeds or an end are missing."""
    change = line["change_large"] - line["change_small"]
    if math.isnan(change) or math.isnan(line["scatter"]):
        return ""
    if line["gap"] <= _reach(line) * math.sqrt(2 / line["seeds"]):
        return "not seen"
    if abs(change) <= 2 * _reach(line) / math.sqrt(line["seeds"]):
        return "as without"
    return "smaller" if change < 0 else "larger"


def _reach(line: Mapping[str, Any]) -> float:
    """What 95 % of the deviations of one seed keep to."""
    return student_factor(line["freedom"]) * float(line["scatter"]) if line["freedom"] else math.nan


def _pooled(remedies: Iterable[Mapping[str, Any]]) -> tuple[float, int]:
    """Standard deviation of the test error of one seed, from all trainings of a group that are not counted twice.

    With its degrees of freedom.
    """
    trainings = [
        np.array(list(errors.values()))
        for one in remedies
        for name, end in one["ends"].items()
        if name not in one["borrowed"] and (errors := _errors(end["metrics"]))
    ]
    freedom = sum(len(errors) - 1 for errors in trainings)
    return math.sqrt(sum(len(one) * one.var() for one in trainings) / freedom) if freedom else math.nan, freedom


def _errors(runs: Iterable[Mapping[str, Any]]) -> dict[int, float]:
    """By seed."""
    return {run["seed"]: float(run["test_error_percent"]) for run in runs if not run["diverged"]}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan
