"""The closed schema of the configuration: checking, defaults and error sentences."""

import copy
import difflib
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from gengap.config.values import as_meant, as_path, check_name, shown
from gengap.errors import UserError

SCHEMA_PATH = Path(__file__).with_name("config.schema.yaml")

_JSON_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}

# Keys of earlier versions, and what takes their place.
_REMOVED = {
    "side_by_side": "it was removed; trainings on one GPU overlap by NVIDIA's MPS instead, see docs/performance.md."
}

# Blanks, line ends, control characters and halves of characters: each run of them is one blank in words for readers.
_NO_TEXT = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")


@cache
def schema() -> dict[str, Any]:
    """The schema of a whole configuration as a mapping; treat it as read-only."""
    content = yaml.safe_load(SCHEMA_PATH.read_text(encoding="utf-8"))
    content["required"] = ["run", "datasets", "recipes", "experiments"]
    content["$defs"]["experiment"]["required"] = ["model", "dataset", "recipe", "batch_sizes"]
    content["$defs"]["grid"]["additionalProperties"] = False
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
    config = _as_meant(copy.deepcopy(dict(config)), schema())
    errors = list(Draft202012Validator(schema()).iter_errors(config))
    if errors:
        # The outermost problem first: an unknown key says more than what is wrong below it.
        raise UserError(_sentence(min(errors, key=lambda error: (len(error.absolute_path), error.message))))
    return dict(_sorted(config))


def option_defaults() -> dict[str, Any]:
    """Default of every option of a training."""
    options = schema()["$defs"]["options"]["properties"]
    return {name: _as_meant(copy.deepcopy(entry["default"]), entry) for name, entry in options.items()}


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _resolve(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = entry.get("$ref")
    if reference is None:
        return entry
    return {**schema()["$defs"][reference.removeprefix("#/$defs/")], **entry}


def _as_meant(value: Any, entry: Mapping[str, Any], path: tuple[str | int, ...] = ()) -> Any:
    """The value with defaults filled in, and every number and path in it as its entry means it."""
    forms = _forms(entry)
    if isinstance(value, dict):
        for name in value:
            check_name(name, _where(path))
        form = next((form for form in forms if form.keys() & {"properties", "additionalProperties"}), {})
        properties, others = form.get("properties", {}), form.get("additionalProperties") or {}
        if properties is not schema()["$defs"]["options"]["properties"]:
            defaults = {name: _resolve(sub) for name, sub in properties.items()}
            value = {name: copy.deepcopy(sub["default"]) for name, sub in defaults.items() if "default" in sub} | value
        return {name: _as_meant(item, properties.get(name, others), (*path, name)) for name, item in value.items()}
    if isinstance(value, list):
        items: Mapping[str, Any] = next((form["items"] for form in forms if "items" in form), {})
        return [_as_meant(item, items, (*path, i)) for i, item in enumerate(value)]
    if isinstance(value, str) and any(form.get("format") == "path" for form in forms):
        return as_path(value, _place(path))
    meant = as_meant(value, {kind for form in forms for kind in _kinds(form)}, _place(path))
    return _NO_TEXT.sub(" ", meant).strip() if entry.get("format") == "line" and isinstance(meant, str) else meant


def _forms(entry: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """An entry and all forms that it allows."""
    entry = _resolve(entry)
    return [entry, *(form for sub in entry.get("anyOf", ()) for form in _forms(sub))]


def _kinds(entry: Mapping[str, Any]) -> list[str]:
    kinds = entry.get("type", [_JSON_TYPES[type(choice)] for choice in entry.get("enum", ())])
    return [kinds] if isinstance(kinds, str) else kinds


def _sentence(error: ValidationError) -> str:
    place = _place(error.absolute_path)
    where = _where(error.absolute_path)
    match error.validator:
        case "additionalProperties":
            known = sorted(error.schema.get("properties", {}))
            unknown = next(str(key) for key in error.instance if key not in known)
            nearest = difflib.get_close_matches(unknown, known, n=1, cutoff=0.5)
            hint = f"did you mean `{nearest[0]}`?" if nearest else f"known are {_listed(known)}."
            hint = _REMOVED.get(unknown, hint)
            return f"Unknown key `{unknown}` {where} of the configuration; {hint}"
        case "required":
            missing = next(key for key in error.validator_value if key not in error.instance)
            return f"The key `{missing}` is missing {where} of the configuration; add it."
        case "enum":
            nearest = difflib.get_close_matches(str(error.instance), map(str, error.validator_value), n=1)
            hint = f" Did you mean `{nearest[0]}`?" if nearest else ""
            values = _listed(error.validator_value)
            return f"`{place}` is {shown(error.instance)}, but must be one of {values}.{hint}"
        case "pattern" if error.schema.get("pattern") in _name_patterns():
            return (
                f"The name {shown(error.instance)} {where} cannot be used: names become folders, so use at most"
                " 64 lower-case letters, digits and underscores, beginning with a letter or digit."
            )
        case "pattern" if error.schema.get("format") == "path":
            return (
                f"`{place}` is {shown(error.instance)}, which has characters that cannot stand there (line breaks; in a"
                " folder of results also braces, quotes, `<`, `>`, `$` and `\\`); name another one."
            )
        case "type":
            kind = error.validator_value
            kinds = [kind] if isinstance(kind, str) else kind
            remedy = "; put it in quotes" if "string" in kinds and not isinstance(error.instance, dict | list) else ""
            return f"`{place}` is {shown(error.instance)}, but must be of type {' or '.join(kinds)}{remedy}."
        case "minProperties":
            return f"`{place}` is empty, but needs at least {error.validator_value} entry."
        case "minItems":
            return f"`{place}` is an empty list, but needs at least {error.validator_value} entry."
        case "uniqueItems":
            twice = next(item for i, item in enumerate(error.instance) if item in error.instance[:i])
            return f"`{place}` names {shown(twice)} twice; remove one of them."
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            relation = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
            bound = f"{relation[error.validator]} {error.validator_value}"
            return f"`{place}` is {shown(error.instance)}, but must be {bound}."
        case "oneOf" | "anyOf":
            return f"`{place}` is {shown(error.instance)}, which is none of its allowed forms: {_allowed(error)}."
    return f"`{place}` of the configuration: {error.message}."


def _name_patterns() -> set[str]:
    return {schema()["$defs"][kind]["pattern"] for kind in ("name", "experiment_name")}


def _allowed(error: ValidationError) -> str:
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


def _where(path: Any) -> str:
    place = _place(path)
    return f"in `{place}`" if place else "at the top level"


def _place(path: Any) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _listed(values: Any) -> str:
    return ", ".join(f"`{value}`" for value in values)
