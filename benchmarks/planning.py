"""Cost of planning (`snakemake --dry-run`) against the number of trainings: seconds of the processor and memory.

`python -m benchmarks.planning` plans the paper with 10, 25 and 50 seeds, the last of which are 3,000 trainings.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]


def plan(seeds: int) -> tuple[int, float, float]:
    """Trainings, processor seconds and peak megabytes of one dry run from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "seeds.yaml")
        config.write_text(f"seeds: {list(range(seeds))}\nresults: {folder}/results\nresources: {folder}/resources\n")
        command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", "--cores", "1"]
        process = subprocess.Popen([*command, "--configfile", str(config)], cwd=ROOT, stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"planning {seeds} seeds failed: run `{' '.join(command)}` to see why")
    megabytes = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024**2)
    return 60 * seeds, usage.ru_utime + usage.ru_stime, megabytes


def main() -> None:
    """Print one line for each number of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 25, 50])
    print(f"{'trainings':>9} {'CPU s':>7} {'MB':>6} {'ms per training':>16}")
    for seeds in parser.parse_args().seeds:
        trainings, seconds, megabytes = plan(seeds)
        print(f"{trainings:9} {seconds:7.1f} {megabytes:6.0f} {1000 * seconds / trainings:16.1f}", flush=True)


if __name__ == "__main__":
    main()
