"""One module for each table or figure, named as the files that it makes.

A module has

- `KIND`, `table` or `figure`;
- `needs(plan)`: what its exhibit is made of; of several that have numbers, each by its name;
- `make(subject, files)`: the `Table` or `Figure`; a figure's takes the `look`, too.

The Snakefile imports all of them, in each process of it, so what takes long to import (PyTorch,
Matplotlib, seaborn, SciPy) is imported inside functions.
`EXHIBITS` is the one list of them, in the order of the report.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from gengap.config.plan import Plan
from gengap.exhibits.needs import Needs

EXHIBITS = (
    "results_table",  # Tables 1 to 11
    "expectations_table",  # Tables A1 to A3
    "near_rank_figure",  # Figures 1 to 6
    "random_matrix_figure",  # Figures A1 to A3
    "overview",
    "test_error",
    "learning_curves",
    "claims",
    "comparison",
    "slopes",
    "seed_scatter",
    "loss_parts",
    "weight_penalty",
    "printed_decay",
    "equal_updates",
    "equal_updates_figure",
    "remedies",
    "remedies_figure",
    "diffusion",
    "weight_distance",
    "near_rank_loss",
    "untrained",
    "threshold_curves",
    "effective_rank",
    "sigma_min",
    "widths",
    "minima",
    "sharpness",
    "interpolation",
    "keskar_tables",
    "forward_precision",
    "proposition_3",
    "settings",
    "inconsistencies",
)

ALL_NETWORKS, RANDOM_MATRICES = "All networks", "Random matrices"


@dataclass(frozen=True)
class Planned:
    """An exhibit that a configuration asks for.

    Attributes:
        module: name of its module in this package.
        kind: `table` or `figure`.
        folder: below the results: `tables` and `figures` have those with a number, `audit` the others.
        needs: what it is made of.
        section: of the report: the network that it is about, where that is one.
    """

    module: str
    kind: str
    folder: str
    needs: Needs
    section: str


def planned(plan: Plan) -> Mapping[str, Planned]:
    """All exhibits of a configuration that have something to show, by name, in the order of the report."""
    found = {}
    for name in EXHIBITS:
        module = import_module(f"{__name__}.{name}")
        needed = module.needs(plan)
        for exhibit, needs in (needed if isinstance(needed, dict) else {name: needed}).items():
            folder = f"{module.KIND}s" if exhibit.startswith(f"{module.KIND}_") else "audit"
            if needs:
                found[exhibit] = Planned(name, module.KIND, folder, needs, _section(needs, plan))
    return found


def _section(needs: Needs, plan: Plan) -> str:
    keys = [key for of_kind in needs.files.values() for key in of_kind]
    names = {key if isinstance(key, str) else key[0] for key in keys}
    networks = {plan.experiment(name).network for name in names if name in {**plan.experiments, **plan.untrained}}
    if len(networks) == 1:
        return networks.pop()
    return ALL_NETWORKS if networks or not keys else RANDOM_MATRICES
