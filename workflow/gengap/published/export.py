"""From the results of a finished run to the published numbers: full length only, and with their provenance."""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gengap.config import Plan, plan
from gengap.config.guard import RESOLVED
from gengap.config.schema import option_defaults
from gengap.config.subjects import figure_subject, run_subject, table_subject
from gengap.errors import UserError
from gengap.files import write_text
from gengap.published.contents import (
    PUBLISHED,
    THRESHOLDS,
    Contents,
    extremes_file,
    histograms_file,
    read_contents,
    write_contents,
)
from gengap.published.networks import counts_file, forget_networks, take_networks
from gengap.published.random_matrices import law_refusal, random_matrix_provenance
from gengap.published.runs import OTHER_DATA, RUN_KEY, Key, Runs, full_length, plain_rows, read_run, united_rows
from gengap.published.studies import take_studies
from gengap.results.captions import shown_number


def export(results: Path, folder: Path) -> list[str]:
    """Take into `folder` what of a run may be published, and leave what it already holds.

    Tables that the paper prints are taken, of them the trainings that have the paper's epochs and their provenance;
    of grids, equal updates and widths what is whole; a table of random matrices is taken whole or not at all. Nothing
    is taken from a run that another configuration made than the one that lies beside it.

    Args:
        results: folder of the workflow's results.
        folder: of the published numbers; made if absent.

    Returns:
        A line on each table and figure: taken, or why not.

    Raises:
        UserError: there is no finished run, or nothing in it may be published.
    """
    planned = _plan(results)
    contents = read_contents(folder)
    published = _published_alike(planned, folder)
    outdated = {name for name, alike in published.items() if not alike and _has_published(planned, results, name)}
    lines, runs = [], Runs(outdated=outdated)
    for experiment in runs.outdated:
        contents.forget(experiment)
    for number, table in planned.tables.items():
        if not table["printed"]:
            lines.append(f"Table {shown_number(number)}: not taken, since the paper prints no such table.")
        elif "law" in table:
            lines.append(_export_law(planned, number, results, folder, contents))
        elif full_length(planned, planned.experiments[table["experiment"]].dataset) is None:
            lines.append(f"Table {shown_number(number)}: {OTHER_DATA}")
        else:
            lines.append(_export_table(planned, number, results, contents, runs))
    contents.share_seeds()
    lines += take_studies(planned, results, contents, runs, {run for alike in published.values() for run in alike})
    runs.merge_into(folder, contents.trainings())
    for experiment in runs.outdated:
        forget_networks(experiment, folder)
    _export_experiments(planned, results, folder, contents)
    lines += _export_figures(planned, results, folder, contents)
    if not contents.any():
        raise UserError(f"Nothing in {results} may be published: {' '.join(lines)}")
    write_contents(contents, folder)
    return lines


def _plan(results: Path) -> Plan:
    path = results / RESOLVED
    if not path.is_file():
        raise UserError(f"{path} is missing, so {results} is not a folder of results; name one that the workflow made.")
    return plan(json.loads(path.read_text(encoding="utf-8")))


def _published_alike(planned: Plan, folder: Path) -> dict[str, set[Key]]:
    """Of every planned experiment that is published, the trainings with its options: all of them, or none."""
    path = folder / "provenance.csv"
    if not path.is_file():
        return {}
    published = pd.read_csv(path)
    published = published[published["experiment"].isin(set(planned.experiments))]
    alike: dict[str, set[Key]] = {}
    for name, batch_size, seed, options in published[[*RUN_KEY, "options"]].itertuples(index=False):
        trainings = alike.setdefault(name, set())
        wanted = json.loads(json.dumps(planned.experiments[name].options))
        if _complete(json.loads(options)) == _complete(wanted):
            trainings.add((name, batch_size, seed))
    return alike


def _has_published(planned: Plan, results: Path, experiment: str) -> bool:
    """Whether some training of an experiment may be published here."""
    return any(read_run(planned, results, run).published for row in planned.rows(experiment) for run in row["runs"])


def _complete(options: Mapping[str, Any]) -> dict[str, Any]:
    """All options; one that did not exist yet when a network was trained has its default."""
    return {name: options.get(name, default) for name, default in option_defaults().items()}


