"""Which experiments are remedies of which, and where they change anything."""

import pytest

from gengap.config import plan
from gengap.config.remedies import effective, remedy_groups
from gengap.config.schema import option_defaults
from gengap.config.subjects import lone_experiments

ENTRY = {"model": "f1", "dataset": "digits", "recipe": "short"}
TREATMENTS = {
    "warm_up": {"warm_up_epochs": 0.5},
    "linear": {"learning_rate_scaling": "linear", "learning_rate_batch_size": 32},
    "linear_warm_up": {"learning_rate_scaling": "linear", "learning_rate_batch_size": 32, "warm_up_epochs": 0.5},
    "ghosts": {"ghost_batch_size": 64},
    "rate": {"learning_rate": 0.4},
}


def resolved(**treated):
    experiments = {"f1": ENTRY | {"batch_sizes": [32, 64, 512]}}
    experiments |= {f"f1_{name}": ENTRY | {"treatment": name} | entry for name, entry in treated.items()}
    return plan(
        {
            "run": list(experiments),
            "datasets": {"digits": {"source": "digits", "image_size": 8, "channels": 1}},
            "recipes": {"short": {"epochs": 3}},
            "treatments": TREATMENTS,
            "experiments": experiments,
            "seeds": [0, 1],
        }
    )


def test_a_group_has_what_differs_from_it_in_the_treatment_alone():
    found = resolved(
        warm_up={"batch_sizes": [32, 512]},
        linear={"batch_sizes": [512]},
        linear_warm_up={"batch_sizes": [512]},
        ghosts={"batch_sizes": [32, 512], "seeds": [1]},
        rate={"batch_sizes": [32], "options": {"weight_decay": 0.0}},
    )
    (group,) = remedy_groups(found)
    assert (group["experiment"], group["small"], group["large"]) == ("f1", 32, 512)
    assert [
        (*one["experiments"].values(), one["seeds"], one["same"], one["borrowed"]) for one in group["remedies"]
    ] == [
        ("f1_warm_up", "f1_warm_up", [0, 1], [], []),
        ("f1", "f1_linear", [0, 1], ["small"], ["small"]),
        ("f1_warm_up", "f1_linear_warm_up", [0, 1], [], ["small"]),
        ("f1", "f1_ghosts", [1], ["small"], ["small"]),
    ]
    assert lone_experiments(found) == ["f1", "f1_rate"]
    assert found.experiments["f1_warm_up"].title == "F1 on digits (warm up epochs: 0.5)"


def test_where_no_remedy_is_run_at_both_ends_there_is_nothing_to_compare():
    assert remedy_groups(resolved(linear={"batch_sizes": [512]})) == []


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
