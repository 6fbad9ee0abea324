"""One experiment of a plan, its options composed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from gengap.config.schema import option_defaults

MODEL_LABELS = {
    **{"lenet5": "LeNet-5", "vgg16": "VGG-16", "resnet44": "ResNet-44", "resnet56": "ResNet-56"},
    **{"f1": "F1", "c1": "C1", "c2": "C2"},
}

# Units of the widest hidden fully connected layer, which `units` sets and `rank_limit` limits, and of a network
# without one the channels of the last convolution, which `rank_limit` limits.
HIDDEN_UNITS = {"lenet5": 500, "vgg16": 512, "f1": 512, "c1": 384, "c2": 512}
LAST_CHANNELS = {"resnet44": 64, "resnet56": 64}

# Options that define the network and its input, and nothing about how it was trained: what a
# spectrum depends on besides the weights.
NETWORK_OPTIONS = (
    "normalization",
    "batch_norm_momentum",
    "batch_norm_epsilon",
    "batch_norm_gain",
    "activation",
    "pooling",
    "initialization",
    "width",
    "units",
    "rank_limit",
    "input_scaling",
)
# Options that a title has in words of their own.
_IN_WORDS = ("rank_limit", "units", "activation_noise")
_TREATED_IN_WORDS = ("equal_updates_to", "switch_batch_size", "switch_epoch", "switch_momentum", "switch_schedule")


@dataclass(frozen=True)
class Experiment:
    """One experiment, its options composed."""

    name: str
    model: str
    dataset: str
    dataset_label: str
    batch_sizes: tuple[int, ...]
    seeds: tuple[int, ...]
    options: Mapping[str, Any]
    spectra: bool
    # How readers are to know it; empty where its options tell.
    label: str = ""
    # Those of `options` that are this experiment's alone, not of its recipe, variant or treatment.
    own_options: Mapping[str, Any] = field(default_factory=dict)
    # The name of its treatment, and what the options that the treatment changes are without it.
    treatment: str | None = None
    untreated: Mapping[str, Any] = field(default_factory=dict)
    # Of a combination of a grid: the grid's name, the combination, and whether it only repeats what the experiment has
    # without its grid.
    grid: str | None = None
    setting: Mapping[str, Any] = field(default_factory=dict)
    is_default_setting: bool = False

    def before_training(self) -> "Experiment":
        """The same without what concerns its training alone, as readers are to know it; its spectra are measured."""
        return replace(
            self,
            spectra=True,
            options=option_defaults() | {name: self.options[name] for name in NETWORK_OPTIONS},
            untreated={},
            own_options={name: value for name, value in self.own_options.items() if name in NETWORK_OPTIONS},
            setting={name: value for name, value in self.setting.items() if name in NETWORK_OPTIONS},
        )

    def row_label(self, batch_size: int) -> str:
        """How a table names the row: the batch size, or `4096->128` where it is switched or grows."""
        switched, factor = self.options["switch_batch_size"], self.options["batch_size_factor"]
        sizes = [batch_size] if switched is None else [batch_size, switched]
        sizes += [batch_size * factor**step for step in range(1, len(self.options["batch_size_steps"]) + 1)]
        return "->".join(map(str, sizes))

    @property
    def model_label(self) -> str:
        """The network's name for readers."""
        return MODEL_LABELS.get(self.model, self.model)

    @property
    def network(self) -> str:
        """The network in words, whatever its width, its data and how it is trained."""
        kind = "" if self.options["activation"] == "relu" else "Linear "
        norm = "" if self.options["normalization"] == "batch" else " without batch normalization"
        return f"{kind}{self.model_label}{norm}"

    @property
    def title(self) -> str:
        """Its label, or in words its width and what else it changes; then a grid's setting if that changes anything."""
        switched, equal = self.options["switch_batch_size"], self.options["equal_updates_to"]
        treated = f", switched to batch size {switched}" if switched else ""
        rank, units, noise = (self.options[name] for name in _IN_WORDS)
        treated += f", {units} units" if units else ""
        treated += f", rank limited to {rank}" if rank else ""
        treated += f", noise {noise:g}" if noise else ""
        treated += f", with as many updates as batch size {equal}" if equal else ""
        changed = {name: self.options[name] for name in sorted(self.untreated) if name not in _TREATED_IN_WORDS}
        own = {} if self.label else {**changed, **self.own_options}
        chosen = {**own, **({} if self.is_default_setting else self.setting)}
        setting = ", ".join(
            f"{option.replace('_', ' ')}: {f'{value:g}' if isinstance(value, float) else value}"
            for option, value in chosen.items()
            if option not in _IN_WORDS
        )
        width = self.options["width"]
        wide = "" if width == 1 or "width" in chosen else f" of {width:g} × the width"
        network = self.network.replace(self.model_label, self.model_label + wide, 1)
        words = self.label or f"{network} on {self.dataset_label}{treated}"
        return words + (f" ({setting})" if setting else "")
