"""Time of one random matrix's singular values against dense SVDs, on one CPU thread.

`python -m benchmarks.random_matrices` takes a minute; `--full` measures 4000 x 4000, `--appendix` estimates the whole
appendix from a few matrices of each size. Sampling the matrix is part of every time. Times are those of the processor,
not of the clock: with one thread they are the same on an idle machine, and on a busy one only these can be compared.
"""

import argparse
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits

from gengap.random_matrices import bidiagonal
from gengap.random_matrices.law import load_law
from gengap.random_matrices.streams import stream

LAWS = ("gaussian", "uniform", "lognormal")
APPENDIX_COLUMNS = {
    1000: (10, 50, 200, 500, 1000),
    2000: (10, 500, 1000, 1500, 2000),
    4000: (50, 500, 2000, 3000, 4000),
}
APPENDIX_REPEATS = 100


@dataclass(frozen=True)
class Comparison:
    """Processor seconds for one matrix, ours and the peer's, one entry per repeat; the repeats alternate."""

    what: str
    peer: str
    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """How many times faster ours is, by medians."""
        return statistics.median(self.theirs) / statistics.median(self.ours)

    def __str__(self) -> str:
        ours, theirs = (
            f"{statistics.median(times):10.4f} s ({min(times):.4f} to {max(times):.4f})"
            for times in (self.ours, self.theirs)
        )
        return f"{self.what:44} {ours}  {self.peer:22} {theirs}  {self.ratio:8.1f}x"


def compare(order: int, repeats: int) -> list[Comparison]:
    """Compare all laws at order x order, and the dense laws at order x order/2 too, with both dense SVDs."""
    gaussian = load_law("gaussian")

    def smallest(rows: int, columns: int, generator: np.random.Generator) -> None:
        bidiagonal.smallest_singular_values(*bidiagonal.sample_gaussian(rows, columns, generator))

    comparisons = []
    for peer, svd in {"numpy.linalg.svd": _numpy_svd, "torch.linalg.svdvals": _torch_svd}.items():
        cases: list[tuple[str, str, int, Callable]] = [
            ("gaussian, smallest value", "gaussian", order, smallest),
            ("gaussian, all values", "gaussian", order, gaussian.singular_values),
        ]
        for law in ("uniform", "lognormal"):
            for columns in (order, order // 2):
                cases.append((f"{law}, all values", law, columns, load_law(law).singular_values))
        for name, law, columns, ours in cases:
            what = f"{name}, {order} x {columns}"
            comparisons.append(_alternate(what, peer, law, order, columns, ours, svd, repeats))
            print(comparisons[-1], flush=True)
    return comparisons


def appendix_seconds(repeats: int) -> dict[str, float]:
    """Processor seconds for all matrices of the appendix, by law, from `repeats` matrices of each size."""
    totals = {}
    for name in LAWS:
        law, total = load_law(name), 0.0
        for rows, all_columns in APPENDIX_COLUMNS.items():
            for columns in all_columns:
                times = [_seconds(law.singular_values, name, rows, columns, repeat) for repeat in range(repeats)]
                total += APPENDIX_REPEATS * statistics.median(times)
                print(f"{name:10} {rows:5} x {columns:4} {statistics.median(times):9.4f} s", flush=True)
        totals[name] = total
    return totals


def _alternate(
    what: str, peer: str, law: str, rows: int, columns: int, ours: Callable, svd: Callable, repeats: int
) -> Comparison:
    def dense(rows: int, columns: int, generator: np.random.Generator) -> None:
        svd(load_law(law).sample(rows, columns, generator))

    # The first matrix of each pays for loading code and touching memory.
    _seconds(ours, law, rows // 4, columns // 4, 0), _seconds(dense, law, rows // 4, columns // 4, 0)
    pairs = [
        (_seconds(ours, law, rows, columns, repeat), _seconds(dense, law, rows, columns, repeat))
        for repeat in range(repeats)
    ]
    return Comparison(what, peer, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


def _seconds(values: Callable, law: str, rows: int, columns: int, repeat: int) -> float:
    generator = stream(0, law, rows, columns, repeat)
    started = time.process_time()
    values(rows, columns, generator)
    return time.process_time() - started


def _numpy_svd(matrix: np.ndarray) -> None:
    np.linalg.svd(matrix, compute_uv=False)


def _torch_svd(matrix: np.ndarray) -> None:
    torch.linalg.svdvals(torch.from_numpy(matrix))


def main() -> None:
    """Print the comparisons that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="4000 x 4000 instead of 1000 x 1000")
    parser.add_argument("--appendix", action="store_true", help="estimate the time of the whole appendix")
    parser.add_argument("--repeats", type=int, default=3, help="matrices per measurement")
    arguments = parser.parse_args()
    print(
        f"{platform.processor() or platform.machine()}, one thread, numpy {np.__version__}, torch {torch.__version__}"
    )
    torch.set_num_threads(1)
    with threadpool_limits(1):
        if arguments.appendix:
            totals = appendix_seconds(arguments.repeats)
            for law, seconds in totals.items():
                print(f"{law:10} {seconds / 60:6.1f} min for {APPENDIX_REPEATS} matrices of each size")
            print(f"all laws   {sum(totals.values()) / 60:6.1f} min on one core")
        else:
            compare(4000 if arguments.full else 1000, arguments.repeats)


if __name__ == "__main__":
    main()
