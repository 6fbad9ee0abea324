"""Captions of figures, as plain text."""

import math
from collections.abc import Sequence

from gengap.results.captions import LAW_LABELS

RANK_LOSS = (
    "Near-rank loss is the number of singular values of the activations at or below a threshold, summed over layers and"
    " modes. Left: each network is fed a batch of its own training batch size, as in the paper, and counted in three"
    " conventions: literal (Section 4.4 of the paper: fully connected layers by one matrix SVD), thin (as many values"
    " in each mode as the shorter side of its unfolding) and full (as many as the mode's size; those that the shape"
    " forces to zero count). The thin dark lines are floors that follow from the shapes (dotted) and, in linear"
    " networks, from the ranks (dashed) alone, whatever the training. Middle: all networks, the untrained one included,"
    " are fed one and the same batch. Right: training batch size against fed batch size in one convention; the framed"
    " cells are those of the left panel. Several seeds: their mean, and a band or bar from the smallest to the largest."
    " The axis is linear below 1, so that a count of zero is seen."
)

RANDOM_MATRICES = (
    "Singular values of random matrices: density over all repeats, the Marchenko-Pastur density of entries of the same"
    " variance, and the mean of the smallest one. The panels of one row share their number of matrix rows and their"
    " axis. Entries with a mean other than zero add one singular value σ₁ far above the others; it counts in the"
    " density, and where it lies beyond the axis its mean is named at the margin. Up to 0.1\u202f% of the others may"
    " lie there too."
)

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def rank_loss_caption(labels: Sequence[str], threshold: float, convention: str, note: str = "") -> str:
    """What tells one figure of near-rank loss from another; `RANK_LOSS` says how to read them all."""
    text = f"Singular values ≤ {plain_power(threshold)}, {' and '.join(labels)}; right: {convention} count."
    return f"{text} {note}".strip()


def random_matrix_caption(law: str) -> str:
    """What tells one figure of random matrices from another; `RANDOM_MATRICES` says how to read them all."""
    return f"Independent {LAW_LABELS[law]} entries."


def plain_power(value: float) -> str:
    """A threshold as text: 10⁻⁴, 2·10⁻⁵ or 0.5."""
    exponent = math.floor(math.log10(value) + 1e-12)
    if -2 < exponent < 3:
        return f"{value:g}"
    power = "10" + str(exponent).translate(_SUPERSCRIPTS)
    factor = value / 10**exponent
    return power if math.isclose(factor, 1) else f"{factor:g}·{power}"
