"""Which table of the paper an experiment is one of, by its network, its data set and its variant."""

from collections.abc import Mapping
from typing import Any

from gengap.config.experiment import Experiment

LAWS = {"a1": "gaussian", "a2": "uniform", "a3": "lognormal"}

# Network, data set as torchvision calls it, normalization, activation, and the batch size that is switched to.
_EXPERIMENTS = {
    "1": ("vgg16", "CIFAR10", "batch", "relu", None),
    "2": ("vgg16", "CIFAR100", "batch", "relu", None),
    "3": ("resnet56", "CIFAR10", "batch", "relu", None),
    "4": ("resnet56", "CIFAR100", "batch", "relu", None),
    "5": ("lenet5", "FashionMNIST", "batch", "relu", None),
    "6": ("lenet5", "MNIST", "batch", "relu", None),
    "7": ("lenet5", "FashionMNIST", "none", "relu", None),
    "8": ("lenet5", "MNIST", "none", "relu", None),
    "9": ("lenet5", "FashionMNIST", "batch", "identity", None),
    "10": ("lenet5", "MNIST", "batch", "identity", None),
    "11": ("lenet5", "FashionMNIST", "batch", "relu", 128),
}


def is_of_the_paper(number: str, experiment: Experiment, datasets: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether the paper's table of this number is of this network, data set and variant.

    Training options may differ: how far the paper's table is then met is what is compared.

    Args:
        number: as text, `5` or a name of the user's own.
        experiment: the table's.
        datasets: the configuration's, validated.
    """
    dataset, options = datasets[experiment.dataset], experiment.options
    official = dataset.get("name") if dataset["source"] == "torchvision" else None
    kind = (options["normalization"], options["activation"], options["switch_batch_size"])
    same_layers = options["width"] == 1 and options["units"] is None and options["rank_limit"] is None
    return same_layers and _EXPERIMENTS.get(number) == (experiment.model, official, *kind)


def described(number: str) -> str:
    """What the paper's table of this number is of, in words; empty where there is none."""
    if number in LAWS:
        return f"random matrices of the law `{LAWS[number]}`"
    if number not in _EXPERIMENTS:
        return ""
    model, dataset, normalization, activation, switched = _EXPERIMENTS[number]
    parts = [
        "without batch norm" if normalization == "none" else "",
        "without activation" if activation == "identity" else "",
        f"switched to batch size {switched}" if switched else "",
    ]
    return " ".join([f"`{model}` on {dataset}", *filter(None, parts)])
