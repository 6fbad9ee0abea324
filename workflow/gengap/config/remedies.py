"""Which experiments are trained with and without a treatment, and at which batch sizes that changes anything."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from gengap.config.experiment import Experiment
from gengap.config.plan import Plan
from gengap.config.schema import option_defaults

_defaults = cache(option_defaults)
_SWITCH = ("switch_batch_size", "switch_epoch", "switch_momentum", "switch_schedule")


def remedy_groups(plan: Plan) -> list[dict[str, Any]]:
    """Experiments that differ in their treatment alone, beside the one without.

    Only of networks of which some remedy is known and acts at both ends: whether it helps the large batch alone can be
    asked then. A combination of scaled rates with something else, say, is that alone at the batch size B₀.

    Returns:
        For each experiment without treatment: its `title`, `experiment`, the batch sizes `small` and `large` (its
        smallest and largest), and `remedies`. Each remedy has its `name`, the `seeds` that both run, `experiments`: for
        `small` and `large` the name of the experiment that runs the same training, its own if there is no other; and
        `same`, those ends at which it is the training without it, and `borrowed`, those at which it is another's.
    """
    ungridded = [one for one in plan.experiments.values() if not one.grid]
    groups = []
    for base in ungridded:
        ends = {"small": min(base.batch_sizes), "large": max(base.batch_sizes)}
        alike = [one for one in ungridded if (one.model, one.dataset) == (base.model, base.dataset)]
        treated = [one for one in alike if one.untreated and {**one.options, **one.untreated} == base.options]
        if base.untreated or ends["small"] == ends["large"]:
            continue
        remedies = [_remedy(one, base, alike, ends) for one in treated]
        remedies = [remedy for remedy in remedies if len(remedy["experiments"]) > len(remedy["borrowed"])]
        if any(len(remedy["experiments"]) == len(ends) and not remedy["same"] for remedy in remedies):
            groups.append({"title": base.title, "experiment": base.name, **ends, "remedies": remedies})
    return groups


def _remedy(one: Experiment, base: Experiment, alike: list[Experiment], ends: Mapping[str, int]) -> dict[str, Any]:
    seeds = [seed for seed in one.seeds if seed in base.seeds]
    remedy: dict[str, Any] = {"name": one.treatment, "seeds": seeds, "experiments": {}, "same": [], "borrowed": []}
    for end, size in ends.items():
        options = effective(one.options, size)
        for other in (base, one, *alike):
            able = size in other.batch_sizes and seeds and set(seeds) <= set(other.seeds)
            if able and effective(other.options, size) == options:
                remedy["experiments"][end] = other.name
                remedy["same"] += [end] if other is base else []
                remedy["borrowed"] += [end] if other is not one else []
                break
    return remedy


def effective(options: Mapping[str, Any], batch_size: int) -> dict[str, Any]:
    """Options of a training, those at their default that change nothing at its batch size."""
    idle = set()
    if options["ghost_batch_size"] is not None and batch_size < 2 * options["ghost_batch_size"]:
        idle.add("ghost_batch_size")
    if options["learning_rate_batch_size"] == batch_size:
        idle |= {"learning_rate_scaling", "learning_rate_batch_size"}
    if options["switch_batch_size"] == batch_size:
        idle |= set(_SWITCH)
    idle |= {name for name in ("equal_updates_to", "gradient_noise_to") if options[name] == batch_size}
    defaults = _defaults()
    return {name: defaults[name] if name in idle else value for name, value in options.items()}
