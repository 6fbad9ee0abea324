import pytest
from gengap.results.random_matrix_tables import expectations_comparison, expectations_table
from gengap.results.report_content import how_to_read_tables, read_experiments, read_figure, read_table
from PIL import Image

from gengap.results.captions import LOSS, THEORY
from gengap.results.printed import PRINTED_RESULTS, read_printed_results
from gengap.results.tables import comparison_table, results_table

RESULTS = {"number": "5", "title": "LeNet-5", "dataset": "Fashion-MNIST", "model": "LeNet-5", "reproduces_paper": True}


@pytest.fixture
def write(stages):
    """Write the two CSV files of a table as its rule does, and return their paths."""

    def written(table, comparison):
        paths = stages.path("table.csv"), stages.path("table_comparison.csv")
        for frame, path in zip((table, comparison), paths, strict=True):
            frame.to_csv(path, index=False)
        return paths

    return written


@pytest.fixture
def results(stages, write):
    table = results_table(
        [
            {"label": "128", "metrics": [stages.metrics(128, 0), stages.metrics(128, 1, test_error_percent=8.16)]},
            {"label": "512", "metrics": [stages.metrics(512, 0, diverged=True)]},
            {"label": "4096->128", "metrics": [stages.metrics(4096, 0)]},
        ]
    )
    printed = read_printed_results(PRINTED_RESULTS, "5")
    return write(table, comparison_table(table, printed, {("128", "test_loss"): "Out of line."}))


def test_each_measured_value_stands_above_the_printed_one_and_the_difference(results):
    table = read_table(RESULTS, *results)
    assert table.header[:5] == ("Batch size", "Train error", "Test error", "Train loss", "Test loss")
    label, _, error, _, loss, cross_entropy = table.rows[0][:6]
    assert (label.text, label.mark) == ("128", "")
    assert (error.text, error.below, error.mark) == ("8.06 ± 0.14%", "7.74% (+0.32)", "")
    assert (loss.below, loss.mark) == ("0.3895 (+0.0011)", "a")
    assert (cross_entropy.text, cross_entropy.below) == ("0.0031 ± 0.0000", "")


def test_diverged_rows_are_marked_and_show_what_is_printed(results):
    table = read_table(RESULTS, *results)
    assert (table.rows[1][0].text, table.rows[1][0].mark) == ("512", "†")
    assert (table.rows[1][2].text, table.rows[1][2].below) == ("diverged", "8.07%")
    assert table.notes[0] == ("†", "Diverged runs, left out of the means: 1 of 1 at 512.")
    assert table.notes[1] == ("a", "Probably a misprint. Out of line.")


def test_a_row_that_is_not_printed_has_nothing_below(results):
    row = read_table(RESULTS, *results).rows[2]
    assert row[0].text == "4096 → 128"
    assert [cell.below for cell in row] == [""] * len(row)


def test_expectations_show_printed_values_with_their_reasons(stages, write):
    table = expectations_table({(4000, 50): stages.extremes(4000, 50, 56.51, 0.32)}, lambda rows, columns: None)
    comparison = expectations_comparison(table, {(4000, 50): 60.5933}, {("4000x50", "x"): "Of another size."})
    shown = read_table({"number": "a1", "law": "gaussian", "title": ""}, *write(table, comparison))
    assert [cell.text for cell in shown.rows[0]] == [
        "4000 × 50",
        "56.5100",
        "0.0320",
        "–",
        "60.5933",
        "−4.0833",
        "−90.2",
    ]
    assert shown.rows[0][4].mark == "a"
    assert shown.notes == [("a", "Cannot be right. Of another size.")]
    assert "Table A1" in shown.caption


def test_only_what_is_shown_is_explained():
    law, other = {"law": "gaussian", "reproduces_paper": False}, RESULTS | {"reproduces_paper": False}
    assert how_to_read_tables([law]) == [THEORY]
    assert how_to_read_tables([other]) == [LOSS]
    assert len(how_to_read_tables([RESULTS, law])) == 3


def test_experiments_list_what_was_run(stages):
    runs = [{"experiment": "a", "batch_size": size, "seed": seed} for size in (512, 128) for seed in (1, 0)]
    untrained = [{"name": "c", "title": "Third", "batch_sizes": [64, 128], "seeds": [0]}]
    first, second, third = read_experiments({"b": "Second first", "a": "First"}, runs, untrained)
    assert (third.name, third.title, third.batch_sizes) == ("c", "Third, untrained", [64, 128])
    assert (first.name, first.batch_sizes, first.seeds) == ("b", [], [])
    assert (second.title, second.batch_sizes, second.seeds) == ("First", [128, 512], [0, 1])


def test_a_figure_carries_its_picture_and_the_note_on_its_data(stages):
    path = stages.path("figure_1.png")
    Image.new("RGB", (300, 100)).save(path, dpi=(60, 60))
    item = {"number": 1, "threshold": 1e-4, "panels": [{"label": "digits"}], "convention": "thin", "note": "Poor."}
    figure = read_figure(item, path)
    assert (figure.number, figure.title, figure.png) == ("1", "Near-rank loss, digits", path.read_bytes())
    assert figure.width_inches == pytest.approx(5, rel=1e-3)
    assert figure.caption == "Singular values ≤ 10⁻⁴, digits; right: thin count. Poor."
