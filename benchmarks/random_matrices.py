"""Time of one random matrix's singular values against dense SVDs, on one CPU thread.

`python -m benchmarks.random_matrices` takes a minute; `--full` measures 4000 x 4000, `--appendix` estimates the whole
appendix from a few matrices of each size. Sampling the matrix is part of every time. Times are those of the processor,
not of the clock: with one thread they are the same on an idle machine, and on a busy one only these can be compared.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from benchmarks.report import PAIR, Pair, Report, cpu
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


def compare(order: int, repeats: int) -> Iterator[Pair]:
    """Compare all laws at order x order, and the dense laws at order x order/2 too, with both dense SVDs."""
    gaussian = load_law("gaussian")

    def smallest(rows: int, columns: int, generator: np.random.Generator) -> None:
        bidiagonal.smallest_singular_values(*bidiagonal.sample_gaussian(rows, columns, generator))

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
            yield _alternate(what, peer, law, order, columns, ours, svd, repeats)


def appendix_seconds(repeats: int) -> Iterator[tuple[str, int, int, float]]:
    """Law, size and processor seconds of one matrix, by the median of `repeats`, for all sizes of the appendix."""
    for name in LAWS:
        law = load_law(name)
        for rows, all_columns in APPENDIX_COLUMNS.items():
            for columns in all_columns:
                times = [_seconds(law.singular_values, name, rows, columns, repeat) for repeat in range(repeats)]
                yield name, rows, columns, statistics.median(times)


def _alternate(
    what: str, peer: str, law: str, rows: int, columns: int, ours: Callable, svd: Callable, repeats: int
) -> Pair:
    def dense(rows: int, columns: int, generator: np.random.Generator) -> None:
        svd(load_law(law).sample(rows, columns, generator))

    # The first matrix of each pays for loading code and touching memory.
    _seconds(ours, law, rows // 4, columns // 4, 0), _seconds(dense, law, rows // 4, columns // 4, 0)
    pairs = [
        (_seconds(ours, law, rows, columns, repeat), _seconds(dense, law, rows, columns, repeat))
        for repeat in range(repeats)
    ]
    return Pair(what, peer, [pair[0] for pair in pairs], [pair[1] for pair in pairs])


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
    """Print and write the comparisons that the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="4000 x 4000 instead of 1000 x 1000")
    parser.add_argument("--appendix", action="store_true", help="estimate the time of the whole appendix")
    parser.add_argument("--repeats", type=int, default=3, help="matrices per measurement")
    parser.add_argument("--smoke", action="store_true", help="40 x 40, which says nothing about speed")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    with threadpool_limits(1):
        if chosen.appendix:
            _report_appendix(chosen.repeats)
        else:
            order = 40 if chosen.smoke else 4000 if chosen.full else 1000
            name = f"random_matrices_{'smoke' if chosen.smoke else order}"
            title = f"Processor seconds for the singular values of one matrix, medians of {chosen.repeats}"
            report = Report(name, title, cpu(1), PAIR)
            for pair in compare(order, chosen.repeats):
                report.add(*pair.cells.values(), **pair.values)
            report.write()


def _report_appendix(repeats: int) -> None:
    report = Report(
        "random_matrices_appendix",
        f"Processor seconds for the singular values of one matrix of each size of the appendix, medians of {repeats}",
        cpu(1),
        {"law": 10, "size": 11, "one matrix, s": 13},
    )
    minutes = dict.fromkeys(LAWS, 0.0)
    for law, rows, columns, seconds in appendix_seconds(repeats):
        minutes[law] += APPENDIX_REPEATS * seconds / 60
        report.add(law, f"{rows} x {columns}", f"{seconds:.4f}", law=law, rows=rows, columns=columns, seconds=seconds)
    parts = ", ".join(f"{law} {value:.1f}" for law, value in minutes.items())
    total = sum(minutes.values())
    report.write(f"{APPENDIX_REPEATS} matrices of each size, minutes of one core: {parts}, together {total:.1f}.")


if __name__ == "__main__":
    main()
