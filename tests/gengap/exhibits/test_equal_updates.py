import pytest

TITLE = "LeNet-5 without batch normalization on Fashion-MNIST (decayed parameters: weights)"


@pytest.fixture
def subject(stages):
    """Pairs of the same rows, one for each title, from (batch size, test errors), the reference first."""

    def make(normal, equal, titles=("LeNet-5 on MNIST",)):
        rows = {"normal": stages.rows(normal, "normal"), "equal": stages.rows(equal, "equal")}
        pair = {"equal_updates_to": normal[0][0], **rows}
        return {"pairs": [{"experiment": title, "title": title, **pair} for title in titles]}

    return make


def test_each_network_has_a_line_of_panels_and_the_reference_in_both_curves(
    exhibit, subject, lines, assert_all_text_on_page
):
    normal = [(512, [8, 8.2]), (128, [7, 7.2]), (2048, [9, 9.2]), (8192, [10, 10.4])]
    equal = [(128, [7.5, 7.5]), (2048, [8, 9]), (8192, [None, None])]
    figure = exhibit("equal_updates_figure", subject(normal, equal, ("LeNet-5 on MNIST", TITLE)))
    assert len(figure.drawing.axes) == 6
    assert_all_text_on_page(figure.drawing)
    epochs, _, updates, dots, _ = lines(figure.drawing.axes[0])
    assert epochs == pytest.approx([7.1, 8.1, 9.1, 10.2])
    assert updates == pytest.approx([7.5, 8.1, 8.5]), "what diverged is left out"
    assert sorted(dots) == [7.5, 7.5, 8, 8, 8.2, 9]
    assert "in 2 of 2" in figure.title


def test_a_diverged_training_is_told_in_the_table(exhibit, subject):
    table = exhibit("equal_updates", subject([(128, [8]), (512, [None])], [(512, [8.4])]))
    errors = table.header.index("Test error, epochs")
    assert [row[errors : errors + 2] for row in table.rows] == [["8.00", "8.00"], ["diverged", "8.40"]]
