"""What the package offers to those who train networks of their own: three functions, also as `gengap.<name>`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor, nn

from gengap.config.schema import option_defaults
from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.runtime.readers import read_json
from gengap.spectra.activations import measuring_copy
from gengap.spectra.counts import in_conventions, layer_counts
from gengap.spectra.measure import measure_batch
from gengap.spectra.network import load_weights

_WEIGHT_LAYERS = (nn.Linear, nn.modules.conv._ConvNd)
_UNFOLDING = ["layer", "mode", "values", "sigma_max", "sigma_min", "effective_rank"]
_COUNT = ["convention", "threshold_kind", "threshold", "count", "floor"]


def near_rank_loss(
    model: nn.Module,
    images: Tensor,
    modules: Sequence[str] | None = None,
    *,
    thresholds: Sequence[float] = (1e-4, 1e-5),
    relative_thresholds: Sequence[float] = (1e-6,),
) -> pd.DataFrame:
    """Count the near-zero singular values of a network's activations on one batch (S_z of the paper's Algorithm 1).

    Everything is computed in float64 and evaluation mode, on a copy that lies on the network's device.

    Args:
        model: any network; it is not changed.
        images: one batch as the network takes it, N×C×H×W or N×features, floating point.
        modules: names of the modules whose outputs are measured, as `model.named_modules()` has them. Without it, those
            of all convolutions and linear layers, so before the batch norm and the activation that follow them.
        thresholds: t of σ ≤ t.
        relative_thresholds: t of σ ≤ t·σ_1, σ_1 the largest singular value of the same unfolding.

    Returns:
        One row for each layer in forward order, unfolding (`mode`: `batch`, `channel`, `height`, `width`, or
        `mode 2`, … where an output has neither two nor four axes), convention (`literal`, `thin` or `full`, see
        `gengap.spectra.counts`) and threshold. Columns:
        `layer`, `mode`, `values` (their number in this convention), `sigma_max`, `sigma_min`, `effective_rank`,
        `convention`, `threshold_kind` (`absolute` or `relative`), `threshold`, `count` (missing where an output is not
        finite) and `floor`, the zeros that shapes and the ranks of this batch force whatever the weights.

    Raises:
        ValueError: there is nothing to measure, or a name is none of a module that gives one tensor.
    """
    if not images.is_floating_point() or images.ndim < 2 or not images.numel():
        raise ValueError("`images` must be one batch of floating-point numbers, N×C×H×W or N×features.")
    parameter = next(model.parameters(), torch.empty(0))
    copied = measuring_copy(model, "cpu" if parameter.device.type == "mps" else parameter.device)
    measured = _chosen(copied, modules)
    spectrum = measure_batch(copied, images.to(next(copied.parameters())), measured)
    silent = sorted(measured.keys() - set(spectrum["layer"]))
    if len(silent) == len(measured) or (modules and silent):
        raise ValueError(f"The forward pass of this network does not call {', '.join(silent)}; name other `modules`.")
    counts = in_conventions(layer_counts(spectrum, thresholds, relative_thresholds))
    order = counts.sort_values("layer_index", kind="stable", ignore_index=True)
    return order.rename(columns={"rank_floor": "floor"})[_UNFOLDING + _COUNT]


def _chosen(model: nn.Module, names: Sequence[str] | None) -> dict[str, nn.Module]:
    every = dict(model.named_modules())
    if not any(True for _ in model.parameters()):
        raise ValueError("This network has no parameters, so there is nothing to measure.")
    if names is None:
        names = [name for name, module in every.items() if isinstance(module, _WEIGHT_LAYERS)]
        if not names:
            raise ValueError("This network has no convolution and no linear layer; name the `modules` to measure.")
    unknown = [name for name in names if name not in every]
    if unknown or not names:
        raise ValueError(
            f"This network has no module {unknown[:1] or names!r}; `model.named_modules()` has their names."
        )
    return {name: every[name] for name in names}


def load_runs(folder: str | Path) -> pd.DataFrame:
    """All trainings in a folder of results, a row each.

    Args:
        folder: `results` of a configuration, or `docs/published/measurements`.

    Returns:
        The values of `metrics.json` (errors in percent, cross-entropies in nats; `epochs` are those done), the options
        of the training, of its provenance `device_name`, `seconds`, `code_hash`, `git_commit`, and the run's `folder`.
        An option that is newer than the run has its default, which leaves a training as it was.

    Raises:
        UserError: there is no training, or a file is damaged.
    """
    rows = []
    for path in sorted(Path(folder).glob("runs/*/bs*/seed*/metrics.json")):
        record = read_json(path.with_name("provenance.json"))
        options = option_defaults() | record["run"]["options"]
        row = {**options, **read_json(path)}
        row |= {name: record.get(name) for name in ("device_name", "seconds", "code_hash", "git_commit")}
        rows.append({name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
        rows[-1]["folder"] = str(path.parent)
    if not rows:
        raise UserError(f"{folder} holds no training; name a folder of results, which has `runs` in it.")
    first = ["experiment", "model", "dataset", "batch_size", "seed", "test_error_percent", "train_error_percent"]
    frame = pd.DataFrame(rows)
    return frame[[*first, *(name for name in frame if name not in first)]].sort_values(
        ["experiment", "batch_size", "seed"], ignore_index=True
    )


def load_model(
    folder: str | Path, image_shape: tuple[int, int, int] | None = None, classes: int | None = None
) -> nn.Module:
    """The trained network of a run, in evaluation mode on the CPU.

    Args:
        folder: of the run, as `results/runs/lenet5_mnist/bs128/seed0`.
        image_shape: channels, height and width, for runs of before they were recorded.
        classes: their number, likewise.

    Raises:
        UserError: the weights are missing or damaged, or shape and classes are recorded nowhere.
    """
    record = read_json(Path(folder) / "provenance.json")
    run: dict[str, Any] = record["run"]
    image_shape, classes = image_shape or record.get("image_shape"), classes or record.get("classes")
    if image_shape is None or classes is None:
        raise UserError(f"{folder} does not record its images; pass `image_shape`, say (1, 28, 28), and `classes`.")
    options = option_defaults() | run["options"]
    model = build_model(run["model"], tuple(image_shape), classes, options, run["seed"])
    load_weights(model, Path(folder) / "weights.safetensors")
    return model.eval()
