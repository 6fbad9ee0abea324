"""Train one network and write its weights, metrics and history."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from gengap.data.store import load
from gengap.device import computing_device
from gengap.files import write_json
from gengap.job import job_log
from gengap.provenance import provenance
from gengap.run_lock import run_lock
from gengap.training.results import write_results
from gengap.training.run import Training, train

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Train the run that the rule describes; its checkpoint goes once all results are there."""
    started = datetime.now(UTC)
    run, code_hash = snakemake.params.run, snakemake.params.code
    stamp = {"run": run, "code": code_hash, "data": Path(snakemake.input.checksum).read_text(encoding="utf-8")}
    dataset = load(snakemake.input.data)
    with run_lock(snakemake.params.checkpoints), computing_device(run["compute"]) as device:
        training = train(run, dataset, device, snakemake.params.checkpoints, stamp)
        write(training, device, started)


def write(training: Training, device: torch.device, started: datetime) -> None:
    """Write the results, then remove the checkpoint."""
    run, code_hash = snakemake.params.run, snakemake.params.code
    state = training.state
    write_results(
        state.model,
        training.metrics,
        state.history,
        weights_path=snakemake.output.weights,
        metrics_path=snakemake.output.metrics,
        history_path=snakemake.output.history,
    )
    speed = state.measured_images / state.measured_seconds if state.measured_seconds else None
    record = provenance(run, code_hash, device, started, state.seconds, speed, state.resumes)
    write_json(snakemake.output.provenance, record)
    training.checkpoints.remove()


with job_log(snakemake.log[0]):
    main()
