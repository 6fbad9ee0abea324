"""What ran on what and how long, from the provenance of every training."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from gengap.readers import read_json
from gengap.results.report import ReportRun
from gengap.results.tables import read_metrics

UNKNOWN = "–"
# What tells one training from another.
_IDENTITY = ("experiment", "model", "batch_size", "seed")


def read_runs(pairs: Iterable[tuple[str | Path, str | Path]]) -> list[dict[str, Any]]:
    """Provenance of every training, with the experiment, batch size, seed and outcome from its metrics.

    Args:
        pairs: paths of `provenance.json` and `metrics.json` of the same run.

    Raises:
        UserError: a file is not one of a run.
    """
    return [
        {"provenance": read_json(provenance), "metrics": read_metrics(metrics, _IDENTITY)}
        for provenance, metrics in pairs
    ]


def run_line(run: Mapping[str, Any]) -> ReportRun:
    """One line of the report's table of runs."""
    provenance, metrics = run["provenance"], run["metrics"]
    rate = provenance.get("images_per_second")
    return ReportRun(
        experiment=metrics["experiment"],
        batch_size=metrics["batch_size"],
        seed=metrics["seed"],
        outcome=_outcome(metrics, provenance.get("resumes") or 0),
        device=device_name(provenance),
        torch=str(provenance.get("versions", {}).get("torch") or UNKNOWN),
        precision=str(provenance.get("precision") or UNKNOWN),
        duration=duration(provenance.get("seconds")),
        images_per_second=UNKNOWN if rate is None else f"{rate:,.0f}".replace(",", "\u202f"),
        peak_memory=memory(provenance.get("peak_gpu_memory_bytes") or provenance.get("peak_memory_bytes")),
        code=str(provenance.get("code_hash") or UNKNOWN)[:8],
        commit=_commit(provenance),
    )


def totals(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sentences on all runs together: how many and how long, and whether they can be compared."""
    seconds = [run["provenance"].get("seconds") for run in runs]
    diverged = sum(bool(run["metrics"]["diverged"]) for run in runs)
    count = f"{len(runs)} {_plural(len(runs), 'training')}" + (f", of which {diverged} diverged" if diverged else "")
    sentences = [f"{count}; {duration(sum(value for value in seconds if value is not None))} in total."]
    sentences += [_hardware(runs), _code(runs)]
    if any(run["provenance"].get("git_dirty") for run in runs):
        sentences.append("A commit marked with * had changes that were not committed.")
    return sentences


def device_name(provenance: Mapping[str, Any]) -> str:
    """Name of the GPU or CPU without trade marks and clock rates."""
    name = str(provenance.get("device_name") or provenance.get("device") or UNKNOWN)
    name = name.replace("(R)", "").replace("(TM)", "").replace("CPU", "").partition(" @ ")[0]
    return " ".join(name.split())


def duration(seconds: float | None) -> str:
    """A time as people say it: 41 s, 12 min 5 s, 3 h 20 min."""
    if seconds is None:
        return UNKNOWN
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def memory(amount: float | None) -> str:
    """Bytes in binary units."""
    if amount is None:
        return UNKNOWN
    if amount < 2**30:
        return f"{amount / 2**20:.0f} MiB"
    return f"{amount / 2**30:.1f} GiB"


def _hardware(runs: Sequence[Mapping[str, Any]]) -> str:
    kinds = Counter(
        f"{line.device}, PyTorch {line.torch}, {line.precision}" for line in (run_line(run) for run in runs)
    )
    if len(kinds) == 1:
        return f"All ran on the same kind of machine: {next(iter(kinds))}."
    listed = "; ".join(f"{kind} ({count})" for kind, count in kinds.most_common())
    return f"They ran on different hardware, library versions or precisions, so compare rows with care: {listed}."


def _code(runs: Sequence[Mapping[str, Any]]) -> str:
    """The hash covers the code of one network, so it may differ between networks but not within one."""
    hashes: dict[str, set[str]] = {}
    for run in runs:
        hashes.setdefault(run["metrics"]["model"], set()).add(str(run["provenance"].get("code_hash")))
    mixed = sorted(model for model, found in hashes.items() if len(found) > 1)
    if mixed:
        return f"Runs of {', '.join(mixed)} come from different versions of the code, so compare rows with care."
    return "All runs of a network come from the same version of its code."


def _outcome(metrics: Mapping[str, Any], resumes: int) -> str:
    outcome = "diverged" if metrics["diverged"] else f"{metrics['epochs']:g} {_plural(metrics['epochs'], 'epoch')}"
    return f"{outcome}, resumed {resumes}×" if resumes else outcome


def _commit(provenance: Mapping[str, Any]) -> str:
    commit = provenance.get("git_commit")
    return UNKNOWN if not commit else f"{str(commit)[:8]}{'*' if provenance.get('git_dirty') else ''}"


def _plural(count: float, noun: str) -> str:
    return noun if count == 1 else f"{noun}s"
