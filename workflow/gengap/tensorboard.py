"""Writes the histories of trainings as TensorBoard reads them (`pip install 'gengap[tensorboard]'`).

    python -m gengap.tensorboard results/cpu curves && tensorboard --logdir curves

Steps are updates, so trainings of all batch sizes can be compared at equal updates.
"""

import argparse
import sys
from pathlib import Path

from gengap.errors import UserError
from gengap.library import load_runs
from gengap.runtime.readers import read_csv


def export(results: str | Path, out: str | Path) -> None:
    """Write an event file for each training: every number of its `history.csv` against the updates made.

    Args:
        results: a folder of results.
        out: a new folder; each training has the place there that it has in `results/runs`.

    Raises:
        UserError: there is no training with a history, the folder exists, or TensorBoard is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError as error:
        raise UserError("TensorBoard is not installed: pip install 'gengap[tensorboard]'.") from error
    folders = [Path(folder) for folder in load_runs(results)["folder"] if (Path(folder) / "history.csv").exists()]
    if not folders:
        raise UserError(f"{results} has no training with its history; published measurements come without.")
    if Path(out).exists():
        raise UserError(f"{out} exists; name a folder that does not.")
    for folder in folders:
        history = read_csv(folder / "history.csv", ("epoch", "updates")).set_index("updates")
        with SummaryWriter(str(Path(out) / folder.relative_to(Path(results) / "runs"))) as writer:
            for name, values in history.items():
                for updates, value in values.dropna().items():
                    writer.add_scalar(str(name), value, updates)


def main() -> None:
    """Export as the command line says."""
    parser = argparse.ArgumentParser(prog="python -m gengap.tensorboard", description=__doc__.splitlines()[0])
    parser.add_argument("results", help="folder of results")
    parser.add_argument("out", help="folder to make")
    options = parser.parse_args()
    try:
        export(options.results, options.out)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
