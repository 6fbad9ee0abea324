"""Whether what was measured of networks is of the weights that are published."""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from gengap.config import Plan
from gengap.published.networks import FIGURES, TABLES, audit_file, counts_file
from gengap.published.rule_records import rule_record, took

_NO_RECORD = "Snakemake's records of how they were made are missing; run the workflow again."
_OUTDATED = "they are of other weights, or of other spectra, than lie beside them; run the workflow again."


def networks_refusal(planned: Plan, results: Path, experiment: str) -> str:
    """Why the counts of an experiment's networks may not be published with its trainings, or nothing.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results.
        experiment: its name; all its trainings are there, with their provenance.
    """
    counts = rule_record(planned, results, counts_file(experiment), "counts")
    if counts is None:
        return _NO_RECORD
    for weights, started, network in _trainings(planned, results, experiment):
        spectrum = rule_record(planned, results, f"spectra/{network}.parquet", "spectrum")
        if spectrum is None:
            return _NO_RECORD
        if not took(planned, results, spectrum, weights, started):
            return _OUTDATED
        if not took(planned, results, counts, f"spectra/{network}.parquet", spectrum["starttime"]):
            return _OUTDATED
    for seed in planned.experiments[experiment].seeds:
        untrained = f"spectra/{experiment}/untrained/seed{seed}.parquet"
        spectrum = rule_record(planned, results, untrained, "untrained_spectrum")
        if spectrum is None:
            return _NO_RECORD
        if not took(planned, results, counts, untrained, spectrum["starttime"]):
            return _OUTDATED
    return ""


def outdated_audit(planned: Plan, results: Path, experiment: str) -> list[str]:
    """Those of the audit's `FIGURES` and `TABLES` that were not made of an experiment's counts, or weights, of now.

    Args:
        planned: what the run was asked for.
        results: folder of the workflow's results.
        experiment: its name; `networks_refusal` has nothing against it.
    """
    counts = rule_record(planned, results, counts_file(experiment), "counts")
    outdated = []
    there = [name for name in (*FIGURES, *TABLES) if (results / audit_file(name, experiment)).is_file()]
    for name in there:
        rule = "audit_figures" if name in FIGURES else name
        record = rule_record(planned, results, audit_file(name, experiment), rule)
        inputs = [(counts_file(experiment), counts["starttime"])] if counts is not None else []
        if name in TABLES:
            inputs = [(weights, started) for weights, started, _ in _trainings(planned, results, experiment)]
        used = set(record["input"]) if record is not None else set()
        inputs = [one for one in inputs if str(Path(planned.config["results"]) / one[0]) in used]
        if record is None or not all(took(planned, results, record, *one) for one in inputs):
            outdated.append(name)
    return outdated


def _trainings(planned: Plan, results: Path, experiment: str) -> Iterator[tuple[str, float, str]]:
    """Of each training the checksum file of its weights, when it started, and the network's place among the spectra."""
    chosen = planned.experiments[experiment]
    for batch_size in chosen.batch_sizes:
        for seed in chosen.seeds:
            network = f"{experiment}/bs{batch_size}/seed{seed}"
            provenance = json.loads((results / "runs" / network / "provenance.json").read_text(encoding="utf-8"))
            started = datetime.fromisoformat(provenance["started"]).timestamp()
            yield f"runs/{network}/weights.safetensors.sha256", started, network
