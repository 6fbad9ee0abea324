"""From a configuration to the jobs that it asks for: experiments, runs, spectra, tables and figures."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gengap.config import paper_tables
from gengap.config.checks import check_fed_batches, check_figure, check_options, check_random_matrices, listed
from gengap.config.experiment import NETWORK_OPTIONS, Experiment
from gengap.config.grid import check_grids, expand
from gengap.config.schema import option_defaults, validated
from gengap.errors import UserError

RunSpec = dict[str, Any]


@dataclass(frozen=True)
class Plan:
    """Everything that a validated configuration asks for, as data of built-in types.

    `untrained` has the experiments of which untrained networks alone are measured, by name; they may be run, too.
    `grids` has the combinations that are run of each grid, by its name. One that repeats another experiment of the plan
    is not in `experiments`, so it is not trained: `repeats` names the experiment whose trainings it shares.
    """

    config: Mapping[str, Any]
    experiments: Mapping[str, Experiment]
    untrained: Mapping[str, Experiment]
    grids: Mapping[str, list[Experiment]]
    repeats: Mapping[str, str]
    tables: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Mapping[str, Any]]
    runs: tuple[RunSpec, ...] = field(repr=False)

    @property
    def datasets(self) -> list[str]:
        """Data sets that some experiment uses, sorted."""
        return sorted({chosen.dataset for chosen in (*self.experiments.values(), *self.untrained.values())})

    def experiment(self, name: str) -> Experiment:
        """An experiment that is run, or of which the untrained networks are measured."""
        return self.experiments[name] if name in self.experiments else self.untrained[name]

    def run(self, experiment: str, batch_size: int, seed: int) -> RunSpec:
        """Everything that defines one training."""
        chosen = self.experiments[experiment]
        return {
            "experiment": experiment,
            "model": chosen.model,
            "dataset": chosen.dataset,
            "batch_size": batch_size,
            "seed": seed,
            "options": dict(chosen.options),
            "compute": dict(self.config["compute"]),
        }

    def network(self, experiment: str, seed: int) -> RunSpec:
        """Everything that defines one network before training: what a spectrum needs besides weights."""
        chosen = self.experiment(experiment)
        return {
            "experiment": experiment,
            "model": chosen.model,
            "dataset": chosen.dataset,
            "seed": seed,
            "options": {name: chosen.options[name] for name in NETWORK_OPTIONS},
            "residual_output": self.config["spectra"]["residual_output"],
            "batch_norm_statistics": self.config["spectra"]["batch_norm_statistics"],
            "compute": {name: self.config["compute"][name] for name in ("device", "threads")},
        }

    def fed_batch_sizes(self, experiment: str, batch_size: int | None = None) -> list[int]:
        """Sizes of the batches that a network is fed, ascending; `None` means the untrained network."""
        choice = self.config["spectra"]["fed_batch_sizes"]
        largest = self.config["spectra"]["largest_fed_batch_size"]
        all_sizes = self.experiment(experiment).batch_sizes
        own = all_sizes if batch_size is None else (batch_size,)
        match choice:
            case "all":
                sizes = set(all_sizes)
            case "own":
                sizes = set(own)
            case _:
                sizes = {*own, *choice}
        return sorted(size for size in sizes if largest is None or size <= largest)

    def table_rows(self, number: str) -> list[dict[str, Any]]:
        """Rows of a table of results: `label` and `runs`, a list of (experiment, batch size, seed)."""
        table = self.tables[number]
        rows = []
        if "baseline" in table:
            rows += self.rows(table["baseline"]["experiment"], [table["baseline"]["batch_size"]])
        return rows + self.rows(table["experiment"])

    def rows(
        self, experiment: str, batch_sizes: Sequence[int] | None = None, seeds: Sequence[int] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of an experiment, as those of a table: all, or those of some batch sizes and seeds."""
        chosen = self.experiments[experiment]
        return [
            {"label": chosen.row_label(size), "runs": [(experiment, size, seed) for seed in seeds or chosen.seeds]}
            for size in batch_sizes or chosen.batch_sizes
        ]


