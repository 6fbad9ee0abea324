"""The closed schema of the configuration: checking, defaults and error sentences."""

import copy
import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from gengap.errors import UserError

SCHEMA_PATH = Path(__file__).with_name("config.schema.yaml")

# `1e-4` without a dot is text in YAML 1.1, the version that PyYAML and Snakemake read.
_EXPONENT_WITHOUT_DOT = re.compile(r"^[+-]?\d+e[+-]?\d+$", re.IGNORECASE)


@cache
def schema() -> dict[str, Any]:
    """The schema as a mapping; treat it as read-only."""
    content = yaml.safe_load(SCHEMA_PATH.read_text(encoding="utf-8"))
    content["$defs"]["grid"]["properties"] = {
        name: {"type": "array", "minItems": 1, "uniqueItems": True, "items": entry, "description": f"Values of {name}."}
        for name, entry in content["$defs"]["options"]["properties"].items()
    }
    return content


def validated(config: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the configuration with every default filled in and keys in alphabetical order.

    The order makes what Snakemake compares, parameters as text, independent of the order in a file.

    Options of recipes, variants, treatments and experiments keep only what was written: their
    defaults apply after composition (`gengap.config.plan`).

    Raises:
        UserError: one sentence on the first problem, naming its place and the remedy.
    """
    config = dict(_exponents_as_numbers(copy.deepcopy(dict(config))))
    validator = Draft202012Validator(schema())
    _read_text(config, list(validator.iter_errors(config)))
    errors = list(validator.iter_errors(config))
    if errors:
        # The outermost problem first: an unknown key says more than what is wrong below it.
        raise UserError(_sentence(min(errors, key=lambda error: (len(error.absolute_path), error.message))))
    return _sorted(_with_defaults(config, schema()))


def option_defaults() -> dict[str, Any]:
    """Default of every option of a training."""
    options = schema()["$defs"]["options"]["properties"]
    return {name: copy.deepcopy(entry["default"]) for name, entry in options.items()}


def with_decimals(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a training with 0 as 0.0 where decimals may stand: equal to a training, but not to Snakemake."""
    entries = schema()["$defs"]["options"]["properties"]
    decimal = {name for name, entry in entries.items() if entry.get("type") in ("number", ["number", "null"])}
    return {
        name: float(value) if name in decimal and isinstance(value, int) else value for name, value in options.items()
    }


def _exponents_as_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _exponents_as_numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_exponents_as_numbers(item) for item in value]
    if isinstance(value, str) and _EXPONENT_WITHOUT_DOT.match(value):
        return float(value)
    return value


def _read_text(config: dict[str, Any], errors: Iterable[ValidationError]) -> None:
    """Read as YAML, in place, what is text and must not be: all that `--config` gives in lists and mappings is text."""
    for error in errors:
        _read_text(config, error.context or ())
        if error.validator != "type" or not isinstance(error.instance, str):
            continue
        try:
            value = yaml.safe_load(error.instance)
        except yaml.YAMLError:
            continue
        kinds = [error.validator_value] if isinstance(error.validator_value, str) else error.validator_value
        if any(Draft202012Validator({}).is_type(value, kind) for kind in kinds if kind not in ("array", "object")):
            *place, last = error.absolute_path
            entry: Any = config
            for key in place:
                entry = entry[key]
            entry[last] = value


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _resolve(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if reference is None:
        return entry
    return {**schema()["$defs"][reference.removeprefix("#/$defs/")], **entry}


def _with_defaults(value: Any, entry: Mapping[str, Any]) -> Any:
    entry = _resolve(entry)
    if isinstance(value, dict):
        properties = entry.get("properties", {})
        if properties is schema()["$defs"]["options"]["properties"]:
            return value
        for name, sub in properties.items():
            sub = _resolve(sub)
            if name not in value and "default" in sub:
                value[name] = copy.deepcopy(sub["default"])
            if name in value:
                value[name] = _with_defaults(value[name], sub)
        others = entry.get("additionalProperties")
        if isinstance(others, Mapping):
            for name in value.keys() - properties.keys():
                value[name] = _with_defaults(value[name], others)
    elif isinstance(value, list) and "items" in entry:
        return [_with_defaults(item, entry["items"]) for item in value]
    return value


def _sentence(error: ValidationError) -> str:
    place = _place(error.absolute_path)
    where = f"in `{place}`" if place else "at the top level"
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema.get("properties", {}))
            unknown = next(str(key) for key in error.instance if key not in known)
            nearest = difflib.get_close_matches(unknown, known, n=1, cutoff=0.5)
            hint = f"did you mean `{nearest[0]}`?" if nearest else f"known are {_listed(known)}."
            return f"Unknown key `{unknown}` {where} of the configuration; {hint}"
        case "required":
            missing = next(key for key in error.validator_value if key not in error.instance)
            return f"The key `{missing}` is missing {where} of the configuration; add it."
        case "enum":
            nearest = difflib.get_close_matches(str(error.instance), map(str, error.validator_value), n=1)
            hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
            values = _listed(error.validator_value)
            return f"`{place}` is {_shown(error.instance)}, but must be one of {values}.{hint}"
        case "pattern" if error.schema.get("pattern") in _name_patterns():
            return (
                f"The name {_shown(error.instance)} {where} cannot be used: names become folders, so use at most"
                " 64 lower-case letters, digits and underscores, beginning with a letter or digit."
            )
        case "type":
            kind = error.validator_value
            kinds = " or ".join([kind] if isinstance(kind, str) else kind)
            return f"`{place}` is {_shown(error.instance)}, but must be of type {kinds}."
        case "minProperties":
            return f"`{place}` is empty, but needs at least {error.validator_value} entry."
        case "minItems":
            return f"`{place}` is an empty list, but needs at least {error.validator_value} entry."
        case "uniqueItems":
            twice = next(item for i, item in enumerate(error.instance) if item in error.instance[:i])
            return f"`{place}` names {_shown(twice)} twice; remove one of them."
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            relation = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
            bound = f"{relation[error.validator]} {error.validator_value}"
            return f"`{place}` is {_shown(error.instance)}, but must be {bound}."
        case "oneOf" | "anyOf":
            return f"`{place}` is {_shown(error.instance)}, which is none of its allowed forms: {_forms(error)}."
    return f"`{place}` of the configuration: {error.message}."


def _name_patterns() -> set[str]:
    return {schema()["$defs"][kind]["pattern"] for kind in ("name", "experiment_name")}


def _forms(error: ValidationError) -> str:
    forms = []
    for entry in error.validator_value:
        form = _resolve(entry)
        if "enum" in form:
            forms.append("one of " + _listed(form["enum"]))
        elif "required" in form:
            forms.append("with " + _listed(form["required"]))
        elif form.get("type") == "array":
            forms.append("a list of at least one entry")
        else:
            bounds = [f"{word} {form[key]}" for key, word in (("minimum", "≥"), ("maximum", "≤")) if key in form]
            kind = (
                "text of lower-case letters, digits and underscores" if "pattern" in form else form.get("type", "value")
            )
            forms.append(" ".join([kind, *bounds]))
    return ", or ".join(forms)


def _place(path: Any) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _listed(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)
