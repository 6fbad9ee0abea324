"""The print against the scatter over seeds, with SciPy's F distribution as the other opinion."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gengap.analysis.seed_noise import seed_scatter


def compared(*rows, table="5", column="test_error_percent"):
    """Lines of a comparison with the print: the printed value, those of the seeds, and changes of the rest."""
    lines = []
    for printed, values, *changes in rows:
        line = {
            "table": table,
            "batch_size": f"{128 * 2 ** len(lines)}->128",
            "column": column,
            "printed": printed,
            "seeds": len(values),
            "mean": np.mean(values),
        }
        line |= {"std": np.std(values, ddof=1) if len(values) > 1 else math.nan, "misprint": ""}
        lines.append(line | {"status": "full length", "difference": printed - np.mean(values)} | dict(*changes))
    return pd.DataFrame(lines)


USED = [(7.74, [7.70, 7.76, 7.82]), (8.09, [8.10, 8.20])]


def test_the_rows_of_a_table_are_pooled_and_those_that_tell_nothing_left_out():
    others = [
        (8.08, [8.3]),
        (9.0, [9.9, 8.9], {"status": "shortened"}),
        (12.0, [9.9, 8.9], {"misprint": "A digit."}),
    ]
    (line,) = seed_scatter(compared(*USED, *others)).to_dict("records")
    variance = sum(np.sum((np.array(values) - np.mean(values)) ** 2) for _, values in USED) / 3
    squares = [(printed - np.mean(values)) ** 2 / (1 + 1 / len(values)) for printed, values in USED]
    assert (line["table"], line["rows"], line["freedom"]) == ("5", 2, 3)
    assert line["deviation"] == pytest.approx(np.sqrt(variance))
    assert line["ratio"] == pytest.approx(np.sqrt(np.mean(squares) / variance))
    assert line["p"] == pytest.approx(stats.f.sf(np.mean(squares) / variance, 2, 3))
    first = np.var(USED[0][1], ddof=1)
    assert line["p_but_largest"] == pytest.approx(stats.f.sf(squares[0] / first, 1, 2))


def test_tables_are_judged_apart_by_the_test_error_and_only_where_seeds_scatter():
    same, loss = (7.74, [7.8, 7.8]), compared(*USED, column="train_loss")
    frame = seed_scatter(pd.concat([compared(*USED), loss, compared(same, same, table="6"), compared(same, table="7")]))
    assert frame["table"].tolist() == ["5", "6"], "one row is not enough"
    for name in ("ratio", "p", "p_but_largest"):
        assert frame[name].isna().tolist() == [False, True]


def test_the_row_of_table_11_that_is_not_switched_is_one_of_table_5():
    frame = pd.concat([compared(*USED, table="11"), compared(*USED, USED[0], table="5")])
    frame.iloc[0, frame.columns.get_loc("batch_size")] = "128"
    frame.loc[frame["table"] == "5", "batch_size"] = "128"
    assert seed_scatter(frame).set_index("table")["rows"].to_dict() == {"5": 3}


def test_shortened_rows_and_single_seeds_leave_nothing():
    assert len(seed_scatter(compared((7.74, [7.8, 7.9], {"status": "shortened"}), (7.74, [7.8])))) == 0
