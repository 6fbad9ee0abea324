"""Error, cross-entropy and penalty against batch size with equal epochs and with equal updates, a line per network."""

import pandas as pd

from gengap.exhibits import equal_updates
from gengap.exhibits.needs import Files, Subject
from gengap.render.exhibit import Figure
from gengap.render.panels import lines_of, small_multiples
from gengap.render.style import MUTED, Look

KIND = "figure"

_QUANTITIES = {
    "test_error_percent": "Test error (%)",
    "train_cross_entropy": "Train cross-entropy (nats)",
    "weight_penalty": "Weight penalty (nats)",
}
_CURVES = {"normal": "equal epochs", "equal": "equal updates"}


needs = equal_updates.needs


def make(subject: Subject, files: Files, look: Look) -> Figure:
    """A line of panels for each pair."""
    frame = trainings(subject, files)
    shown = frame.assign(panel=frame["title"] + ", updates of batch size " + frame["reference"].astype(str))
    drawing, axes = small_multiples(
        shown.rename(columns=_QUANTITIES).melt(
            ["panel", "batch_size", "curve"], list(_QUANTITIES.values()), "quantity"
        ),
        lines_of(_CURVES.values(), look),
        x="batch_size",
        x_label="Training batch size",
        logarithmic={_QUANTITIES["train_cross_entropy"]},
    )
    references = dict(zip(shown["panel"], shown["reference"], strict=True))
    for (panel, _), ax in axes.items():
        ax.axvline(references[panel], color=MUTED, lw=0.9, ls=":", zorder=1)
    errors = frame[frame["curve"] == _CURVES["equal"]].groupby(["title", "reference", "batch_size"])
    ends = errors["test_error_percent"].mean().groupby(["title", "reference"]).agg(["first", "last"])
    return Figure(
        title=(
            "With equal updates the test error still rises from end to end in"
            f" {(ends['last'] > ends['first']).sum()} of {len(ends)} comparisons"
        ),
        caption=(
            "Trained for the same number of epochs, and for as many updates as the reference batch size makes in these"
            " (dotted line), where both are the same training: left of it equal updates are fewer epochs, right of it"
            " more. A rise with equal epochs alone points to the number of updates (Hoffer et al. 2017), but left of"
            " the line networks also see fewer images."
        ),
        drawing=drawing,
        data=frame,
    )


def trainings(subject: Subject, files: Files) -> pd.DataFrame:
    """A row for each training of a pair that did not diverge; that of the reference batch size is in both curves."""
    rows = [
        {"title": pair["title"], "reference": pair["equal_updates_to"], "curve": _CURVES[kind]}
        | {column: run[column] for column in ("experiment", "batch_size", "seed", *_QUANTITIES)}
        for pair in files.loaded(subject["pairs"])
        for kind, planned in (("normal", pair["normal"]), ("equal", [*pair["equal"], pair["normal"][0]]))
        for row in planned
        for run in row["metrics"]
        if not run["diverged"]
    ]
    return pd.DataFrame(rows)
