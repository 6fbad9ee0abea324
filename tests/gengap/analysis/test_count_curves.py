import pytest

from gengap.analysis import count_curves
from gengap.analysis.count_curves import read_counts, select
from gengap.errors import UserError

SIZES = (64, 128, 512)


@pytest.fixture
def counts(stages):
    """Three seeds that lose 2, 3 and 4 units per doubling beyond 64; seed 1 diverged at 512."""
    path = stages.counts("vgg16_cifar10", sizes=SIZES, seeds=(0, 1, 2), lost=2, diverged=[(512, 1)])
    return select(read_counts([path]), "vgg16_cifar10", 1e-4)


def test_only_the_absolute_threshold_and_the_experiment_are_selected(stages):
    counts = read_counts([stages.counts("a", sizes=SIZES), stages.counts("b", sizes=SIZES)])
    chosen = select(counts, "b", 1e-5)
    columns = ["experiment", "threshold_kind", "threshold"]
    assert chosen[columns].drop_duplicates().to_numpy().tolist() == [["b", "absolute", 1e-5]]
    with pytest.raises(UserError, match=r"`a` at the threshold 0\.01"):
        select(counts, "a", 0.01)


def test_a_file_without_a_column_is_named(stages):
    path = stages.path("counts.csv")
    path.write_text("experiment,seed,trained_batch_size\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"counts\.csv lacks the column `state`"):
        read_counts([path])


def test_own_batch_takes_the_diagonal_and_summarizes_the_seeds(counts):
    curve = count_curves.own_batch(counts, "thin")
    assert curve.index.tolist() == [64, 128, 512]
    assert curve["mean"].tolist() == pytest.approx([0, (2 + 3 + 4) / 3, (6 + 12) / 2])
    assert curve["low"].tolist() == [0, 2, 6]
    assert curve["high"].tolist() == [0, 4, 12]
    assert curve["diverged"].tolist() == [0, 0, 1]


def test_same_batch_follows_training_alone(counts):
    curve = count_curves.same_batch(counts, "full", 64)
    floor = abs(64 - 500) + abs(64 - 10)
    assert curve["mean"].tolist() == pytest.approx([floor, floor + 3, floor + 9])


def test_untrained_networks_have_one_count_per_seed(counts):
    assert count_curves.untrained(counts, "full", 64).tolist() == [490.0] * 3
    assert len(count_curves.untrained(counts, "full", 77)) == 0
