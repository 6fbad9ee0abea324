"""Time and memory of all multilinear singular values of an activation tensor against TensorLy and NumPy.

`python -m benchmarks.spectra` takes seconds; `--full` measures the 2048 x 64 x 32 x 32 output of VGG-16's second layer
(minutes, 6 GB). The peer unfolds by TensorLy and calls `numpy.linalg.svd`; both count the same values.
"""

import argparse
import math
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorly
import torch
from benchmarks.report import PAIR, Clock, Pair, Report, cpu
from threadpoolctl import threadpool_limits

from gengap.spectra.singular_values import mode_singular_values

SMOKE = (16, 4, 8, 8)
SMALL = (256, 32, 16, 16)
FULL = (2048, 64, 32, 32)
SMALLEST_MEASURED_MEMORY = 2**28
KINDS = ("Gram", "QR + SVD")
THRESHOLDS = (1e-4, 1e-5)


def _with_vectors(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, full_matrices=False).S


def _values_only(matrix: np.ndarray) -> np.ndarray:
    return np.linalg.svd(matrix, compute_uv=False)


PEERS = {"svd(full_matrices=False)": _with_vectors, "svd(compute_uv=False)": _values_only}


def activation(shape: Sequence[int], kind: str) -> torch.Tensor:
    """A rectified Gaussian tensor: of full rank (`Gram`), or half of it in every mode (`QR + SVD`)."""
    generator = torch.Generator().manual_seed(0)
    tensor = torch.empty(*shape, dtype=torch.float64).normal_(generator=generator).relu_()
    if kind == "QR + SVD":
        for axis, size in enumerate(shape):
            first, second = tensor.split(size // 2, dim=axis)
            second.copy_(first)
    return tensor


def compare(shape: Sequence[int], repeats: int, clock: Clock) -> Iterator[tuple[Pair, bool]]:
    """Compare both methods with both peers, and whether they count the same values; all sizes must be even."""
    for kind in KINDS:
        tensor = activation(shape, kind)
        for peer, svd in PEERS.items():
            pairs = [(_timed(clock, _ours, tensor), _timed(clock, _theirs, tensor, svd)) for _ in range(repeats)]
            same = all(ours[1] == theirs[1] for ours, theirs in pairs)
            what = f"{kind}, {'x'.join(map(str, shape))}"
            yield Pair(what, peer, [ours[0] for ours, _ in pairs], [theirs[0] for _, theirs in pairs]), same


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
    """Print and write the comparisons and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", type=int, nargs="+", default=list(SMALL), metavar="SIZE", help="even sizes")
    parser.add_argument("--full", action="store_true", help=f"the shape {FULL}")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--cpu-time", action="store_true", help="for one thread on a machine that others use too")
    parser.add_argument("--smoke", action="store_true", help="a small shape, which says nothing about speed")
    parser.add_argument("--memory-of", choices=KINDS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    shape = FULL if chosen.full else SMOKE if chosen.smoke else tuple(chosen.shape)
    if chosen.memory_of:
        print(_measure_memory(shape, chosen.memory_of))
        return
    report = Report(
        f"spectra_{'smoke' if chosen.smoke else 'x'.join(map(str, shape))}",
        f"{'Processor' if chosen.cpu_time else 'Wall-clock'} seconds for all singular values of all modes of a tensor,"
        f" medians of {chosen.repeats}",
        cpu(chosen.threads),
        PAIR | {"counts": 12},
    )
    clock = time.process_time if chosen.cpu_time else time.perf_counter
    with threadpool_limits(chosen.threads):
        for pair, same in compare(shape, chosen.repeats, clock):
            report.add(*pair.cells.values(), "the same" if same else "OTHERS", **pair.values, same_counts=same)
    if math.prod(shape) * 8 < SMALLEST_MEASURED_MEMORY:
        report.write("Peak memory: not measured, the libraries take more than this tensor.")
    else:
        memory = [f"{kind}: {peak_memory(shape, kind):.2f}" for kind in KINDS]
        report.write(f"Peak memory in units of the tensor's, itself included: {', '.join(memory)}.")


if __name__ == "__main__":
    main()
