import math

import numpy as np
import pytest

from gengap.analysis.loss import decay_curve, decay_rate, loss_parts, printed_train_losses
from gengap.config.schema import option_defaults


@pytest.fixture
def parts(stages):
    """The parts of a table's rise from (batch size, cross-entropy, penalty); the entropy of a diverged run is `None`."""

    def run(entropy, penalty):
        values = {"train_cross_entropy": entropy, "weight_penalty": penalty, "train_loss": (entropy or 0) + penalty}
        return {"diverged": entropy is None, **values}

    def make(rows, number="5", printed=True):
        planned = stages.loaded([(size, [run(*values)]) for size, *values in rows])
        table = {"number": number, "reproduces_paper": printed, "rows": planned}
        return loss_parts([table])

    return make


def test_the_parts_of_the_rise_add_up_and_the_penalty_has_its_share(parts):
    line = parts([(8192, 0.08, 0.27), (128, 0.01, 0.06)]).iloc[0]
    assert (line["smallest"], line["largest"]) == ("128", "8192")
    assert line["train_loss_rise"] == pytest.approx(line["train_cross_entropy_rise"] + line["weight_penalty_rise"])
    assert line["penalty_share"] == pytest.approx(100 * 0.21 / 0.28)
    assert line["printed_rise"] == pytest.approx(0.3700 - 0.0733)


def test_diverged_rows_are_no_ends_and_a_single_row_has_no_rise(parts):
    line = parts([(128, 0.01, 0.06), (512, 0.02, 0.08), (8192, None, 0)]).iloc[0]
    assert line["largest"] == "512"
    assert len(parts([(128, 0.01, 0.06), (8192, None, 0)])) == 0


def test_no_share_of_what_does_not_rise_and_no_printed_rise_from_a_misprint_or_where_nothing_is_printed(parts):
    assert math.isnan(parts([(128, 0.1, 0.06), (512, 0.02, 0.08)])["penalty_share"][0])
    rows = [(128, 0.01, 0.06), (512, 0.02, 0.08)]
    assert math.isnan(parts(rows, "7")["printed_rise"][0])
    assert math.isnan(parts(rows, "5", printed=False)["printed_rise"][0])


def test_the_decay_rate_is_what_sgd_does_to_a_weight_without_gradient():
    """Momentum SGD on the penalty alone, simulated step by step; in the full convention it decays twice as fast."""
    chosen = option_defaults() | {"learning_rate_steps": [0.5, 0.75], "weight_decay": 0.0005, "momentum": 0.9}
    updates, weight, velocity = 4000, 1.0, 0.0
    for update in range(updates):
        rate = 0.1 * 0.1 ** sum(update >= step * updates for step in (0.5, 0.75))
        velocity = 0.9 * velocity + 0.0005 * weight
        weight -= rate * velocity
    assert -math.log(weight**2) / updates == pytest.approx(decay_rate(chosen), rel=0.01)
    assert decay_rate(chosen | {"decay_convention": "full"}) == pytest.approx(2 * decay_rate(chosen))


def test_the_curve_finds_start_and_equilibrium_where_there_are_enough_numbers_of_updates():
    updates = np.array([480, 900, 1800, 3600, 7080, 28140])
    penalties = 0.016 + (0.27 - 0.016) * np.exp(-5.3e-4 * updates)
    assert decay_curve(updates, penalties, 5.3e-4) == pytest.approx((0.27, 0.016))
    assert all(map(math.isnan, decay_curve([480, 480, 900], [0.2, 0.21, 0.1], 5e-4)))
    assert all(map(math.isnan, decay_curve([480, 900, 1800], [0.2, 0.1, 0.05], math.nan)))


def test_runs_of_printed_rows_have_the_printed_loss_unless_it_is_a_misprint():
    """Table 7 prints 1.1031 at batch size 512."""
    rows = [{"label": str(size), "runs": [["one", size, 0]]} for size in (128, 512)]
    table = {"number": "7", "reproduces_paper": True, "rows": rows}
    assert printed_train_losses([table]) == {("one", 128, 0): 0.0785}
    assert printed_train_losses([table | {"reproduces_paper": False}]) == {}
