"""Proposition 3's bound evaluated on trained linear networks."""

import pandas as pd

from gengap.config.measured import linear_experiments, panels_of
from gengap.config.plan import Plan
from gengap.exhibits.needs import Files, Needs, Subject
from gengap.render.exhibit import Table, grouped
from gengap.render.numbers import plain_power

KIND = "table"

BROKEN = "*"


def needs(plan: Plan) -> Needs:
    """Of the linear experiments whose spectra were measured."""
    names = linear_experiments(plan)
    return Needs({"panels": panels_of(plan, names)}, {"proposition_3": names})


def make(subject: Subject, files: Files) -> Table:
    """One row per network and layer at one size of the change; a mark where the bound fails at that or another size."""
    frame = files.of_networks("proposition_3")
    changes = sorted(frame["relative_change"].unique()) if len(frame) else []
    change = changes[len(changes) // 2] if changes else None  # none where all networks diverged
    size = f" with ‖ΔH‖ = {plain_power(change)} ‖H‖ (spectral norms)" if change else ""
    rows = []
    labelled = pd.DataFrame(subject["panels"]).merge(frame, on="experiment")
    layers = ["label", "trained_batch_size", "layer", "seed"]
    for (label, trained, layer, _seed), cases in labelled.groupby(layers, sort=False):
        shown = cases[cases["relative_change"] == change].iloc[0]
        rows.append(
            [
                label,
                f"{trained}",
                f"{layer}: {shown['width']}",
                f"{shown['rank']}",
                f"{shown['sigma_min']:.2g}",
                _full(shown),
                f"{shown['measured']:.2g}" + ("" if cases["holds"].all() else BROKEN),
                f"{shown['bound']:.2g}",
                f"{shown['tighter_bound']:.2g}",
            ]
        )
    sizes = ", ".join(plain_power(size) for size in changes)
    broken = (BROKEN, f"The bound of equation (5) is exceeded at one ‖ΔH‖/‖H‖ or more of {sizes}.")
    return Table(
        title="Proposition 3 evaluated on trained linear networks",
        caption=(
            "H is the input (h × b) of a fully connected layer of a linear network, fed a batch of the size b that it"
            " was trained with. θ is the product of all maps from there to the logits. Convolutions and max-pooling"
            f" lie before; biases are moved to the left side. H is changed at random by ΔH{size}; the change is"
            " ‖Δθ‖/‖θ‖ of the Δθ of least norm that restores the logits best. Bounds: equation (5), the sum of ‖ΔH‖/σ"
            " over the nonzero singular values, and equation (10), ‖ΔH‖/σ_min. The step from (8) to (9) needs"
            " X X⁺ = I, full rank of the rows, and (8) has a solution for every ΔX only if X⁺X = I, full rank of the"
            " columns. No layer here has the square invertible θ that the proposition supposes; the bound does not need"
            " it."
        ),
        header=("Experiment", "Batch b", "Input: h", "Rank", "σ_min", "Full rank", "Change", "Bound (5)", "Bound (10)"),
        rows=grouped(rows),
        notes=[] if frame["holds"].all() else [broken],
        data=frame,
    )


def _full(case: pd.Series) -> str:
    """Which of the two premises holds."""
    names = [name for name, key in (("rows", "full_row_rank"), ("columns", "full_column_rank")) if case[key]]
    return " and ".join(names) or "neither"
