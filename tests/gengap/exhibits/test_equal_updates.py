import pytest
from samples import LONG_TITLE


def test_each_network_has_a_line_of_panels_and_the_reference_in_both_curves(
    exhibit, stages, lines, assert_all_text_on_page
):
    normal = [(512, [8, 8.2]), (128, [7, 7.2]), (2048, [9, 9.2]), (8192, [10, 10.4])]
    equal = [(128, [7.5, 7.5]), (2048, [8, 9]), (8192, [None, None])]
    pairs = [stages.pair(normal, equal, title) for title in ("LeNet-5 on MNIST", LONG_TITLE)]
    figure = exhibit("equal_updates_figure", {"pairs": pairs})
    assert len(figure.drawing.axes) == 6
    assert_all_text_on_page(figure.drawing)
    epochs, _, updates, dots, _ = lines(figure.drawing.axes[0])
    assert epochs == pytest.approx([7.1, 8.1, 9.1, 10.2])
    assert updates == pytest.approx([7.5, 8.1, 8.5]), "what diverged is left out"
    assert sorted(dots) == [7.5, 7.5, 8, 8, 8.2, 9]
    assert "in 2 of 2" in figure.title


def test_a_diverged_training_is_told_in_the_table(exhibit, stages):
    table = exhibit("equal_updates", {"pairs": [stages.pair([(128, [8]), (512, [None])], [(512, [8.4])])]})
    errors = table.header.index("Test error, epochs")
    assert [row[errors : errors + 2] for row in table.rows] == [["8.00", "8.00"], ["diverged", "8.40"]]
