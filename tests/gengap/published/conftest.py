"""A folder of results of full length, small in size, as the workflow would have left it, and a published configuration."""

import json
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from gengap.config import plan
from gengap.config.guard import write_resolved
from gengap.config.load import load_config

ROOT = Path(__file__).parents[3]
NAME = "lenet5_mnist"


class Run:
    """Writes results of `lenet5_mnist` at two batch sizes as a run leaves them, and the published configuration."""

    def __init__(self, folder: Path) -> None:
        self.results, self.folder = folder / "results", folder / "published"
        self.published({"run": [NAME], "experiments": {NAME: {"batch_sizes": [128, 512]}}})
        self.configure(self.wanted)

    @property
    def wanted(self) -> dict[str, Any]:
        return load_config([ROOT / "config.yaml", self.folder / "config.yaml"])

    def published(self, changes: dict[str, Any]) -> None:
        """Publish what a configuration of these changes names."""
        self.folder.mkdir(exist_ok=True)
        shared = {"seeds": [0], "figures": [], "results": "results", "measured": None, "audit": {"untrained": []}}
        (self.folder / "config.yaml").write_text(yaml.safe_dump(shared | changes), encoding="utf-8")

    def configure(self, config: dict[str, Any]) -> None:
        """Make the run one of a configuration."""
        self.plan = plan(config)
        write_resolved(self.plan.config, self.results)

    def train(
        self, batch_size: int, of: str = NAME, epochs: float = 60.0, diverged: bool = False, **options: Any
    ) -> None:
        """Leave a training that was made with the configuration's options but for some."""
        folder = self.results / f"runs/{of}/bs{batch_size}/seed0"
        folder.mkdir(parents=True, exist_ok=True)
        metrics = {"experiment": of, "batch_size": batch_size, "seed": 0, "epochs": epochs, "diverged": diverged}
        run = self.plan.run(of, batch_size, 0)
        run = {**run, "options": {**run["options"], **options}}
        (folder / "metrics.json").write_text(json.dumps(metrics | {"test_error_percent": 0.61}))
        (folder / "provenance.json").write_text(json.dumps({"run": run, "seed": 0, "code_hash": "0123456789abcdef"}))
        (folder / "history.csv").write_text("epoch\n1\n")
        (folder / "trajectory.csv").write_text("updates\n1\n")
        (folder / "weights.safetensors").write_text("")

    def count(self, *batch_sizes: int, of: str = NAME, count: str = "3", seconds: int = 0) -> None:
        """Leave spectra, and counts of networks of seed 0, an untrained one too, each fed one batch."""
        spectrum = self.results / f"spectra/{of}/bs128/seed0.parquet"
        counts = self.results / f"counts/{of}.csv"
        for path in (spectrum, counts):
            path.parent.mkdir(parents=True, exist_ok=True)
        spectrum.write_text("")
        lines = [f"{of},0,{size},128,{count}\n" for size in (*batch_sizes, "")]
        for ending in ("", "_layers", "_threshold_curves", "_sigma_min"):
            text = "experiment,seed,trained_batch_size,fed_batch_size,count\n" + "".join(lines)
            counts.with_name(f"{of}{ending}.csv").write_text(text, encoding="utf-8")
        if seconds:
            earlier = counts.stat().st_mtime - seconds
            for path in (spectrum, counts):
                os.utime(path, (earlier, earlier))

    def there(self) -> set[int]:
        """Batch sizes of which a training is published."""
        return {int(path.parts[-3].removeprefix("bs")) for path in self.folder.rglob("metrics.json")}

    def counts(self, name: str = NAME) -> pd.DataFrame | None:
        """Published counts."""
        path = self.folder / f"measurements/counts/{name}.csv"
        return pd.read_csv(path, dtype=str, na_filter=False) if path.is_file() else None


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)
