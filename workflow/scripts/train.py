"""Train one network and write its weights, metrics, history and trajectory."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gengap.runtime.script import job_log, with_defaults
from gengap.training.stop import stop_with_parent

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Train the run that the rule describes."""
    started = datetime.now(UTC)
    # This imports PyTorch, which takes seconds: an end of Snakemake within them is noticed too.
    from gengap.training.perform import TrainingJob, perform

    perform(
        TrainingJob(
            run=with_defaults(snakemake.params.run, snakemake.params.defaults),
            code=snakemake.params.code,
            data=snakemake.input.data,
            checksum=snakemake.input.checksum,
            checkpoints=snakemake.params.checkpoints,
            weights=snakemake.output.weights,
            metrics=snakemake.output.metrics,
            history=snakemake.output.history,
            trajectory=snakemake.output.trajectory,
            provenance=snakemake.output.provenance,
            started=started,
        )
    )


with job_log(snakemake.log[0]):
    stop_with_parent()
    main()
