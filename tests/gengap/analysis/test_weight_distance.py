"""The law of a walk is found: of exact curves, of walks that are drawn, of a trajectory whose rate falls."""

import math

import numpy as np
import pandas as pd
import pytest

from gengap.analysis.weight_distance import LAWS, constant_phase, diffusion_table, distance_fits

UPDATES = np.unique(np.round(np.geomspace(8, 20_000, 40)))


@pytest.mark.parametrize(
    ("distances", "law", "shape", "value"),
    [
        (2 + 3 * np.log(UPDATES), "logarithm", "slope", 3),
        (0.5 * UPDATES**0.3, "power", "exponent", 0.3),
        (4 * np.sqrt(1 - np.exp(-2 * 1e-3 * UPDATES)), "saturation", "rate", 1e-3),
    ],
)
def test_an_exact_curve_gives_its_numbers(distances, law, shape, value):
    fits = distance_fits(UPDATES, distances)
    assert fits[shape] == pytest.approx(value, rel=1e-6)
    assert fits[f"{law}_weight"] > 0.999
    assert sum(fits[f"{one}_weight"] for one in LAWS) == pytest.approx(1)


@pytest.mark.parametrize("pull", [0.0, 0.002])
def test_a_walk_that_is_drawn(pull):
    """In 5000 dimensions; pulled back it stays at a distance, which a logarithm fits better than a power law."""
    random, place, distances = np.random.default_rng(0), np.zeros(5000), []
    for _ in range(3000):
        place = (1 - pull) * place + random.standard_normal(5000)
        distances.append(np.linalg.norm(place))
    updates = np.arange(100, 3001, 100)
    fits = distance_fits(updates, np.array(distances)[updates - 1])
    if pull:
        assert fits["saturation_weight"] > 0.999
        assert fits["rate"] == pytest.approx(pull, rel=0.05)
        assert fits["logarithm_weight"] > fits["power_weight"]
    else:
        assert fits["exponent"] == pytest.approx(0.5, abs=0.03)
        assert fits["rate"] < 2e-5


def test_the_phase_is_that_of_the_largest_rate_and_of_one_batch_size():
    rates, sizes = [0.2, 0.05, 0.1, 0.1, 0.1, 0.1, 0.01, 0.1], [8] * 5 + [80] * 3
    trajectory = pd.DataFrame({"updates": [4, 8, 11, 16, 23, 32, 45, 64], "learning_rate": rates, "batch_size": sizes})
    trajectory["weight_distance"] = 1.0
    assert constant_phase(trajectory)["updates"].to_list() == [11, 16, 23]
    line = diffusion_table(trajectory.assign(title="One", experiment="one", trained_at=8, seed=0)).iloc[0]
    assert (line["points"], math.isnan(line["slope"])) == (3, True)
