"""What tests of the package share: a network's options, made-up measurements and their files, a look at figures."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.text import Text
from samples import counts_of_experiment

from gengap.config.schema import option_defaults
from gengap.exhibits.needs import Files
from gengap.random_matrices.sample import extremes

METRICS = {
    "train_error_percent": 0.01,
    "test_error_percent": 7.96,
    "train_cross_entropy": 0.0031,
    "test_cross_entropy": 0.3127,
    "weight_penalty": 0.0779,
    "train_loss": 0.0810,
    "test_loss": 0.3906,
    "weight_norm": 17.3,
    "weight_distance": 21.9,
}
# Label of a row, and of each seed the test error, `None` where it diverged, or the metrics that differ.
Rows = Sequence[tuple[str | int, Sequence[float | Mapping | None]]]


@pytest.fixture(scope="session")
def model_options() -> Callable[..., dict[str, Any]]:
    """All options at their defaults, as a function of those that a test changes."""
    return lambda **changes: option_defaults() | changes


@pytest.fixture
def options() -> dict[str, Any]:
    return option_defaults()


class Stages:
    """Writes the files that the earlier stages would have written, with values of realistic size."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: dict[str, None] = {}

    def path(self, name: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def metrics(self, batch_size: int = 128, seed: int = 0, *, diverged: bool = False, **changes: object) -> str:
        """Path of the metrics of a training."""
        content = {
            "experiment": "lenet5_fashion_mnist",
            "model": "lenet5",
            "dataset": "fashion_mnist",
            "batch_size": batch_size,
            "seed": seed,
            "updates": 28140,
            "epochs": 60.0,
            "diverged": diverged,
            **(dict.fromkeys(METRICS) if diverged else METRICS),
        } | changes
        path = self._json(f"runs/{content['experiment']}/bs{batch_size}/seed{seed}/metrics.json", content)
        self.runs[path] = None
        return path

    def rows(self, rows: Rows, experiment: str = "lenet5") -> list[dict]:
        """Rows of the plan; the trainings' metrics are written."""
        planned = []
        for label, seeds in rows:
            batch_size = int(str(label).partition("->")[0])
            for seed, values in enumerate(seeds):
                if values is None:
                    values = {"diverged": True}
                elif not isinstance(values, Mapping):
                    values = {"test_error_percent": values}
                self.metrics(batch_size, seed, **{"experiment": experiment, **values})
            runs = [(experiment, batch_size, seed) for seed in range(len(seeds))]
            planned.append({"label": str(label), "runs": runs})
        return planned

    def files(self, **paths: Sequence[str]) -> Files:
        """All metrics written so far, and other files by kind."""
        return Files({"metrics": list(self.runs), **paths})

    def loaded(self, rows: Rows, experiment: str = "lenet5") -> list[dict]:
        """Such rows with their metrics, as `results_table` takes them."""
        planned = self.rows(rows, experiment)
        return self.files().loaded(planned)

    def pair(self, normal: Rows, equal: Rows, title: str = "LeNet-5") -> dict[str, Any]:
        """A pair of trainings of as many epochs and of as many updates, the reference first."""
        rows = {"normal": self.rows(normal, "normal"), "equal": self.rows(equal, "equal")}
        return {"experiment": title, "title": title, "equal_updates_to": normal[0][0], **rows}

    def history(self, experiment: str, batch_size: int, seed: int = 0, **columns: Sequence[float]) -> str:
        """Path of the history of a training."""
        path = self.path(f"runs/{experiment}/bs{batch_size}/seed{seed}/history.csv")
        pd.DataFrame(columns).to_csv(path, index=False)
        return str(path)

    def provenance(self, name: str = "provenance.json", **changes: object) -> str:
        content = {
            "code_hash": "0123456789abcdef",
            "git_commit": "89abcdef0123456789abcdef0123456789abcdef",
            "git_dirty": False,
            "versions": {"torch": "2.15.0"},
            "device": "cuda",
            "device_name": "NVIDIA H200",
            "precision": "tf32",
            "seconds": 83.417,
            "images_per_second": 45123.4,
            "peak_memory_bytes": 2 * 2**30,
            "peak_gpu_memory_bytes": 3 * 2**29,
        } | changes
        return self._json(name, content)

    def counts(self, experiment: str = "lenet5_mnist", **arguments: object) -> str:
        path = self.path(f"counts/{experiment}.csv")
        counts_of_experiment(experiment, **arguments).to_csv(path, index=False)
        return str(path)

    def extremes(self, rows: int, columns: int, mean: float, deviation: float, repeats: int = 100) -> str:
        """Smallest values of exactly this mean and sample deviation."""
        values = np.random.default_rng(11).standard_normal(repeats)
        values = mean + deviation * (values - values.mean()) / values.std(ddof=1)
        path = self.path(f"random_matrices/gaussian/{rows}x{columns}.csv")
        pd.DataFrame({"repeat": range(repeats), "sigma_min": values, "sigma_max": 100.0}).to_csv(path, index=False)
        return str(path)

    def spectrum(self, name: str, matrices: Sequence[np.ndarray]) -> str:
        """All singular values of some matrices, one repeat each, and beside them the extremes as CSV."""
        frames = []
        for repeat, matrix in enumerate(matrices):
            values = np.linalg.svd(matrix, compute_uv=False)
            index = np.arange(len(values), dtype=np.int32)
            frames.append(pd.DataFrame({"repeat": np.int32(repeat), "index": index, "singular_value": values}))
        path = self.path(f"random_matrices/{name}.parquet")
        spectrum = pd.concat(frames)
        spectrum.to_parquet(path, index=False)
        extremes(spectrum).to_csv(path.with_suffix(".csv"), index=False)
        return str(path)

    def _json(self, name: str, content: dict) -> str:
        path = self.path(name)
        path.write_text(json.dumps(content), encoding="utf-8")
        return str(path)


def _ticks_on_axis(axis: Axis) -> list[Text]:
    low, high = sorted(axis.get_view_interval())
    return [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


@pytest.fixture
def assert_all_text_on_page():
    """Assert that no text of a drawn figure is cut off and no upright tick label covers its neighbour."""

    def check(figure: Figure) -> None:
        renderer, page = figure.canvas.get_renderer(), figure.bbox
        ticks = {axes: [_ticks_on_axis(axes.xaxis), _ticks_on_axis(axes.yaxis)] for axes in figure.axes}
        shown = [*figure.texts, *(text for legend in figure.legends for text in legend.get_texts())]
        for axes in (axes for axes in figure.axes if axes.get_visible()):
            titles = [axes.title, axes._left_title, axes.xaxis.label, axes.yaxis.label]
            shown += [*titles, *axes.texts, *ticks[axes][0], *ticks[axes][1]]
            for labels in ticks[axes]:
                boxes = [text.get_window_extent(renderer) for text in labels if text.get_rotation() == 0]
                assert not any(one.overlaps(other) for one, other in pairwise(boxes))
        for text in filter(Text.get_text, shown):
            box = text.get_window_extent(renderer)
            assert page.x0 <= box.x0 <= box.x1 <= page.x1, text.get_text()
            assert page.y0 <= box.y0 <= box.y1 <= page.y1, text.get_text()
        lowest = [axes.get_tightbbox(renderer) for axes in figure.axes if axes.get_visible()]
        assert not any(legend.get_window_extent(renderer).overlaps(box) for legend in figure.legends for box in lowest)

    return check


@pytest.fixture
def legend() -> Callable[..., list[str]]:
    """What the legend of a drawing names."""
    return lambda drawing: [text.get_text() for text in drawing.legends[0].get_texts()]


@pytest.fixture
def make_run(options: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """A function that resolves a small run; keywords beyond those of a run are options."""
    compute = {"device": "cpu", "precision": "tf32", "deterministic": False, "threads": 1}
    compute |= {"cuda_graphs": True, "batch_norm": "native"}

    def make(model: str = "lenet5", batch_size: int = 32, seed: int = 0, **changed: Any) -> dict[str, Any]:
        about = {"experiment": "one", "model": model, "dataset": "patterns", "batch_size": batch_size, "seed": seed}
        return about | {"options": options | changed, "compute": dict(compute)}

    return make


@pytest.fixture
def make_dataset():
    """A function that draws a data set whose classes can be told apart: a pattern each, and noise."""
    # Exhibits are tested without PyTorch.
    import torch

    from gengap.data.store import ImageDataset

    def make(train=150, test=60, channels=1, size=16, classes=4):
        random = np.random.default_rng(0)
        patterns = random.integers(0, 200, (classes, channels, size, size))

        def split(count):
            labels = random.integers(0, classes, count)
            noise = random.integers(0, 56, (count, channels, size, size))
            return torch.from_numpy((patterns[labels] + noise).astype(np.uint8)), torch.from_numpy(labels)

        names = tuple(f"class {number}" for number in range(classes))
        return ImageDataset(*split(train), *split(test), classes=names, name="patterns", source="drawn for a test")

    return make


@pytest.fixture
def start_python() -> Iterator[Callable[..., subprocess.Popen]]:
    """A function that starts Python with some code and arguments; such processes are killed after the test."""
    with ExitStack() as after:

        def start(code: str, *arguments: object, **environment: str) -> subprocess.Popen:
            process = subprocess.Popen(
                [sys.executable, "-c", code, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
            )
            after.enter_context(process)
            after.callback(process.kill)
            return process

        yield start


@pytest.fixture
def imported(start_python: Callable[..., subprocess.Popen]) -> Callable[..., set[str]]:
    """A function that runs code in a process of its own and returns the names of all modules that it has imported."""

    def run(code: str, *arguments: object) -> set[str]:
        process = start_python(f"{code}\nimport sys\nprint(*sys.modules)", *arguments)
        names = set(process.communicate()[0].split())
        assert process.returncode == 0
        return names

    return run


@pytest.fixture
def stages(tmp_path: Path) -> Stages:
    return Stages(tmp_path)
