"""What a training job costs before and after its updates: imports, capture of CUDA graphs, reading, writing.

`python -m benchmarks.startup` runs jobs of one update on 1,438 handwritten digits, each in a process of its own;
`--device cuda` does so on a GPU. Processor and wall seconds, medians of `--repeats`; a job's minus those of
`import torch` is what this project adds.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from benchmarks.loops import Engine
from benchmarks.report import Report, arguments, machine

from gengap.config import plan
from gengap.config.load import load_config, merge
from gengap.data.prepare import prepare

ROOT = Path(__file__).parents[1]
# Of the training set of handwritten digits.
IMAGES = 1438
# Argument: the job as JSON.
JOB = """
import json, sys
from datetime import datetime
from gengap.training.perform import TrainingJob, perform
job = json.loads(sys.argv[1])
perform(TrainingJob(**job | {"started": datetime.fromisoformat(job["started"])}))
"""


def one_update(folder: Path, device: str) -> dict[str, Any]:
    """A job of one epoch of one batch, its data made, as `TrainingJob` takes it."""
    changes: Mapping[str, Any] = {
        "run": ["demo_lenet5"],
        "compute": {"device": device},
        "recipes": {"demo": {"epochs": 1}},
        "experiments": {"demo_lenet5": {"batch_sizes": [IMAGES], "seeds": [0]}},
        "tables": [],
        "figures": [],
    }
    planned = plan(merge(load_config([ROOT / "config.yaml", ROOT / "demo.yaml"]), changes))
    data = folder / "digits.safetensors"
    prepare("digits28", {"source": "digits", "image_size": 28, "channels": 1}, folder, data)
    outputs = ("weights", "metrics.json", "history.csv", "trajectory.csv", "provenance.json")
    written = {name: str(folder / name) for name in outputs}
    return {
        "run": dict(planned.run("demo_lenet5", IMAGES, 0)),
        "code": "",
        "data": str(data),
        "checksum": f"{data}.sha256",
        "checkpoints": str(folder / "checkpoints"),
        **{name.split(".")[0]: path for name, path in written.items()},
        "started": "2026-01-01T00:00:00+00:00",
    }


def seconds(*arguments: str, limit: float) -> tuple[float, float]:
    """Processor and wall seconds of Python with these arguments.

    Raises:
        SystemExit: it fails, or takes longer than the limit.
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "workflow"), "OMP_NUM_THREADS": "1"}
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, *arguments], env=environment)
    end = threading.Timer(limit, process.kill)
    end.start()
    _, status, usage = os.wait4(process.pid, 0)
    end.cancel()
    if status:
        raise SystemExit(f"python {' '.join(arguments)} failed, with its error above, or took {limit:g} s")
    return usage.ru_utime + usage.ru_stime, time.perf_counter() - started


def main() -> None:
    """Print and write one line for each stage."""
    chosen = arguments(__doc__)
    torch.set_num_threads(chosen.threads)
    report = Report(
        f"startup_{chosen.size}",
        f"Seconds of a process, medians of {chosen.repeats}",
        machine(Engine(torch.device(chosen.device), chosen.precision)),
        {"process": 40, "processor": 10, "wall": 10},
    )
    with tempfile.TemporaryDirectory() as folder:
        job = json.dumps(one_update(Path(folder), chosen.device))
        for name, command in {
            "import torch": ("-c", "import torch"),
            "imports of a training job": ("-c", "import gengap.training.perform"),
            f"training job of one update, {IMAGES} images": ("-c", JOB, job),
        }.items():
            processor, wall = zip(*(seconds(*command, limit=chosen.limit) for _ in range(chosen.repeats)), strict=True)
            medians = statistics.median(processor), statistics.median(wall)
            report.add(
                name, *(f"{value:.2f}" for value in medians), process=name, processor=medians[0], wall=medians[1]
            )
    report.write()


if __name__ == "__main__":
    main()
