"""Which experiments are remedies of which, and where they change anything."""

import pytest

from gengap.config.remedies import effective, remedy_groups
from gengap.config.schema import option_defaults
from gengap.config.subjects import lone_experiments

SCALED = {"learning_rate_scaling": "linear", "learning_rate_batch_size": 16}
TREATMENTS = {
    "warm_up": {"warm_up_epochs": 0.5},
    "linear": SCALED,
    "linear_warm_up": SCALED | {"warm_up_epochs": 0.5},
    "ghosts": {"ghost_batch_size": 64},
    "rate": {"learning_rate": 0.4},
}


@pytest.fixture
def treated(planned):
    """A plan of a network with and without treatments."""
    entry = {"model": "f1", "dataset": "digits", "recipe": "short"}

    def resolved(**changes):
        experiments = {"plain": entry | {"batch_sizes": [16, 64, 512]}}
        experiments |= {name: entry | {"treatment": name} | changed for name, changed in changes.items()}
        return planned(run=list(experiments), treatments=TREATMENTS, experiments=experiments, seeds=[0, 1])

    return resolved


def test_a_group_has_what_differs_from_it_in_the_treatment_alone(treated):
    found = treated(
        warm_up={"batch_sizes": [16, 512]},
        linear={"batch_sizes": [512]},
        linear_warm_up={"batch_sizes": [512]},
        ghosts={"batch_sizes": [16, 512], "seeds": [1]},
        rate={"batch_sizes": [16], "options": {"weight_decay": 0.0}},
    )
    (group,) = remedy_groups(found)
    assert (group["experiment"], group["small"], group["large"]) == ("plain", 16, 512)
    remedies = [(*one["experiments"].values(), one["seeds"], one["same"], one["borrowed"]) for one in group["remedies"]]
    assert remedies == [
        ("warm_up", "warm_up", [0, 1], [], []),
        ("plain", "linear", [0, 1], ["small"], ["small"]),
        ("warm_up", "linear_warm_up", [0, 1], [], ["small"]),
        ("plain", "ghosts", [1], ["small"], ["small"]),
    ]
    assert lone_experiments(found) == ["plain", "rate"]


def test_where_no_remedy_is_run_at_both_ends_there_is_nothing_to_compare(treated):
    assert remedy_groups(treated(linear={"batch_sizes": [512]})) == []


@pytest.mark.parametrize(
    ("changed", "idle_at"),
    [
        ({"ghost_batch_size": 128}, {128}),
        ({"ghost_batch_size": 32}, set()),
        ({"learning_rate_scaling": "linear", "learning_rate_batch_size": 128}, {128}),
        ({"equal_updates_to": 4096}, {4096}),
        ({"switch_batch_size": 128, "switch_epoch": 0.5}, {128}),
        ({"gradient_noise_to": 128}, {128}),
        ({"warm_up_epochs": 5}, set()),
    ],
)
def test_options_that_change_nothing_at_a_batch_size(changed, idle_at):
    defaults = option_defaults()
    assert {size for size in (128, 4096) if effective(defaults | changed, size) == defaults} == idle_at
