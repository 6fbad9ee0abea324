"""Which networks are measured, and which are fed again."""

from pathlib import Path

import pytest
import yaml

from gengap.config import plan
from gengap.config.measured import (
    linear_experiments,
    linear_runs,
    measured_experiments,
    minima_experiments,
    minima_runs,
    precision_experiments,
    precision_runs,
    summarized_experiments,
)
from gengap.errors import UserError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def paper():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_networks_of_the_paper_that_are_fed_again(paper):
    resolved = plan(paper)
    assert precision_runs(resolved, "lenet5_mnist") == [("lenet5_mnist", 128, 0), ("lenet5_mnist", 8192, 0)]
    assert linear_experiments(resolved) == ["lenet5_fashion_mnist_linear", "lenet5_mnist_linear"]
    assert [size for _, size, _ in linear_runs(resolved, "lenet5_mnist_linear")] == [128, 512, 1024, 2048, 4096, 8192]


def test_what_is_not_run_not_measured_or_too_large_to_feed_is_not_fed_again(paper):
    paper["spectra"]["largest_fed_batch_size"] = 1024
    assert [size for _, size, _ in linear_runs(plan(paper), "lenet5_mnist_linear")] == [128, 512, 1024]
    paper["run"] = ["lenet5_fashion_mnist"]
    assert (precision_experiments(plan(paper)), linear_experiments(plan(paper))) == ([], [])
    paper["figures"], paper["experiments"]["lenet5_fashion_mnist"]["spectra"] = [], False
    assert measured_experiments(plan(paper)) == []


def test_of_networks_measured_before_some_may_have_no_summaries(paper, tmp_path):
    assert summarized_experiments(plan(paper)) == measured_experiments(plan(paper))
    paper["measured"] = str(tmp_path)
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "lenet5_mnist_sigma_min.csv").touch()
    assert summarized_experiments(plan(paper)) == ["lenet5_mnist"]


@pytest.mark.parametrize("place", ["audit.forward_precision", "audit.untrained", "minima.experiments"])
def test_an_unknown_experiment_is_named(paper, place):
    section, key = place.split(".")
    paper.setdefault(section, {})[key] = ["lenet5_mnst"]
    with pytest.raises(UserError, match=f"`{place}` names `lenet5_mnst`.*did you mean `lenet5_mnist`"):
        plan(paper)


@pytest.mark.parametrize(("sizes", "expected"), [("ends", [128, 8192]), ("all", [128, 512, 1024, 2048, 4096, 8192])])
def test_minima_are_measured_of_every_seed_or_were_before(paper, tmp_path, sizes, expected):
    paper |= {"run": ["lenet5_mnist"], "seeds": [0, 3], "tables": [], "figures": []}
    paper["minima"] = {"experiments": ["lenet5_mnist", "vgg16_cifar10"], "batch_sizes": sizes}
    resolved = plan(paper)
    assert minima_experiments(resolved) == ["lenet5_mnist"]
    assert minima_runs(resolved, "lenet5_mnist") == [
        ("lenet5_mnist", size, seed) for seed in (0, 3) for size in expected
    ]


def test_untrained_networks_need_not_be_run_and_are_enough_alone(paper):
    paper["run"], paper["audit"]["untrained"] = ["lenet5_mnist"], ["vgg16_cifar10"]
    resolved = plan(paper)
    assert {run["experiment"] for run in resolved.runs} == {"lenet5_mnist"}
    assert resolved.datasets == ["cifar10", "mnist"]
    assert resolved.fed_batch_sizes("vgg16_cifar10") == [64, 128, 512, 1024, 2048]
    assert resolved.network("vgg16_cifar10", 0)["model"] == "vgg16"
    resolved = plan(paper | {"run": [], "random_matrices": {"laws": []}})
    assert (resolved.runs, list(resolved.untrained)) == ((), ["vgg16_cifar10"])


def test_of_what_is_run_and_measured_the_untrained_networks_are_measured_anyway(paper):
    paper["run"] = ["lenet5_mnist", "lenet5_fashion_mnist_switch"]
    paper["audit"]["untrained"] = ["lenet5_mnist", "lenet5_fashion_mnist_switch"]
    assert list(plan(paper).untrained) == ["lenet5_fashion_mnist_switch"]  # its `spectra` are switched off


@pytest.mark.parametrize("choice", ["all", "own", [512]])
def test_untrained_networks_too_must_be_left_a_batch(paper, choice):
    paper["run"], paper["audit"]["untrained"] = ["lenet5_fashion_mnist_switch"], ["lenet5_fashion_mnist_switch"]
    paper["spectra"] |= {"fed_batch_sizes": choice, "largest_fed_batch_size": 128}
    with pytest.raises(UserError, match="leaves a network of `lenet5_fashion_mnist_switch` no batch"):
        plan(paper)
    paper["spectra"]["largest_fed_batch_size"] = 4096
    assert plan(paper).fed_batch_sizes("lenet5_fashion_mnist_switch") == [
        *([] if choice in ("all", "own") else choice),
        4096,
    ]


def test_untrained_networks_are_not_named_after_their_training(paper):
    paper["experiments"]["lenet5_mnist"]["grid"] = {"learning_rate": [1, 2], "width": [0.5]}
    paper["run"], paper["tables"], paper["figures"] = ["lenet5_fashion_mnist"], [], []
    paper["audit"]["forward_precision"] = []
    paper["audit"]["untrained"] = ["lenet5_fashion_mnist_switch", "lenet5_mnist.2.0p5"]
    titles = [experiment.title for experiment in plan(paper).untrained.values()]
    assert titles == ["LeNet-5 on Fashion-MNIST", "LeNet-5 on MNIST (width: 0.5)"]


def test_a_combination_of_a_grid_may_be_named_and_a_whole_grid_may_not(paper):
    paper["experiments"]["lenet5_mnist"] |= {"grid": {"decayed_parameters": ["all", "weights"]}}
    paper["tables"] = paper["figures"] = []
    paper["run"] = ["lenet5_mnist"]
    paper["audit"]["forward_precision"] = ["lenet5_mnist.weights"]
    assert precision_experiments(plan(paper)) == ["lenet5_mnist.weights"]
    paper["audit"]["forward_precision"] = ["lenet5_mnist"]
    with pytest.raises(UserError, match="`audit.forward_precision` names `lenet5_mnist`, which is a grid; name one of"):
        plan(paper)
