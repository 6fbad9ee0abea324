"""Test error against batch size, and learning curves: what every configuration shows."""

import pandas as pd
import pytest

TITLE = "LeNet-5 without batch normalization on Fashion-MNIST (decayed parameters: weights)"


def runs_of(rows):
    return [run for row in rows for run in row["runs"]]


def test_test_error_has_a_dot_for_each_training_and_a_line_through_the_means(exhibit, stages, assert_all_text_on_page):
    def seeds(*errors):
        return [{"test_error_percent": error, "train_error_percent": 1.0} for error in errors]

    rows = stages.rows([("128", seeds(8, 9)), ("512", seeds(10)), ("64", [{"diverged": True}])])
    other = stages.rows([("128", seeds(8))], "other")
    experiments = [{"title": TITLE, "runs": runs_of(rows)}, {"title": "Other", "runs": runs_of(other)}]
    figure = exhibit("test_error", {"experiments": experiments})
    assert_all_text_on_page(figure.drawing)
    assert figure.data["gap"].to_list() == [7, 8, 9, 7]
    drawn = [list(line.get_ydata()) for line in figure.drawing.axes[0].get_lines()]
    assert drawn == [[8.5, 10], [8, 9, 10], [7.5, 9], [7, 8, 9]]
    lost = [{"title": TITLE, "runs": [run for run in runs_of(rows) if run[1] == 64]}]
    assert len(exhibit("test_error", {"experiments": lost}).data) == 0


@pytest.fixture
def histories(stages):
    """Two epochs of two seeds at 128, and of one at 512."""
    paths = []
    for batch_size, seed, errors in ((128, 0, (9, 7)), (128, 1, (11, 9)), (512, 0, (20, 10))):
        path = stages.path(f"runs/a/bs{batch_size}/seed{seed}/history.csv")
        columns = ("test_error_percent", "train_error_percent", "train_cross_entropy")
        pd.DataFrame({"epoch": [1, 2], **dict.fromkeys(columns, errors)}).to_csv(path, index=False)
        paths.append(str(path))
    return paths


def test_learning_curves_are_means_over_the_seeds_a_line_for_each_batch_size(
    exhibit, histories, assert_all_text_on_page
):
    runs = [("a", 128, 0), ("a", 128, 1), ("a", 512, 0)]
    figure = exhibit("learning_curves", {"experiments": [{"title": TITLE, "runs": runs}]}, history=histories)
    assert len(figure.drawing.axes) == 3
    assert_all_text_on_page(figure.drawing)
    drawn = [list(line.get_ydata()) for line in figure.drawing.axes[0].get_lines()]
    assert drawn == [[10, 8], [20, 10]]
    assert len(figure.data) == 6
