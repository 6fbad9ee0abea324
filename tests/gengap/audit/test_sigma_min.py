"""The smallest singular value against batch size, against theory and against matrices of known law."""

import numpy as np
import pandas as pd
import pytest
from gengap.audit.panels import Panel

from gengap.audit import sigma_min
from gengap.random_matrices.theory import gaussian_smallest
from gengap.render.style import figure_style


def test_gaussian_matrices_follow_the_law_of_the_edge_on_both_sides_of_the_width():
    table = sigma_min.gaussian(100, [20, 100, 400], repeats=60).set_index("fed_batch_size")
    for size in (20, 100, 400):
        mean, deviation = gaussian_smallest(max(100, size), min(100, size))
        assert table.loc[size, "sigma_min"] == pytest.approx(mean, abs=5 * deviation / np.sqrt(60) + 0.02 * mean)
    assert table["sigma_min"].idxmin() == 100
    assert table["predicted"].tolist() == pytest.approx([10 - np.sqrt(20), 0, 10])


def spectrum(matrices, layer="fc1"):
    rows = []
    for matrix in matrices:
        values = np.linalg.svd(matrix, compute_uv=False)
        for mode, size in (("batch", matrix.shape[0]), ("channel", matrix.shape[1])):
            rows += [(matrix.shape[0], layer, 3, "linear", mode, size, len(values), len(values), v) for v in values]
    names = ["fed_batch_size", "layer", "layer_index", "kind", "mode", "mode_size", "thin_size", "rank_bound"]
    return pd.DataFrame(rows, columns=[*names, "singular_value"])


def test_the_prediction_of_a_layer_knows_its_scale_but_not_its_mean():
    generator = np.random.default_rng(0)
    matrices = [5.0 + 0.3 * generator.standard_normal((size, 80)) for size in (10, 300)]
    table = sigma_min.fully_connected(spectrum(matrices))
    assert table["width"].tolist() == [80, 80]
    assert table["scale"].to_numpy() == pytest.approx(0.3, rel=0.05)
    assert table["sigma_min"].to_numpy() == pytest.approx(table["predicted"].to_numpy(), rel=0.1)


def test_the_widest_layer_is_taken():
    generator = np.random.default_rng(0)
    wide, narrow = (spectrum([generator.standard_normal((20, width))], name) for width, name in ((50, "a"), (10, "b")))
    assert sigma_min.fully_connected(pd.concat([wide, narrow]))["layer"].tolist() == ["a"]


def test_a_line_is_of_the_seeds_that_were_fed_the_most_batch_sizes():
    network = pd.DataFrame({"seed": [0, 0, 1, 1, 1, 2, 2, 2], "fed_batch_size": [1, 2, 1, 2, 3, 1, 2, 3]})
    assert sigma_min.most_fed(network)["seed"].unique().tolist() == [1, 2]


def test_an_experiment_fed_one_batch_only_has_no_panel():
    generator = np.random.default_rng(0)
    frames = []
    for name, sizes in (("several", (10, 40)), ("one", (10,))):
        table = sigma_min.fully_connected(spectrum([generator.standard_normal((size, 20)) for size in sizes]))
        frames.append(table.assign(experiment=name, seed=0, state="trained", trained_batch_size=10))
    with figure_style({}) as look:
        panels = [Panel("several", "Several"), Panel("one", "One")]
        random = sigma_min.gaussian(20, [10, 20, 40], repeats=3)
        figure = sigma_min.figure(random, pd.concat(frames), panels, look)
    assert sum(axes.get_visible() for axes in figure.axes) == 2
