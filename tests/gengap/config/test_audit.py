"""What the audit is made from."""

from pathlib import Path

import pytest
import yaml
from gengap.config.audit import ORDER, audit_items, linear_runs, precision_experiments, precision_runs

from gengap.config import plan
from gengap.errors import UserError

ROOT = Path(__file__).parents[3]


@pytest.fixture
def paper():
    return yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))


def test_the_paper_has_the_whole_audit(paper):
    resolved = plan(paper)
    assert audit_items(resolved) == [name for name in ORDER if name not in ("untrained", "widths")]
    assert precision_runs(resolved, "lenet5_mnist") == [("lenet5_mnist", 128, 0), ("lenet5_mnist", 8192, 0)]
    assert [size for _, size, _ in linear_runs(resolved, "lenet5_mnist_linear")] == [128, 512, 1024, 2048, 4096, 8192]


def test_items_without_anything_to_show_are_left_out(paper):
    paper["run"] = ["lenet5_fashion_mnist"]
    assert "proposition_3" not in audit_items(plan(paper))
    assert "forward_precision" not in audit_items(plan(paper))
    paper["experiments"]["lenet5_fashion_mnist"]["spectra"] = False
    paper["figures"] = []
    assert audit_items(plan(paper)) == ["claims"]
    paper["tables"] = []
    assert audit_items(plan(paper)) == []


def test_proposition_3_is_not_evaluated_on_batches_that_are_too_large_to_feed(paper):
    paper["spectra"]["largest_fed_batch_size"] = 1024
    assert [size for _, size, _ in linear_runs(plan(paper), "lenet5_mnist_linear")] == [128, 512, 1024]


@pytest.mark.parametrize("key", ["forward_precision", "untrained"])
def test_an_unknown_experiment_is_named(paper, key):
    paper["audit"][key] = ["lenet5_mnst"]
    with pytest.raises(UserError, match=f"`audit.{key}` names `lenet5_mnst`.*did you mean `lenet5_mnist`"):
        plan(paper)


def test_untrained_networks_need_not_be_run(paper):
    paper["run"] = ["lenet5_mnist"]
    paper["audit"]["untrained"] = ["vgg16_cifar10"]
    resolved = plan(paper)
    assert {run["experiment"] for run in resolved.runs} == {"lenet5_mnist"}
    assert resolved.datasets == ["cifar10", "mnist"]
    assert resolved.fed_batch_sizes("vgg16_cifar10") == [64, 128, 512, 1024, 2048]
    assert resolved.network("vgg16_cifar10", 0)["model"] == "vgg16"
    assert "untrained" in audit_items(resolved)


def test_of_what_is_run_and_measured_the_untrained_networks_are_measured_anyway(paper):
    paper["run"] = ["lenet5_mnist", "lenet5_fashion_mnist_switch"]
    paper["audit"]["untrained"] = ["lenet5_mnist", "lenet5_fashion_mnist_switch"]
    assert list(plan(paper).untrained) == ["lenet5_fashion_mnist_switch"]  # its `spectra` are switched off


def test_untrained_networks_alone_are_enough(paper):
    paper["run"], paper["random_matrices"] = [], {"laws": []}
    paper["audit"]["untrained"] = ["resnet56_cifar10"]
    resolved = plan(paper)
    assert (resolved.runs, audit_items(resolved)) == ((), ["untrained"])


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
