# What the rules of comparison, audit and studies are about: subjects of the plan with the files of their results.
from gengap.config.audit import result_subjects
from gengap.config.subjects import (
    choosing_grids,
    compared_tables,
    equal_update_pairs,
    grid_subject,
    grid_tables,
    lone_experiments,
    run_subject,
    seeded_tables,
    width_groups,
)
from gengap.results.printed import SWITCHED


@cache
def settings_of(grid):
    """What a grid is about, with the rows of each of its settings."""
    subject = grid_subject(PLAN, grid)
    settings = [setting | {"rows": rows_of(setting["name"], setting["batch_sizes"])} for setting in subject["settings"]]
    return subject | {"settings": settings}


def audited_results():
    """The paper's Tables 1 to 11 and the files of their runs, on which its claims are judged."""
    return [subject | {"rows": rows_of_table(subject["number"])} for subject in result_subjects(PLAN)]


def audited_matrices():
    """The paper's tables of random matrices and their files, on which its claims are judged, too."""
    return [
        {
            "number": number,
            "law": table["law"],
            "reproduces_paper": True,
            "files": [{"path": extremes_of(table["law"], size), "rows": size[0], "columns": size[1]} for size in SIZES],
        }
        for number, table in PLAN.tables.items()
        if "law" in table and table["printed"]
    ]


def laws_of_paper_items():
    """Modules of the laws whose theory the audit of the paper uses: that of its text uses all."""
    laws = ALL_LAWS if REPRODUCES_APPENDIX else [PLAN.tables[number]["law"] for number in RANDOM_MATRIX_TABLES]
    return [f"gengap.random_matrices.laws.{law}" for law in laws]


# Tables with rows that the paper prints, and experiments to be shown one by one.
COMPARED = compared_tables(PLAN)
LONE = [
    run_subject(PLAN, name) | {"metrics": [path for row in rows_of(name) for path in row["metrics"]]}
    for name in lone_experiments(PLAN)
]
# Settings that were tried for the table of switched batch sizes.
SWITCHES = [settings_of(grid) for grid in PLAN.grids if grid_subject(PLAN, grid)["judged_against"] == SWITCHED]
# Grids that choose a setting, each with those that are held out for it.
GRIDS = choosing_grids(PLAN)
EQUAL_UPDATE_PAIRS = [
    pair
    | {
        "experiment": pair["normal"],
        "normal": rows_of(pair["normal"], [pair["equal_updates_to"], *pair["batch_sizes"]]),
        "equal": rows_of(pair["equal"], pair["batch_sizes"]),
    }
    for pair in equal_update_pairs(PLAN)
]
WIDTHS = [
    group | {"members": [member | {"rows": rows_of(member["experiment"])} for member in group["members"]]}
    for group in width_groups(PLAN)
]
