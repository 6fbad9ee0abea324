"""Rows of published and new trainings, united."""

import math

import pytest
from gengap.published.contents import Contents
from gengap.published.runs import _other, joined_rows, united_rows


def row(label, *runs):
    return {"label": label, "runs": [list(run) for run in runs]}


def alike(one, other):
    """The options of made-up experiments are the first letter of their names."""
    return one[0][0] == other[0][0]


def test_rows_unite_seeds_of_the_same_options_and_count_a_training_once():
    new = [row("128", ("a2", 128, 1)), row("512", ("a2", 512, 1))]
    old = [row("128", ("a1", 128, 0), ("a1", 128, 1), ("b", 128, 2)), row("64", ("b", 64, 0))]
    assert united_rows(new, old, alike) == [
        row("64", ("b", 64, 0)),
        row("128", ("a1", 128, 0), ("a2", 128, 1)),
        row("512", ("a2", 512, 1)),
    ]


def test_rows_join_only_if_none_is_lost():
    new, old = [row("512", ("a", 512, 1)), row("128", ("a", 128, 1))], [row("128", ("a", 128, 0))]
    assert joined_rows(new, old, alike) == [row("512", ("a", 512, 1)), row("128", ("a", 128, 0), ("a", 128, 1))]
    assert joined_rows(new[:1], old, alike) is None


@pytest.mark.parametrize(
    ("old", "new", "other"),
    [
        (0.1, 0.1 + 1e-16, False),
        (0.1, 0.1000001, True),
        (math.nan, None, False),
        (0.1, None, True),
        (math.nan, 0.1, True),
    ],
)
def test_a_training_is_another_one_where_its_numbers_differ(old, new, other):
    """A diverged one has none."""
    assert _other(old, new) is other


def test_a_group_of_widths_goes_with_the_experiment_that_names_it():
    members = [{"experiment": name} for name in ("quarter", "half", "one")]
    contents = Contents(widths={"one": {"members": members}})
    contents.forget("half")
    assert [member["experiment"] for member in contents.widths["one"]["members"]] == ["quarter", "one"]
    contents.widths["one"]["members"] = members
    contents.forget("one")
    assert contents.widths == {}
