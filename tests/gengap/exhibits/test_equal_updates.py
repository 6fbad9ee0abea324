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


def test_the_table_has_deviations_the_reference_in_both_columns_and_tells_what_diverged(exhibit, stages):
    pair = stages.pair([(128, [8, 8.2]), (512, [None]), (2048, [9, 9.4])], [(512, [8.4]), (2048, [8.6, 8.8])])
    table = exhibit("equal_updates", {"pairs": [pair]})
    errors = table.header.index("Test error, epochs")
    shown = [["8.10 ± 0.14", "8.10 ± 0.14"], ["diverged", "8.40"], ["9.20 ± 0.28", "8.70 ± 0.14"]]
    assert [row[errors : errors + 2] for row in table.rows] == shown
