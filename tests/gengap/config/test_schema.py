"""The schema is closed, complete, and the source of the reference in docs/."""

from jsonschema import Draft202012Validator
from places import ROOT

from gengap.config import load_config
from gengap.config.reference import REFERENCE_PATH, reference
from gengap.config.schema import option_defaults, schema, validated


def parts(node, place=("config",)):
    """Every mapping in the schema with its place."""
    if isinstance(node, dict):
        yield place, node
        for key, value in node.items():
            yield from parts(value, (*place, key))
    elif isinstance(node, list):
        for item in node:
            yield from parts(item, place)


def entries():
    """Every mapping of the schema that describes an object with named keys."""
    conditions = {"if", "then"}
    return [
        (place, node) for place, node in parts(schema()) if "properties" in node and not conditions & {*place, *node}
    ]


def test_it_is_a_valid_schema_of_closed_objects():
    Draft202012Validator.check_schema(schema())
    found = entries()
    assert len(found) > 10
    assert [place for place, entry in found if entry.get("additionalProperties") is not False] == []


def test_every_key_is_described():
    silent = []
    for place, entry in entries():
        for key, value in entry["properties"].items():
            referred = schema()["$defs"].get(value.get("$ref", "").removeprefix("#/$defs/"), {})
            if not (value.get("description") or referred.get("description")):
                silent.append((*place, key))
    assert silent == []


def test_text_is_a_choice_a_name_a_path_or_a_line():
    """So that a new key of a folder or file is seen: one that is not marked would not be expanded."""
    told = {"enum", "pattern", "format", "$ref"}
    texts = {place[-1] for place, node in parts(schema()) if "string" in node.get("type", []) and not told & set(node)}
    assert texts == {"palette"}


def test_every_option_has_a_default_that_passes_the_schema():
    options = schema()["$defs"]["options"]["properties"]
    assert set(option_defaults()) == set(options)
    assert all({"type", "enum", "anyOf"} & set(entry) for entry in options.values())
    filled = validated(load_config([ROOT / "config.yaml"]))
    filled["recipes"]["cifar"] = option_defaults()
    assert validated(filled) == filled


def test_words_for_readers_are_one_line_of_what_can_be_written(config):
    words = {"title": "a\tb\n\x00 c\ud83d", "note": "  猫\u200d é \r\n"}
    assert validated(config(report=words))["report"] == {"title": "a b c", "note": "猫\u200d é"}


def test_the_reference_in_docs_is_up_to_date():
    assert REFERENCE_PATH.read_text(encoding="utf-8") == reference(), "docs/configuration.md is stale: run `make docs`"


RELEASED = {
    **{"activation": "relu", "normalization": "batch", "batch_norm_epsilon": 1e-5, "batch_norm_momentum": 0.1},
    **{"pooling": "max", "initialization": "he_normal", "width": 1, "units": None, "rank_limit": None},
    **{"dropout": True, "batch_norm_gain": "one", "augmentation_padding": 4, "augmentation_fill": 0},
    **{"augmentation": "none", "input_scaling": "standardize", "activation_noise": 0, "metrics": "evaluation"},
    **{"epochs": 60, "learning_rate": 0.1, "learning_rate_steps": [0.5, 0.75, 0.9], "learning_rate_factor": 0.1},
    **{"learning_rate_scaling": "none", "learning_rate_batch_size": None, "warm_up_epochs": 0},
    **{"momentum_reset": "never"},
    **{"gradient_clipping": None, "ghost_batch_size": None, "batch_size_steps": [], "batch_size_factor": 10},
    **{"optimizer": "sgd", "adam_beta2": 0.999, "adam_epsilon": 1e-8, "label_smoothing": 0, "gradient_noise_to": None},
    **{"momentum": 0.9, "weight_decay": 5e-4, "decay_convention": "half", "decayed_parameters": "all"},
    **{"equal_updates_to": None, "switch_epoch": None, "switch_batch_size": None},
    **{"switch_momentum": "keep", "switch_schedule": "continue"},
}


def test_released_defaults_stay():
    """Trainings are compared by the options that are not at their default: another default would pass unnoticed."""
    assert option_defaults() | RELEASED == option_defaults()
