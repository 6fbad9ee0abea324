"""Single values of a configuration as they are meant, however they are written: numbers, truth values and paths."""

import datetime
import math
import os
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import yaml

from gengap.errors import UserError

# `1e-4` without a dot and `1.5e2` without a sign are text in YAML 1.1, the version that PyYAML and Snakemake read.
_WITH_EXPONENT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)e[+-]?\d+", re.IGNORECASE)
_WHOLE_NUMBER = re.compile(r"[+-]?\d+(e[+-]?\d+)?", re.IGNORECASE)
_VARIABLE = re.compile(r"\$(\w|\{)")


def as_meant(value: Any, kinds: Collection[str], place: str) -> Any:
    """A value in the type of its key, so that `60`, `60.0`, `6e1` and `"60"` are one and the same.

    A whole number is an `int` where the key wants one, and a `float` where decimals may stand; there is no negative
    zero. Text is read as YAML where text cannot be meant, since all that `--config` gives in lists and mappings is
    text. What cannot be meant stays as it is, for the schema to refuse.

    Args:
        value: as YAML or JSON gives it.
        kinds: what the schema allows, in its words: `integer`, `number`, `boolean`, `string`, `null`.
        place: of the value, for messages.

    Raises:
        UserError: a number is not finite.
    """
    meant = value
    if isinstance(value, str) and ("string" not in kinds or _WHOLE_NUMBER.fullmatch(value)):
        meant = _read(value)
    if meant is None or isinstance(meant, bool):
        return meant if ("null" if meant is None else "boolean") in kinds else value
    if not isinstance(meant, int | float) or not {"integer", "number"} & set(kinds):
        return value
    try:
        decimal = float(meant) + 0.0  # which makes -0.0 to 0.0
    except OverflowError:
        decimal = math.inf
    if not math.isfinite(decimal):
        raise UserError(f"`{place}` is {shown(value)}, but must be a finite number; correct it.")
    if "integer" not in kinds:
        return decimal
    return int(meant) if decimal.is_integer() else value


def as_path(value: str, place: str) -> str:
    """A path without `~`, and spelt in one way: no slash at its end, none doubled.

    Raises:
        UserError: it has a variable of the shell, names a user who is not known, or cannot be written as UTF-8.
    """
    expanded = os.path.expanduser(value)
    if expanded.startswith("~"):
        raise UserError(f"`{place}` is {shown(value)}, but there is no such user; write the folder out.")
    if _VARIABLE.search(expanded):
        written = os.path.expandvars(expanded)
        remedy = "write it out" + ("" if _VARIABLE.search(written) else f": {written}")
        raise UserError(f"`{place}` is {shown(value)}, but variables are not looked up in a configuration; {remedy}.")
    try:
        expanded.encode()
    except UnicodeEncodeError as error:
        raise UserError(f"`{place}` is {shown(value)}, which is not UTF-8; rename it and name it anew.") from error
    return str(Path(expanded)) if expanded else expanded


def check_name(name: Any, where: str) -> None:
    """Refuse a key that YAML does not read as text.

    Raises:
        UserError: it does not; the sentence names the remedy.
    """
    if not isinstance(name, str):
        kind = next((word for types, word in _NOT_TEXT.items() if isinstance(name, types)), "something else")
        example = {True: "yes", False: "no"}[name] if isinstance(name, bool) else name
        raise UserError(f"A name {where} is read as {kind}, {name}, and not as text; put it in quotes: '{example}'.")


def shown(value: Any) -> str:
    """A value for a sentence, cut where it is long."""
    text = str(value) if isinstance(value, datetime.date) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


_NOT_TEXT: dict[type, str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    datetime.date: "a date",
    type(None): "null",
}


def _read(text: str) -> Any:
    if _WITH_EXPONENT.fullmatch(text):
        return float(text)
    try:
        return yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):
        return text
