"""Add the small files of a finished run to the published measurements: full length only, and with their provenance.

`python -m gengap.publish <results>`, once the published configuration names what is added. A training is known by
its network, data set, batch size, seed and options, whatever its experiment is called in the run.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config import Plan, plan
from gengap.config.load import load_config
from gengap.config.schema import option_defaults
from gengap.errors import UserError
from gengap.runtime.files import write_json, write_text

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "published"

EPOCHS = {"MNIST": 60, "FashionMNIST": 60, "CIFAR10": 200, "CIFAR100": 200}
"""The paper's (section 5.2) on the official data sets, by torchvision's names."""

SUMMARIES = ("", "_layers", "_threshold_curves", "_sigma_min")
"""Endings of the files of counts."""

_CURVES = ("history.csv", "trajectory.csv")

_SPECTRA = ("residual_output", "batch_norm_statistics", "thresholds")


def add(results: Path, folder: Path = FOLDER) -> list[str]:
    """Copy what the published configuration names and what is not there yet.

    Args:
        results: folder of a finished run.
        folder: of the published configuration and measurements.

    Returns:
        A line on each training and each file of counts: taken, or why not.

    Raises:
        UserError: there is no finished run.
    """
    if not (results / "config.json").is_file():
        raise UserError(
            f"{results} has no config.json, so it is no folder of results; name one that the workflow made."
        )
    made = plan(json.loads((results / "config.json").read_text(encoding="utf-8")))
    wanted = plan(load_config([ROOT / "config.yaml", folder / "config.yaml"]))
    measurements = folder / "measurements"
    names: dict[str, str] = {}
    lines = list(_add_trainings(results, made, wanted, measurements, names))
    for own, published in names.items():
        lines.append(f"{published}: {_add_counts(own, published, results, made, wanted, measurements)}")
        lines += _add_minima(own, published, results, measurements)
    return lines or [
        "Nothing is added: the published configuration names no training of this run that is not there yet."
    ]


def _add_trainings(results: Path, made: Plan, wanted: Plan, measurements: Path, names: dict[str, str]) -> Iterator[str]:
    """Copy trainings; `names` gains the published name of each experiment of the run."""
    here = {_identity(made, run): run for run in made.runs}
    for run in wanted.runs:
        own = here.get(_identity(wanted, run))
        if own is None:
            continue
        names.setdefault(own["experiment"], run["experiment"])
        target = measurements / _place(run)
        if (target / "metrics.json").is_file():
            continue
        source = results / _place(own)
        refusal = _refusal(source, run, wanted)
        if not refusal:
            metrics = _json(source / "metrics.json") | {"experiment": run["experiment"]}
            provenance = _json(source / "provenance.json")
            write_json(target / "metrics.json", metrics)
            write_json(
                target / "provenance.json", provenance | {"run": {**provenance["run"], "experiment": run["experiment"]}}
            )
            for name in _CURVES:
                if (source / name).is_file():
                    shutil.copyfile(source / name, target / name)
        yield f"{_place(run)}: {f'not taken, since {refusal}' if refusal else 'taken'}."


def _identity(planned: Plan, run: Mapping[str, Any]) -> str:
    """What makes a training what it is, besides the code and the machine."""
    dataset = planned.config["datasets"][run["dataset"]]
    of_data = {name: dataset.get(name) for name in ("source", "name", "path")}
    identity = [run["model"], of_data, run["batch_size"], run["seed"], complete(run["options"])]
    return json.dumps(identity, sort_keys=True)


def complete(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options; one that did not exist yet when a network was trained has its default."""
    return {name: options.get(name, default) for name, default in option_defaults().items()}


def _place(run: Mapping[str, Any]) -> str:
    return f"runs/{run['experiment']}/bs{run['batch_size']}/seed{run['seed']}"


def _refusal(source: Path, run: Mapping[str, Any], wanted: Plan) -> str:
    """Why a training may not be published, or nothing."""
    if not all((source / name).is_file() for name in ("metrics.json", "provenance.json", "history.csv")):
        return "it is not finished, or its provenance is missing"
    dataset = wanted.config["datasets"][run["dataset"]]
    if dataset["source"] != "torchvision":
        return "its data set is not the official one"
    trained = complete(_json(source / "provenance.json").get("run", {}).get("options", {}))
    other = [name for name, value in complete(run["options"]).items() if trained[name] != value]
    if other:
        return f"it was trained with another {', '.join(f'`{name}`' for name in other)}"
    metrics, options = _json(source / "metrics.json"), run["options"]
    of_its_own = options["epochs"] != EPOCHS[dataset["name"]] or options["equal_updates_to"] is not None
    if not metrics["diverged"] and not of_its_own and metrics["epochs"] < EPOCHS[dataset["name"]]:
        return f"it has {metrics['epochs']:g} of the paper's {EPOCHS[dataset['name']]} epochs"
    return ""


