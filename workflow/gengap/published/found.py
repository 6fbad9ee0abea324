"""What the published numbers say, in sentences: all of them, and in short."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.analysis.by_training import below_width, by_training, peak, unfoldings_of
from gengap.audit.panels import Panel
from gengap.audit.untrained import NAME as UNTRAINED
from gengap.audit.untrained import above_floor, conclusion
from gengap.claims.evidence import ROUNDING
from gengap.published.contents import THRESHOLDS, Contents
from gengap.render.numbers import count
from gengap.results.audit_sentences import (
    comparison_sentence,
    equal_updates_sentence,
    expectations_sentence,
    losses_sentence,
    penalty_sentence,
    seed_scatter_sentence,
    slopes_sentence,
    train_errors_sentence,
    verdict_counts,
    widths_sentence,
)
from gengap.results.captions import enumerated
from gengap.results.figure_captions import plain_power

_Sentence = Callable[[pd.DataFrame], str]


def findings(contents: Contents, target: Path) -> list[str]:
    """What was found, a sentence each.

    Args:
        contents: what is published.
        target: the folder with tables and figures.
    """
    return _said(
        target,
        ("comparison", comparison_sentence),
        ("slopes", slopes_sentence),
        ("seed_scatter", seed_scatter_sentence),
        ("comparison", train_errors_sentence),
        ("comparison", losses_sentence),
        ("loss_parts", penalty_sentence),
        ("equal_updates", equal_updates_sentence),
        ("near_rank_loss", lambda frame: beyond_floor(contents, frame)),
        (UNTRAINED, lambda frame: _untrained(contents, frame)),
        ("effective_rank", lambda frame: effective_ranks(contents, frame)),
        ("sigma_min", lambda frame: sigma_min(contents, frame)),
        ("widths", widths_sentence),
        ("random_matrix_agreement", expectations_sentence),
    )


def in_short(contents: Contents, target: Path, place: str) -> list[str]:
    """The most of it, for readers who have not read the paper's tables.

    Args:
        contents: what is published.
        target: the folder with tables and figures.
        place: its path below the page's folder.
    """
    return [
        *_said(
            target,
            ("comparison", comparison_sentence),
            ("slopes", slopes_sentence),
            ("seed_scatter", seed_scatter_sentence),
            ("loss_parts", penalty_sentence),
            ("near_rank_loss", lambda frame: beyond_floor(contents, frame, details=False)),
            (UNTRAINED, lambda frame: untrained_in_short(contents, frame)),
            ("effective_rank", lambda frame: effective_ranks(contents, frame)),
            ("random_matrix_agreement", expectations_sentence),
        ),
        _verdicts(target, place),
    ]


def _said(target: Path, *sentences: tuple[str, _Sentence]) -> list[str]:
    """The sentences on files of the audit that are there, without empty ones."""
    paths = [(target / "audit" / f"{name}.csv", sentence) for name, sentence in sentences]
    said = [sentence(pd.read_csv(path, dtype={"table": "string"})) for path, sentence in paths if path.is_file()]
    return [sentence for sentence in said if sentence]


def beyond_floor(contents: Contents, summaries: pd.DataFrame, *, details: bool = True) -> str:
    """How many singular values near zero neither shapes nor ranks force, of networks trained at the largest size.

    Args:
        contents: what is published.
        summaries: the file `near_rank_loss.csv` of the audit.
        details: whether to tell what they have before training and all fed one batch.
    """
    threshold = THRESHOLDS[0]
    rows = summaries[(summaries["convention"] == "thin") & (summaries["threshold"] == threshold)]
    of_tables = {table["experiment"] for table in contents.results()}
    rows = rows[rows["experiment"].isin(of_tables) & rows["above_floor"].notna()]
    more = rows[rows["above_floor"] > 0].to_dict("records")
    parts = [f"none in {len(rows) - len(more)} of {len(rows)} tables' networks"]
    for row in more:
        title = contents.experiments[row["experiment"]]["title"]
        notes = [*_by_seed(row), *(_around(row) if details else ())]
        parts.append(f"{count(row['above_floor'])} in {title}{_in_brackets(notes)}")
    if not len(rows):
        return ""
    return (
        f"Singular values ≤ {plain_power(threshold)} beyond those that shapes and ranks force, of networks trained and"
        f" fed at the largest batch size (thin convention): {', '.join(parts)}."
    )


def _in_brackets(notes: Sequence[str]) -> str:
    return f" ({'; '.join(notes)})" if notes else ""


def _by_seed(row: Mapping[str, Any]) -> Iterator[str]:
    """What the mean over the seeds hides."""
    low, high = (row[f"own_largest_{end}"] - row["rank_floor"] for end in ("low", "high"))
    if low < high:
        yield f"{count(low)} to {count(high)} by seed"


def _around(row: Mapping[str, Any]) -> Iterator[str]:
    """What stands beside values beyond the floor: those before training, and those of all networks fed one batch."""
    before = row["untrained"] - row["rank_floor"]
    if not math.isnan(before):
        yield f"{count(before)} before training"
    ends = ("smallest", "largest", "low", "high")
    first, last, low, high = (count(row[f"same_{name}"] - row["same_floor"]) for name in ends)
    if not math.isnan(row["same_low"]):
        yield (
            f"all fed {int(row['fed'])}, {first} trained at {row['smallest']} and {last} at {row['largest']}, between"
            f" {low} and {high} over all training batch sizes"
        )


def _untrained(contents: Contents, counts: pd.DataFrame) -> str:
    """What networks have before any training."""
    panels = [Panel(name, part["title"]) for name, part in contents.untrained.items()]
    return f"Before any training: {'; '.join(conclusion(counts, panel, THRESHOLDS[0]) for panel in panels)}."


def untrained_in_short(contents: Contents, counts: pd.DataFrame) -> str:
    """How many of the counts of untrained networks neither shapes nor ranks force."""
    parts = []
    for name, part in contents.untrained.items():
        largest, above = above_floor(counts, name, THRESHOLDS[0])
        forced = f"all but {count(above)} or fewer" if above else "all"
        parts.append(f"{forced} in {part['title']} (up to {count(largest)})")
    return (
        f"Of the singular values ≤ {plain_power(THRESHOLDS[0])} before any training, shapes and ranks force"
        f" {enumerated(parts)}, whatever the convention and the fed batch."
    )


def effective_ranks(contents: Contents, ranks: pd.DataFrame) -> str:
    """In how many unfoldings the effective rank falls with the training batch size, all networks fed one batch.

    Args:
        contents: what is published.
        ranks: the file `effective_rank.csv` of the audit.
    """
    of_tables = dict.fromkeys(table["experiment"] for table in contents.results())
    found = unfoldings_of(ranks, of_tables)
    if not len(found):
        return ""
    falling, convolutions = found[found["falls"]], found[found["kind"] == "conv"]
    text = (
        "Fed one and the same batch, networks trained with larger batches have a lower effective rank in"
        f" {len(falling)} of {len(found)} unfoldings of layers ({convolutions['falls'].sum()} of {len(convolutions)} of"
        " convolutions)"
    )
    nearer = falling["nearer"].dropna()
    if len(nearer):
        text += (
            f"; in {nearer.sum()} of these {len(falling)} the largest batch's lies nearer to the untrained network's"
            " than the smallest batch's"
        )
    return f"{text}."


def sigma_min(contents: Contents, values: pd.DataFrame) -> str:
    """σ_min of networks trained at the smallest and the largest batch size and where it is largest, fed one batch.

    Args:
        contents: what is published.
        values: the file `sigma_min.csv` of the audit.
    """
    parts: dict[str, list[str]] = {}
    for table in contents.results():
        trained = values[(values["experiment"] == table["experiment"]) & (values["state"] == "trained")]
        means = by_training(trained, "sigma_min") if len(trained) else pd.DataFrame()
        if means.shape[1] > 1 and len(means):
            line = below_width(means.mask(means < ROUNDING, 0.0), int(trained["width"].max())).iloc[-1]
            place = f"fed {line.name}, trained at {line.index[0]} and {line.index[-1]}"
            change = f"{line.iloc[0]:.2g} and {line.iloc[-1]:.2g}"
            if (size := peak(line)) is not None:
                change += f", at most {line[size]:.2g} at {size}"
            title = contents.experiments[table["experiment"]]["title"]
            parts.setdefault(place, []).append(f"{change} ({title})")
    shown = "; ".join(f"{place}: {', '.join(found)}" for place, found in parts.items())
    return f"σ_min of the widest fully connected layer of networks {shown}." if shown else ""


def _verdicts(target: Path, place: str) -> str:
    """How the paper's claims have been judged, in one sentence."""
    verdicts = verdict_counts(pd.read_csv(target / "audit" / "claims.csv"))
    link = f"{place}/README.md#claims-of-the-paper-and-what-was-measured"
    return f"[The paper's claims]({link}), judged by fixed rules on what is published: {verdicts}."
