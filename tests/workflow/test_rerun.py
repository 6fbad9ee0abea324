"""What a change reruns really runs: nothing is left to do after it, and a plot needs no weights."""

import os
import time

import pytest
from workflow_changes import configure

pytestmark = pytest.mark.workflow

OTHER_COLOURS = configure(lambda c: c.update(style={"palette": "deep"}))


def test_after_the_rerun_nothing_is_left_to_do(project):
    OTHER_COLOURS(project)
    project.run()
    assert project.would_run() == set()


def test_a_plot_change_reads_no_weights_and_no_singular_values(project):
    """The figures are drawn anew although weights and spectra cannot be read."""
    weights = list(project.folder.glob("results/tiny/runs/**/weights.safetensors"))
    spectra = list(project.folder.glob("results/tiny/spectra/**/*.parquet"))
    assert (len(weights), len(spectra)) == (4, 6)
    for path in (*weights, *spectra):
        status = path.stat()
        path.write_bytes(b"")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    OTHER_COLOURS(project)
    drawn = [f"results/tiny/{name}.pdf" for name in ("figures/figure_3", "figures/figure_6", "audit/untrained")]
    before = time.time_ns()
    project.run(*drawn)
    assert all((project.folder / path).stat().st_mtime_ns > before for path in drawn)
