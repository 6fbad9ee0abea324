"""Reading configuration files the way Snakemake merges them, with YAML's silent traps made errors."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from gengap.errors import UserError


def load_config(paths: Iterable[str | Path]) -> dict[str, Any]:
    """Read YAML files and merge each into the one before: mappings key by key, the rest by replacement.

    Raises:
        UserError: a file is missing, is not YAML, is not a mapping, or holds one key twice.
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
    """One YAML file as a mapping; see `load_config` for the errors."""
    try:
        text = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"Cannot read the configuration {path}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"The configuration {path} is not UTF-8 text; save it as UTF-8.") from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        _refuse_duplicate_keys(node, path)
        content = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"{path}{line}: not valid YAML: {error.problem}.") from error
    except yaml.YAMLError as error:
        raise UserError(f"{path}: not valid YAML: {error}.") from error
    if not isinstance(content, dict):
        raise UserError(f"{path}: expected `key: value` entries at the top level.")
    return content


def _refuse_duplicate_keys(node: yaml.Node | None, path: str | Path) -> None:
    """YAML parsers keep the last of two equal keys without a word; a doubled experiment must not vanish."""
    if isinstance(node, yaml.MappingNode):
        seen: dict[str, int] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if key.value in seen:
                raise UserError(
                    f"{path}, line {line}: `{key.value}` already stands on line {seen[key.value]};"
                    " rename or remove one of the two."
                )
            seen[key.value] = line
            _refuse_duplicate_keys(value, path)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_duplicate_keys(item, path)
