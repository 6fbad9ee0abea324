"""A folder of results of full length, small in size, as the workflow would have left it."""

import base64
import copy
import json
from pathlib import Path

import pandas as pd
import pytest

from gengap.config import plan
from gengap.config.guard import write_resolved
from gengap.config.load import load_config
from gengap.random_matrices.histogram import histograms
from gengap.random_matrices.sample import extremes, sample

ROOT = Path(__file__).parents[3]
SIZES = [[1000, 10], [30, 5]]

# Of every training, a day before the jobs of which Snakemake has a record.
STARTED = "2026-11-20T11:43:06+00:00"

METRICS = {
    "train_error_percent": 0.0,
    "test_error_percent": 0.61,
    "train_cross_entropy": 0.0031,
    "test_cross_entropy": 0.0202,
    "weight_penalty": 0.0123456789012345,
    "train_loss": 0.0154,
    "test_loss": 0.0325,
    "weight_distance": 17.3,
}


class Results:
    """Writes results of `lenet5_mnist` at two batch sizes, of more experiments, and of Gaussian matrices."""

    def __init__(self, folder: Path, experiments: dict) -> None:
        self.folder = folder
        run = ["lenet5_mnist", *experiments]
        config = load_config([ROOT / "config.yaml"]) | {"run": run, "results": "results"}
        config["experiments"] |= experiments
        config["datasets"]["digits"] = {"source": "digits", "image_size": 28, "channels": 1}
        config["experiments"]["lenet5_mnist"]["batch_sizes"] = [128, 512]
        config["random_matrices"] = {"laws": ["gaussian"], "sizes": SIZES, "control_sizes": [[40, 5]]}
        config["figures"] = [figure for figure in config["figures"] if figure.get("law")]
        self.plan = plan(config)
        write_resolved(self.plan.config, folder)

    def run(
        self, batch_size: int, seed: int = 0, epochs: float = 60.0, *, updates=28140, diverged=False, of="lenet5_mnist"
    ) -> None:
        folder = self.folder / f"runs/{of}/bs{batch_size}/seed{seed}"
        folder.mkdir(parents=True)
        values = dict.fromkeys(METRICS) if diverged else METRICS
        key = {"experiment": of, "model": "lenet5", "dataset": "mnist"}
        metrics = {**key, "batch_size": batch_size, "seed": seed, "updates": updates, "epochs": epochs}
        (folder / "metrics.json").write_text(json.dumps(metrics | {"diverged": diverged} | values))
        versions = {"python": "3.11.7", "torch": "2.15.0", "numpy": "2.4.6"}
        run = self.plan.run(of, batch_size, seed) if of in self.plan.experiments else {}
        provenance = {"run": run, "seed": seed, "code_hash": "0123456789abcdef", "versions": versions}
        (folder / "provenance.json").write_text(
            json.dumps(provenance | {"device": "cpu", "device_name": "Any", "seconds": 83.4, "started": STARTED})
        )

    def counts(self, *batch_sizes: int, of="lenet5_mnist", count=3) -> None:
        """Counts of networks of seed 0, an untrained one too, each fed one batch, with all records of how they came."""
        path = self.folder / f"counts/{of}.csv"
        path.parent.mkdir(exist_ok=True)
        lines = [f"{of},0,{size},128,{count}\n" for size in (*batch_sizes, "")]
        header = "experiment,seed,trained_batch_size,fed_batch_size,count\n"
        path.write_text(header + "".join(lines), encoding="utf-8")
        self.record(f"counts/{of}.csv", "counts")
        for seed in self.plan.experiments[of].seeds:
            self.record(f"spectra/{of}/untrained/seed{seed}.parquet", "untrained_spectrum")
            for size in self.plan.experiments[of].batch_sizes:
                self.record(f"spectra/{of}/bs{size}/seed{seed}.parquet", "spectrum")

    def change(self, edit, *, trained_anew: bool = True) -> None:
        """Make the run one of an edited configuration, and its trainings too unless they are left as they are."""
        config = copy.deepcopy(self.plan.config)
        edit(config)
        self.plan = plan(config)
        write_resolved(self.plan.config, self.folder)
        for path in self.folder.glob("runs/*/*/*/provenance.json") if trained_anew else ():
            experiment, batch_size, seed = path.parts[-4:-1]
            if experiment in self.plan.experiments:
                run = self.plan.run(experiment, int(batch_size.removeprefix("bs")), int(seed.removeprefix("seed")))
                path.write_text(json.dumps(json.loads(path.read_text()) | {"run": run}))

    def matrices(self, repeats: int = 100) -> None:
        folder = self.folder / "random_matrices/gaussian"
        folder.mkdir(parents=True)
        for rows, columns in (*SIZES, [40, 5]):
            spectrum = sample("gaussian", rows, columns, repeats, 0, self.folder / ".partial")
            spectrum.to_parquet(folder / f"{rows}x{columns}.parquet", index=False)
            extremes(spectrum).to_csv(folder / f"{rows}x{columns}.csv", index=False)
            self.record(f"random_matrices/gaussian/{rows}x{columns}.csv")
        spectra = {(rows, columns): folder / f"{rows}x{columns}.parquet" for rows, columns in SIZES}
        histograms(spectra, centred=True).to_csv(folder / "histograms.csv", index=False)

    def untrained(self, *seeds: int, of="lenet5_fashion_mnist", fed=(128, 512)) -> None:
        """Counts of networks that were never trained, with their records."""
        conventions = ("literal", "thin", "full")
        keys = [(seed, size, name, t) for seed in seeds for size in fed for name in conventions for t in (1e-4, 1e-5)]
        frame = pd.DataFrame(keys, columns=["seed", "fed_batch_size", "convention", "threshold"])
        frame = frame.assign(experiment=of, state="untrained", trained_batch_size=None, threshold_kind="absolute")
        path = self.folder / f"counts/{of}.csv"
        path.parent.mkdir(exist_ok=True)
        frame.assign(count=7, shape_floor=5, rank_floor=5).to_csv(path, index=False)
        for seed in seeds:
            params = [repr(self.plan.network(of, seed)), str(self.plan.config["spectra"]["calibration_batch_size"])]
            self.record(f"spectra/{of}/untrained/seed{seed}.parquet", "untrained_spectrum", *params)

    def record(self, name: str, rule: str = "random_matrix", *params: str, **changes: object) -> None:
        """What Snakemake remembers of the job that made a file."""
        path = self.folder / ".records" / base64.urlsafe_b64encode(f"results/{name}".encode()).decode()
        path.parent.mkdir(exist_ok=True)
        record = {"rule": rule, "params": ["'0123456789abcdef'", "'cpu'", "30", *params], "incomplete": False}
        path.write_text(
            json.dumps(record | {"starttime": 1795261386.2, "endtime": 1795261400.7, "input": []} | changes)
        )


@pytest.fixture
def results_of(tmp_path):
    """Makes a folder of results with more experiments."""
    return lambda experiments: Results(tmp_path / "results", experiments)


@pytest.fixture
def results(results_of) -> Results:
    return results_of({})


@pytest.fixture
def published(tmp_path) -> Path:
    return tmp_path / "published"


@pytest.fixture
def statuses(published):
    """Tells the status of each published training, by batch size."""

    def read() -> dict[int, str]:
        metrics = pd.read_csv(published / "metrics.csv")
        return dict(zip(metrics["batch_size"], metrics["status"], strict=True))

    return read
