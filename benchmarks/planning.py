"""Cost of planning (`snakemake --dry-run`) against the number of trainings: seconds of the processor and memory.

`python -m benchmarks.planning` plans the paper with 10, 25 and 50 seeds, the last of which are 3,000 trainings.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import Report, cpu

ROOT = Path(__file__).parents[1]

# Runs a command in a small process of its own: Linux counts the memory of whoever starts a process as its peak.
USAGE = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(done.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
"""


def plan(seeds: int) -> tuple[int, float, float]:
    """Trainings, processor seconds and peak megabytes of one dry run from nothing."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "seeds.yaml")
        config.write_text(f"seeds: {list(range(seeds))}\nresults: {folder}/results\nresources: {folder}/resources\n")
        command = [sys.executable, "-m", "snakemake", "--dry-run", "--quiet", "all", "--cores", "1"]
        measured = [sys.executable, "-c", USAGE, *command, "--configfile", str(config)]
        output = subprocess.run(measured, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    status, seconds, peak = map(float, output.split())
    if status:
        raise SystemExit(f"planning {seeds} seeds failed: run `{' '.join(command)}` to see why")
    return 60 * seeds, seconds, peak / (1024 if sys.platform == "linux" else 1024**2)


def main() -> None:
    """Print and write one line for each number of seeds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[10, 25, 50])
    parser.add_argument("--smoke", action="store_true", help="one seed")
    chosen = parser.parse_args()
    report = Report(
        "planning_smoke" if chosen.smoke else "planning",
        "Cost of a dry run of the paper",
        cpu(1),
        {"trainings": 9, "processor s": 11, "MB": 6, "ms per training": 15},
    )
    for seeds in [1] if chosen.smoke else chosen.seeds:
        trainings, seconds, megabytes = plan(seeds)
        each = 1000 * seconds / trainings
        report.add(
            *(str(trainings), f"{seconds:.1f}", f"{megabytes:.0f}", f"{each:.1f}"),
            trainings=trainings,
            seconds=seconds,
            megabytes=megabytes,
        )
    report.write()


if __name__ == "__main__":
    main()
