"""The tables of the benchmarks: on the screen, and as CSV and Markdown in results/benchmarks."""

import argparse
import csv
import platform
import statistics
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from benchmarks.loops import Case, Engine
from benchmarks.processes import Result, alone

from gengap.runtime.files import write_text
from gengap.runtime.provenance import processor

FOLDER = Path("results/benchmarks")

# A function that returns seconds, of the processor or by the clock.
Clock = Callable[[], float]


def arguments(description: str) -> argparse.Namespace:
    """The options that the benchmarks of training share, and `size`: which sizes they ask for."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", default="tf32", choices=["fp32", "tf32", "bf16"], help="on a GPU")
    parser.add_argument("--batch-norm", default="native", choices=["native", "fused"], help="on a GPU")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4.0, help="of each measurement")
    parser.add_argument("--threads", type=int, default=1, help="CPU threads of every loop")
    parser.add_argument("--cases", nargs="*", help="network and batch size of what to measure, as resnet56-64")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds that a case may take")
    parser.add_argument("--skip-loader", action="store_true", help="do not measure the loop with a DataLoader")
    parser.add_argument("--smoke", action="store_true", help="try everything at sizes that say nothing about speed")
    chosen = parser.parse_args()
    chosen.size = chosen.device
    if chosen.smoke:
        chosen.size, chosen.repeats, chosen.seconds = "smoke", 1, 0.05
    return chosen


def machine(engine: Engine) -> str:
    """What the numbers were measured on, in one line."""
    if engine.device.type == "cuda":
        how = f"{engine.precision}, {engine.batch_norm} batch norm, CUDA {torch.version.cuda}"
        where = f"{torch.cuda.get_device_name()}, {how}"
    else:
        where = f"{_threads(torch.get_num_threads())} a loop, fp32"
    return f"{where}, {_versions()}"


def cpu(threads: int) -> str:
    """What numbers without a training were measured on, in one line."""
    return f"{_threads(threads)}, {_versions()}, NumPy {np.__version__}"


def spread(values: Sequence[float]) -> str:
    """Median and range of repeated measurements of images per second."""
    return f"{statistics.median(values):,.0f} ({min(values):,.0f} to {max(values):,.0f})"


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> str:
    """How many times as fast, by medians."""
    return f"{statistics.median(ours) / statistics.median(theirs):.2f}"


@dataclass(frozen=True)
class Pair:
    """Seconds of the same work, ours and a peer's, one entry for each repeat; the repeats alternate."""

    what: str
    peer: str
    ours: Sequence[float]
    theirs: Sequence[float]

    @property
    def cells(self) -> dict[str, str]:
        """Columns of a report with their text: medians, ranges, and how many times as fast ours is."""
        return {
            "work": self.what,
            "here, s": _seconds(self.ours),
            "peer": self.peer,
            "peer, s": _seconds(self.theirs),
            "ratio": ratio(self.theirs, self.ours),
        }

    @property
    def values(self) -> dict[str, Any]:
        """The same as numbers."""
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        return {"work": self.what, "peer": self.peer, "here": ours, "theirs": theirs, "ratio": theirs / ours}


# Columns of a table of pairs with their widths.
PAIR = {"work": 38, "here, s": 32, "peer": 25, "peer, s": 32, "ratio": 8}


class Report:
    """A table that grows row by row, so that a benchmark which is stopped has told what it knows."""

    def __init__(self, name: str, title: str, machine: str, header: Mapping[str, int]) -> None:
        """Print the head of a table.

        Args:
            name: the files are `results/benchmarks/<name>.csv` and `.md`.
            title: what the numbers are.
            machine: what they were measured on.
            header: names of the columns with their widths on the screen.
        """
        self._name, self._title, self._machine, self._widths = name, title, machine, list(header.values())
        self._lines = [list(header)]
        self._rows: list[dict[str, Any]] = []
        self._missing: list[str] = []
        print(f"{title}\n{machine}\n", flush=True)
        self._print(self._lines[0])

    def each(
        self, cases: Iterable[Case], measured: Callable[[Case], Result], chosen: argparse.Namespace
    ) -> Iterator[tuple[Case, Result]]:
        """The chosen cases with what is measured, each in a process of its own; one that hangs costs itself alone."""
        names = dict.fromkeys(case.name for case in cases)
        for name in chosen.cases or []:
            if name not in names:
                self._miss(f"{name}: no case of this benchmark, which has {', '.join(names)}.")
        for case in cases:
            if chosen.cases and case.name not in chosen.cases:
                continue
            try:
                yield case, alone(partial(measured, case), chosen.limit)
            except (TimeoutError, ChildProcessError) as error:
                self._miss(f"{case.name}: {error}.")

    def _miss(self, text: str) -> None:
        """Tell, now and at the end of the files, what has no row."""
        self._missing.append(text)
        print(text, flush=True)

    def add(self, *cells: str, **values: Any) -> None:
        """Print one row and write the files as far as they go; `values` are its row of the CSV."""
        self._lines.append(list(cells))
        self._rows.append({**values, "machine": self._machine})
        self._print(cells)
        self._write("Not finished: rows are missing.")

    def write(self, *notes: str) -> None:
        """Print the notes and write the files."""
        for note in notes:
            print(f"\n{note}")
        print(flush=True)
        self._write(*notes, *self._missing)

    def _write(self, *notes: str) -> None:
        header, *lines = self._lines
        table = [_line(header), _line(["---"] * len(header)), *map(_line, lines)]
        text = [f"# {self._title}", self._machine, "\n".join(table), *notes]
        write_text(FOLDER / f"{self._name}.md", "\n\n".join(text) + "\n")
        with open(FOLDER / f"{self._name}.csv", "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(self._rows[0]) if self._rows else [], lineterminator="\n")
            writer.writeheader()
            writer.writerows(self._rows)

    def _print(self, cells: Sequence[str]) -> None:
        print(
            "  ".join(f"{cell:<{width}}" for cell, width in zip(cells, self._widths, strict=True)).rstrip(), flush=True
        )


def _seconds(values: Sequence[float]) -> str:
    return f"{statistics.median(values):.3g} ({min(values):.3g} to {max(values):.3g})"


def _threads(number: int) -> str:
    return f"{processor()}, {number} thread{'' if number == 1 else 's'}"


def _versions() -> str:
    return f"PyTorch {torch.__version__}, Python {platform.python_version()}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