def plan(config: Mapping[str, Any]) -> Plan:
    """Check a configuration and resolve it.

    Raises:
        UserError: one sentence on the first problem, naming its place and the remedy.
    """
    config = validated(config)
    if not (config["run"] or config["audit"]["untrained"] or config["random_matrices"]["laws"]):
        raise UserError(
            "Nothing is to be run; name experiments in `run` or `audit.untrained`, or laws in `random_matrices.laws`."
        )
    check_grids(config["experiments"])
    members = {name: expand(name, entry) for name, entry in config["experiments"].items()}
    entries = {member: entry for name in members for member, entry in members[name].items()}
    run = {}
    for name in config["run"]:
        chosen = members[name] if name in members else {name: _known(entries, name, "run", "experiments")}
        for member, entry in chosen.items():
            run[member] = _experiment(member, entry, config)
    repeats = _repeats(run, shown=_shown(config))
    experiments = {name: experiment for name, experiment in run.items() if name not in repeats}
    grids: dict[str, list[Experiment]] = {}
    for experiment in run.values():
        if experiment.grid:
            grids.setdefault(experiment.grid, []).append(experiment)
    for name in config["audit"]["forward_precision"]:
        _check_named(name, "audit.forward_precision", config, entries)
    for name in config["minima"]["experiments"]:
        _check_named(name, "minima.experiments", config, entries)
    untrained = {}
    for name in config["audit"]["untrained"]:
        _check_named(name, "audit.untrained", config, entries)
        if name not in experiments or not experiments[name].spectra:
            untrained[name] = _experiment(name, entries[name], config).before_training()
    check_random_matrices(config["random_matrices"])
    check_fed_batches(config["spectra"], experiments.values(), untrained.values())
    laws = set(config["random_matrices"]["laws"])
    tables = _items(config, "tables", entries, experiments, laws)
    figures = _items(config, "figures", entries, experiments, laws)
    for number, table in tables.items():
        if "baseline" in table:
            sizes = experiments[table["baseline"]["experiment"]].batch_sizes
            if table["baseline"]["batch_size"] not in sizes:
                raise UserError(
                    f"The baseline of table {number} has batch size {table['baseline']['batch_size']}, but"
                    f" `{table['baseline']['experiment']}` runs {listed(sizes)}; name one of these."
                )
    for number, figure in figures.items():
        check_figure(number, figure, experiments, config["spectra"]["thresholds"])
    resolved = Plan(config, experiments, untrained, grids, repeats, tables, figures, runs=())
    runs = tuple(
        resolved.run(experiment.name, batch_size, seed)
        for experiment in experiments.values()
        for batch_size in experiment.batch_sizes
        for seed in experiment.seeds
    )
    return replace(resolved, runs=runs)


