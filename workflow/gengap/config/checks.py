"""What the schema cannot say: options that belong together, sizes in order, figures of what is counted."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from gengap.config.experiment import HIDDEN_UNITS, LAST_CHANNELS, Experiment
from gengap.errors import UserError


def check_options(
    place: str, model: str, options: Mapping[str, Any], batch_sizes: Collection[int], compute: Mapping[str, Any]
) -> None:
    """Options of one experiment, composed, must go together, and with `compute`.

    Raises:
        UserError: steps out of order, half a switch, or one to the same batch size or with equal updates; a schedule
            whose parts do not go together; less noise than there is; ghosts without PyTorch's batch
            norm; a rank limit that limits nothing, or units for a layer that the network does not have.
    """
    _check_schedule(place, options)
    switched, epoch = options["switch_batch_size"], options["switch_epoch"]
    if (switched is None) != (epoch is None):
        raise UserError(f"`{place}`: `switch_batch_size` and `switch_epoch` belong together; give both or none.")
    if switched is not None:
        if options["equal_updates_to"] is not None:
            raise UserError(f"`{place}`: `equal_updates_to` cannot be combined with a switch; remove one of them.")
        if switched in batch_sizes:
            raise UserError(
                f"`{place}`: a switch from {switched} to {switched} changes nothing; remove {switched} from"
                " `batch_sizes`, or name another size in `switch_batch_size`."
            )
    smallest, noise = min(batch_sizes), options["gradient_noise_to"]
    if noise is not None and noise > smallest:
        raise UserError(
            f"`{place}`: noise can only be added, but a batch of {smallest} has more than one of `gradient_noise_to`"
            f" {noise}; remove {smallest} from `batch_sizes` or lower `gradient_noise_to`."
        )
    if options["ghost_batch_size"] is not None:
        if options["normalization"] != "batch":
            raise UserError(f"`{place}`: `ghost_batch_size` needs `normalization: batch`; remove it.")
        if compute["batch_norm"] == "fused":
            raise UserError(
                f"`{place}`: `ghost_batch_size` needs `compute: {{batch_norm: native}}`, since the fused kernels"
                " normalise whole batches."
            )
    units, rank = options["units"], options["rank_limit"]
    if units is not None and model not in HIDDEN_UNITS:
        raise UserError(f"`{place}`: `units` is of the hidden fully connected layer, but {model} has none; remove it.")
    if rank is not None:
        width = units or max(1, round((HIDDEN_UNITS | LAST_CHANNELS)[model] * options["width"]))
        if rank >= width:
            raise UserError(
                f"`{place}`: a `rank_limit` of {rank} changes nothing in a layer of width {width}; choose a smaller"
                " one, or remove it."
            )


def _check_schedule(place: str, options: Mapping[str, Any]) -> None:
    for name in ("learning_rate_steps", "batch_size_steps"):
        if sorted(options[name]) != list(options[name]):
            raise UserError(f"`{place}`: `{name}` {options[name]} must increase; put them in order.")
    steps, factors = options["learning_rate_steps"], options["learning_rate_factor"]
    if isinstance(factors, list) and len(factors) != len(steps):
        raise UserError(
            f"`{place}`: `learning_rate_factor` lists {len(factors)} factors for {len(steps)} `learning_rate_steps`;"
            " give one for each."
        )
    if (options["learning_rate_scaling"] == "none") != (options["learning_rate_batch_size"] is None):
        raise UserError(
            f"`{place}`: `learning_rate_scaling` and `learning_rate_batch_size` belong together; give both or none."
        )
    changing = [name for name in ("equal_updates_to", "switch_batch_size") if options[name] is not None]
    if changing and options["batch_size_steps"]:
        raise UserError(f"`{place}`: `batch_size_steps` cannot be combined with `{changing[0]}`; remove one of them.")
    first = min([*steps, *options["batch_size_steps"], options["switch_epoch"] or 1, 1]) * options["epochs"]
    if options["warm_up_epochs"] > first:
        raise UserError(
            f"`{place}`: a warm-up of {options['warm_up_epochs']:g} epochs goes on when the learning rate falls, the"
            f" batch size changes or the training ends, after {first:g}; shorten `warm_up_epochs`."
        )


def check_random_matrices(settings: Mapping[str, Any]) -> None:
    """Sizes of random matrices must be there, differ and not be wider than tall.

    Raises:
        UserError: they are not.
    """
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


def check_fed_batches(
    settings: Mapping[str, Any], experiments: Iterable[Experiment], untrained: Iterable[Experiment]
) -> None:
    """The bound on fed batches must leave every measured network one.

    Args:
        settings: `spectra` of the configuration.
        experiments: that are run.
        untrained: of which the untrained networks alone are measured; they are fed all sizes.

    Raises:
        UserError: it leaves none.
    """
    largest, choice = settings["largest_fed_batch_size"], settings["fed_batch_sizes"]
    fed = [(experiment, choice) for experiment in experiments]
    fed += [(experiment, "all" if choice == "own" else choice) for experiment in untrained]
    for experiment, choice in fed:
        sizes = experiment.batch_sizes
        # The least bound that leaves every network of the experiment a batch.
        needed = max(sizes) if choice == "own" else min(sizes if choice == "all" else (*sizes, *choice))
        if experiment.spectra and largest is not None and largest < needed:
            raise UserError(
                f"`spectra.largest_fed_batch_size` is {largest}, which leaves a network of `{experiment.name}` no"
                f" batch; raise it to {needed} or more."
            )


def check_figure(
    number: str, figure: Mapping[str, Any], experiments: Mapping[str, Experiment], thresholds: list[float]
) -> None:
    """A figure must show experiments whose spectra are measured, at a threshold that is counted.

    Raises:
        UserError: it does not.
    """
    for name in figure.get("experiments", []):
        if not experiments[name].spectra:
            raise UserError(f"Figure {number} shows `{name}`, whose `spectra` are switched off; switch them on.")
    if "experiments" in figure and figure["threshold"] not in thresholds:
        raise UserError(
            f"Figure {number} has threshold {figure['threshold']}, which is not among `spectra.thresholds`"
            f" ({listed(thresholds)}); add it there."
        )


def listed(values: Iterable[Any]) -> str:
    """Values for a sentence, each in code marks."""
    return ", ".join(f"`{value}`" for value in values) or "none"
