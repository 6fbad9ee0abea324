"""What the loss is made of, and the penalty against the number of updates."""

import math

import numpy as np
import pytest
from gengap.results.comparison_items import loss_parts_item
from gengap.results.loss_parts import loss_parts, printed_train_losses
from gengap.results.weight_penalty import decay_curve, decay_rate, weight_penalties
from gengap.results.weight_penalty_figure import weight_penalty_figure, weight_penalty_item

from gengap.config.schema import option_defaults
from gengap.render.style import figure_style, save
from gengap.results.printed import MISPRINTS, PRINTED_RESULTS


def parts(stages, rows, number="5", printed=True):
    table = {
        "number": number,
        "reproduces_paper": printed,
        "rows": [
            {
                "label": str(size),
                "metrics": [
                    stages.metrics(
                        size,
                        train_cross_entropy=entropy,
                        weight_penalty=penalty,
                        train_loss=entropy + penalty,
                        diverged=diverged,
                    )
                ],
            }
            for size, entropy, penalty, diverged in rows
        ],
    }
    return loss_parts([table], PRINTED_RESULTS, MISPRINTS)


def test_the_parts_of_the_rise_add_up_and_the_penalty_has_its_share(stages):
    line = parts(stages, [(8192, 0.08, 0.27, False), (128, 0.01, 0.06, False)]).iloc[0]
    assert (line["smallest"], line["largest"]) == ("128", "8192")
    assert line["train_loss_rise"] == pytest.approx(line["train_cross_entropy_rise"] + line["weight_penalty_rise"])
    assert line["penalty_share"] == pytest.approx(100 * 0.21 / 0.28)
    assert line["printed_rise"] == pytest.approx(0.3700 - 0.0733)


def test_diverged_rows_are_no_ends_and_a_single_row_has_no_rise(stages):
    line = parts(stages, [(128, 0.01, 0.06, False), (512, 0.02, 0.08, False), (8192, 0, 0, True)]).iloc[0]
    assert line["largest"] == "512"
    assert len(parts(stages, [(128, 0.01, 0.06, False), (8192, 0, 0, True)])) == 0


def test_a_loss_that_does_not_rise_gives_no_share(stages):
    frame = parts(stages, [(128, 0.1, 0.06, False), (512, 0.02, 0.08, False)])
    assert math.isnan(frame["penalty_share"][0])
    assert loss_parts_item(frame).rows[0][6] == "–"


def test_a_rise_that_ends_in_a_misprint_or_is_not_printed_is_left_out(stages):
    rows = [(128, 0.01, 0.06, False), (512, 0.02, 0.08, False)]
    assert math.isnan(parts(stages, rows, "7")["printed_rise"][0])
    assert math.isnan(parts(stages, rows, "5", printed=False)["printed_rise"][0])


def options(**changes):
    return option_defaults() | changes


def test_the_decay_rate_is_what_sgd_does_to_a_weight_without_gradient():
    """Momentum SGD on the penalty alone, simulated step by step."""
    chosen = options(learning_rate_steps=[0.5, 0.75], weight_decay=0.0005, momentum=0.9)
    updates, weight, velocity = 4000, 1.0, 0.0
    for update in range(updates):
        rate = 0.1 * 0.1 ** sum(update >= step * updates for step in (0.5, 0.75))
        velocity = 0.9 * velocity + 0.0005 * weight
        weight -= rate * velocity
    assert -math.log(weight**2) / updates == pytest.approx(decay_rate(chosen), rel=0.01)


def test_the_full_convention_decays_twice_as_fast():
    assert decay_rate(options(decay_convention="full")) == pytest.approx(2 * decay_rate(options()))


def test_the_curve_finds_start_and_equilibrium():
    updates = np.array([480, 900, 1800, 3600, 7080, 28140])
    penalties = 0.016 + (0.27 - 0.016) * np.exp(-5.3e-4 * updates)
    assert decay_curve(updates, penalties, 5.3e-4) == pytest.approx((0.27, 0.016))


