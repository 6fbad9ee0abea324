"""Equal epochs beside equal updates."""

import math

import pytest

from gengap.results.equal_updates import equal_updates_item, equal_updates_table


def pair(stages, normal, equal, title="LeNet-5 on MNIST"):
    """Rows from (batch size, test errors of the seeds); `None` diverged."""

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

    return {"title": title, "equal_updates_to": 128, "normal": rows("normal", normal), "equal": rows("equal", equal)}


def test_the_gap_that_equal_updates_close(stages):
    frame = equal_updates_table([pair(stages, [(128, [8]), (512, [9]), (8192, [10])], [(512, [8]), (8192, [9.5])])])
    assert list(frame["batch_size"]) == ["512", "8192"]
    assert frame["gap_closed"].to_list() == pytest.approx([100, 25])
    assert frame["test_error_percent_reference"].to_list() == [8, 8]


def test_without_a_gap_there_is_nothing_to_close(stages):
    frame = equal_updates_table([pair(stages, [(128, [8]), (512, [7.9])], [(512, [7.5])])])
    assert math.isnan(frame["gap_closed"][0])


def test_the_table_begins_with_the_reference_and_names_its_networks(stages):
    seeds = [(128, [8, 8.2]), (512, [9, 9.2]), (8192, [None, None])], [(512, [8.4, 8.6]), (8192, [9, 9.4])]
    item = equal_updates_item(equal_updates_table([pair(stages, *seeds), pair(stages, *seeds, title="Linear LeNet-5")]))
    assert [row[0] for row in item.rows] == ["a: 128", "a: 512", "a: 8192", "b: 128", "b: 512", "b: 8192"]
    assert item.notes == [("a", "LeNet-5 on MNIST."), ("b", "Linear LeNet-5.")]
    errors = item.header.index("Test error, epochs")
    assert item.rows[0][errors : errors + 2] == ["8.10", "–"]
    assert item.rows[1][errors : errors + 2] == ["9.10 ± 0.14", "8.50 ± 0.14"]
    assert item.rows[2][errors] == "diverged"
    assert item.rows[1][-1] == "60 %"
