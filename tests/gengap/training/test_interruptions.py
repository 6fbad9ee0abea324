"""Trainings that end before their schedule does: diverged, or stopped and resumed."""

import json

import pytest
import torch

from gengap.training import run as module

MEASURED = ("train_error_percent", "test_cross_entropy", "weight_penalty", "train_loss", "weight_distance")
DIVERGING = {"learning_rate": 1e20, "epochs": 5, "normalization": "none"}


def test_a_training_that_diverges_is_a_result_without_values_after_one_epoch(trained):
    diverged = trained(**DIVERGING)
    assert diverged.metrics["diverged"]
    assert all(diverged.metrics[name] is None for name in MEASURED)
    assert (diverged.metrics["updates"], diverged.metrics["epochs"]) == (5, 1.0)
    (row,) = diverged.state.history
    assert {row[name] for name in ("train_cross_entropy", "test_cross_entropy", "test_error_percent")} == {None}
    assert [line["weight_norm"] for line in diverged.state.trajectory][1:] == [None] * 3
    assert "NaN" not in json.dumps([diverged.metrics, row, diverged.state.trajectory])


def test_a_resumed_training_that_had_diverged_does_not_go_on(trained):
    first = trained(**DIVERGING, interval_seconds=0.0)
    first.checkpoints.save(first.state)
    again = trained(**DIVERGING, interval_seconds=0.0)
    assert again.state.resumes == 1
    assert again.metrics == first.metrics


SWITCH = {"switch_batch_size": 16, "switch_epoch": 0.5, "switch_momentum": "reset"}
CLIPPED = {"momentum_reset": "every_epoch", "gradient_clipping": 0.5, "warm_up_epochs": 1, "ghost_batch_size": 8}
DROPOUT = {"model": "c1", "activation_noise": 0.1}
ADAM = {"optimizer": "adam", "learning_rate": 0.01, "gradient_noise_to": 8, "label_smoothing": 0.1}


@pytest.mark.parametrize(
    ("stop", "chosen"),
    [*((stop, SWITCH) for stop in (1, 4, 5, 6, 9)), (7, CLIPPED), (5, CLIPPED), (7, ADAM), (7, DROPOUT)],
)
def test_stopped_after_any_update_a_training_goes_on_to_the_same_bits(stop, chosen, trained, monkeypatch):
    changed = {"augmentation": "crop_flip", **chosen}
    expected = trained(**changed)
    original, calls = module.training_step, []

    def stopping(*arguments):
        step = original(*arguments)

        def stopped(draws):
            if len(calls) == stop:
                raise KeyboardInterrupt
            calls.append(None)
            step(draws)

        return stopped

    monkeypatch.setattr(module, "training_step", stopping)
    with pytest.raises(KeyboardInterrupt):
        trained(**changed, interval_seconds=0.0)
    monkeypatch.undo()
    resumed = trained(**changed)
    assert resumed.state.resumes == 1
    assert resumed.metrics == expected.metrics
    assert resumed.state.history == expected.state.history
    assert resumed.state.trajectory == expected.state.trajectory
    torch.testing.assert_close(resumed.state.model.state_dict(), expected.state.model.state_dict(), rtol=0, atol=0)
