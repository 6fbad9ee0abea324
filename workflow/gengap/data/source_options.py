"""The options of a data source: the required ones, the others with their defaults, and no more."""

import difflib
from collections.abc import Collection, Mapping
from typing import Any

from gengap.errors import UserError


def complete(
    source: str, options: Mapping[str, Any], required: Collection[str] = (), **defaults: Any
) -> dict[str, Any]:
    """Return the options of a data set's entry with defaults filled in.

    Args:
        source: the data source's name, for messages.
        options: what the entry gives.
        required: names that must be given.
        defaults: the other names that may be given, with their values.

    Raises:
        UserError: an option is missing or unknown; the sentence names it and what was possible.
    """
    known = [*required, *defaults]
    for key in options:
        if key not in known:
            raise UserError(f"The data source `{source}` has no option `{key}`; {expected(key, known)}.")
    for key in required:
        if key not in options:
            raise UserError(f"The data source `{source}` needs the option `{key}` in the data set's entry.")
    return {**defaults, **options}


def expected(word: object, known: Collection[str]) -> str:
    """What to write instead of an unknown word: the nearest known one, or all where none is near."""
    near = difflib.get_close_matches(str(word), known, n=1)
    if near:
        return f"the nearest valid one is `{near[0]}`"
    return f"valid are {', '.join(f'`{key}`' for key in known)}"
