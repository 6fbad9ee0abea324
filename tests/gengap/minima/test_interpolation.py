"""The line between two networks: its ends, its middle, and what batch norm uses on the way."""

import pytest
import torch

from gengap.minima.interpolation import between, interpolation
from gengap.models.build import build_model
from gengap.spectra.fed_batch import fed_order
from gengap.training.evaluate import evaluate
from gengap.training.scaling import input_scaling


@pytest.mark.parametrize("normalization", ["batch", "none"])
def test_ends_are_the_networks_themselves(make_dataset, model_options, normalization):
    dataset = make_dataset(train=60, test=30, classes=3)
    options = model_options(width=0.2, normalization=normalization)
    first, second = (build_model("lenet5", (1, 16, 16), 3, options, seed) for seed in (0, 1))
    device = torch.device("cpu")
    table = interpolation(
        first, second, dataset, "standardize", count=50, points=4, calibration_batch_size=25, device=device
    )
    statistics = ["interpolated", "recalibrated"] if normalization == "batch" else ["none"]
    assert table["batch_norm_statistics"].tolist() == statistics * 4
    assert sorted(set(table["alpha"])) == [-1, 0, 1, 2]
    order, scaling = fed_order(60)[:50], input_scaling("standardize", dataset.train_images).to(device, torch.float32)
    for alpha, model in ((0, first), (1, second)):
        row = table[table["alpha"] == alpha].iloc[0]
        train = evaluate(model, dataset.train_images[order], dataset.train_labels[order], scaling)
        test = evaluate(model, dataset.test_images, dataset.test_labels, scaling)
        assert row["train_cross_entropy"] == train.cross_entropy
        assert row["train_error_percent"] == train.error_percent
        assert row["test_cross_entropy"] == pytest.approx(test.cross_entropy, rel=1e-6)


def test_parameters_are_on_the_line_and_variances_are_no_less_than_zero(model_options):
    first, second = (build_model("lenet5", (1, 16, 16), 3, model_options(width=0.2), seed) for seed in (0, 1))
    second.conv1.norm.running_var.fill_(5)
    state = between(first, second, -1)
    expected = 2 * first.fc1.linear_map.weight - second.fc1.linear_map.weight
    torch.testing.assert_close(state["fc1.linear_map.weight"], expected)
    assert (state["conv1.norm.running_var"] == 0).all()
