"""The files of the audit's tables: near-rank loss, precisions, Proposition 3, widths, and the paper's claims."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.audit import claims, near_rank_loss, precision_table, proposition_table, widths
from gengap.audit.evidence import Evidence, read_extremes, result_table, tried_settings
from gengap.audit.panels import as_panels
from gengap.results.equal_updates import equal_updates_table
from gengap.results.item import write_table_item


@dataclass(frozen=True)
class Measured:
    """What was measured of networks; every part may be empty.

    Attributes:
        counts: what `read_counts` returns.
        layers: counts of each unfolding, of all experiments.
        precision: rows of `gengap.audit.forward_precision`, of all experiments.
        proposition: rows of `gengap.audit.proposition_3`, of all experiments.
    """

    counts: pd.DataFrame = field(default_factory=pd.DataFrame)
    layers: pd.DataFrame = field(default_factory=pd.DataFrame)
    precision: pd.DataFrame = field(default_factory=pd.DataFrame)
    proposition: pd.DataFrame = field(default_factory=pd.DataFrame)


def write_audit_tables(
    names: Collection[str],
    panels: Mapping[str, Sequence[Mapping[str, str]]],
    measured: Measured,
    thresholds: Sequence[float],
    tables: Sequence[Mapping[str, Any]],
    matrices: Sequence[Mapping[str, Any]],
    folder: Path,
    *,
    pairs: Sequence[Mapping[str, Any]] = (),
    groups: Sequence[Mapping[str, Any]] = (),
    tried: Sequence[Mapping[str, Any]] = (),
) -> None:
    """Write those of `near_rank_loss`, `forward_precision`, `proposition_3`, `widths` and `claims` that are asked for.

    Args:
        names: of the tables.
        panels: `experiment` and `label` of what each of the first three shows.
        measured: of the networks.
        thresholds: absolute thresholds of the counts; the largest one is the main one.
        tables: Tables 1 to 11 as `result_table` takes them.
        matrices: tables of random matrices as `read_extremes` takes them.
        folder: of the items.
        pairs: trainings of equal epochs and equal updates as `equal_updates_table` takes them.
        groups: trainings of several widths as `width_table` takes them.
        tried: settings that were tried for tables as `tried_settings` takes them.
    """
    shown = {name: as_panels(panels.get(name, ())) for name in names}
    main = max(thresholds)
    if "near_rank_loss" in names:
        frame = near_rank_loss.summaries(measured.counts, shown["near_rank_loss"], thresholds)
        write_table_item(near_rank_loss.item(frame, shown["near_rank_loss"], main), frame, folder)
    if "forward_precision" in names:
        item = precision_table.item(measured.precision, shown["forward_precision"])
        write_table_item(item, measured.precision, folder)
    if "proposition_3" in names:
        item = proposition_table.item(measured.proposition, shown["proposition_3"])
        write_table_item(item, measured.proposition, folder)
    by_width = widths.width_table(groups, measured.counts, measured.layers, main)
    if widths.NAME in names:
        write_table_item(widths.item(by_width, main), by_width, folder)
    if "claims" in names:
        extremes, full_matrices = read_extremes(matrices)
        evidence = Evidence(
            tables={str(subject["number"]): result_table(subject) for subject in tables},
            counts=measured.counts,
            layers=measured.layers,
            extremes=extremes,
            full_matrices=full_matrices,
            proposition=measured.proposition,
            equal_updates=equal_updates_table(pairs),
            widths=by_width,
            tried=tried_settings(tried),
            threshold=main,
            smaller=min(thresholds) if min(thresholds) < main else None,
        )
        frame = claims.judge(claims.read_claims(), evidence)
        write_table_item(claims.item(frame), frame, folder)
