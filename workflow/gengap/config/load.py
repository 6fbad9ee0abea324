"""Reading configuration files the way Snakemake merges them, with YAML's silent traps made errors."""

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from gengap.errors import UserError


def load_config(paths: Iterable[str | Path]) -> dict[str, Any]:
    """Read YAML or JSON files and merge each into the one before: mappings key by key, the rest by replacement.

    Raises:
        UserError: a file is missing, is neither YAML nor JSON, is not a mapping, holds one key twice, or a number that
            YAML reads in base 8 or 60.
    """
    config: dict[str, Any] = {}
    for path in paths:
        config = merge(config, read_yaml(path))
    return config


def merge(base: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """The rule of Snakemake's `--configfile`: recursive for mappings, replacement for everything else."""
    merged = dict(base)
    for key, value in update.items():
        old = merged.get(key)
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged


def read_yaml(path: str | Path) -> dict[str, Any]:
    """One YAML file, or one of JSON as Snakemake takes it too, as a mapping; see `load_config` for the errors."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"Cannot read the configuration {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"The configuration {path} is not UTF-8 text; save it as UTF-8.") from error
    try:
        json.loads(text)
    except ValueError:
        pass
    else:
        # YAML, of which JSON is a part, but for its tabs: in valid JSON they stand between values alone.
        text = text.replace("\t", " ")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        _refuse_traps(node, path)
        content = loader.construct_document(node) if node else None
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{line}: not valid YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {error}.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected `key: value` entries at the top level.")
    return content


# `010` is eight and `1:30` ninety in YAML 1.1, the version that PyYAML and Snakemake read.
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_BASE_8_OR_60 = re.compile(r"[+-]?(0[0-7_]+|[\d_.]+(:[\d_.]+)+)")


def _refuse_traps(node: yaml.Node | None, path: str | Path) -> None:
    """Refuse what YAML reads without a word as something else: of equal keys the last, numbers in base 8 or 60."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                line = key.start_mark.line + 1
                if key.value in seen:
                    remedy = (
                        "write one of all: `<<: [*one, *two]`"
                        if key.value == "<<"
                        else "rename or remove one of the two"
                    )
                    raise UserError(
                        f"{path}, line {line}: `{key.value}` already stands on line {seen[key.value]}; {remedy}."
                    )
                seen[key.value] = line
            _refuse_traps(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_traps(item, path)
    elif isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and _BASE_8_OR_60.fullmatch(node.value):
        raise UserError(
            f"{path}, line {node.start_mark.line + 1}: YAML reads `{node.value}` as {yaml.safe_load(node.value)};"
            " write the number without zeros in front and without colons."
        )
