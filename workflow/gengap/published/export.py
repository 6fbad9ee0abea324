"""From the results of a finished run to the published numbers: full length only, and with their provenance."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from gengap.config import Plan, plan
from gengap.config.guard import RESOLVED
from gengap.config.subjects import figure_subject, run_subject, table_subject
from gengap.errors import UserError
from gengap.files import write_text
from gengap.published.contents import (
    Contents,
    extremes_file,
    histograms_file,
    read_contents,
    write_contents,
)
from gengap.published.networks import as_in_the_paper, counts_file, forget_networks, forget_trainings, take_networks
from gengap.published.networks_made import networks_refusal, outdated_audit
from gengap.published.random_matrices import law_refusal, random_matrix_provenance
from gengap.published.runs import Key, Run, Runs, full_length, plain_rows, read_published, read_run, united_rows
from gengap.published.studies import take_studies
from gengap.published.untrained import take_untrained
from gengap.results.captions import shown_number


def export(results: Path, folder: Path, *, replace: bool = False) -> list[str]:
    """Take into `folder` what of a run may be published, and leave what it already holds.

    Tables that the paper prints are taken, of them the trainings that have the paper's epochs and their provenance;
    of grids, equal updates and widths what is whole; a table of random matrices is taken whole or not at all. Nothing
    is taken that another configuration made than the one that lies beside it.

    Args:
        results: folder of the workflow's results.
        folder: of the published numbers; made if absent.
        replace: whether trainings of other options take the place of more published ones, too.

    Returns:
        A line on each table and figure: taken, or why not.

    Raises:
        UserError: there is no finished run, or nothing in it may be published.
    """
    planned = _plan(results)
    contents = read_contents(folder)
    runs = Runs(planned, results, read_published(folder))
    lines = _sort_out(contents, runs, replace)
    for experiment in runs.outdated:
        contents.forget(experiment)
    for number, table in planned.tables.items():
        if not table["printed"]:
            lines.append(f"Table {shown_number(number)}: not taken, since it is none of the paper's tables.")
        elif "law" in table:
            lines.append(_export_law(planned, number, results, folder, contents))
        else:
            lines.append(_export_table(number, contents, runs))
    contents.share_seeds()
    lines += take_studies(contents, runs)
    changed = runs.merge_into(folder, contents.trainings())
    for experiment in runs.outdated:
        forget_networks(experiment, folder)
    forget_trainings(changed, folder)
    whole = {name for name in planned.experiments if _whole(name, runs)}
    refusals = {name: networks_refusal(planned, results, name) for name in sorted(whole)}
    whole -= {name for name, refusal in refusals.items() if refusal}
    lines += [f"{name}: its counts are not taken, since {refusal}" for name, refusal in refusals.items() if refusal]
    lines += _export_experiments(contents, runs, whole, folder)
    lines += _export_figures(contents, runs, whole, folder)
    lines += take_untrained(contents, runs, folder, replace=replace)
    if not contents.any():
        raise UserError(f"Nothing in {results} may be published: {' '.join(lines)}")
    write_contents(contents, folder)
    return lines


def _plan(results: Path) -> Plan:
    path = results / RESOLVED
    if not path.is_file():
        raise UserError(f"{path} is missing, so {results} is not a folder of results; name one that the workflow made.")
    return plan(json.loads(path.read_text(encoding="utf-8")))


def _sort_out(contents: Contents, runs: Runs, replace: bool) -> list[str]:
    """Name the experiments that are refused and those that are outdated; a line on each of the former that has results.

    An experiment is published with one set of options. Trainings of others take its place, or that of another
    experiment in a table, where they have every batch size and seed that is published there, or are told to.
    """
    lines = []
    for name in runs.planned.experiments:
        trainings = _full_length(runs.planned, runs.results, name)
        found = {run.key for run in trainings if run.published}
        others = [run for run in trainings if run.otherwise]
        if others:
            asked = ", ".join(sorted({f"`{option}`" for run in others for option in run.otherwise}))
            lines.append(
                f"{name}: {len(others)} of its trainings not taken, made with another {asked} than the configuration"
                " asks for; run the workflow again."
            )
        different = {key for key in runs.published if key[0] == name} - runs.known(name)
        lost = (different - found) | _ousted(name, found, contents, runs)
        if (different and not found) or (lost and not replace):
            runs.refused[name] = bool(found)
            if found:
                lines.append(
                    f"{name}: not taken, since {len(lost)} published trainings of other settings have no counterpart"
                    " here; with REPLACE=yes they go."
                )
        elif different:
            runs.outdated.add(name)
    return lines


def _ousted(experiment: str, found: set[Key], contents: Contents, runs: Runs) -> set[Key]:
    """Published trainings that tables would no longer show if this experiment took the place of another one."""
    lost = set()
    for number, old in contents.tables.items():
        planned = runs.planned.tables.get(number, {}).get("experiment")
        if found and planned == experiment != old.get("experiment", experiment):
            rows = runs.planned.table_rows(number)
            new = {(row["label"], run[2]) for row in rows for run in row["runs"] if run in found or run[0] != planned}
            keys = {(row["label"], key[2]): key for row in old["rows"] for key in map(tuple, row["runs"])}
            lost |= {key for place, key in keys.items() if key in runs.published and place not in new}
    return lost


def _full_length(planned: Plan, results: Path, experiment: str) -> list[Run]:
    """Trainings of an experiment, read by the length of its setting or of its equal updates; none on other data."""
    chosen = planned.experiments[experiment]
    if full_length(planned, chosen.dataset) is None:
        return []
    epochs = chosen.setting.get("epochs")
    updates = None if chosen.options["equal_updates_to"] is None else 0
    keys = [key for row in planned.rows(experiment) for key in row["runs"]]
    return [read_run(planned, results, key, epochs, updates) for key in keys]


def _export_table(number: str, contents: Contents, runs: Runs) -> str:
    """Take the trainings of a table; what is published of the same experiment already, with the same options, stays."""
    table = runs.planned.tables[number]
    name, experiment = f"Table {shown_number(number)}", table["experiment"]
    rows = runs.planned.table_rows(number)
    of_table = [runs.read(key) for row in rows for key in row["runs"]]
    if runs.refused.get(experiment):
        return f"{name}: stays as it is."
    taken = sum(run.published for run in of_table)
    line = f"{name}: {taken} of {len(of_table)} trainings are of full length and taken."
    if not any(run.published and run.key[0] == experiment for run in of_table):  # at most its baseline
        return f"{name}: not taken, since none of its own trainings is of full length." if taken else line
    old = contents.tables.get(number)
    if old is not None and old["experiment"] == experiment:
        rows = united_rows(rows, old["rows"], runs.alike)
    if experiment in runs.outdated:
        line += " They replace those of other settings."
    subject = {"item": table_subject(runs.planned, number), "experiment": experiment}
    contents.tables[number] = subject | {"rows": plain_rows(rows)}
    runs.add(of_table)
    return line


def _export_law(planned: Plan, number: str, results: Path, folder: Path, contents: Contents) -> str:
    settings = planned.config["random_matrices"]
    law = planned.tables[number]["law"]
    sizes = [tuple(size) for size in (*settings["sizes"], *settings["control_sizes"])]
    refusal = law_refusal(planned, results, law, sizes)
    if {tuple(size) for size in contents.tables.get(number, {"sizes": []})["sizes"]} - set(sizes):
        refusal = "more of its sizes are published than this run has."
    if refusal:
        return f"Table {shown_number(number)}: not taken, since {refusal}"
    for size in sizes:
        _copy(results, folder, extremes_file(law, size))
    lines = [random_matrix_provenance(planned, results, law, size) for size in sizes]
    path = folder / "random_matrices" / "provenance.csv"
    old = pd.read_csv(path).query("law != @law") if path.is_file() else pd.DataFrame()
    frames = [frame for frame in (old, pd.DataFrame(lines)) if len(frame)]
    write_text(path, pd.concat(frames).sort_values(["law", "rows", "columns"]).to_csv(index=False))
    contents.tables[number] = {"item": table_subject(planned, number), "sizes": [list(size) for size in sizes]}
    return f"Table {shown_number(number)}: {len(sizes)} sizes taken."


def _export_experiments(contents: Contents, runs: Runs, whole: set[str], folder: Path) -> list[str]:
    """Take what was measured of the networks of experiments that are `whole`; of others all stays.

    An experiment that only a grid shows is named where its networks were measured.

    Returns:
        A line on each experiment of which the audit measured other networks than are taken.
    """
    lines = []
    published = {run[0] for table in contents.results() for row in table["rows"] for run in row["runs"]}
    published |= {member["experiment"] for group in contents.widths.values() for member in group["members"]}
    tried = {setting["name"] for grid in contents.grids.values() for setting in grid["settings"]}
    kept = published | (tried & set(contents.measured()))
    for name in set(contents.experiments) - kept:
        forget_networks(name, folder)
        del contents.experiments[name]
    for experiment in (published | tried) & set(runs.planned.experiments):
        if runs.taken(experiment):
            if experiment in whole:
                outdated = outdated_audit(runs.planned, runs.results, experiment)
                take_networks(experiment, runs.results, folder, outdated)
                if outdated:
                    lines.append(
                        f"{experiment}: {', '.join(outdated)} not taken, made of other networks than lie there now; run"
                        " the workflow again."
                    )
            measured = experiment in whole or (folder / counts_file(experiment)).is_file()
            if measured or experiment in published:
                contents.experiments[experiment] = run_subject(runs.planned, experiment) | {"measured": measured}
    return lines


def _export_figures(contents: Contents, runs: Runs, whole: set[str], folder: Path) -> Iterable[str]:
    planned, results = runs.planned, runs.results
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
                    " as the published ones are made."
                )
                continue
            if number in contents.figures and not whole.issuperset(figure["experiments"]):
                yield f"{name}: stays as it is, since not all of its networks are of full length and counted here."
                continue
            contents.figures[number] = {"item": item}
        yield f"{name}: taken."
    contents.forget_figures_without_counts()


def _whole(experiment: str, runs: Runs) -> bool:
    """Whether every training of an experiment is taken and its counts are there, at the paper's thresholds."""
    if not as_in_the_paper(runs.planned) or not (runs.results / counts_file(experiment)).is_file():
        return False
    planned_runs = {key for row in runs.planned.rows(experiment) for key in row["runs"]}
    return planned_runs <= runs.taken(experiment)


def _copy(results: Path, folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(results / name, folder / name)