def _add_counts(own: str, published: str, results: Path, made: Plan, wanted: Plan, measurements: Path) -> str:
    """Copy the counts of an experiment's networks where they are of these trainings and newer than them."""
    settings = [one.config["spectra"] for one in (made, wanted)]
    source = results / "counts" / f"{own}.csv"
    if not source.is_file() or not wanted.experiments[published].spectra:
        return "no counts."
    if any(settings[0][name] != settings[1][name] for name in _SPECTRA):
        return "its counts are not taken, since its spectra were measured with other settings."
    frame = pd.read_csv(source, dtype=str, na_filter=False)
    spectra = list((results / "spectra" / own).rglob("*.parquet"))
    weights = list((results / "runs" / own).rglob("weights.safetensors"))
    if not spectra or not weights or _newest(weights) > _newest(spectra) or _newest(spectra) > source.stat().st_mtime:
        return "its counts are not taken, since they are older than its networks; run the workflow again."
    there = {path.parts[-2:] for path in (measurements / "runs" / published).glob("*/*")}
    networks = set(zip(frame["trained_batch_size"], frame["seed"], strict=True)) - {
        ("", seed) for seed in frame["seed"]
    }
    if any((f"bs{size}", f"seed{seed}") not in there for size, seed in networks):
        return "its counts are not taken, since some of their networks are not published."
    for ending in SUMMARIES:
        _merge(
            results / "counts" / f"{own}{ending}.csv", measurements / "counts" / f"{published}{ending}.csv", published
        )
    return "counts taken."


def _add_minima(own: str, published: str, results: Path, measurements: Path) -> Iterator[str]:
    """Copy what was measured of the minima of an experiment's networks, if these are those that are published."""
    sources = sorted((results / "minima" / own).rglob("*.csv"))
    if not sources:
        return
    runs = sorted((results / "runs" / own).glob("*/*/metrics.json"))
    there = [measurements / "runs" / published / path.relative_to(results / "runs" / own) for path in runs]
    if not all(map(_same_metrics, runs, there)):
        yield f"{published}: its minima are not taken, since not all of these networks are the published ones."
        return
    for source in sources:
        target = measurements / "minima" / published / source.relative_to(results / "minima" / own)
        if not target.is_file():
            frame = pd.read_csv(source, dtype=str, na_filter=False).assign(experiment=published)
            write_text(target, frame.to_csv(index=False, lineterminator="\n"))
    yield f"{published}: minima taken."


def _same_metrics(one: Path, other: Path) -> bool:
    """Whether two trainings ended alike, in all that both files say but the experiment's name."""
    if not other.is_file():
        return False
    first, second = _json(one), _json(other)
    return all(first[name] == second[name] for name in first.keys() & second.keys() - {"experiment"})


def _newest(paths: Sequence[Path]) -> float:
    return max(path.stat().st_mtime for path in paths)


def _merge(source: Path, target: Path, published: str) -> None:
    """Rows of networks that are not in the target yet, below those that are; every digit is kept."""
    new = pd.read_csv(source, dtype=str, na_filter=False).assign(experiment=published)
    if target.is_file():
        old = pd.read_csv(target, dtype=str, na_filter=False)
        known = set(zip(old["trained_batch_size"], old["seed"], strict=True))
        fresh = [key not in known for key in zip(new["trained_batch_size"], new["seed"], strict=True)]
        new = pd.concat([old, new[fresh]])
    write_text(target, new.to_csv(index=False, lineterminator="\n"))


def _json(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def main(arguments: Sequence[str] | None = None) -> int:
    """Add a run; exit status 1 with a sentence where that cannot be."""
    parser = argparse.ArgumentParser(prog="python -m gengap.publish", description=__doc__)
    parser.add_argument("results", type=Path, help="folder of a finished run")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="of the published configuration and measurements")
    chosen = parser.parse_args(arguments)
    try:
        print("\n".join(add(chosen.results, chosen.folder)))
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
