"""From a configuration to the jobs that it asks for: experiments, runs, spectra, tables and figures."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gengap.config.schema import option_defaults, validated
from gengap.errors import UserError

MODEL_LABELS = {"lenet5": "LeNet-5", "vgg16": "VGG-16", "resnet56": "ResNet-56"}

# Options that define the network and its input, and nothing about how it was trained: what a
# spectrum depends on besides the weights.
NETWORK_OPTIONS = (
    "normalization",
    "batch_norm_momentum",
    "batch_norm_epsilon",
    "activation",
    "pooling",
    "initialization",
    "width",
    "input_scaling",
)

RunSpec = dict[str, Any]


@dataclass(frozen=True)
class Experiment:
    """One experiment, its options composed."""

    name: str
    model: str
    dataset: str
    dataset_label: str
    batch_sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    options: Mapping[str, Any]
    spectra: bool

    def row_label(self, batch_size: int) -> str:
        """How a table names the row: the batch size, or `4096->128` where it is switched."""
        switched = self.options["switch_batch_size"]
        return str(batch_size) if switched is None else f"{batch_size}->{switched}"

    @property
    def title(self) -> str:
        """What is shown, in words."""
        kind = "" if self.options["activation"] == "relu" else "Linear "
        norm = "" if self.options["normalization"] == "batch" else " without batch normalization"
        return f"{kind}{MODEL_LABELS[self.model]}{norm} on {self.dataset_label}"


@dataclass(frozen=True)
class Plan:
    """Everything that a validated configuration asks for, as data of built-in types."""

    config: Mapping[str, Any]
    experiments: Mapping[str, Experiment]
    tables: Mapping[str, Mapping[str, Any]]
    figures: Mapping[str, Mapping[str, Any]]
    runs: tuple[RunSpec, ...] = field(repr=False)

    @property
    def datasets(self) -> list[str]:
        """Data sets that some experiment uses, sorted."""
        return sorted({experiment.dataset for experiment in self.experiments.values()})

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
        chosen = self.experiments[experiment]
        return {
            "experiment": experiment,
            "model": chosen.model,
            "dataset": chosen.dataset,
            "seed": seed,
            "options": {name: chosen.options[name] for name in NETWORK_OPTIONS},
            "residual_output": self.config["spectra"]["residual_output"],
            "compute": {name: self.config["compute"][name] for name in ("device", "threads")},
        }

    def fed_batch_sizes(self, experiment: str, batch_size: int | None = None) -> list[int]:
        """Sizes of the batches that a network is fed, ascending; `None` means the untrained network."""
        choice = self.config["spectra"]["fed_batch_sizes"]
        largest = self.config["spectra"]["largest_fed_batch_size"]
        all_sizes = self.experiments[experiment].batch_sizes
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
            rows.append(self._row(table["baseline"]["experiment"], table["baseline"]["batch_size"]))
        experiment = table["experiment"]
        return rows + [self._row(experiment, size) for size in self.experiments[experiment].batch_sizes]

    def _row(self, experiment: str, batch_size: int) -> dict[str, Any]:
        chosen = self.experiments[experiment]
        runs = [(experiment, batch_size, seed) for seed in chosen.seeds]
        return {"label": chosen.row_label(batch_size), "runs": runs}


def plan(config: Mapping[str, Any]) -> Plan:
    """Check a configuration and resolve it.

    Raises:
        UserError: one sentence on the first problem, naming its place and the remedy.
    """
    config = validated(config)
    experiments = {}
    for name in config["run"]:
        entry = _known(config["experiments"], name, "run", "experiments")
        experiments[name] = _experiment(name, entry, config)
    _check_random_matrices(config["random_matrices"])
    _check_fed_batches(config["spectra"], experiments.values())
    laws = set(config["random_matrices"]["laws"])
    tables = _items(config, "tables", experiments, laws)
    figures = _items(config, "figures", experiments, laws)
    for number, table in tables.items():
        if "baseline" in table:
            sizes = experiments[table["baseline"]["experiment"]].batch_sizes
            if table["baseline"]["batch_size"] not in sizes:
                raise UserError(
                    f"The baseline of table {number} has batch size {table['baseline']['batch_size']}, but"
                    f" `{table['baseline']['experiment']}` runs {_listed(sizes)}; name one of these."
                )
    for number, figure in figures.items():
        _check_figure(number, figure, experiments, config["spectra"]["thresholds"])
    resolved = Plan(config=config, experiments=experiments, tables=tables, figures=figures, runs=())
    runs = tuple(
        resolved.run(experiment.name, batch_size, seed)
        for experiment in experiments.values()
        for batch_size in experiment.batch_sizes
        for seed in experiment.seeds
    )
    return Plan(config=config, experiments=experiments, tables=tables, figures=figures, runs=runs)


def _experiment(name: str, entry: Mapping[str, Any], config: Mapping[str, Any]) -> Experiment:
    place = f"experiments.{name}"
    dataset = _known(config["datasets"], entry["dataset"], f"{place}.dataset", "datasets")
    options = option_defaults()
    for group, key in (("recipes", "recipe"), ("variants", "variant"), ("treatments", "treatment")):
        if key in entry:
            options |= _known(config[group], entry[key], f"{place}.{key}", group)
    options |= entry.get("options", {})
    _check_options(place, options, entry["batch_sizes"])
    return Experiment(
        name=name,
        model=entry["model"],
        dataset=entry["dataset"],
        dataset_label=dataset.get("label", entry["dataset"]),
        batch_sizes=tuple(entry["batch_sizes"]),
        seeds=tuple(entry.get("seeds", config["seeds"])),
        options=options,
        spectra=entry["spectra"],
    )


def _check_options(place: str, options: Mapping[str, Any], batch_sizes: Iterable[int]) -> None:
    steps = options["learning_rate_steps"]
    if sorted(steps) != list(steps):
        raise UserError(f"`{place}`: `learning_rate_steps` {steps} must increase; put them in order.")
    switched, epoch = options["switch_batch_size"], options["switch_epoch"]
    if (switched is None) != (epoch is None):
        raise UserError(f"`{place}`: `switch_batch_size` and `switch_epoch` belong together; give both or none.")
    if switched is not None:
        if options["equal_updates_to"] is not None:
            raise UserError(f"`{place}`: `equal_updates_to` cannot be combined with a switch; remove one of them.")
        for batch_size in batch_sizes:
            if batch_size <= switched:
                raise UserError(
                    f"`{place}`: a switch goes to a smaller batch size, but {batch_size} → {switched} does not;"
                    f" remove {batch_size} from `batch_sizes` or lower `switch_batch_size`."
                )


def _check_random_matrices(settings: Mapping[str, Any]) -> None:
    for key in ("sizes", "control_sizes"):
        for rows, columns in settings[key]:
            if columns > rows:
                raise UserError(
                    f"`random_matrices.{key}` has [{rows}, {columns}], but sizes are [rows, columns] with rows ≥"
                    f" columns; write [{columns}, {rows}] (the singular values are the same)."
                )
    twice = [size for size in settings["control_sizes"] if size in settings["sizes"]]
    if twice:
        raise UserError(f"`random_matrices.control_sizes` repeats {twice[0]} of `sizes`; remove one of the two.")
    if settings["laws"] and not settings["sizes"]:
        raise UserError("`random_matrices.laws` names laws, but `random_matrices.sizes` is empty; add a size.")


def _check_fed_batches(settings: Mapping[str, Any], experiments: Iterable[Experiment]) -> None:
    largest, choice = settings["largest_fed_batch_size"], settings["fed_batch_sizes"]
    for experiment in experiments:
        sizes = experiment.batch_sizes
        # The least bound that leaves every network of the experiment a batch.
        needed = max(sizes) if choice == "own" else min(sizes if choice == "all" else (*sizes, *choice))
        if experiment.spectra and largest is not None and largest < needed:
            raise UserError(
                f"`spectra.largest_fed_batch_size` is {largest}, which leaves a network of `{experiment.name}` no"
                f" batch; raise it to {needed} or more."
            )


def _check_figure(
    number: str, figure: Mapping[str, Any], experiments: Mapping[str, Experiment], thresholds: list[float]
) -> None:
    for name in figure.get("experiments", []):
        if not experiments[name].spectra:
            raise UserError(f"Figure {number} shows `{name}`, whose `spectra` are switched off; switch them on.")
    if "experiments" in figure and figure["threshold"] not in thresholds:
        raise UserError(
            f"Figure {number} has threshold {figure['threshold']}, which is not among `spectra.thresholds`"
            f" ({_listed(thresholds)}); add it there."
        )


def _items(
    config: Mapping[str, Any], kind: str, experiments: Mapping[str, Experiment], laws: set[str]
) -> dict[str, Mapping[str, Any]]:
    """Tables or figures whose ingredients are all run, by number as text, in the order of the config."""
    items: dict[str, Mapping[str, Any]] = {}
    seen = set()
    for item in config[kind]:
        number = str(item["number"]).lower()
        if number in seen:
            raise UserError(f"`{kind}` has number {number} twice; give one of them another number.")
        seen.add(number)
        needed = item.get("experiments", [item["experiment"]] if "experiment" in item else [])
        if "baseline" in item:
            needed = [*needed, item["baseline"]["experiment"]]
        for name in needed:
            _known(config["experiments"], name, f"{kind}, number {number}", "experiments")
        if all(name in experiments for name in needed) and item.get("law", None) in {None, *laws}:
            items[number] = item
    return items


def _known(group: Mapping[str, Any], name: str, place: str, group_name: str) -> Mapping[str, Any]:
    if name in group:
        return group[name]
    nearest = difflib.get_close_matches(name, group, n=1, cutoff=0.5)
    hint = f"did you mean `{nearest[0]}`?" if nearest else f"defined are {_listed(group)}."
    raise UserError(f"`{place}` names `{name}`, which is not in `{group_name}`; {hint}")


def _listed(values: Iterable[Any]) -> str:
    return ", ".join(f"`{value}`" for value in values) or "none"
