"""Read one data set from its source and write it as one verified file."""

from typing import TYPE_CHECKING

from gengap.data.prepare import prepare
from gengap.job import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Prepare the data set that the rule names; the checksum is written beside the data."""
    prepare(
        name=snakemake.params.name,
        options=snakemake.params.options,
        torchvision_root=snakemake.params.torchvision_root,
        output=snakemake.output.data,
    )


with job_log(snakemake.log[0]):
    main()
