"""The reference of the configuration in docs/, made from the schema: `python -m gengap.config.reference`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gengap.config.schema import schema
from gengap.runtime.files import write_text

REFERENCE_PATH = Path(__file__).parents[3] / "docs" / "configuration.md"

_SECTIONS = (
    "compute",
    "dataset",
    "options",
    "experiment",
    "spectra",
    "random_matrices",
    "audit",
    "minima",
    "table",
    "figure",
    "style",
    "report",
)

_HEAD = """# Configuration

Made from `workflow/gengap/config/config.schema.yaml` by `make docs`; edit that file, not this one.

{description} An unknown key is refused, with the nearest known one.
"""


def reference() -> str:
    """The reference as Markdown: one table for the top level and one for each kind of entry."""
    parts = [_HEAD.format(description=schema()["description"]), "## Top level\n", *_table(schema())]
    for name in _SECTIONS:
        entry = schema()["$defs"][name]
        parts += [f"\n## `{name}`\n", f"{entry['description']}\n", *_table(entry)]
    return "\n".join(parts) + "\n"


def _table(entry: Mapping[str, Any]) -> Iterator[str]:
    yield "| key | type | default | meaning |"
    yield "|---|---|---|---|"
    required = set(entry.get("required", []))
    for name, value in entry["properties"].items():
        description = value.get("description") or _definition(value).get("description", "")
        default = "*required*" if name in required else _default(value)
        yield f"| `{name}` | {_kind(value)} | {default} | {' '.join(description.split())} |"
    for name, value in entry["properties"].items():
        if "properties" in value:
            for inner, inner_value in value["properties"].items():
                yield f"| `{name}.{inner}` | {_kind(inner_value)} | *required* | {inner_value['description']} |"


def _definition(value: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = value.get("$ref")
    return schema()["$defs"][reference.removeprefix("#/$defs/")] if reference else {}


def _default(value: Mapping[str, Any]) -> str:
    merged = {**_definition(value), **value}
    if "default" not in merged:
        return ""
    default = merged["default"]
    return "" if default in ({}, []) else f"`{json.dumps(default, ensure_ascii=False)}`"


def _kind(value: Mapping[str, Any]) -> str:
    value = {**_definition(value), **value}
    if "enum" in value:
        return ", ".join(f"`{choice}`" for choice in value["enum"])
    if "anyOf" in value:
        return " or ".join(_kind(choice) for choice in value["anyOf"])
    kind = value.get("type", "mapping" if "properties" in value else "value")
    kinds = [kind] if isinstance(kind, str) else list(kind)
    names = {"object": "mapping", "array": "list", "string": "text", "null": "null"}
    text = " or ".join(names.get(kind, kind) for kind in kinds)
    if "items" in value:
        text += f" of {_kind(value['items'])}"
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    bounds = [f"{sign} {value[key]}" for key, sign in signs.items() if key in value]
    return f"{text} {', '.join(bounds)}".strip()


if __name__ == "__main__":
    write_text(REFERENCE_PATH, reference())
    print(f"Wrote {REFERENCE_PATH}")
