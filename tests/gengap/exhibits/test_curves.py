import pytest
from samples import LONG_TITLE


@pytest.fixture
def show(exhibit, stages):
    """Experiments by title, each with its test errors by batch size; the train error is 1 %."""

    def made(titles, epochs=60.0):
        alike, experiments = {"train_error_percent": 1, "epochs": epochs}, []
        for title, by_size in titles.items():
            rows = [
                (size, [None if error is None else alike | {"test_error_percent": error} for error in errors])
                for size, errors in by_size.items()
            ]
            runs = [run for row in stages.rows(rows, title) for run in row["runs"]]
            own, other = ([run for run in runs if (run[1] == 64) is one] for one in (False, True))
            experiments.append({"title": title, "table": title[:1], "runs": own, "unswitched": {"runs": other}})
        return exhibit("test_error", {"experiments": experiments})

    return made


def test_a_dot_for_each_training_and_a_line_through_the_means(show, lines, assert_all_text_on_page):
    figure = show({LONG_TITLE: {128: [8, 9], 512: [10], 1024: [None]}, "Other": {128: [8]}})
    assert_all_text_on_page(figure.drawing)
    assert figure.data["gap"].to_list() == [7, 8, 9, 7]
    assert lines(figure.drawing.axes[0]) == [[8.5, 10], [8, 9, 10], [7.5, 9], [7, 8, 9]]
    assert len(show({LONG_TITLE: {64: [None]}}).data) == 0


@pytest.mark.parametrize(("epochs", "printed"), [(60.0, [7.74, 8.07]), (3.0, [])])
def test_printed_errors_stand_beside_full_trainings_and_an_unswitched_one_is_a_line(
    show, lines, legend, epochs, printed
):
    figure = show({"5": {128: [8], 512: [9], 64: [7, 8]}}, epochs=epochs)
    assert figure.data["printed"].dropna().to_list() == printed
    assert figure.data["unswitched"].to_list() == [7.5, 7.5]
    assert lines(figure.drawing.axes[0])[4:] == [printed, [7.5, 7.5]] if printed else [[7.5, 7.5]]
    there = 4 if printed else 3
    assert len(legend(figure.drawing)) == there
    assert len(figure.chart["layer"][0]["encoding"]["color"]["scale"]["domain"]) == there


def test_learning_curves_are_means_over_the_seeds(exhibit, stages, lines, assert_all_text_on_page):
    columns = ("test_error_percent", "train_error_percent", "train_cross_entropy")
    errors = {("a", 128, 0): (9, 7), ("a", 128, 1): (11, 9), ("a", 512, 0): (20, 10)}
    history = [stages.history(*run, epoch=(1, 2), **dict.fromkeys(columns, errors[run])) for run in errors]
    figure = exhibit("learning_curves", {"experiments": [{"title": LONG_TITLE, "runs": list(errors)}]}, history=history)
    assert_all_text_on_page(figure.drawing)
    assert [lines(axes) for axes in figure.drawing.axes] == [[[10, 8], [20, 10]]] * 3
    assert len(figure.data) == 6
