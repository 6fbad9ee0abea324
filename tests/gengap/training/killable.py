"""Trains as the script of the workflow does; run by `test_kill` with `setting` among its globals.

`setting` holds `run`, `data` (safetensors of the data set), `folder` (results) and `checkpoints`.
"""

import logging
from pathlib import Path

import torch

from gengap.data.store import load
from gengap.training.results import write_results
from gengap.training.run import train

folder = Path(setting["folder"])  # noqa: F821
folder.mkdir(exist_ok=True)
logging.basicConfig(filename=folder / "log", level=logging.INFO)
training = train(
    setting["run"],  # noqa: F821
    load(setting["data"]),  # noqa: F821
    torch.device("cpu"),
    setting["checkpoints"],  # noqa: F821
    stamp={},
    interval_seconds=0.0,
)
write_results(
    training.state.model,
    training.metrics,
    training.state.history,
    training.state.trajectory,
    weights_path=folder / "weights.safetensors",
    metrics_path=folder / "metrics.json",
    history_path=folder / "history.csv",
    trajectory_path=folder / "trajectory.csv",
)
training.checkpoints.remove()
