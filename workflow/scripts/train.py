"""Train one network and write its weights, metrics and history."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gengap.data.store import load
from gengap.device import choose_device
from gengap.files import write_json
from gengap.job import job_log
from gengap.provenance import provenance
from gengap.training.results import write_results
from gengap.training.run import train

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Train the run that the rule describes; its checkpoint goes once all results are there."""
    started = datetime.now(UTC)
    run, code_hash = snakemake.params.run, snakemake.params.code
    stamp = {"run": run, "code": code_hash, "data": Path(snakemake.input.checksum).read_text(encoding="utf-8")}
    dataset = load(snakemake.input.data)
    device = choose_device(run["compute"]["device"])
    training = train(run, dataset, device, snakemake.params.checkpoints, stamp)
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
