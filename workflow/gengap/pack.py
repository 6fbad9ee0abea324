"""Packs trained weights and spectra for others, with checksums and a model card, and puts them back.

    python -m gengap.pack results/cpu gengap-weights              # a folder to upload as it is
    python -m gengap.pack --restore gengap-weights results/cpu    # elsewhere: checked, then copied

Snakemake's records travel along, so a checkout of the same code takes what was restored for done.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gengap.errors import UserError
from gengap.library import load_runs
from gengap.runtime.files import sha256, write_text

SUMS, CARD = "SHA256SUMS", "README.md"
_PACKED = ("runs/*/bs*/seed*/*", "spectra/**/*.parquet", "counts/*.csv", ".records/**/*", "config.json")
_CARD = """---
license: mit
library_name: pytorch
tags: [image-classification, generalization-gap, large-batch-training]
---

# Networks trained with small and large batches

{runs} trainings of `gengap`, the reproduction of *A New Perspective for Understanding Generalization Gap of Deep Neural
Networks Trained with Large Batch Sizes* (arXiv 2210.12184). For study, not for use: data, options, code and machine of
each stand in its `provenance.json`.

| experiment | network | data | batch sizes | seeds | test error (%) |
|---|---|---|---|---|---|
{table}

`sha256sum --check {sums}` checks the files. With the package installed:

```python
model = gengap.load_model("runs/{example}")
```

`python -m gengap.pack --restore <this folder> <results>` puts them where the workflow looks for them.
"""


def pack(results: str | Path, out: str | Path) -> None:
    """Copy the trainings, spectra and counts of a results folder into a new folder, with checksums and a model card.

    Raises:
        UserError: there is no training, or the folder exists.
    """
    results, out = Path(results), Path(out)
    runs = load_runs(results)
    if out.exists():
        raise UserError(f"{out} exists; name a folder that does not.")
    names = sorted({path.relative_to(results) for kind in _PACKED for path in results.glob(kind) if path.is_file()})
    for name in names:
        _copy(results / name, out / name)
    lines = [
        f"| {experiment} | {model} | {dataset} | {_listed(part['batch_size'])} | {_listed(part['seed'])}"
        f" | {part['test_error_percent'].min():.2f} to {part['test_error_percent'].max():.2f} |"
        for (experiment, model, dataset), part in runs.groupby(["experiment", "model", "dataset"], sort=False)
    ]
    example = Path(runs["folder"][0]).relative_to(results / "runs")
    card = _CARD.format(runs=len(runs), table="\n".join(lines), sums=SUMS, example=example.as_posix())
    write_text(out / CARD, card)
    # Last, so that a folder which was left half-made has none.
    write_text(out / SUMS, "".join(f"{sha256(out / name)}  {name.as_posix()}\n" for name in [*names, Path(CARD)]))


def restore(folder: str | Path, results: str | Path) -> None:
    """Check every file of a packed folder, then copy what is packed into a folder of results.

    Raises:
        UserError: a file is missing or not as it was packed, or another lies in its place; nothing is copied then.
    """
    folder, results = Path(folder), Path(results)
    if not (folder / SUMS).is_file():
        raise UserError(f"{folder} has no {SUMS}, so it is no packed folder, or not a whole one.")
    sums = [line.split("  ", 1) for line in (folder / SUMS).read_text(encoding="utf-8").splitlines()]
    for digest, name in sums:
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file() or sha256(path) != digest:
            raise UserError(f"{path} is missing or not as it was packed; copy or download it again.")
        if name != CARD and (results / name).exists() and sha256(results / name) != digest:
            raise UserError(f"{results / name} is another file; restore into another folder, or move it away.")
    for _, name in sums:
        if name != CARD:
            _copy(folder / name, results / name)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(source, target)  # with its time, by which Snakemake tells what is newer


def _listed(values: Sequence[int]) -> str:
    return ", ".join(map(str, sorted(set(values))))


def main() -> None:
    """Pack, or restore."""
    parser = argparse.ArgumentParser(prog="python -m gengap.pack", description=__doc__.splitlines()[0])
    parser.add_argument("--restore", action="store_true", help="from a packed folder into a folder of results")
    parser.add_argument("source", help="folder of results, or a packed one")
    parser.add_argument("target", help="folder to make, or folder of results")
    options = parser.parse_args()
    try:
        (restore if options.restore else pack)(options.source, options.target)
    except UserError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
