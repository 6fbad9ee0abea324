"""Which table of the paper an experiment is one of: by its network and data set, and by how it is trained."""

from collections.abc import Mapping
from typing import Any

from gengap.config.experiment import Experiment
from gengap.config.schema import option_defaults

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


# Section 5.2, by the family of the data set. All other options are as the schema's defaults have them, …
_WEIGHT_DECAY = {"CIFAR": 1e-4, "MNIST": 5e-4}
# … but for those of which the paper says nothing (of the learning rate's steps, only where they lead) and the epochs:
# tables tell beside the print that they are fewer.
_OPEN = {
    "epochs",
    "learning_rate_steps",
    "learning_rate_factor",
    "decay_convention",
    "decayed_parameters",
    "augmentation",
    "input_scaling",
    "batch_norm_momentum",
    "batch_norm_epsilon",
    "pooling",
    "initialization",
    "metrics",
    "switch_epoch",
    "switch_momentum",
    "switch_schedule",
}


def fault_of_law(number: str, law: str) -> str:
    """Why a table of random matrices is not the paper's of this number, in words; empty where it is."""
    return "" if LAWS.get(number) == law else _there(number)


def fault_of_experiment(number: str, experiment: Experiment, datasets: Mapping[str, Mapping[str, Any]]) -> str:
    """Why a table is not the paper's of this number, in words; empty where it is.

    Args:
        number: as text, `5` or a name of the user's own.
        experiment: the table's.
        datasets: the configuration's, validated.
    """
    dataset = datasets[experiment.dataset]
    official = dataset.get("name") if dataset["source"] == "torchvision" else None
    if _EXPERIMENTS.get(number, ())[:2] != (experiment.model, official):
        return _there(number)
    _, family, normalization, activation, switched = _EXPERIMENTS[number]
    stated = option_defaults() | {
        "weight_decay": next(decay for name, decay in _WEIGHT_DECAY.items() if name in family),
        "normalization": normalization,
        "activation": activation,
        "switch_batch_size": switched,
    }
    for option in sorted(stated.keys() - _OPEN):
        if experiment.options[option] != stated[option]:
            return f"whose `{option}` is {experiment.options[option]} where the paper has {stated[option]}"
    return ""


def _there(number: str) -> str:
    if number in LAWS:
        return f"and the paper has there random matrices of the law `{LAWS[number]}`"
    if number not in _EXPERIMENTS:
        return "and the paper has no such table"
    model, dataset, normalization, activation, switched = _EXPERIMENTS[number]
    parts = [
        "without batch norm" if normalization == "none" else "",
        "without activation" if activation == "identity" else "",
        f"switched to batch size {switched}" if switched else "",
    ]
    return " ".join([f"and the paper has there `{model}` on {dataset}", *filter(None, parts)])
