"""Proposition 3: where its premises hold it does, and where a rank is missing it need not."""

import pytest
import torch

from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.remeasure.perturbation import _changes, _pseudo_inverse, evaluate
from gengap.training.scaling import input_scaling


def random(*shape):
    return torch.randn(*shape, dtype=torch.float64, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(("rows", "columns", "rank"), [(30, 8, 8), (8, 30, 8), (20, 20, 5), (12, 30, 4)])
def test_the_pseudo_inverse_of_tall_wide_and_deficient_matrices(rows, columns, rank):
    matrix = random(rows, rank) @ random(rank, columns)
    values, inverse = _pseudo_inverse(matrix)
    assert torch.allclose(inverse, torch.linalg.pinv(matrix, rtol=1e-12), atol=1e-10)
    assert torch.allclose(values, torch.linalg.svdvals(matrix), atol=1e-10)


def test_square_invertible_activations_meet_both_premises_and_the_bound():
    activations, theta = random(30, 30) + 10 * torch.eye(30, dtype=torch.float64), random(30, 30)
    for row in _changes(activations, theta, [1e-9, 1e-5]):
        assert row["full_row_rank"]
        assert row["full_column_rank"]
        assert row["holds"]
        assert row["measured"] == pytest.approx(row["first_order"], rel=1e-2)
        assert row["tighter_bound"] == pytest.approx(row["relative_change"] * row["sigma_max"] / row["sigma_min"])


def test_the_sum_of_the_inverse_singular_values_of_a_known_matrix():
    activations = torch.diag(torch.tensor([4.0, 2.0, 1.0], dtype=torch.float64))
    (row,) = _changes(activations, torch.eye(3, dtype=torch.float64), [1e-6])
    assert row["bound"] == pytest.approx(4e-6 * (1 / 4 + 1 / 2 + 1))


def test_activations_that_lack_a_rank_can_break_the_bound():
    # The change fills the missing rank with tiny singular values, which the sum over the nonzero ones does not know.
    activations = random(20, 5) @ random(5, 20)
    (row,) = _changes(activations, random(10, 20), [1e-6])
    assert (row["rank"], row["full_row_rank"], row["full_column_rank"]) == (5, False, False)
    assert row["first_order"] <= row["bound"]
    assert not row["holds"]


@pytest.fixture
def network(model_options):
    """A function that builds a narrow network, linear unless it is given another activation."""
    return lambda activation="identity", **changes: build_model(
        "lenet5", (1, 16, 16), 10, model_options(width=0.2, activation=activation, **changes), seed=0
    )


@pytest.fixture
def images():
    return torch.randint(0, 256, (64, 1, 16, 16), generator=torch.Generator().manual_seed(0), dtype=torch.uint8)


def test_every_fully_connected_layer_of_a_linear_network_is_evaluated(images, network):
    model = network()
    model(images.float())  # statistics away from 0 and 1
    table = evaluate(model, images, input_scaling("standardize", images), 6, torch.device("cpu"))
    layers = table.drop_duplicates("layer")[["layer", "width", "rank"]]
    assert layers.to_numpy().tolist() == [["fc1", 10, 6], ["fc2", 100, 6]]
    assert table["full_column_rank"].all()
    assert not table["full_row_rank"].any()


def test_a_limited_rank_is_part_of_the_linear_map(images, network):
    table = evaluate(network(rank_limit=4), images, input_scaling("standardize", images), 6, torch.device("cpu"))
    assert dict(zip(table["layer"], table["rank"], strict=True)) == {"fc1": 6, "fc2": 4}


def test_a_network_that_is_not_linear_is_refused_and_one_that_diverged_gives_no_rows(images, network):
    model = network()
    torch.nn.init.constant_(model.fc1.linear_map.weight, torch.nan)
    assert evaluate(model, images, input_scaling("unit", images), 6, torch.device("cpu")).empty
    with pytest.raises(UserError, match="is about linear networks"):
        evaluate(network("relu"), images, input_scaling("unit", images), 6, torch.device("cpu"))
