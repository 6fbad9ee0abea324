"""However a value is written, it is one and the same or refused: every number, truth value and path of the schema."""

import copy
import itertools
import json
import math

import pytest
import yaml

from gengap.config.schema import schema, validated
from gengap.errors import UserError

ENTRY = {"model": "lenet5", "dataset": "mine", "recipe": "short", "batch_sizes": [16]}
# An entry of every kind: a key that is not here is added to the mapping or list that is.
LISTS = ("learning_rate_steps", "learning_rate_factor", "batch_size_steps")
EVERYTHING = {
    "run": ["one"],
    "datasets": {"mine": {"source": "npz", "path": "mine.npz"}},
    "recipes": {"short": {"epochs": 3}},
    "experiments": {"one": {**ENTRY, "grid": {"epochs": [3], **{key: [[0.5]] for key in LISTS}}}},
    "tables": [{"number": 1, "experiment": "one", "baseline": {"experiment": "one", "batch_size": 16}}],
    "figures": [{"number": 1, "experiments": ["one"]}],
    "random_matrices": {"sizes": [[7, 5]], "control_sizes": [[9, 5]]},
}


def leaves(entry, example, place=()):
    """Place and schema of everything below an entry that is no mapping and no list."""
    if "$ref" in entry:
        entry = {**schema()["$defs"][entry["$ref"].removeprefix("#/$defs/")], **entry}
    for form in entry.get("anyOf", []):
        yield from leaves(form, example, place)
    for key, value in entry.get("properties", {}).items():
        yield from leaves(value, example.get(key, {}) if isinstance(example, dict) else {}, (*place, key))
    if isinstance(entry.get("additionalProperties"), dict):
        for key, value in example.items():
            yield from leaves(entry["additionalProperties"], value, (*place, key))
    if "items" in entry:
        yield from leaves(entry["items"], example[0] if isinstance(example, list) and example else {}, (*place, 0))
    if "type" in entry or "enum" in entry:
        yield place, entry


def kinds_of(entry):
    kinds = entry.get("type", [])
    choices = {"integer" for choice in entry.get("enum", []) if isinstance(choice, int)}
    return {kinds} if isinstance(kinds, str) else {*kinds, *choices}


LEAVES = [
    pytest.param(place, entry, id=".".join(map(str, place)))
    for place, entry in leaves(schema(), EVERYTHING)
    if kinds_of(entry) & {"integer", "number", "boolean"} or entry.get("format") == "path"
]
NUMBERS = [leaf for leaf in LEAVES if kinds_of(leaf.values[1]) & {"integer", "number"}]
TRUTHS = [leaf for leaf in LEAVES if "boolean" in kinds_of(leaf.values[1])]
PATHS = [leaf for leaf in LEAVES if leaf.values[1].get("format") == "path"]


def with_value(place, value):
    """The configuration of everything with a value at a place."""
    config = copy.deepcopy(EVERYTHING)
    inner = config
    for key, following in itertools.pairwise(place):
        inner = inner[key] if isinstance(inner, list) else inner.setdefault(key, [] if following == 0 else {})
    if isinstance(inner, list):
        inner[place[-1] :] = [value, *inner[place[-1] + 1 :]]
    else:
        inner[place[-1]] = value
    return config


def read(place, value):
    """The value at a place after validation."""
    value = validated(with_value(place, value))
    for key in place:
        value = value[key]
    return value


def an_allowed_number(entry):
    """A whole number within the bounds if there is one, else a fraction."""
    if "enum" in entry:
        return entry["enum"][0]
    for value in (10, 30, 1, 0.5):
        inside = entry.get("minimum", 0) <= value <= entry.get("maximum", math.inf)
        if inside and entry.get("exclusiveMinimum", -1) < value < entry.get("exclusiveMaximum", math.inf):
            return value
    raise AssertionError(f"no number for {entry}")


def test_the_walk_sees_the_keys_that_there_are():
    found = {".".join(map(str, leaf.values[0])) for leaf in LEAVES}
    expected = {"seeds.0", "compute.threads", "compute.cuda_graphs", "datasets.mine.channels", "datasets.mine.path"}
    expected |= {"recipes.short.epochs", "experiments.one.options.switch_batch_size", "torchvision_root", "measured"}
    expected |= {"experiments.one.grid.learning_rate_steps.0.0", "spectra.fed_batch_sizes.0", "tables.0.number"}
    assert found >= expected | {"random_matrices.control_sizes.0.0", "tables.0.baseline.batch_size"}


@pytest.mark.parametrize(("place", "entry"), NUMBERS)
def test_a_number_is_the_same_however_it_is_written(place, entry):
    number = an_allowed_number(entry)
    kind = int if "integer" in kinds_of(entry) else float
    written = [number, float(number), str(number)]
    if number == 10:
        written += ["1e1", "1E1"]
    if place[-1] != "number":  # which may be a name, too
        written += [str(float(number)), f"{number * 10}e-1", f"{number / 10}e1", f"+{number / 10}E+1", f"{number:_}"]
    assert [repr(read(place, value)) for value in written] == [repr(kind(number))] * len(written)


