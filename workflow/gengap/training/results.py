"""What a training leaves behind: weights, metrics, history, trajectory, the same bytes for the same training."""

import csv
import io
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import safetensors.torch
from torch import Tensor, nn

from gengap.models.build import parameter_count
from gengap.runtime.files import atomic_path, write_checksum, write_json, write_text
from gengap.training.evaluate import Evaluation
from gengap.training.objective import distance, squared_norm, weight_penalty
from gengap.training.schedule import Schedule
from gengap.training.state import TrainingState

HISTORY_COLUMNS = (
    "epoch",
    "updates",
    "learning_rate",
    "batch_size",
    "train_cross_entropy",
    "train_error_percent",
    "weight_penalty",
    "test_error_percent",
    "test_cross_entropy",
)
TRAJECTORY_COLUMNS = ("updates", "learning_rate", "batch_size", "weight_distance", "weight_norm")


def final_metrics(
    run: Mapping[str, Any],
    state: TrainingState,
    schedule: Schedule,
    images: int,
    initial_parameters: list[Tensor],
    train: Evaluation,
    test: Evaluation,
) -> dict[str, Any]:
    """The content of `metrics.json`.

    Errors are in percent, cross-entropies in nats. `train_loss` and `test_loss` are cross-entropy plus weight
    penalty, which the paper's "loss" very likely is. If the training diverged, all measured values are null.

    Args:
        run: resolved specification of the run.
        state: the trained state.
        schedule: its schedule.
        images: number of training images.
        initial_parameters: the parameters before the first update.
        train: error and cross-entropy on the training set.
        test: error and cross-entropy on the test set.
    """
    parameters = list(state.model.parameters())
    penalty = weight_penalty(state.optimizer.groups)
    values = {
        "train_error_percent": train.error_percent,
        "test_error_percent": test.error_percent,
        "train_cross_entropy": train.cross_entropy,
        "test_cross_entropy": test.cross_entropy,
        "weight_penalty": penalty,
        "train_loss": train.cross_entropy + penalty,
        "test_loss": test.cross_entropy + penalty,
        "weight_norm": math.sqrt(squared_norm(parameters)),
        "weight_distance": distance(parameters, initial_parameters),
    }
    diverged = state.diverged or not all(map(math.isfinite, values.values()))
    done = schedule.epochs[: state.epoch]
    return {
        **{name: run[name] for name in ("experiment", "model", "dataset", "batch_size", "seed")},
        "parameters": parameter_count(state.model),
        "updates": sum(epoch.updates for epoch in done),
        "epochs": sum(epoch.images for epoch in done) / images,
        "diverged": diverged,
        **{name: None if diverged else value for name, value in values.items()},
    }


def write_results(
    model: nn.Module,
    metrics: Mapping[str, Any],
    history: Sequence[Mapping[str, Any]],
    trajectory: Sequence[Mapping[str, Any]],
    *,
    weights_path: str | Path,
    metrics_path: str | Path,
    history_path: str | Path,
    trajectory_path: str | Path,
) -> None:
    """Write the files of a run, each whole or not at all, and the checksum of the weights beside them.

    The weights are the full state dictionary, batch norm's running statistics included, contiguous on the CPU.
    Values that were not finite are empty in history and trajectory.
    """
    weights = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    with atomic_path(weights_path) as temporary:
        temporary.write_bytes(safetensors.torch.save(weights))
    write_checksum(weights_path)
    write_json(metrics_path, metrics)
    _write_rows(history_path, history, list(history[0]) if history else HISTORY_COLUMNS)
    _write_rows(trajectory_path, trajectory, TRAJECTORY_COLUMNS)


def _write_rows(path: str | Path, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> None:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(path, text.getvalue())
