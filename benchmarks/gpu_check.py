"""What is right on this machine's GPU and what is not: one page, in about two minutes.

`python -m benchmarks.gpu_check` runs the tests that need a GPU, one file a process, and trains each network for some
updates on images of noise as written, with CUDA graphs, and with fused batch norm, too. What hangs is ended after
`--limit` seconds and costs itself alone. The status is 1 if anything is not right.
"""

import argparse
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import torch
from benchmarks.loops import Case, configured
from benchmarks.processes import alone
from benchmarks.report import Report, machine

from gengap.data.store import ImageDataset
from gengap.training.run import train

ROOT = Path(__file__).parents[1]
CASES = {
    "cpu": (Case("lenet5", 64, 200, (("width", 0.2),)),),
    "cuda": (Case("lenet5", 128, 6400), Case("vgg16", 64, 2560), Case("resnet56", 64, 2560)),
}
TEST_IMAGES = 100
WAYS: dict[str, dict[str, Any]] = {
    "as written": {"cuda_graphs": False, "batch_norm": "native"},
    "CUDA graphs": {"cuda_graphs": True, "batch_norm": "native"},
    "CUDA graphs, fused batch norm": {"cuda_graphs": True, "batch_norm": "fused"},
}
# Of the figures of a whole small training, between two ways.
TOLERANCE = {"fp32": 0.01, "tf32": 0.05, "bf16": 0.1}
FIGURES = ("train_cross_entropy", "test_cross_entropy", "weight_norm", "weight_distance")

# What was tried, whether it is right, and what was seen.
Finding = tuple[str, bool, str]


def tests_of(file: str, marked: str) -> list[Finding]:
    """The tests of a file with a mark, of which at least one has to pass and none to fail."""
    command = [sys.executable, "-m", "pytest", "-q", "-m", marked, file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    right = done.returncode == 0 and " passed" in done.stdout
    if not right:
        print(done.stdout, done.stderr, flush=True)
    return [(file, right, done.stdout.strip().rpartition("\n")[2].strip("= "))]


def trainings_of(case: Case, device: str, precision: str) -> list[Finding]:
    """A small training of one network, each way."""
    images, labels = case.data()
    test = images[:TEST_IMAGES], labels[:TEST_IMAGES]
    names = tuple(map(str, range(case.classes)))
    dataset = ImageDataset(images, labels, *test, classes=names, name="noise", source="drawn")
    options = case.all_options | {"epochs": 3, "learning_rate": 0.001, "metrics": "running"}
    ways = {}
    for name, way in WAYS.items():
        compute = {"device": device, "precision": precision, "deterministic": False, "threads": 1, **way}
        run = {"experiment": "check", "model": case.model, "dataset": "noise", "batch_size": case.batch_size, "seed": 0}
        with tempfile.TemporaryDirectory() as folder:
            training = train(run | {"options": options, "compute": compute}, dataset, torch.device(device), folder, {})
        speed = training.state.measured_images / training.state.measured_seconds
        ways[name] = {"metrics": training.metrics, "engine": training.engine, "speed": speed}
    return compared(case.name, ways, device, precision)


def compared(case: str, ways: Mapping[str, Mapping[str, Any]], device: str, precision: str) -> list[Finding]:
    """For each way of a training whether it was kept to the end, and how it compares with the training as written."""
    findings = []
    plain = ways["as written"]
    for name, way in ways.items():
        kept = device == "cpu" or all(way["engine"][key] == value for key, value in WAYS[name].items())
        apart = max(_apart(way["metrics"][figure], plain["metrics"][figure]) for figure in FIGURES)
        seen = [f"{way['speed']:,.0f} images/s"]
        if way is not plain:
            seen += [f"{way['speed'] / plain['speed']:.2f} times as written", f"figures {100 * apart:.2g} % apart"]
        seen += [f"{part} {distance:.1g} apart" for part, distance in way["engine"]["distances"].items()]
        seen += [] if kept else ["given up"]
        findings.append((f"{case}, {name}", kept and apart <= TOLERANCE[precision], ", ".join(seen)))
    return findings


def _apart(value: float | None, plain: float | None) -> float:
    """Relative difference; infinite where a training has diverged."""
    return float("inf") if value is None or plain is None else abs(value - plain) / abs(plain)


def parts(smoke: bool, precision: str) -> dict[str, Callable[[], list[Finding]]]:
    """What is tried, each in a process of its own."""
    device = "cpu" if smoke else "cuda"
    marked = "not gpu" if smoke else "gpu"
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "tests").rglob("test_*.py"))]
    files = [file for file in files if "pytest.mark.gpu" in (ROOT / file).read_text(encoding="utf-8")]
    if smoke:
        files = ["tests/gengap/training/test_sgd.py"]
    return {file: partial(tests_of, file, marked) for file in files} | {
        case.name: partial(trainings_of, case, device, precision) for case in CASES[device]
    }


def main() -> None:
    """Print and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", default="tf32", choices=list(TOLERANCE))
    parser.add_argument("--limit", type=float, default=180.0, help="seconds that a file or a network may take")
    parser.add_argument("--smoke", action="store_true", help="try this program on a CPU")
    chosen = parser.parse_args()
    if not chosen.smoke and not torch.cuda.is_available():
        sys.exit(f"PyTorch {torch.__version__} finds no CUDA GPU on this machine, so there is nothing to check.")
    report = Report(
        f"gpu_check{'_smoke' if chosen.smoke else ''}",
        "What is right on this machine, and what is not",
        machine(configured("cpu" if chosen.smoke else "cuda", chosen.precision, 1)),
        {"tried": 50, "verdict": 10, "seen": 60},
    )
    wrong = 0
    for what, work in parts(chosen.smoke, chosen.precision).items():
        try:
            findings = alone(work, chosen.limit)
        except (TimeoutError, ChildProcessError) as error:
            findings = [(what, False, str(error))]
        for name, right, seen in findings:
            wrong += not right
            report.add(name, "right" if right else "NOT RIGHT", seen, tried=name, right=int(right), seen=seen)
    report.write(f"{wrong} not right on this machine." if wrong else "All of it is right on this machine.")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
