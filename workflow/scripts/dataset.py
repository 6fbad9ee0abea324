"""Read one data set from its source and write it as one verified file."""

from pathlib import Path
from typing import TYPE_CHECKING

from gengap.data.prepare import prepare
from gengap.runtime.script import job_log

if TYPE_CHECKING:
    from snakemake.iocontainers import snakemake


def main() -> None:
    """Prepare the data set that the rule names; the checksum is written beside the data."""
    name, output = snakemake.params.name, Path(snakemake.output.data)
    places = {key: value for key, value in snakemake.config["datasets"][name].items() if key == "path"}
    prepare(
        name=name,
        options={**snakemake.params.options, **places},
        torchvision_root=snakemake.config.get("torchvision_root") or output.parents[1] / "torchvision",
        output=output,
    )


with job_log(snakemake.log[0]):
    main()
