"""Trains as the script of the workflow does, in a process that `test_kill` may kill."""

import logging

import torch

from gengap.data.store import load
from gengap.training.results import write_results
from gengap.training.run import train


def train_to(folder, run, data):
    """Train a run on the data set of a file; results, checkpoints and a log go to the folder."""
    folder.mkdir(exist_ok=True)
    logging.basicConfig(filename=folder / "log", level=logging.INFO)
    training = train(run, load(data), torch.device("cpu"), folder / "checkpoints", stamp={}, interval_seconds=0.0)
    state = training.state
    write_results(
        state.model,
        training.metrics,
        state.history,
        state.trajectory,
        weights_path=folder / "weights.safetensors",
        metrics_path=folder / "metrics.json",
        history_path=folder / "history.csv",
        trajectory_path=folder / "trajectory.csv",
    )
    training.checkpoints.remove()
