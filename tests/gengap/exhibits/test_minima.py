"""Table and figures of minima, from hand-made measurements whose order is known."""

import numpy as np
import pandas as pd
import pytest
from samples import counts_of_experiment

from gengap.analysis.explanations import near_rank, ordered, sharpness_by_space
from gengap.exhibits.minima import LABELS

NETWORKS = [(seed, size) for seed in (0, 1) for size in (128, 1024, 8192)]
SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5 on MNIST"}], "networks": {"lenet5": "F1"}}
SUBJECT |= {"epsilon": 1e-3, "images": 1000, "threshold": 1e-4}


def sharpness(normalized=True):
    """Two starts and two subspaces; the larger of two starts is 10·size in evaluation mode, and so on."""
    spaces = [("full", "running", 10)] + ([("full", "batch", 1), ("rescaled", "batch", -1)] if normalized else [])
    rows = []
    for seed, size in NETWORKS:
        common = {"experiment": "lenet5", "seed": seed, "trained_batch_size": size}
        for epsilon in (1e-3, 5e-4):
            for space, statistics, factor in spaces:
                named = {"space": space, "batch_norm_statistics": statistics if normalized else "none"}
                for start, part in enumerate((0.5, 1)):
                    value = part * (factor * size if factor > 0 else 1e4 - size) * (epsilon / 1e-3) ** 2
                    rows.append(common | named | {"epsilon": epsilon, "start": start, "sharpness": value})
            named = {"space": "subspace", "batch_norm_statistics": "batch" if normalized else "none"}
            rows += [common | named | {"epsilon": epsilon, "start": k, "sharpness": size + k} for k in (0, 1)]
    return pd.DataFrame(rows)


def curvature():
    return pd.DataFrame(
        {"experiment": "lenet5", "seed": seed, "trained_batch_size": size, "space": space}
        | {"eigenvalue_1": scale * size, "trace": 5 * scale * size, "gradient_norm": 0.01}
        for seed, size in NETWORKS
        for space, scale in (("full", 1), ("rescaled", 2))
    )


def interpolation():
    return pd.DataFrame(
        {"experiment": "lenet5", "seed": seed, "alpha": alpha, "batch_norm_statistics": name}
        | {f"{part}_cross_entropy": 0.1 + alpha**2 for part in ("train", "test")}
        | {f"{part}_error_percent": 1 + abs(alpha) for part in ("train", "test")}
        for seed in (0, 1)
        for alpha in np.linspace(-1, 2, 7)
        for name in ("interpolated", "recalibrated")
    )


@pytest.fixture
def errors(stages):
    """Test errors that rise with the batch size."""
    for seed, size in NETWORKS:
        stages.metrics(size, seed, experiment="lenet5", test_error_percent=1 + np.log2(size) + seed / 10)


def test_a_row_for_each_property_and_how_it_orders_the_test_errors(errors, exhibit):
    unlike = counts_of_experiment("of no panel", sizes=(64,))
    table = exhibit("minima", SUBJECT, sharpness=sharpness(), curvature=curvature(), counts=unlike)
    rows = {property_: cells for _, property_, *cells in table.rows}
    assert rows["Test error (%)"] == ["128 → 8192", "8.05", "14.1", ""]
    assert rows["Sharpness, evaluation mode"] == ["128 → 8192", "1280", "81920", "+1.00"]
    assert rows["Sharpness, batch statistics"][1:] == ["128", "8192", "+1.00"]
    assert rows["Sharpness, rescaled"][1:] == ["9872", "1808", "−1.00"]
    assert rows["Sharpness, random subspaces"][1:] == ["128", "8192", "+1.00"]
    assert rows["Trace, rescaled"][1:] == ["1280", "81920", "+1.00"]
    assert rows["Norm of the gradient"][3] == "+0.00"
    assert "Near-rank loss" not in rows
    assert len(table.data) == len(table.rows)


def test_the_largest_start_counts_and_the_mean_of_subspaces():
    found = sharpness_by_space(sharpness(normalized=False))
    assert found.loc[("lenet5", 0, 1024, 1e-3)].to_dict() == {"sharpness_running": 10240, "sharpness_subspace": 1024.5}


