"""Equal epochs beside equal updates."""

import math

import pytest
from gengap.results.audit_sentences import equal_updates_sentence
from gengap.results.equal_updates import by_batch_size, equal_updates_item, equal_updates_table, pairs_of
from gengap.results.equal_updates_figure import equal_updates_figure, equal_updates_figure_item

from gengap.render.style import figure_style, save


def pair(stages, normal, equal, title="LeNet-5 on MNIST"):
    """Rows from (batch size, test errors of the seeds), the reference first; `None` diverged."""

    def rows(kind, values):
        return [
            {
                "label": str(size),
                "metrics": [
                    stages.metrics(size, seed, experiment=kind, test_error_percent=error, diverged=error is None)
                    for seed, error in enumerate(errors)
                ],
            }
            for size, errors in values
        ]

    kinds = {"normal": rows("normal", normal), "equal": rows("equal", equal)}
    return {"experiment": title, "title": title, "equal_updates_to": normal[0][0], **kinds}


def test_the_gap_that_equal_updates_close(stages):
    frame = equal_updates_table([pair(stages, [(128, [8]), (512, [9]), (8192, [10])], [(512, [8]), (8192, [9.5])])])
    assert list(frame["batch_size"]) == ["512", "8192"]
    assert frame["gap_closed"].to_list() == pytest.approx([100, 25])
    assert frame["test_error_percent_reference"].to_list() == [8, 8]


def test_without_a_gap_there_is_nothing_to_close(stages):
    frame = equal_updates_table([pair(stages, [(128, [8]), (512, [7.9])], [(512, [7.5])])])
    assert math.isnan(frame["gap_closed"][0])


def test_below_the_reference_fewer_updates_close_no_gap(stages):
    frame = equal_updates_table([pair(stages, [(512, [8]), (128, [8.5]), (2048, [9])], [(128, [9.5]), (2048, [8.5])])])
    assert math.isnan(frame["gap_closed"][0])
    assert frame["gap_closed"][1] == pytest.approx(50)


def test_the_reference_stands_among_the_others_and_is_the_same_in_both(stages):
    normal = [(512, [8, 8.2]), (128, [7, 7.2]), (2048, [9, 9.2])]
    values = by_batch_size(
        equal_updates_table([pair(stages, normal, [(128, [9, 9.4]), (2048, [8, 8])])]), "test_error_percent"
    )
    assert values["batch_size"].to_list() == [128, 512, 2048]
    assert values["epochs"].to_list() == pytest.approx([7.1, 8.1, 9.1])
    assert values["updates"].to_list() == pytest.approx([9.2, 8.1, 8.0])
    assert values["updates_std"].to_list() == pytest.approx([0.2 * math.sqrt(2), 0.1 * math.sqrt(2), 0], abs=1e-12)


def test_one_network_may_have_several_references(stages):
    pairs = [
        pair(stages, [(128, [8]), (512, [9])], [(512, [8])]),
        pair(stages, [(512, [9]), (2048, [9])], [(2048, [8])]),
    ]
    frame = equal_updates_table(pairs)
    assert [len(lines) for lines in pairs_of(frame)] == [1, 1]
    item = equal_updates_item(frame)
    assert [row[0] for row in item.rows] == ["a: 128", "a: 512", "b: 512", "b: 2048"]
    assert [text for _, text in item.notes] == [
        "LeNet-5 on MNIST; updates of batch size 128.",
        "LeNet-5 on MNIST; updates of batch size 512.",
    ]


def test_a_sentence_tells_every_gap_of_each_network(stages):
    normal, equal = [(128, [8]), (512, [9]), (8192, [10]), (16384, [7])], [(512, [8]), (8192, [9.5]), (16384, [7])]
    frame = equal_updates_table(
        [pair(stages, normal, equal), pair(stages, normal[:1] + normal[3:], equal[2:], "Other")]
    )
    frame["weight_penalty_reference"], frame["weight_penalty_normal"] = 0.1, 0.3
    frame["weight_penalty_equal"] = 0.12
    assert equal_updates_sentence(frame) == (
        "Equal numbers of updates close 100\u202f% at 512 (of 1.00 points) and 25\u202f% at 8192 (of 2.00 points) of the gap"
        " in test error to batch size 128, and 90\u202f% of that in weight penalty at 8192 (LeNet-5 on MNIST, one seed:"
        " chance may make the shares of the test error)."
    )
    constant = frame.assign(weight_penalty_normal=0.1)
    assert "of the gap in test error to batch size 128 (LeNet-5 on MNIST" in equal_updates_sentence(constant)
    assert equal_updates_sentence(frame[frame["experiment"] == "Other"]) == ""


def test_the_figure_has_a_line_of_panels_for_each_network_and_all_its_text(stages, tmp_path, assert_all_text_on_page):
    normal = [(512, [8, 8.2]), (128, [7, 7.2]), (2048, [9, 9.2]), (8192, [10, 10.4])]
    equal = [(128, [9, 9.4]), (2048, [8, 8]), (8192, [None, None])]
    title = "LeNet-5 without batch normalization on Fashion-MNIST (decayed parameters: weights)"
    frame = equal_updates_table([pair(stages, normal, equal), pair(stages, normal, equal, title=title)])
    with figure_style({}) as look:
        figure = equal_updates_figure(frame, look)
        save(figure, look, tmp_path / "figure.pdf", tmp_path / "figure.png")
        assert len(figure.axes) == 6
        lines = figure.axes[0].get_lines()
        assert_all_text_on_page(figure)
    drawn = [line.get_xdata().tolist() for line in lines if len(line.get_xdata()) > 2]
    assert [128, 512, 2048, 8192] in drawn
    assert [128, 512, 2048] in drawn, "what diverged is left out"
    assert "diverged" in equal_updates_figure_item(frame).caption
    finished = equal_updates_table([pair(stages, normal[:3], equal[:2])])
    assert "diverged" not in equal_updates_figure_item(finished).caption


def test_the_table_names_its_networks_and_gives_deviations(stages):
    seeds = [(128, [8, 8.2]), (512, [9, 9.2]), (8192, [None, None])], [(512, [8.4, 8.6]), (8192, [9, 9.4])]
    item = equal_updates_item(equal_updates_table([pair(stages, *seeds), pair(stages, *seeds, title="Linear LeNet-5")]))
    assert [row[0] for row in item.rows] == ["a: 128", "a: 512", "a: 8192", "b: 128", "b: 512", "b: 8192"]
    marks = [("a", "LeNet-5 on MNIST; updates of batch size 128."), ("b", "Linear LeNet-5; updates of batch size 128.")]
    assert item.notes == marks
    errors = item.header.index("Test error, epochs")
    assert item.rows[0][errors : errors + 2] == ["8.10 ± 0.14"] * 2
    assert item.rows[1][errors : errors + 2] == ["9.10 ± 0.14", "8.50 ± 0.14"]
    assert item.rows[2][errors] == "diverged"
    assert item.rows[1][-1] == "60 %"
