"""Shows what is done, running, waiting and failed: `python -m gengap.status [--configfile FILE ...]`.

Works while a workflow runs, here or on a cluster, and afterwards, since it only looks at files.
"""

import argparse
import io
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path

from rich import box
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from gengap.config import load_config
from gengap.errors import UserError
from gengap.status.job_states import JobState, State, forgotten_runs, planned_jobs, state_of

_LOOK = {
    State.DONE: ("✓", "green"),
    State.DIVERGED: ("∞", "magenta"),
    State.RUNNING: ("▶", "cyan"),
    State.WAITING: ("·", "bright_black"),
    State.INTERRUPTED: ("◦", "yellow"),
    State.FAILED: ("✗", "red"),
}
_LISTED = 20

# What a training logs after each epoch (`gengap.training.progress`).
_EPOCH = re.compile(r"\bepoch (\d+)/(\d+)")
_LOSS = re.compile(r"\bloss (not finite|[-+.\de]+)(?: \+ ([-+.\de]+))?")
_LEFT = re.compile(r"([^,]+ left)$")


def overview(jobs: Iterable[JobState]) -> RenderableType:
    """All jobs on one page: the grid of trainings, what runs, what stopped and why, and the other jobs counted."""
    jobs = list(jobs)
    trainings = {job.job.run: job for job in jobs if job.job.run is not None}
    parts: list[RenderableType] = []
    if trainings:
        parts += [_summary(trainings.values()), Text(), *_grids(trainings), _legend(trainings.values()), Text()]
    for title, state, describe in (
        ("Running", State.RUNNING, _progress),
        ("Interrupted: the same command resumes them", State.INTERRUPTED, _progress),
        ("Failed", State.FAILED, _reason),
    ):
        chosen = [job for job in jobs if job.state == state]
        if chosen:
            parts += [Text(title, style="bold"), *map(describe, chosen[:_LISTED])]
            if len(chosen) > _LISTED:
                parts.append(Text(f"  and {len(chosen) - _LISTED} more"))
            parts.append(Text())
    return Group(*parts, _other_jobs([job for job in jobs if job.job.run is None]))


def _summary(trainings: Iterable[JobState]) -> Text:
    counts = Counter(training.state for training in trainings)
    done = counts[State.DONE] + counts[State.DIVERGED]
    rest = [f"{counts[state]} {state}" for state in State if state != State.DONE and counts[state]]
    return Text("Trainings: " + ", ".join([f"{done} of {counts.total()} done", *rest]), style="bold")


def _grids(trainings: Mapping[tuple[str, int, int], JobState]) -> Iterator[RenderableType]:
    """A grid for each group of neighbouring experiments with the same batch sizes, which keeps them narrow."""
    rows: dict[str, dict[int, list[JobState]]] = {}
    for (experiment, batch_size, _), training in trainings.items():
        rows.setdefault(experiment, {}).setdefault(batch_size, []).append(training)
    width = max(map(len, rows))
    for batch_sizes, group in groupby(rows.items(), key=lambda row: sorted(row[1])):
        table = _table("batch size", *map(str, batch_sizes))
        table.columns[0].min_width = width
        for experiment, cells in group:
            table.add_row(experiment, *(_cell(cells[size]) for size in batch_sizes))
        yield table
        yield Text()


def _cell(seeds: Sequence[JobState]) -> Text:
    if len(seeds) == 1:
        symbol, style = _LOOK[seeds[0].state]
        epoch = _EPOCH.search(seeds[0].last_line) if seeds[0].state == State.RUNNING else None
        return Text(f"{symbol} {100 * int(epoch[1]) // int(epoch[2])}%" if epoch else symbol, style)
    counts = Counter(job.state for job in seeds)
    present = [state for state in State if counts[state]]
    return Text(" ").join(Text(f"{counts[state]}{_LOOK[state][0]}", _LOOK[state][1]) for state in present)


def _legend(jobs: Iterable[JobState]) -> Text:
    present = {job.state for job in jobs}
    return Text("   ").join(
        Text(" ".join((_LOOK[state][0], state)), _LOOK[state][1]) for state in State if state in present
    )


def _title(job: JobState) -> str:
    if job.job.run is None:
        return f"  {job.job.kind}: {job.job.name}"
    experiment, batch_size, seed = job.job.run
    return f"  {experiment}, batch size {batch_size}, seed {seed}"


def _progress(job: JobState) -> Text:
    """Epoch, loss and time left of a training; of others the last line of the log."""
    line = job.last_line
    epoch, loss, left = _EPOCH.search(line), _LOSS.search(line), _LEFT.search(line)
    if job.job.run is None or epoch is None:
        return Text(f"{_title(job)}: {line or 'starting'}")
    told = [f"epoch {epoch[1]} of {epoch[2]}"]
    if loss:
        told.append(f"loss {loss[1]}" + (f" + {loss[2]} (weight penalty)" if loss[2] else ""))
    if left and job.state == State.RUNNING:
        told.append(left[1].strip())
    return Text(f"{_title(job)}: {', '.join(told)}")


def _reason(job: JobState) -> Text:
    return Text(f"{_title(job)}: ").append(job.last_line, "red").append(f"\n    {job.job.log}", "bright_black")


def _other_jobs(jobs: Sequence[JobState]) -> Table:
    table = _table("other jobs", "done", "of", "running", "interrupted", "failed")
    for kind in dict.fromkeys(job.job.kind for job in jobs):
        counts = Counter(job.state for job in jobs if job.job.kind == kind)
        numbers = (counts[state] for state in (State.RUNNING, State.INTERRUPTED, State.FAILED))
        table.add_row(kind, str(counts[State.DONE]), str(counts.total()), *(str(number or "") for number in numbers))
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    table.add_column(first, no_wrap=True)
    for column in others:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _watch(results: Path, seconds: float = 5.0) -> None:
    with Live(screen=True, auto_refresh=False) as live, suppress(KeyboardInterrupt):
        while True:
            states = [state_of(job) for job in planned_jobs(results)]
            live.update(overview(states), refresh=True)
            if not any(job.state in (State.RUNNING, State.WAITING) for job in states):
                return
            time.sleep(seconds)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the overview; the exit status is 1 if something failed and 2 if the configuration is wrong."""
    parser = argparse.ArgumentParser(prog="python -m gengap.status", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--configfile",
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE",
        help="configuration merged into config.yaml, as given to Snakemake",
    )
    parser.add_argument(
        "--watch", action="store_true", help="show it anew every few seconds until nothing is left to do"
    )
    parser.add_argument("--results", metavar="FOLDER", help="another results folder than the configuration's")
    options = parser.parse_args(arguments)
    # A terminal without Unicode shows a question mark instead of a traceback.
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    try:
        config = load_config([Path("config.yaml"), *options.configfile])
        if options.results is not None:
            config["results"] = options.results
        results = Path(config.get("results", "results")).expanduser()
        if options.watch:
            _watch(results)
        states = [state_of(job) for job in planned_jobs(results)]
        forgotten = forgotten_runs(results, (state.job for state in states))
    except UserError as error:
        print(error, file=sys.stderr)
        return 2
    console = Console(highlight=False)
    console.print(overview(states))
    if forgotten:
        console.print(Text(f"Trainings that lie in {results} and were not asked for: {', '.join(forgotten)}", "yellow"))
    return int(any(job.state == State.FAILED for job in states))


if __name__ == "__main__":
    sys.exit(main())
