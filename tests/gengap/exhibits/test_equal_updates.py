"""Equal epochs beside equal updates, as a table and as a figure."""

import pytest

TITLE = "LeNet-5 without batch normalization on Fashion-MNIST (decayed parameters: weights)"


@pytest.fixture
def subject(stages):
    """Pairs of the same rows, one for each title, from (batch size, test errors), the reference first; `None` diverged."""

    def make(normal, equal, titles=("LeNet-5 on MNIST",)):
        def rows(kind, values):
            seeds = [
                (size, [{"test_error_percent": error, "diverged": error is None} for error in errors])
                for size, errors in values
            ]
            return stages.rows(seeds, kind)

        kinds = {"normal": rows("normal", normal), "equal": rows("equal", equal)}
        reference = normal[0][0]
        return {
            "pairs": [{"experiment": title, "title": title, "equal_updates_to": reference, **kinds} for title in titles]
        }

    return make


def test_the_table_names_its_networks_and_gives_deviations(exhibit, subject):
    seeds = [(128, [8, 8.2]), (512, [9, 9.2]), (8192, [None, None])], [(512, [8.4, 8.6]), (8192, [9, 9.4])]
    table = exhibit("equal_updates", subject(*seeds, ("LeNet-5 on MNIST", "Linear LeNet-5")))
    assert [row[0] for row in table.rows] == ["a: 128", "a: 512", "a: 8192", "b: 128", "b: 512", "b: 8192"]
    assert [(mark, "128" in note) for mark, note in table.notes] == [("a", True), ("b", True)]
    errors = table.header.index("Test error, epochs")
    assert table.rows[0][errors : errors + 2] == ["8.10 ± 0.14"] * 2
    assert table.rows[1][errors : errors + 2] == ["9.10 ± 0.14", "8.50 ± 0.14"]
    assert table.rows[2][errors] == "diverged"
    assert table.rows[1][-1] == "60 %"


def test_the_figure_has_a_line_of_panels_for_each_network_and_the_reference_in_both_curves(
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
    assert "in 2 of 2 networks" in figure.title
