"""A manifest of what the workflow makes of fixed numbers, to show that a refactoring changes none of it.

    python tests/golden.py write                   tests/golden.txt from docs/published
    python tests/golden.py compare OLD [NEW]       the tiny run of two commits, compared on this machine

An entry is a file by name, wherever it stands: text by its SHA-256, tables by their numbers to nine digits (their last
ones are those of the version of NumPy), pictures by their pixels. Of two commits, it names the entries that differ.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from places import PUBLISHED, ROOT

MANIFEST = Path(__file__).with_name("golden.txt")
PARTS = ("tables", "figures", "audit", "counts", "random_matrices", "runs")


def entries(folder: Path) -> dict[str, str]:
    """Digest of each derived file of a folder of results, by its name; of what a training leaves, by its run too."""
    files = sorted(path for part in PARTS for path in (folder / part).rglob("*") if path.is_file())
    return {_key(path.relative_to(folder)): _digest(path) for path in files if _is_compared(path)}


def _key(path: Path) -> str:
    return str(path) if path.parts[0] in ("runs", "random_matrices", "counts") else path.name


def _is_compared(path: Path) -> bool:
    """Whether a file is to be the same each time: PDFs carry versions, and provenance carries times."""
    return path.suffix in (".csv", ".tex", ".json", ".png", ".sha256") and path.name != "provenance.json"


def _digest(path: Path) -> str:
    if path.suffix == ".png":
        with Image.open(path) as image:
            return _sha(np.asarray(image.convert("RGB")).tobytes())
    if path.suffix == ".csv":
        frame = pd.read_csv(path)
        if path.name != "history.csv":
            return _sha(frame.to_csv(index=False, float_format="%.9g").encode())
        return _sha(frame[[name for name in frame if "second" not in name]].to_csv(index=False).encode())
    return _sha(path.read_bytes())


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]


def read_manifest() -> dict[str, str]:
    """The committed manifest: name → digest."""
    lines = MANIFEST.read_text(encoding="utf-8").splitlines()
    return dict(line.split() for line in lines if line)


def differences(old: dict[str, str], new: dict[str, str]) -> list[str]:
    """A line for each entry that is not the same in both."""
    kinds = {name: "gone" if name not in new else "new" if name not in old else "changed" for name in {*old, *new}}
    return [f"{kinds[name]}: {name}" for name in sorted(kinds) if old.get(name) != new.get(name)]


def tiny_run(commit: str, scratch: Path) -> dict[str, str]:
    """Entries of the tiny run of a commit."""
    tree = scratch / commit.replace("/", "-")
    subprocess.run(["git", "worktree", "add", "--detach", "--quiet", str(tree), commit], cwd=ROOT, check=True)
    try:
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "tests/workflow/tiny.yaml"]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([*command, "--quiet", "all"], cwd=tree, env=environment, check=True)
        return entries(tree / "results" / "tiny")
    finally:
        subprocess.run(["git", "worktree", "remove", "--force", str(tree)], cwd=ROOT, check=True)


def main(arguments: list[str]) -> int:
    """Write the manifest, or compare two commits; exit status 1 where they differ."""
    match arguments:
        case ["write"]:
            found = entries(PUBLISHED)
            MANIFEST.write_text("".join(f"{name} {found[name]}\n" for name in sorted(found)), encoding="utf-8")
            return 0
        case ["compare", old, *rest]:
            with tempfile.TemporaryDirectory() as scratch:
                before, after = (tiny_run(commit, Path(scratch)) for commit in (old, *(rest or ["HEAD"])))
            lines = differences(before, after)
            print("\n".join([*lines, f"{len(lines)} of {len({*before, *after})} entries change"]))
            return bool(lines)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
