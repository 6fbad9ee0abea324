"""The table of singular values: its columns, its order, and its numbers against NumPy."""

import numpy as np
import pandas as pd
import pytest
import tensorly
import torch
from torch.nn import functional

from gengap.spectra import measure as module
from gengap.spectra.fed_batch import fed_batch
from gengap.spectra.measure import measure
from gengap.spectra.storage import PartialSpectra
from gengap.training.scaling import input_scaling

FED = [20, 300]
MODES = {"conv": ["batch", "channel", "height", "width"], "linear": ["batch", "channel"]}


@pytest.fixture
def spectrum(model, images):
    return measure(model, images, input_scaling("standardize", images), FED, "cpu")


def test_every_layer_and_mode_has_its_values_once_in_descending_order(spectrum):
    kinds = {"input": "input", "conv1": "conv", "conv2": "conv", "fc1": "linear", "fc2": "linear"}
    expected = [
        (fed, layer, index, kind, mode)
        for fed in FED
        for index, (layer, kind) in enumerate(kinds.items())
        for mode in MODES["linear" if kind == "linear" else "conv"]
    ]
    grouped = spectrum.groupby(["fed_batch_size", "layer", "layer_index", "kind", "mode"], sort=False)
    assert [key for key, _ in grouped] == expected
    for _, group in grouped:
        assert group["index"].tolist() == list(range(group["thin_size"].iloc[0]))
        assert group["singular_value"].is_monotonic_decreasing


@pytest.mark.parametrize("statistics", ["running", "batch"])
def test_numbers_against_numpy_and_tensorly(statistics, model, images):
    spectrum = measure(
        model, images, input_scaling("standardize", images), [20], "cpu", batch_norm_statistics=statistics
    )
    grey = images.double()
    scaled = (fed_batch(grey, 20) - grey.mean()) / grey.std(correction=0)
    maps = functional.conv2d(scaled, model.conv1.linear_map.weight.detach().double())
    mean, variance = 0, 1
    if statistics == "batch":
        mean, variance = maps.mean((0, 2, 3), keepdim=True), maps.var((0, 2, 3), keepdim=True, correction=0)
    conv1 = ((maps - mean) / (variance + 1e-5) ** 0.5).clamp(min=0)
    for layer, tensor in (("input", scaled), ("conv1", conv1)):
        for mode, name in enumerate(MODES["conv"]):
            with tensorly.backend_context("numpy"):
                unfolding = tensorly.unfold(tensor.numpy(), mode)
            expected = np.linalg.svd(unfolding, compute_uv=False)
            found = spectrum[(spectrum["layer"] == layer) & (spectrum["mode"] == name)]
            np.testing.assert_allclose(found["singular_value"], expected, rtol=0, atol=1e-13 * expected[0])


def test_the_input_has_its_measured_rank(model, images):
    images[:, :, 8:] = images[:, :, :8]
    spectrum = measure(model, images, input_scaling("unit", images), [300], "cpu")
    ranks = spectrum[spectrum["layer"] == "input"].drop_duplicates("mode").set_index("mode")["rank_bound"]
    assert ranks.to_dict() == {"batch": 128, "channel": 1, "height": 8, "width": 16}


def test_a_diverged_network_has_nan_values_and_its_sizes(model, images):
    with torch.no_grad():
        model.conv2.linear_map.weight[0, 0, 0, 0] = float("nan")
    spectrum = measure(model, images, input_scaling("standardize", images), [20], "cpu")
    broken = spectrum.groupby("layer")["singular_value"].agg(lambda values: values.isna().all())
    assert broken.to_dict() == {"input": False, "conv1": False, "conv2": True, "fc1": True, "fc2": True}
    assert spectrum["singular_value"].isna().sum() == 20 + 20 + 2 + 2 + 2 * 20 + 2 * 10


def test_an_attempt_that_was_stopped_is_continued(model, images, spectrum, tmp_path, monkeypatch):
    scaling = input_scaling("standardize", images)
    original, sizes = module.measure_batch, []

    def stopped(model, fed, modules):
        sizes.append(len(fed))
        if len(fed) == 300 and sizes.count(300) == 1:
            raise KeyboardInterrupt
        return original(model, fed, modules)

    monkeypatch.setattr(module, "measure_batch", stopped)
    with pytest.raises(KeyboardInterrupt):
        measure(model, images, scaling, FED, "cpu", partial=PartialSpectra(tmp_path / "partial", {"code": "a"}))
    again = measure(model, images, scaling, FED, "cpu", partial=PartialSpectra(tmp_path / "partial", {"code": "a"}))
    assert sizes == [20, 300, 300]
    pd.testing.assert_frame_equal(again, spectrum)
