"""Published counts of networks that were never trained."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.audit.untrained import write_untrained_figure
from gengap.config import Plan
from gengap.config.plan import NETWORK_OPTIONS
from gengap.files import write_text
from gengap.published.contents import THRESHOLDS, Contents, untrained_file
from gengap.published.networks import counts_file
from gengap.published.rule_records import how_made, rule_record
from gengap.published.runs import OTHER_DATA, full_length
from gengap.results.rank_loss_counts import read_counts

PROVENANCE = "untrained/provenance.csv"


def take_untrained(contents: Contents, planned: Plan, results: Path, folder: Path) -> Iterator[str]:
    """Take the counts of experiments whose untrained networks alone were measured, each whole or not at all.

    Args:
        contents: gains them.
        planned: what the run was asked for.
        results: folder of the workflow's results.
        folder: of the published numbers.

    Yields:
        A line on each: taken, or why not.
    """
    for name, experiment in planned.untrained.items():
        source, target = results / counts_file(name), folder / untrained_file(name)
        records = {
            seed: rule_record(results, f"spectra/{name}/untrained/seed{seed}.parquet", "untrained_spectrum")
            for seed in experiment.seeds
        }
        if full_length(planned, experiment.dataset) is None:
            line = OTHER_DATA
        elif not source.is_file() or None in records.values():
            line = "not taken, since its counts are missing, or the records of how they were made."
        elif not set(THRESHOLDS) <= set(planned.config["spectra"]["thresholds"]):
            line = "not taken, since not all thresholds of the paper are counted."
        elif target.is_file() and not _fed(target) <= _fed(source):
            line = "not taken, since more of it is published than is here."
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            made = [{"experiment": name, "seed": seed} | how_made(record) for seed, record in records.items() if record]
            _merge_provenance(pd.DataFrame(made), folder / PROVENANCE)
            options = {option: experiment.options[option] for option in NETWORK_OPTIONS}
            contents.untrained[name] = {"title": experiment.title, "options": options}
            line = f"networks of {len(experiment.seeds)} seeds taken."
        yield f"Untrained, {name}: {line}"


def draw_untrained(contents: Contents, folder: Path, style: dict[str, Any], target: Path) -> None:
    """Draw what is published of networks that were never trained, if anything is.

    Args:
        contents: what is published.
        folder: of the published numbers.
        style: `style` of the configuration.
        target: folder of the figure.
    """
    if contents.untrained:
        counts = read_counts([folder / untrained_file(name) for name in contents.untrained])
        panels = [{"experiment": name, "label": part["title"]} for name, part in contents.untrained.items()]
        write_untrained_figure(counts, panels, THRESHOLDS[0], style, target, pdf=False)


def _fed(path: Path) -> set[tuple[int, int]]:
    """Seeds and sizes of fed batches of a file of counts."""
    counts = pd.read_csv(path)
    return set(zip(counts["seed"].astype(int), counts["fed_batch_size"].astype(int), strict=True))


def _merge_provenance(lines: pd.DataFrame, path: Path) -> None:
    if path.is_file():
        old = pd.read_csv(path)
        lines = pd.concat([old[~old["experiment"].isin(lines["experiment"])], lines])
    write_text(path, lines.sort_values(["experiment", "seed"]).to_csv(index=False, lineterminator="\n"))
