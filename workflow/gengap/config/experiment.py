"""One experiment of a plan, its options composed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

MODEL_LABELS = {"lenet5": "LeNet-5", "vgg16": "VGG-16", "resnet56": "ResNet-56"}

# Options that define the network and its input, and nothing about how it was trained: what a
# spectrum depends on besides the weights.
NETWORK_OPTIONS = (
    "normalization",
    "batch_norm_momentum",
    "batch_norm_epsilon",
    "activation",
    "pooling",
    "initialization",
    "width",
    "input_scaling",
)


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
    # Those of `options` that are this experiment's alone, not of its recipe, variant or treatment.
    own_options: Mapping[str, Any] = field(default_factory=dict)
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
            options={**self.options, "switch_batch_size": None, "switch_epoch": None, "equal_updates_to": None},
            own_options={name: value for name, value in self.own_options.items() if name in NETWORK_OPTIONS},
            setting={name: value for name, value in self.setting.items() if name in NETWORK_OPTIONS},
        )

    def row_label(self, batch_size: int) -> str:
        """How a table names the row: the batch size, or `4096->128` where it is switched."""
        switched = self.options["switch_batch_size"]
        return str(batch_size) if switched is None else f"{batch_size}->{switched}"

    @property
    def model_label(self) -> str:
        """The network's name for readers."""
        return MODEL_LABELS.get(self.model, self.model)

    @property
    def title(self) -> str:
        """What is shown, in words: its width, the options of its own, and those of a grid if they change anything."""
        kind = "" if self.options["activation"] == "relu" else "Linear "
        norm = "" if self.options["normalization"] == "batch" else " without batch normalization"
        switched, equal = self.options["switch_batch_size"], self.options["equal_updates_to"]
        treated = f", switched to batch size {switched}" if switched else ""
        treated += f", with as many updates as batch size {equal}" if equal else ""
        chosen = {**self.own_options, **({} if self.is_default_setting else self.setting)}
        setting = ", ".join(f"{option.replace('_', ' ')}: {value}" for option, value in chosen.items())
        width = self.options["width"]
        norm = norm if width == 1 or "width" in chosen else f" of {width:g} × the width{norm}"
        return f"{kind}{self.model_label}{norm} on {self.dataset_label}{treated}" + (f" ({setting})" if setting else "")
