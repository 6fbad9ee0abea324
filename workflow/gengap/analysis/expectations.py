"""Expected smallest singular values of random matrices, measured, from theory and printed (Tables A1 to A3)."""

import math
from collections.abc import Callable, Mapping

import pandas as pd

from gengap.errors import UserError
from gengap.exhibits.needs import Size
from gengap.paper.printed import PAPER_REPEATS, Misprints


def expectations_table(
    extremes: Mapping[Size, pd.DataFrame], theory: Callable[[int, int], float | None]
) -> pd.DataFrame:
    """Mean smallest singular value of each size with its standard error.

    Args:
        extremes: by (rows, columns), in the table's order, one line per repeat with the columns `repeat`,
            `sigma_min`, `sigma_max`.
        theory: expected value for (rows, columns), or `None` where theory gives no number.

    Returns:
        `rows`, `columns`, `mean`, `standard_error` (sample deviation / √repeats), `repeats`, `theory`.

    Raises:
        UserError: a size has no repeat.
    """
    lines = []
    for (rows, columns), repeats in extremes.items():
        smallest = repeats["sigma_min"]
        if smallest.empty:
            raise UserError(
                f"Matrices of {rows}x{columns} have no repeat; delete their file and run the workflow again."
            )
        expected = theory(rows, columns)
        lines.append(
            {
                "rows": rows,
                "columns": columns,
                "mean": float(smallest.mean()),
                "standard_error": float(smallest.std(ddof=1)) / math.sqrt(len(smallest)),
                "repeats": len(smallest),
                "theory": math.nan if expected is None else expected,
            }
        )
    return pd.DataFrame(lines)


def expectations_comparison(table: pd.DataFrame, printed: Mapping[Size, float], misprints: Misprints) -> pd.DataFrame:
    """Set the printed values beside the measured ones.

    The difference (measured - printed) is also given in standard errors of a difference of two means:
    that of the measured one, and that of the printed one over 100 matrices (Section A1.2) with the
    deviation measured here.

    Returns:
        The columns of `table` and `printed`, `difference`, `difference_in_standard_errors`, `misprint`
        (why the printed value cannot be right, or empty) and `note` (`not printed`, or empty).
    """
    lines = []
    for row in table.to_dict("records"):
        size = (row["rows"], row["columns"])
        value = printed.get(size, math.nan)
        difference = row["mean"] - value
        error = row["standard_error"] * math.sqrt(1 + row["repeats"] / PAPER_REPEATS)
        lines.append(
            row
            | {
                "printed": value,
                "difference": difference,
                "difference_in_standard_errors": difference / error if error > 0 else math.nan,
                "misprint": _reason(misprints, size) if size in printed else "",
                "note": "" if size in printed else "not printed",
            }
        )
    return pd.DataFrame(lines)


def _reason(misprints: Misprints, size: Size) -> str:
    label = f"{size[0]}x{size[1]}"
    return next((reason for (row, _), reason in misprints.items() if row == label), "")
