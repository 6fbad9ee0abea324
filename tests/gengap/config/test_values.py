"""However a value is written, it is one and the same or refused."""

import json
import math

import pytest
import yaml

from gengap.config.schema import validated
from gengap.config.values import as_meant, as_path
from gengap.errors import UserError


@pytest.mark.parametrize("kind", ["integer", "number"])
@pytest.mark.parametrize("written", [10, 10.0, "10", "1e1", "1E1", "10.0", "100e-1", "+1.E+1", "1_0"])
def test_a_number_is_the_same_however_it_is_written(written, kind):
    assert repr(as_meant(written, {kind, "null"}, "here")) == repr({"integer": int, "number": float}[kind](10))
    assert {repr(as_meant(zero, {"number"}, "here")) for zero in (0, -0.0, "0", "-0.0", "0e5")} == {"0.0"}


@pytest.mark.parametrize("written", [math.nan, math.inf, 10**400, ".nan", "-.inf", "1e999"])
def test_what_is_no_finite_number_is_refused(written):
    with pytest.raises(UserError, match="`here` is .*finite"):
        as_meant(written, {"integer"}, "here")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("integer", [10.5, "10.5", "1e-1", True, "yes", None, "null", "1 e", "2024-13-45", [], {}]),
        ("boolean", [0, 1, 1.0, "1", math.nan, "maybe", None]),
        ("string", ["2020", "1e2", "no"]),
    ],
)
def test_what_cannot_be_meant_and_text_that_may_be_meant_stay_as_they_are(kind, values):
    assert [as_meant(value, {kind}, "here") for value in values] == values


def test_what_stands_for_something_else_is_read():
    assert [as_meant(value, {"boolean"}, "here") for value in (True, "true", "yes", "on")] == [True] * 4
    assert as_meant("6", {"string", "integer"}, "here") == 6
    assert as_meant("null", {"number", "null"}, "here") is None


def test_every_number_and_path_of_the_schema_is_read_so(config):
    """In lists, in forms that exclude each other, behind references and below names that a user gives."""
    values = validated(
        config(
            seeds=["1e0"],
            measured="./out/",
            compute={"threads": "2.0"},
            spectra={"thresholds": ["1e-4"], "fed_batch_sizes": ["64"]},
            datasets={"mine": {"source": "npz", "path": "a//b"}},
            experiments={"one": {"grid": {"learning_rate_steps": [["0.5"]]}, "options": {"momentum": "9e-1"}}},
            tables=[{"number": "6", "experiment": "two", "baseline": {"experiment": "two", "batch_size": 16.0}}],
            random_matrices={"sizes": [["7", "5"]]},
        )
    )
    found = [values[key] for key in ("seeds", "measured", "compute", "spectra", "datasets")]
    assert (found[0], found[1], found[2]["threads"]) == ([1], "out", 2)
    assert (found[3]["thresholds"], found[3]["fed_batch_sizes"]) == ([1e-4], [64])
    assert found[4]["mine"]["path"] == "a/b"
    one = values["experiments"]["one"]
    assert (one["grid"]["learning_rate_steps"], one["options"]["momentum"]) == ([[0.5]], 0.9)
    assert values["tables"][0]["baseline"]["batch_size"] == 16
    assert values["random_matrices"]["sizes"] == [[7, 5]]


@pytest.mark.parametrize(
    ("written", "meant"),
    {
        "~/gg": "/home/me/gg",
        "~": "/home/me",
        "out/": "out",
        "./out//deep/.": "out/deep",
        "a/../out": "a/../out",
        "my results": "my results",
        "größe/猫": "größe/猫",
        "/scratch/gg/": "/scratch/gg",
        "": "",
    }.items(),
)
def test_a_path_is_the_same_however_it_is_written(written, meant, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    assert as_path(written, "here") == as_path(meant, "here") == meant


@pytest.mark.parametrize(
    ("written", "word"),
    [
        ("$SCRATCH/gg", "/scratch/me/gg"),
        ("${SCRATCH}/gg", "/scratch/me/gg"),
        ("$NOT_SET/gg", "write"),
        ("~nobody_of_this_name/gg", "user"),
        ("a\udce9", "UTF-8"),
    ],
)
def test_a_path_that_cannot_be_meant_is_refused(written, word, monkeypatch):
    monkeypatch.setenv("SCRATCH", "/scratch/me")
    with pytest.raises(UserError, match=f"`here` .*{word}") as caught:
        as_path(written, "here")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("key", ["results", "resources", "measured"])
@pytest.mark.parametrize("written", ["a{b}", "a<b>", "a`b", "a'b", 'a"b', "a\\b", "a$", "a\0b", "a\n", ""])
def test_what_breaks_the_patterns_of_files_is_refused_in_folders_of_results(key, written, config):
    with pytest.raises(UserError, match=f"`{key}`"):
        validated(config(**{key: written}))


NAMES = {"no": "'no'", "on": "'yes'", "1": "'1'", "1.5": "'1.5'", "2024-01-01": "'2024-01-01'"}


@pytest.mark.parametrize(("name", "remedy"), NAMES.items())
def test_a_name_that_yaml_does_not_read_as_text_is_to_be_put_in_quotes(name, remedy, config):
    given = config()
    given["datasets"] |= yaml.safe_load(f"{name}: {json.dumps(next(iter(given['datasets'].values())))}")
    with pytest.raises(UserError, match=f"`datasets`.*quotes.*{remedy}"):
        validated(given)


@pytest.mark.parametrize("label", [2020, False, 1.5])
def test_a_label_that_yaml_does_not_read_as_text_is_to_be_put_in_quotes(label, config):
    with pytest.raises(UserError, match=r"`datasets.digits.label` .*quotes"):
        validated(config(datasets={"digits": {"label": label}}))
