"""Train one network and write its weights, metrics and history."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gengap.job import job_log
from gengap.training.host.client import can_share, train_side_by_side
from gengap.training.job import TrainingJob
from gengap.training.stop import stop_with_parent

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Train the run that the rule describes, in this process or in one that it shares with other jobs."""
    job = TrainingJob(
        run=snakemake.params.run,
        code=snakemake.params.code,
        data=snakemake.input.data,
        checksum=snakemake.input.checksum,
        checkpoints=snakemake.params.checkpoints,
        weights=snakemake.output.weights,
        metrics=snakemake.output.metrics,
        history=snakemake.output.history,
        provenance=snakemake.output.provenance,
        started=datetime.now(UTC).isoformat(),
    )
    side_by_side = snakemake.resources.side_by_side
    if side_by_side > 1 and can_share(job.run["compute"]):
        train_side_by_side(job, side_by_side)
        return
    # A job whose host computes does without PyTorch, whose import takes seconds.
    from gengap.training.perform import train_alone

    train_alone(job)


with job_log(snakemake.log[0]):
    stop_with_parent()
    main()
