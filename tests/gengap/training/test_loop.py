"""Between two epochs the host leaves the device nothing to wait for that it could have done before."""

from types import SimpleNamespace

import torch
from torch import nn

from gengap.training.evaluate import Evaluation
from gengap.training.loop import train_epochs
from gengap.training.schedule import make_schedule
from gengap.training.sgd import MomentumSGD
from gengap.training.state import TrainingState


def test_the_next_epoch_is_drawn_before_the_sums_of_this_one_are_read(options):
    happened = []
    schedule = make_schedule(options | {"epochs": 3}, 4, 8)
    model = nn.Linear(2, 2)
    state = TrainingState(model, MomentumSGD(model, options, graphed=False))
    # The host waits for the device where it reads the sums.
    state.sums = SimpleNamespace(tolist=lambda: happened.append("read") or [1.0, 0.0], zero_=lambda: None)

    def draw(epoch):
        happened.append(f"draw {epoch}")
        return torch.full((8, 1), epoch)

    train_epochs(
        state,
        schedule,
        draw=draw,
        step=lambda draws: happened.append(f"step {draws[0].item()}"),
        measure_test=lambda: happened.append("test") or Evaluation(0.0, 0.0),
        initial_parameters=list(model.parameters()),
        checkpoints=SimpleNamespace(poll=lambda state: None),
    )
    expected = ["draw 0"]
    for epoch in range(3):
        expected += [f"step {epoch}"] * 2 + [f"draw {epoch + 1}"] * (epoch < 2) + ["read", "test"]
    assert happened == expected