def _export_table(planned: Plan, number: str, results: Path, contents: Contents, runs: Runs) -> str:
    """Take the trainings of a table; what is published of the same experiment already, with the same options, stays."""
    table = planned.tables[number]
    name, experiment = f"Table {shown_number(number)}", table["experiment"]
    rows = planned.table_rows(number)
    of_table = [read_run(planned, results, key) for row in rows for key in row["runs"]]
    taken = sum(run.published for run in of_table)
    line = f"{name}: {taken} of {len(of_table)} trainings are of full length and taken."
    if not taken:
        return line
    old = contents.tables.get(number)
    if old is not None and old["experiment"] == experiment:
        rows = united_rows(rows, old["rows"])
    if experiment in runs.outdated:
        line += " They replace those of other settings."
    subject = {"item": table_subject(planned, number), "experiment": experiment}
    contents.tables[number] = subject | {"rows": plain_rows(rows)}
    runs.add(of_table)
    return line


def _export_law(planned: Plan, number: str, results: Path, folder: Path, contents: Contents) -> str:
    settings = planned.config["random_matrices"]
    law = planned.tables[number]["law"]
    sizes = [tuple(size) for size in (*settings["sizes"], *settings["control_sizes"])]
    refusal = law_refusal(results, law, sizes)
    if {tuple(size) for size in contents.tables.get(number, {"sizes": []})["sizes"]} - set(sizes):
        refusal = "more of its sizes are published than this run has."
    if refusal:
        return f"Table {shown_number(number)}: not taken, since {refusal}"
    for size in sizes:
        _copy(results, folder, extremes_file(law, size))
    lines = [random_matrix_provenance(results, law, size, settings["seed"]) for size in sizes]
    path = folder / "random_matrices" / "provenance.csv"
    old = pd.read_csv(path).query("law != @law") if path.is_file() else pd.DataFrame()
    frames = [frame for frame in (old, pd.DataFrame(lines)) if len(frame)]
    write_text(path, pd.concat(frames).sort_values(["law", "rows", "columns"]).to_csv(index=False))
    contents.tables[number] = {"item": table_subject(planned, number), "sizes": [list(size) for size in sizes]}
    return f"Table {shown_number(number)}: {len(sizes)} sizes taken."


def _export_experiments(planned: Plan, results: Path, folder: Path, contents: Contents) -> None:
    """Take what was measured of the networks of experiments whose trainings are all published.

    An experiment that only a grid shows is named where its networks were measured.
    """
    published = {run[0] for table in contents.results() for row in table["rows"] for run in row["runs"]}
    published |= {member["experiment"] for group in contents.widths.values() for member in group["members"]}
    tried = {setting["name"] for grid in contents.grids.values() for setting in grid["settings"]}
    kept = published | (tried & set(contents.measured()))
    for name in set(contents.experiments) - kept:
        forget_networks(name, folder)
        del contents.experiments[name]
    for experiment in (published | tried) & set(planned.experiments):
        measured = experiment in contents.measured()
        if _whole(planned, experiment, results, folder):
            take_networks(experiment, results, folder)
            measured = True
        if measured or experiment in published:
            contents.experiments[experiment] = run_subject(planned, experiment) | {"measured": measured}


def _export_figures(planned: Plan, results: Path, folder: Path, contents: Contents) -> Iterable[str]:
    published_laws = {table["item"]["law"] for table in contents.laws()}
    for number, figure in planned.figures.items():
        item, name = figure_subject(planned, number), f"Figure {shown_number(number)}"
        if "law" in figure:
            if figure["law"] not in published_laws or not (results / histograms_file(figure["law"])).is_file():
                yield f"{name}: not taken, since its law has no published table or no histograms."
                continue
            _copy(results, folder, histograms_file(figure["law"]))
            contents.figures[number] = {"item": item, "sizes": planned.config["random_matrices"]["sizes"]}
        else:
            incomplete = [part for part in figure["experiments"] if part not in contents.measured()]
            if incomplete:
                yield (
                    f"{name}: not taken, since of {', '.join(incomplete)} not all trainings are published, or no counts"
                    " at the paper's thresholds."
                )
                continue
            contents.figures[number] = {"item": item}
        yield f"{name}: taken."
    contents.forget_figures_without_counts()


def _whole(planned: Plan, experiment: str, results: Path, folder: Path) -> bool:
    """Whether every training of an experiment is published and its counts are there, at the paper's thresholds."""
    path = folder / "metrics.csv"
    counted = set(THRESHOLDS) <= set(planned.config["spectra"]["thresholds"])
    if not path.is_file() or not counted or not (results / counts_file(experiment)).is_file():
        return False
    metrics = pd.read_csv(path)
    done = metrics[(metrics["status"] == PUBLISHED) & (metrics["experiment"] == experiment)]
    chosen = planned.experiments[experiment]
    planned_runs = {(size, seed) for size in chosen.batch_sizes for seed in chosen.seeds}
    return planned_runs <= set(zip(done["batch_size"], done["seed"], strict=True))


def _copy(results: Path, folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(results / name, folder / name)
