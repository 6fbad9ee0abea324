"""What each value of an option does, whatever the others of a grid are."""

from collections.abc import Mapping
from typing import Any

from gengap.analysis.grid_ranking import option_effects, score, varied_options
from gengap.config.plan import Plan
from gengap.config.subjects import choosing_grids, shares_values
from gengap.exhibits.measured_files import Files
from gengap.exhibits.needs import Needs
from gengap.exhibits.settings import distance_text, of_grid, settings, words
from gengap.render.exhibit import Table

KIND = "table"


def needs(plan: Plan) -> dict[str, Needs]:
    """One for each grid that chooses among settings of which some share a value."""
    found = {f"options_{grid}": of_grid(plan, grid) for grid in choosing_grids(plan)}
    return {name: one for name, one in found.items() if shares_values(one.subject["grid"])}


def make(name: str, subject: Mapping[str, Any], files: Files) -> Table:
    """The best and the median distance of all settings that share a value, a row for each value."""
    frame = settings(subject, files)
    effects = option_effects(frame)
    medians = [column for column in effects if column.startswith("median")]
    rows = [
        [
            f"{line['option'].replace('_', ' ')}: {line['value']}",
            str(line["settings"]),
            distance_text(line["best"]),
            *(distance_text(line[column]) for column in medians),
        ]
        for line in effects.to_dict("records")
    ]
    of = "Distance to the print" if score(frame) == "distance" else "Mean test error"
    caption = (
        f"{of} of all settings that share one value of an option: the best of them and their median. An option that"
        " matters has values whose medians lie far apart."
    )
    header = (
        "Option",
        "Settings",
        "Best",
        *(column.replace("median: ", "Median, ").replace("median", "Median") for column in medians),
    )
    title = f"Options of {subject['grid']['title']}: {words(varied_options(frame))}"
    return Table(title, caption, header, rows, data=effects)
