"""What interactive charts share; an exhibit draws its own with Vega-Altair, of the CSV file that lies beside it.

A page is to show a chart in any width, so it has one panel, and lists and sliders choose what it shows.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import altair as alt

HEIGHT = 260
"""Of a panel, in pixels."""


def one_of(name: str, label: str, values: Mapping[str, str]) -> alt.Parameter:
    """A list of values, as readers know them, of which one is chosen, at first the first."""
    bind = alt.binding_select(name=label, options=list(values), labels=list(values.values()))
    return alt.param(name=name, value=next(iter(values)), bind=bind)


def curves_of(name: str, titles: Iterable[str], columns: Mapping[str, str]) -> tuple[alt.Chart, alt.Parameter]:
    """Columns of an exhibit as rows of `curve` and `value`, of one `title`, and the list that it is chosen from.

    Args:
        name: of the exhibit.
        titles: what may be chosen.
        columns: names of the curves by column.
    """
    network = one_of("network", "Network", {title: title for title in titles})
    chart = (
        alt.Chart(alt.UrlData(f"{name}.csv"))
        .transform_filter(alt.datum.title == network)
        .transform_calculate(**{label: f"datum.{column}" for column, label in columns.items()})
        .transform_fold(list(columns.values()), as_=["curve", "value"])
        .transform_filter("isValid(datum.value) && datum.value !== ''")
    )
    return chart, network


def specification(chart: alt.LayerChart | alt.Chart) -> dict[str, Any]:
    """The chart as Vega-Lite has it, as wide as its place."""
    return chart.properties(width="container", height=HEIGHT).to_dict()
