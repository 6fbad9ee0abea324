"""Trainings of equal epochs beside trainings of equal updates (Hoffer et al. 2017)."""

import math

import pandas as pd

from gengap.analysis.update_pairs import KINDS, by_batch_size, equal_updates_table, pairs_of
from gengap.config.plan import Plan
from gengap.config.subjects import equal_update_pairs
from gengap.exhibits.needs import Files, Needs, Subject, runs_of
from gengap.render.exhibit import Table
from gengap.render.numbers import spread, whole_percent

KIND = "table"

_SHOWN = (("updates", 0), ("test_error_percent", 2), ("test_cross_entropy", 4), ("weight_penalty", 4))


def needs(plan: Plan) -> Needs:
    """Of all experiments that are run for equal epochs and for equal updates."""
    pairs = equal_update_pairs(plan)
    return Needs({"pairs": pairs}, {"metrics": runs_of(pairs)})


def compared(subject: Subject, files: Files) -> pd.DataFrame:
    """One line per pair and batch size, as `equal_updates_table` returns it."""
    return equal_updates_table(files.loaded(subject["pairs"]))


def make(subject: Subject, files: Files) -> Table:
    """Updates, test error, test cross-entropy and penalty with equal epochs and with equal updates."""
    frame = compared(subject, files)
    rows, notes = [], []
    for mark, pair in zip("abcdefghijklmnopqrstuvwxyz", pairs_of(frame), strict=False):
        first = pair.iloc[0]
        notes.append((mark, f"{first['title']}; updates of batch size {first['reference']}."))
        closed = dict(zip(pair["batch_size"].astype(int), pair["gap_closed"], strict=True))
        shown = [(by_batch_size(pair, metric), metric, places) for metric, places in _SHOWN]
        for number, batch_size in enumerate(shown[0][0]["batch_size"]):
            cells = [
                _cell(values.iloc[number], kind, metric, places) for values, metric, places in shown for kind in KINDS
            ]
            rows.append([f"{mark}: {batch_size}", *cells, whole_percent(closed.get(batch_size, math.nan))])
    caption = (
        "The same training for the same number of epochs, and for as many updates as one batch size, the reference,"
        " makes in these. A larger batch makes fewer updates in an epoch. With equal epochs its effect and that of"
        " fewer updates are one, with equal updates they are apart (Hoffer et al. 2017). A batch smaller than the"
        " reference then sees the data less often. The learning rate falls at the same fractions of the training. Gap"
        " closed: the part of the gap in test error to the reference that equal updates close; above 100 % the larger"
        " batch is the better one. Means (± standard deviation) over seeds."
    )
    header = ["Network: batch size"]
    header += [f"{name}, {of}" for name in ("Updates", "Test error", "Test cross-entropy", "Penalty") for of in KINDS]
    return Table("Equal epochs and equal updates", caption, [*header, "Gap closed"], rows, notes, data=frame)


def _cell(row: pd.Series, kind: str, metric: str, places: int) -> str:
    if math.isnan(row[kind]):
        return "diverged"
    deviation = row[f"{kind}_std"] if metric == "test_error_percent" else math.nan
    return spread(row[kind], deviation, places)
