import numpy as np
import pandas as pd
import pytest

from gengap.exhibits import sigma_min
from gengap.random_matrices.theory import gaussian_smallest


def test_gaussian_matrices_follow_the_law_of_the_edge_on_both_sides_of_the_width():
    table = sigma_min.gaussian(100, [20, 100, 400], repeats=60).set_index("fed_batch_size")
    for size in (20, 100, 400):
        mean, deviation = gaussian_smallest(max(100, size), min(100, size))
        assert table.loc[size, "sigma_min"] == pytest.approx(mean, abs=5 * deviation / np.sqrt(60) + 0.02 * mean)
    assert table["sigma_min"].idxmin() == 100
    assert table["predicted"].tolist() == pytest.approx([10 - np.sqrt(20), 0, 10])


def test_a_line_is_of_the_seeds_that_were_fed_the_most_batch_sizes():
    networks = pd.DataFrame({"seed": [0, 0, 1, 1, 1, 2, 2, 2], "fed_batch_size": [1, 2, 1, 2, 3, 1, 2, 3]})
    networks = networks.assign(experiment="a", trained_batch_size=pd.NA)
    assert sigma_min.most_fed(networks)["seed"].unique().tolist() == [1, 2]


def test_the_cases_in_which_the_smallest_training_batch_has_the_lowest_value_are_counted():
    rows = [("a", 16, 8, 1.0), ("a", 32, 8, 2.0), ("a", 16, 64, 3.0), ("a", 32, 64, 2.0), ("b", 16, 8, 1.0)]
    columns = ["experiment", "trained_batch_size", "fed_batch_size", "sigma_min"]
    networks = pd.DataFrame(rows, columns=columns).assign(seed=0, state="trained")
    assert sigma_min.lowest_at_smallest(networks) == (1, 2), "nothing is compared in b"


def test_an_experiment_fed_one_batch_only_or_diverged_has_no_panel(exhibit, monkeypatch):
    monkeypatch.setattr(sigma_min, "gaussian", lambda make=sigma_min.gaussian: make(20, [10, 20, 40], 3))
    rows = {"seed": 0, "state": "untrained", "trained_batch_size": None, "layer": "fc1", "width": 20, "scale": 1.0}
    networks = pd.DataFrame(
        [
            rows | {"experiment": name, "fed_batch_size": size, "sigma_min": smallest, "sigma_max": 9.0}
            for name, size, smallest in (("several", 10, 1), ("several", 40, 2), ("one", 10, 1), ("lost", 10, None), ("lost", 40, None))
        ]
    )  # fmt: skip
    panels = [{"experiment": name, "label": name, "network": name} for name in ("several", "one", "lost")]
    subject = {"panels": panels}
    figure = exhibit("sigma_min", subject, sigma_min=networks)
    assert sum(axes.get_visible() for axes in figure.drawing.axes) == 2
    assert figure.data["experiment"].value_counts().to_dict() == {"gaussian": 3, "several": 2, "lost": 2, "one": 1}
