import pytest

from gengap.config.schema import option_defaults


@pytest.fixture
def subject(stages):
    """Experiments from names and batch sizes with what they change of the options; at 512 all diverge."""

    def make(tables=(), **experiments):
        chosen = []
        for name, (sizes, options) in experiments.items():
            rows = [(size, [{"updates": 60 * 60000 // size, "weight_penalty": 0.05 + size / 50000}]) for size in sizes]
            runs = [run for row in stages.rows([*rows, (512, [None])], name) for run in row["runs"]]
            chosen.append({"title": name, "options": option_defaults() | options, "runs": runs})
        return {"experiments": chosen, "tables": tables}

    return make


ONE = ((128, 2048, 8192), {})
SWITCHED = ((128, 2048, 8192), {"switch_batch_size": 64})


def test_each_unswitched_experiment_has_a_panel_of_three_curves(exhibit, subject, lines, assert_all_text_on_page):
    rows = [{"label": str(size), "runs": [["one", size, 0]]} for size in (128, 8192)]
    tables = [{"number": "5", "reproduces_paper": True, "rows": rows}]
    figure = exhibit("weight_penalty", subject(tables, one=ONE, two=SWITCHED, other=((128,), {})))
    assert [axes.get_title(loc="left") for axes in figure.drawing.axes] == ["one", "other"]
    assert len(figure.data) == 7, "the data has them all"
    decay, measured, printed = lines(figure.drawing.axes[0])
    assert measured == pytest.approx([0.05 + size / 50000 for size in (128, 2048, 8192)])
    assert printed == [0.0733, 0.37]
    assert max(measured) > decay[0] > decay[-1] > 0
    assert len(lines(figure.drawing.axes[1])) == 1
    assert_all_text_on_page(figure.drawing)


@pytest.mark.parametrize("experiments", [{}, {"one": ((), {})}, {"two": SWITCHED}])
def test_experiments_of_which_nothing_can_be_shown_leave_an_empty_figure(exhibit, subject, experiments):
    assert len(exhibit("weight_penalty", subject(**experiments)).drawing.axes) == 1


def test_a_loss_that_does_not_rise_has_a_dash_for_the_share(exhibit, tables):
    falling = [(size, [{"train_loss": loss}]) for size, loss in ((128, 0.2), (512, 0.1))]
    rising = [(size, [{"train_loss": p, "weight_penalty": p, "epochs": 3.0}]) for size, p in ((128, 0.1), (512, 0.2))]
    table = exhibit("loss_parts", {"tables": tables(table_5=falling, table_6=rising)})
    assert [row[0] for row in table.rows] == ["Table 5", "Table 6"]
    assert table.rows[0][6] == "–"
    assert table.rows[1][2:7] == ["3 of 60", "+0.1000", "+0.0000", "+0.1000", "100 %"]