def test_too_few_numbers_of_updates_give_no_curve():
    assert all(map(math.isnan, decay_curve([480, 480, 900], [0.2, 0.21, 0.1], 5e-4)))
    assert all(map(math.isnan, decay_curve([480, 900, 1800], [0.2, 0.1, 0.05], math.nan)))


def experiments(stages):
    sizes = (128, 2048, 8192)
    chosen = []
    for name, changes in (("one", {}), ("two", {"switch_batch_size": 64})):
        paths = [
            stages.metrics(size, experiment=name, updates=60 * 60000 // size, weight_penalty=0.05 + size / 50000)
            for size in sizes
        ]
        paths.append(stages.metrics(512, experiment=name, diverged=True))
        chosen.append({"title": name, "options": options(**changes), "metrics": paths})
    return chosen


def _legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def test_only_a_training_of_one_batch_size_has_a_curve(stages):
    frame = weight_penalties(experiments(stages))
    assert list(frame["batch_size"]) == [128, 2048, 8192] * 2
    assert frame[frame["experiment"] == "one"]["start"].notna().all()
    assert frame[frame["experiment"] == "two"]["start"].isna().all()


def test_runs_of_printed_rows_have_the_printed_loss_unless_it_is_a_misprint(stages):
    chosen = experiments(stages)
    rows = [
        {"label": str(size), "metrics": [path]} for size, path in zip((128, 512), chosen[0]["metrics"], strict=False)
    ]
    tables = [{"number": "7", "reproduces_paper": True, "rows": rows}]
    frame = weight_penalties(chosen, printed_train_losses(tables, PRINTED_RESULTS, MISPRINTS))
    # Table 7 prints 1.1031 at batch size 512.
    assert frame["printed_train_loss"].dropna().to_dict() == {0: 0.0785}
    assert printed_train_losses([tables[0] | {"reproduces_paper": False}], PRINTED_RESULTS, MISPRINTS) == {}


def test_printed_losses_are_hollow_and_explained(stages, tmp_path, assert_all_text_on_page):
    chosen = experiments(stages)
    frame = weight_penalties(chosen, dict.fromkeys(chosen[0]["metrics"], 0.2))
    with figure_style({}) as look:
        figure = weight_penalty_figure(frame, look)
        save(figure, look, tmp_path / "figure.pdf", tmp_path / "figure.png")
        assert_all_text_on_page(figure)
    assert _legend(figure) == ["measured penalty", "exponential decay, k from the recipe", "printed training loss"]
    drawn = [sorted(y for line in axes.lines for y in line.get_ydata() if y == 0.2) for axes in figure.axes]
    assert drawn == [[0.2] * 3]
    assert "Hollow" in weight_penalty_item(frame).caption
    assert "Hollow" not in weight_penalty_item(weight_penalties(chosen)).caption


def test_the_figure_has_a_panel_for_each_experiment_that_does_not_switch(stages, tmp_path, assert_all_text_on_page):
    one, switched = experiments(stages)
    other = one | {"title": "other", "metrics": [stages.metrics(128, experiment="other")]}
    frame = weight_penalties([one, switched, other])
    with figure_style({}) as look:
        figure = weight_penalty_figure(frame, look)
        save(figure, look, tmp_path / "figure.pdf", tmp_path / "figure.png")
        assert [axes.get_title(loc="left") for axes in figure.axes] == ["one", "other"]
        assert _legend(figure) == ["measured penalty", "exponential decay, k from the recipe"]
        assert_all_text_on_page(figure)
    assert "exp(−k·updates)" in weight_penalty_item(frame).caption
    assert "left out" in weight_penalty_item(frame).caption
    assert "left out" not in weight_penalty_item(frame[frame["experiment"] == "one"]).caption


def test_experiments_that_all_diverged_leave_an_empty_figure(stages, tmp_path):
    lost = [experiments(stages)[0] | {"metrics": [stages.metrics(512, experiment="one", diverged=True)]}]
    for chosen in (lost, [], experiments(stages)[1:]):
        with figure_style({}) as look:
            save(weight_penalty_figure(weight_penalties(chosen), look), look, tmp_path / "a.pdf", tmp_path / "a.png")