def ranks(experiment, sizes):
    """Counts, layers and smallest singular values, of which the latter two tell the size of the fed batch."""
    counts = counts_of_experiment(experiment, sizes=sizes, seeds=(0, 1), lost=3)
    layers = counts.drop_duplicates(["seed", "state", "trained_batch_size", "fed_batch_size"])
    layers = layers.assign(mode="batch", kind="linear", effective_rank=layers["fed_batch_size"] / 2)
    return counts, layers, layers.assign(sigma_min=layers["fed_batch_size"] / 100.0)


def test_each_experiment_has_its_name_and_networks_fed_a_batch_of_its_own(exhibit, stages):
    sizes = {"lenet5": (128, 1024), "f1": (128, 512), "of no panel": (64,)}
    labels = {"lenet5": "LeNet-5 on MNIST", "f1": "F1 on MNIST"}
    for name in labels:
        for size in sizes[name]:
            stages.metrics(size, experiment=name, test_error_percent=1.0)
    measured = zip(*(ranks(name, of) for name, of in sizes.items()), strict=True)
    files = dict(zip(("counts", "layers", "sigma_min"), map(pd.concat, measured), strict=True))
    panels = [{"experiment": name, "label": label} for name, label in labels.items()]
    table = exhibit("minima", SUBJECT | {"panels": panels}, sharpness=sharpness(), curvature=curvature(), **files)
    assert [row[0] for row in table.rows if row[0]] == list(labels.values())
    ends = table.data[table.data["property"] == "effective_rank"].set_index("experiment")["at_largest"]
    assert ends.to_dict() == {"lenet5": 512, "f1": 256}


def test_near_rank_loss_is_that_of_trained_networks_fed_one_batch():
    found = near_rank(*ranks("lenet5", (128, 1024)), 1e-4).droplevel("experiment")
    assert found["near_rank_loss"].to_dict() == {(0, 128): 3, (0, 1024): 12, (1, 128): 4, (1, 1024): 16}
    assert set(found["effective_rank"]) == {512}
    assert set(found["sigma_min"]) == {10.24}


def test_a_property_that_falls_with_the_error_is_ordered_as_said_where_it_should():
    index = pd.MultiIndex.from_product([[0], [1, 2, 3]], names=["seed", "trained_batch_size"])
    frame = pd.DataFrame({"test_error_percent": [1, 2, 3], "sigma_min": [9, 8, 7], "trace": [1, 3, np.nan]}, index)
    found = ordered(frame, LABELS).set_index("property")
    assert found["kendall"].to_dict() == {"test_error_percent": 1, "trace": 1, "sigma_min": 1}
    assert found.loc["trace", ["smallest", "largest"]].tolist() == [1, 2]


@pytest.mark.parametrize(("module", "numbers"), [("sharpness", [4 * 2]), ("interpolation", [4 + 2, 4 + 2])])
def test_figures_draw_what_was_measured(exhibit, assert_all_text_on_page, module, numbers):
    figure = exhibit(module, SUBJECT, sharpness=sharpness(), interpolation=interpolation())
    assert [len(axes.lines) for axes in figure.drawing.axes] == numbers
    assert_all_text_on_page(figure.drawing)


def test_measured_beside_the_printed_tables_of_keskar(errors, exhibit):
    table = exhibit("keskar_tables", SUBJECT, sharpness=sharpness())
    rows = {tuple(cells[1:4]): cells[4:] for cells in table.rows}
    full = [(cell.text, cell.below) for cell in rows["3", "Sharpness, full space", "10⁻³"]]
    assert full == [("128", "1.23"), ("8192", "205.1"), ("64", "166.8")]
    assert [cell.text for cell in rows["3", "Sharpness, full space", "5·10⁻⁴"]] == ["32", "2048", "64"]
    assert rows["2", "Test accuracy (%)", ""][0].text == "91.95"
    assert len(rows) == 6
