"""What ran on what and how long, from the provenance of every training."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gengap.analysis.over_seeds import read_metrics
from gengap.render.numbers import ABSENT
from gengap.runtime.readers import read_json


def read_runs(pairs: Iterable[tuple[str | Path, str | Path]]) -> list[dict[str, Any]]:
    """Provenance of every training, with the experiment, batch size, seed and outcome from its metrics.

    Args:
        pairs: paths of `provenance.json` and `metrics.json` of the same run.

    Raises:
        UserError: a file is not one of a run.
    """
    return [{"provenance": read_json(provenance), "metrics": read_metrics(metrics)} for provenance, metrics in pairs]


def training_line(run: Mapping[str, Any]) -> dict[str, Any]:
    """One line of the report's table of runs: what a training ran on and how long it took; a dash is not known."""
    provenance, metrics = run["provenance"], run["metrics"]
    epochs, rate, commit = metrics["epochs"], provenance.get("images_per_second"), provenance.get("git_commit")
    outcome = "diverged" if metrics["diverged"] else f"{epochs:g} epoch{'s' if epochs != 1 else ''}"
    resumes = provenance.get("resumes") or 0
    return {
        "experiment": metrics["experiment"],
        "batch_size": metrics["batch_size"],
        "seed": metrics["seed"],
        "outcome": f"{outcome}, resumed {resumes}×" if resumes else outcome,
        "device": device_name(provenance),
        "torch": str(provenance.get("versions", {}).get("torch") or ABSENT),
        "precision": str(provenance.get("precision") or ABSENT),
        "duration": duration(provenance.get("seconds")),
        "images_per_second": f"{rate:,.0f}".replace(",", "\u202f") if rate else ABSENT,
        "peak_memory": memory(provenance.get("peak_gpu_memory_bytes") or provenance.get("peak_memory_bytes")),
        "code": str(provenance.get("code_hash") or ABSENT)[:8],
        "commit": f"{commit[:8]}{'*' if provenance.get('git_dirty') else ''}" if commit else ABSENT,
    }


def device_name(provenance: Mapping[str, Any]) -> str:
    """Name of the GPU or CPU without trade marks and clock rates."""
    name = str(provenance.get("device_name") or provenance.get("device") or ABSENT)
    name = name.replace("(R)", "").replace("(TM)", "").replace("CPU", "").partition(" @ ")[0]
    return " ".join(name.split())


def duration(seconds: float | None) -> str:
    """A time as people say it: 41 s, 12 min 5 s, 3 h 20 min."""
    if seconds is None:
        return ABSENT
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
        return ABSENT
    return f"{amount / 2**20:.0f} MiB" if amount < 2**30 else f"{amount / 2**30:.1f} GiB"
