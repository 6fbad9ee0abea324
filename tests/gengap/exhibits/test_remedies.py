import math

import pytest


@pytest.fixture
def subject(stages):
    def runs(experiment, **errors):
        sizes = {"small": 128, "large": 4096}
        return {end: stages.rows([(sizes[end], of_seeds)], experiment)[0] for end, of_seeds in errors.items()}

    base = runs("f1", small=[2.0, 2.2], large=[3.5, 3.7])
    small = {"small": base["small"]}
    of_its_own, as_without = {"same": [], "borrowed": []}, {"same": ["small"], "borrowed": ["small"]}
    remedies = [
        of_its_own | {"name": "", "ends": base},
        of_its_own | {"name": "clipping", "ends": runs("clipped", small=[1.4, 1.4], large=[2.3, 2.5])},
        as_without | {"name": "linear", "ends": small | runs("linear", large=[None, None])},
        as_without | {"name": "square_root", "ends": small | runs("root", large=[2.1, 2.1])},
        of_its_own | {"name": "rate_0p4", "ends": runs("rate", small=[2.1, 2.1])},
    ]
    return {"groups": [{"title": "F1", "experiment": "f1", "small": 128, "large": 4096, "remedies": remedies}]}


def test_a_row_for_each_remedy(exhibit, subject, stages):
    # 30 % and 50 % of the updates.
    clipped = ((90, 10), (50, 50))
    history = [
        stages.history("clipped", 4096, seed, epoch=(1, 2), updates=(10, 40), clipped_percent=shares)
        for seed, shares in enumerate(clipped)
    ]
    table = exhibit("remedies", subject, history=history)
    shown = [[cell.text for cell in row] for row in table.cells()]
    # 2.1, 3.6 without; σ² is the mean of the variances 0.02, 0.02, 0, 0.02, 0 and 0; effects are seen beyond tσ.
    assert shown == [
        ["F1", "none", "2.10", "–", "–", "3.60", "–", "–", "+1.50", "–", "", ""],
        ["", "clipping", "1.40", "−0.70", "–", "2.40", "−1.20", "40 %", "+1.00", "33 %", "helps both", "smaller"],
        ["", "linear", "2.10", "=", "–", "diverged", "–", "–", "–", "–", "diverges at 4096", ""],
        ["", "square root", "2.10", "=", "–", "2.10", "−1.50", "–", "+0.00", "100 %", "helps large alone", "not seen"],
        ["", "rate 0.4", "2.10", "+0.00", "–", "–", "–", "–", "–", "–", "no effect seen", ""],
    ]
    assert table.data["diverged_large"].to_list() == [0, 0, 2, 0, 0]
    assert table.data["scatter"].to_list() == pytest.approx([0.1] * 5)


def test_a_line_for_each_remedy_the_one_that_helps_the_large_batch_most_above(exhibit, subject, legend):
    figure = exhibit("remedies_figure", subject)
    assert legend(figure.drawing) == ["at the small batch size", "at the large batch size"]
    (panel,) = figure.drawing.axes
    assert [tick.get_text() for tick in panel.get_yticklabels()] == ["square root", "clipping", "linear", "rate 0.4"]
    # Filled, then hollow where a remedy is the training without it, of both ends.
    nan = math.nan
    for container, expected in zip(panel.containers, [[-0.7, 0], [0, 0], [-1.5, -1.2, nan, nan], []], strict=True):
        assert list(container.lines[0].get_xdata()) == pytest.approx(expected, nan_ok=True)