@pytest.mark.parametrize(("place", "entry"), NUMBERS)
def test_zero_has_no_sign(place, entry):
    if "enum" not in entry and entry.get("minimum", 1) <= 0 and "exclusiveMinimum" not in entry:
        kind = int if "integer" in kinds_of(entry) else float
        assert {repr(read(place, value)) for value in (0, 0.0, -0.0, "0", "-0.0", "0e5")} == {repr(kind(0))}


NOT_NUMBERS = [math.nan, math.inf, -math.inf, 10**400, ".nan", "-.inf", "1e999", True, False, "1 e", [], {}]
FRACTIONS = [10.5, "10.5", "1e-1"]


@pytest.mark.parametrize(("place", "entry"), NUMBERS)
def test_what_is_no_finite_number_and_a_part_of_a_whole_one_is_refused(place, entry):
    for value in NOT_NUMBERS + (FRACTIONS if "integer" in kinds_of(entry) else []):
        with pytest.raises(UserError) as caught:
            read(place, value)
        assert next(key for key in reversed(place) if isinstance(key, str)) in str(caught.value), value


@pytest.mark.parametrize(("place", "entry"), TRUTHS)
def test_only_a_truth_value_is_one(place, entry):
    assert [read(place, value) for value in (True, "true", "yes", "on")] == [True] * 4
    for value in (0, 1, 1.0, "1", math.nan, "maybe", None):
        with pytest.raises(UserError, match=place[-1]):
            read(place, value)


SPELLINGS = {
    "~/gg": "/home/me/gg",
    "~": "/home/me",
    "out": "out",
    "out/": "out",
    "./out//deep/.": "out/deep",
    "a/../out": "a/../out",
    "my results": "my results",
    "größe/猫": "größe/猫",
    "/scratch/gg/": "/scratch/gg",
}


@pytest.mark.parametrize(("written", "meant"), SPELLINGS.items())
@pytest.mark.parametrize(("place", "entry"), PATHS)
def test_a_path_is_the_same_however_it_is_written(place, entry, written, meant, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert read(place, written) == meant
    assert read(place, meant) == meant


# A path, and a word of the remedy or of what is wrong.
BAD_PATHS = {
    "$SCRATCH/gg": "/scratch/me/gg",
    "${SCRATCH}/gg": "/scratch/me/gg",
    "$NOT_SET/gg": "write it out",
    "~nobody_of_this_name/gg": "no such user",
    "a\udce9": "UTF-8",
    "a\0b": "line breaks",
    "a\n": "line breaks",
    "": "non-empty|cannot stand",
}


@pytest.mark.parametrize(("written", "word"), BAD_PATHS.items(), ids=map(repr, BAD_PATHS))
@pytest.mark.parametrize(("place", "entry"), PATHS)
def test_a_path_that_cannot_be_meant_is_refused(place, entry, written, word, monkeypatch):
    monkeypatch.setenv("SCRATCH", "/scratch/me")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(UserError, match=word) as caught:
        read(place, written)
    assert place[-1] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["results", "resources", "measured"])
@pytest.mark.parametrize("written", ["a{b}", "a<b>", "a`b", "a'b", 'a"b', "a\\b", "a$"])
def test_what_breaks_the_patterns_of_files_is_refused_in_folders_that_are_written(key, written):
    with pytest.raises(UserError, match=f"`{key}` is .*name another"):
        read((key,), written)
    assert read(("datasets", "mine", "path"), written) == written


# What stands in a file as a name, and words of the answer.
NAMES = {"no": "'no'", "on": "'yes'", "1": "'1'", "1.5": "'1.5'", "2024-01-01": "'2024-01-01'", "null": "null"}


@pytest.mark.parametrize(("name", "remedy"), NAMES.items())
@pytest.mark.parametrize("group", ["datasets", "recipes", "experiments"])
def test_a_name_that_yaml_does_not_read_as_text_is_to_be_put_in_quotes(group, name, remedy):
    config = copy.deepcopy(EVERYTHING)
    config[group] |= yaml.safe_load(f"{name}: {json.dumps(EVERYTHING[group][next(iter(EVERYTHING[group]))])}")
    with pytest.raises(UserError, match="in quotes") as caught:
        validated(config)
    assert f"`{group}`" in str(caught.value)
    assert remedy in str(caught.value)


@pytest.mark.parametrize("label", ["2020", "1e2", "no", "2024-01-01"])
def test_text_that_looks_like_something_else_stays_text_and_without_quotes_is_told_so(label):
    place = ("datasets", "mine", "label")
    assert read(place, label) == label
    value = yaml.safe_load(label)
    if value != label:
        with pytest.raises(UserError, match=r"`datasets.mine.label` .*quotes"):
            read(place, value)


def test_text_is_a_choice_a_name_a_path_or_free():
    """By hand, so that a new key of a folder or file is seen: one that is not marked would not be expanded."""
    free = {
        ".".join(map(str, place))
        for place, entry in leaves(schema(), EVERYTHING)
        if "string" in kinds_of(entry)
        and not {"enum", "pattern"} & set(entry)
        and entry.get("format") in (None, "line")
    }
    expected = {
        "datasets.mine.label",
        "datasets.mine.note",
        "tables.0.title",
        "figures.0.title",
        "experiments.one.label",
    }
    assert free == expected | {"style.palette", "report.title", "report.note"}