def _experiment(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> Experiment:
    place = f"experiments.{name}"
    setting = entry.get("setting", {})
    dataset = _known(config["datasets"], entry["dataset"], f"{place}.dataset", "datasets")
    untreated = option_defaults()
    for group, key in (("recipes", "recipe"), ("variants", "variant")):
        if key in entry:
            untreated |= _known(config[group], entry[key], f"{place}.{key}", group)
    options = dict(untreated)
    if "treatment" in entry:
        options |= _known(config["treatments"], entry["treatment"], f"{place}.treatment", "treatments")
    own = entry.get("options", {})
    options |= own
    without_grid = dict(options)
    options = options | setting
    check_options(place, entry["model"], options, entry["batch_sizes"], config["compute"])
    return Experiment(
        name=name,
        model=entry["model"],
        dataset=entry["dataset"],
        dataset_label=dataset.get("label", entry["dataset"]),
        batch_sizes=tuple(entry["batch_sizes"]),
        seeds=tuple(entry.get("seeds", config["seeds"])),
        options=options,
        spectra=entry["spectra"],
        label=entry.get("label", ""),
        own_options=own,
        treatment=entry.get("treatment"),
        untreated={name: value for name, value in (untreated | own | setting).items() if options[name] != value},
        grid=name.partition(".")[0] if setting else None,
        setting=setting,
        is_default_setting=bool(setting) and options == without_grid,
    )


def _check_named(name: str, place: str, config: Mapping[str, Any], entries: Mapping[str, Any]) -> None:
    """Refuse a name that is not of one experiment; it need not be run."""
    if name in config["experiments"] and name not in entries:
        member = next(iter(expand(name, config["experiments"][name])))
        raise UserError(f"`{place}` names `{name}`, which stands for several; name one of them, such as `{member}`.")
    _known(entries, name, place, "experiments")


def _experiments_of(item: Mapping[str, Any]) -> list[str]:
    """Names of the experiments that a table or figure shows."""
    single = [part["experiment"] for part in (item, item.get("baseline", {})) if "experiment" in part]
    return [*item.get("experiments", []), *single]


def _shown(config: Mapping[str, Any]) -> set[str]:
    """Experiments that a table, a figure or a measurement of their own names: these have trainings of their own."""
    named = {name for kind in ("tables", "figures") for item in config[kind] for name in _experiments_of(item)}
    return named | set(config["audit"]["forward_precision"]) | set(config["minima"]["experiments"])


def _repeats(run: Mapping[str, Experiment], shown: set[str]) -> dict[str, str]:
    """Combinations of grids whose trainings another experiment runs, each with its name.

    That is one of no grid, or a combination that is `shown`: neither shares others' trainings.
    """
    return {
        member.name: experiment.name
        for member in run.values()
        for experiment in run.values()
        if member.grid and member.name not in shown
        if (not experiment.grid or experiment.name in shown) and _covers(experiment, member)
    }


def _covers(experiment: Experiment, other: Experiment) -> bool:
    """Whether an experiment runs all trainings of another one, and measures their spectra if that does."""
    same = ("model", "dataset", "options")
    return (
        all(getattr(experiment, name) == getattr(other, name) for name in same)
        and set(other.seeds) <= set(experiment.seeds)
        and set(other.batch_sizes) <= set(experiment.batch_sizes)
        and experiment.spectra >= other.spectra
    )


def _items(
    config: Mapping[str, Any],
    kind: str,
    entries: Mapping[str, Any],
    experiments: Mapping[str, Experiment],
    laws: set[str],
) -> dict[str, Mapping[str, Any]]:
    """Tables or figures whose ingredients are all run, by number as text, in the order of the config."""
    items: dict[str, Mapping[str, Any]] = {}
    seen = set()
    for item in config[kind]:
        number = str(item["number"]).lower()
        if number in seen:
            raise UserError(f"`{kind}` has number {number} twice; give one of them another number.")
        seen.add(number)
        needed = _experiments_of(item)
        for name in needed:
            _check_named(name, f"{kind}, number {number}", config, entries)
        if all(name in experiments for name in needed) and item.get("law", None) in {None, *laws}:
            items[number] = item if kind == "figures" else _beside_print(item, number, experiments, config)
    return items


def _beside_print(
    table: Mapping[str, Any], number: str, experiments: Mapping[str, Experiment], config: Mapping[str, Any]
) -> dict[str, Any]:
    """The table with `printed` decided: whether the paper prints a table of this number and of this content."""
    if "law" in table:
        content, fault = f"law `{table['law']}`", paper_tables.fault_of_law(number, table["law"])
    else:
        content, experiment = f"`{table['experiment']}`", experiments[table["experiment"]]
        fault = paper_tables.fault_of_experiment(number, experiment, config["datasets"])
    printed = table.get("printed", not fault)
    if printed and fault:
        raise UserError(f"Table {number} has `printed: true`, but shows {content}, {fault}; leave `printed` out.")
    return {**table, "printed": printed}


def _known(group: Mapping[str, Any], name: str, place: str, group_name: str) -> Mapping[str, Any]:
    if name in group:
        return group[name]
    nearest = difflib.get_close_matches(name, group, n=1, cutoff=0.5)
    hint = f"did you mean `{nearest[0]}`?" if nearest else f"defined are {listed(group)}."
    raise UserError(f"`{place}` names `{name}`, which is not in `{group_name}`; {hint}")
