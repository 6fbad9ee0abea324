"""Errors and cross-entropy are averages over every image, in evaluation mode."""

import copy

import numpy as np
import pytest
import torch
from scipy.special import logsumexp

from gengap.models.build import build_model
from gengap.training.evaluate import evaluate
from gengap.training.scaling import input_scaling


@pytest.fixture
def model(options):
    model = build_model("lenet5", (1, 16, 16), 4, options, seed=0)
    model(torch.rand(20, 1, 16, 16))  # statistics away from 0 and 1
    return model


@pytest.fixture
def split(make_dataset):
    dataset = make_dataset()
    scaling = input_scaling("standardize", dataset.train_images).to(torch.device("cpu"), torch.float32)
    return dataset.train_images, dataset.train_labels, scaling


@pytest.mark.parametrize("chunk_size", [1, 7, 150, 1000, None])
def test_matches_numpy_whatever_the_chunks(chunk_size, model, split):
    images, labels, scaling = split
    with torch.no_grad():
        logits = model.eval()(scaling(images)).double().numpy()
    cross_entropy = np.mean(logsumexp(logits, axis=1) - logits[np.arange(150), labels])
    error_percent = 100 * np.mean(logits.argmax(1) != labels.numpy())
    result = evaluate(model, images, labels, scaling, chunk_size=chunk_size)
    assert result == (pytest.approx(error_percent), pytest.approx(cross_entropy, rel=1e-6))


@pytest.mark.parametrize("training", [True, False])
def test_mode_and_running_statistics_stay_as_they_were_also_where_a_caller_stops_it(training, model, split):
    model.train(training)
    before = copy.deepcopy(model.state_dict())
    calls = []

    def stop():
        calls.append(None)
        if len(calls) == 3:
            raise SystemExit(143)

    with pytest.raises(SystemExit):
        evaluate(model, *split, chunk_size=10, before_chunk=stop)
    assert (len(calls), model.training) == (3, training)
    evaluate(model, *split)
    assert model.training == training
    torch.testing.assert_close(model.state_dict(), before, rtol=0, atol=0)
