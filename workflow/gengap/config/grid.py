"""One entry of `experiments` that stands for several: one for each treatment, or for each combination of options."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from gengap.errors import UserError

# Names become files and folders, and file systems allow 255 bytes.
LONGEST_NAME = 200


def expand(name: str, entry: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The experiments that an entry stands for, by name: itself, or one for each of its `treatments` or of its `grid`.

    One with a treatment is named `<name>.<treatment>`, since names of entries have no dot, a combination of a grid
    `<name>.<value>.<value>…`, in the alphabetical order of the options: `study.he_normal.0p1` for initialization
    he_normal and learning rate 0.1. Its values are its `setting`, which comes after its `options`.

    Raises:
        UserError: `treatments` stand beside `treatment` or `grid`, an option stands in `options` too, a grid is larger
            than it can be named, or names would be too long.
    """
    grid, place = entry.get("grid"), f"experiments.{name}"
    if "treatments" in entry:
        others = [key for key in ("treatment", "grid") if key in entry]
        if others:
            raise UserError(f"`{place}` has `treatments` and `{others[0]}`; remove one of them.")
        rest = {key: value for key, value in entry.items() if key != "treatments"}
        return {
            f"{name}.{treatment}": rest
            | {"treatment": treatment}
            | ({"label": f"{rest['label']}, {treatment}"} if "label" in rest else {})
            for treatment in entry["treatments"]
        }
    if grid is None:
        return {name: dict(entry)}
    options = entry.get("options", {})
    for option, values in grid.items():
        if option in options:
            raise UserError(f"`{place}` has `{option}` in its `options` and in its `grid`; remove one of them.")
        _refuse_equal_names(f"{place}.grid.{option}", values)
    expanded = {}
    for setting in settings(grid):
        member = ".".join([name, *map(value_name, setting.values())])
        if len(member) > LONGEST_NAME:
            raise UserError(
                f"`{place}.grid` gives names of more than {LONGEST_NAME} characters, such as {member[:60]}…;"
                " vary fewer options at once or shorten the experiment's name."
            )
        rest = {key: value for key, value in entry.items() if key != "grid"}
        expanded[member] = rest | {"setting": setting}
    return expanded


def check_grids(experiments: Mapping[str, Mapping[str, Any]]) -> None:
    """Make sure that what is said of a grid is said of one.

    Raises:
        UserError: `judged_against` or `held_out_for` without a grid, or `held_out_for` a grid that has not all of its
            settings, has no table to be judged against or is held out itself.
    """
    for name, entry in experiments.items():
        for key in ("judged_against", "held_out_for"):
            if key in entry and "grid" not in entry:
                raise UserError(f"`experiments.{name}` has `{key}`, but no `grid` whose settings it concerns; add one.")
        if "held_out_for" in entry:
            other = entry["held_out_for"]
            if not all("judged_against" in experiments.get(each, {}) for each in (name, other)):
                raise UserError(
                    f"`experiments.{name}` is held out for `{other}`; give both of them a table in `judged_against`."
                )
            if "held_out_for" in experiments[other]:
                raise UserError(
                    f"`experiments.{name}` is held out for `{other}`, which is held out itself and so chooses nothing;"
                    " name a grid without `held_out_for`."
                )
            if not _has_settings(experiments[other]["grid"], entry["grid"]):
                raise UserError(
                    f"`experiments.{name}` is held out for `{other}`, whose `grid` lacks some of its settings; give"
                    f" both the same options, and `{other}` all values."
                )


def settings(grid: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Any]]:
    """All combinations of a grid; the last option in alphabetical order varies fastest."""
    names = sorted(grid)
    for values in itertools.product(*(grid[name] for name in names)):
        yield dict(zip(names, values, strict=True))


def value_name(value: Any) -> str:
    """An option's value as part of a name: `he_normal`, `60`, `0p0005` for 0.0005, `0p5_0p75` for a list, `none`."""
    if value is None or value == []:
        return "none"
    if isinstance(value, list):
        return "_".join(map(value_name, value))
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f").removesuffix(".0").replace(".", "p")
    return str(value)


def _has_settings(grid: Mapping[str, Sequence[Any]], other: Mapping[str, Sequence[Any]]) -> bool:
    """Whether all settings of `other` are settings of `grid`."""
    return set(grid) == set(other) and all(value in grid[name] for name in other for value in other[name])


def _refuse_equal_names(place: str, values: Sequence[Any]) -> None:
    seen: dict[str, Any] = {}
    for value in values:
        name = value_name(value)
        if name in seen:
            raise UserError(
                f"`{place}` has {seen[name]!r} and {value!r}, which would share the name `{name}`; remove one."
            )
        seen[name] = value
