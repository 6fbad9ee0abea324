"""Time and memory of all multilinear singular values of an activation tensor against TensorLy and NumPy.

`python -m benchmarks.spectra` takes seconds; `--full` measures the 2048 x 64 x 32 x 32 output of VGG-16's second layer
(minutes, 6 GB). The peer unfolds by TensorLy and calls `numpy.linalg.svd`; both count the same values.
"""

import argparse
import math
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorly
import torch
from threadpoolctl import threadpool_limits

from gengap.spectra.singular_values import mode_singular_values

SMALL = (256, 32, 16, 16)
FULL = (2048, 64, 32, 32)
SMALLEST_MEASURED_MEMORY = 2**28
KINDS = ("Gram", "QR + SVD")
THRESHOLDS = (1e-4, 1e-5)
Clock = Callable[[], float]


def _with_vectors(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, full_matrices=False).S


def _values_only(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, compute_uv=False)


PEERS = {"svd(full_matrices=False)": _with_vectors, "svd(compute_uv=False)": _values_only}


@dataclass(frozen=True)
class Comparison:
    """Seconds for all modes of one tensor, ours and the peer's, one entry per repeat; the repeats alternate."""

    what: str
    peer: str
    ours: list[float]
    theirs: list[float]
    same_counts: bool

    @property
    def ratio(self) -> float:
        """How many times faster ours is, by medians."""
        return statistics.median(self.theirs) / statistics.median(self.ours)

    def __str__(self) -> str:
        ours, theirs = (
            f"{statistics.median(times):8.2f} s ({min(times):.2f} to {max(times):.2f})"
            for times in (self.ours, self.theirs)
        )
        counts = "same counts" if self.same_counts else "OTHER COUNTS"
        return f"{self.what:28} {ours:28} {self.peer:26} {theirs:28} {self.ratio:6.1f}x  {counts}"


def activation(shape: Sequence[int], kind: str) -> torch.Tensor:
    """A rectified Gaussian tensor: of full rank (`Gram`), or half of it in every mode (`QR + SVD`)."""
    generator = torch.Generator().manual_seed(0)
    tensor = torch.empty(*shape, dtype=torch.float64).normal_(generator=generator).relu_()
    if kind == "QR + SVD":
        for axis, size in enumerate(shape):
            first, second = tensor.split(size // 2, dim=axis)
            second.copy_(first)
    return tensor


def compare(shape: Sequence[int], repeats: int, clock: Clock = time.perf_counter) -> list[Comparison]:
    """Compare both methods with both peers by a clock that returns seconds; all sizes must be even."""
    comparisons = []
    for kind in KINDS:
        tensor = activation(shape, kind)
        for peer, svd in PEERS.items():
            pairs = [(_timed(clock, _ours, tensor), _timed(clock, _theirs, tensor, svd)) for _ in range(repeats)]
            same = all(ours[1] == theirs[1] for ours, theirs in pairs)
            what = f"{kind}, {'x'.join(map(str, shape))}"
            seconds = [ours[0] for ours, _ in pairs], [theirs[0] for _, theirs in pairs]
            comparisons.append(Comparison(what, peer, *seconds, same_counts=same))
            print(comparisons[-1], flush=True)
    return comparisons


def peak_memory(shape: Sequence[int], kind: str) -> float:
    """Peak memory of our method in a process of its own, the tensor included, in units of the tensor's memory."""
    command = [sys.executable, "-m", "benchmarks.spectra", "--memory-of", kind, "--shape", *map(str, shape)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def _measure_memory(shape: Sequence[int], kind: str) -> float:
    mode_singular_values(activation((8, 4, 8, 8), kind))  # loads the libraries' code
    tensor = activation(shape, kind)
    size = tensor.numel() * tensor.element_size()
    before = _peak()
    mode_singular_values(tensor)
    return 1 + (_peak() - before) / size


def _peak() -> int:
    """Largest resident memory of this process so far, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _timed(clock: Clock, method: Callable[..., list[list[int]]], *arguments: Any) -> tuple[float, list[list[int]]]:
    started = clock()
    counts = method(*arguments)
    return clock() - started, counts


def _ours(tensor: torch.Tensor) -> list[list[int]]:
    return [_below(values.numpy()) for values in mode_singular_values(tensor)]


def _theirs(tensor: torch.Tensor, svd: Callable[[np.ndarray], np.ndarray]) -> list[list[int]]:
    counts = []
    for mode in range(tensor.ndim):
        with tensorly.backend_context("numpy"):
            unfolding = tensorly.unfold(tensor.numpy(), mode)
        counts.append(_below(svd(unfolding)))
    return counts


def _below(values: np.ndarray) -> list[int]:
    return [int((values <= threshold).sum()) for threshold in THRESHOLDS]


def main() -> None:
    """Print the comparisons and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", type=int, nargs="+", default=list(SMALL), metavar="SIZE", help="even sizes")
    parser.add_argument("--full", action="store_true", help=f"the shape {FULL}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="for one thread on a machine that others use too")
    parser.add_argument("--memory-of", choices=KINDS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    shape = FULL if arguments.full else tuple(arguments.shape)
    if arguments.memory_of:
        print(_measure_memory(shape, arguments.memory_of))
        return
    print(
        f"{platform.processor() or platform.machine()}, {arguments.threads} thread(s), torch {torch.__version__},"
        f" numpy {np.__version__}; {'CPU' if arguments.cpu_time else 'wall-clock'} time, median (min to max) of"
        f" {arguments.repeats} alternating repeats",
        flush=True,
    )
    with threadpool_limits(arguments.threads):
        compare(shape, arguments.repeats, time.process_time if arguments.cpu_time else time.perf_counter)
    if math.prod(shape) * 8 < SMALLEST_MEASURED_MEMORY:
        print("Peak memory: not measured, the libraries take more than this tensor")
        return
    for kind in KINDS:
        print(f"{kind}: peak memory {peak_memory(shape, kind):.2f} x the tensor, the tensor included")


if __name__ == "__main__":
    main()
