"""Published counts of networks that were never trained."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.audit.untrained import write_untrained_figure
from gengap.config import Plan
from gengap.config.experiment import NETWORK_OPTIONS
from gengap.config.schema import option_defaults
from gengap.files import write_text
from gengap.published.contents import THRESHOLDS, Contents, untrained_file
from gengap.published.networks import as_in_the_paper, counts_file, take_counts
from gengap.published.rule_records import how_made, parameters, rule_record
from gengap.published.runs import OTHER_DATA, Runs, complete, full_length
from gengap.results.rank_loss_counts import read_counts

PROVENANCE = "untrained/provenance.csv"
_RULE = "untrained_spectrum"
# What else than its options makes the spectrum of a network before training what it is.
_OF_NETWORK = ("model", "dataset", "seed", "residual_output", "batch_norm_statistics")


def take_untrained(contents: Contents, runs: Runs, folder: Path, *, replace: bool) -> Iterator[str]:
    """Take the counts of experiments whose untrained networks alone were measured; other published seeds stay.

    Args:
        contents: gains them.
        runs: of the run that made them.
        folder: of the published numbers.
        replace: whether networks of other options take the place of published ones.

    Yields:
        A line on each experiment: taken, or why not.
    """
    for name, experiment in runs.planned.untrained.items():
        options = {option: experiment.options[option] for option in NETWORK_OPTIONS}
        published = contents.untrained.get(name, {"options": options})["options"]
        records = _records(runs, name)
        refusal = _refusal(runs.planned, runs.results / counts_file(name), name, records)
        published = {option: complete(published)[option] for option in NETWORK_OPTIONS}
        if not refusal and published != options and not replace:
            refusal = "networks of other options are published; with REPLACE=yes they go."
        if refusal:
            yield f"Untrained, {name}: not taken, since {refusal}"
            continue
        if published != options:
            (folder / untrained_file(name)).unlink()
        seeds = take_counts(runs.results / counts_file(name), folder / untrained_file(name))
        made = [{"experiment": name, "seed": seed} | how_made(records[seed]) for seed in seeds]
        _merge_provenance(pd.DataFrame(made), folder, name)
        contents.untrained[name] = {"title": experiment.title, "options": options}
        yield f"Untrained, {name}: networks of {len(seeds)} of {len(experiment.seeds)} seeds taken."


def draw_untrained(contents: Contents, folder: Path, style: Mapping[str, Any], target: Path) -> None:
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


def _records(runs: Runs, name: str) -> dict[int, Mapping[str, Any]]:
    """By seed, how the spectra of an experiment's untrained networks were made; a seed without a record is left out."""
    found = {
        seed: rule_record(runs.planned, runs.results, f"spectra/{name}/untrained/seed{seed}.parquet", _RULE)
        for seed in runs.planned.untrained[name].seeds
    }
    return {seed: record for seed, record in found.items() if record is not None}


def _refusal(planned: Plan, path: Path, name: str, records: Mapping[int, Any]) -> str:
    """Why the counts of an experiment, a file, may not be published, or nothing."""
    experiment = planned.untrained[name]
    if full_length(planned, experiment.dataset) is None:
        return OTHER_DATA.removeprefix("not taken, since ")
    if not as_in_the_paper(planned):
        return "they are not measured, or not counted, as the published ones are."
    if not path.is_file() or set(records) != set(experiment.seeds):
        return "their counts are missing, or the records of how they were made."
    counts = read_counts([path])
    wanted = {(seed, fed) for seed in experiment.seeds for fed in planned.fed_batch_sizes(name)}
    found = set(zip(counts["seed"].astype(int), counts["fed_batch_size"].astype(int), strict=True))
    otherwise = sorted({part for seed, record in records.items() for part in _otherwise(planned, name, seed, record)})
    if otherwise:
        return (
            f"their networks were measured with another {', '.join(f'`{option}`' for option in otherwise)} than the"
            " configuration asks for; run the workflow again."
        )
    if found != wanted or not set(THRESHOLDS) <= set(counts["threshold"]) or counts["count"].isna().any():
        return f"{path} is not what the configuration asks for; run the workflow again."
    return ""


def _otherwise(planned: Plan, name: str, seed: int, record: Mapping[str, Any]) -> list[str]:
    """Names of what a network was measured with that the plan does not have; options of later have their default."""
    values = parameters(record)
    made = next((value for value in values if isinstance(value, dict) and "options" in value), {})
    asked: dict[str, Any] = json.loads(json.dumps(planned.network(name, seed)))
    options, defaults = made.get("options", {}), option_defaults()
    others = [option for option in NETWORK_OPTIONS if options.get(option, defaults[option]) != asked["options"][option]]
    others += [part for part in _OF_NETWORK if made.get(part) != asked[part]]
    calibration = "calibration_batch_size"
    return others if planned.config["spectra"][calibration] in values else [*others, calibration]


def _merge_provenance(lines: pd.DataFrame, folder: Path, experiment: str) -> None:
    """Add lines on an experiment's networks, and leave out those of networks that are published no more."""
    path = folder / PROVENANCE
    if path.is_file():
        old = pd.read_csv(path)
        kept = set(pd.read_csv(folder / untrained_file(experiment))["seed"]) - set(lines.get("seed", ()))
        lines = pd.concat([old[(old["experiment"] != experiment) | old["seed"].isin(kept)], lines])
    write_text(path, lines.sort_values(["experiment", "seed"]).to_csv(index=False, lineterminator="\n"))
