# Tables of the settings of each grid.

GRID_TABLES = [table for grid in GRIDS for table in grid_tables(grid, grid_subject(PLAN, grid))]
AUDIT |= dict.fromkeys(GRID_TABLES, TABLE_KINDS)


rule grid:
    input:
        metrics=lambda w: [
            path
            for grid in [w.grid, *GRIDS[w.grid]]
            for setting in settings_of(grid)["settings"]
            for row in setting["rows"]
            for path in row["metrics"]
        ],
    output:
        audit_files("settings_{grid}", kinds=TABLE_KINDS),
    log:
        "<logs>/grid/{grid}.log",
    benchmark:
        "<benchmarks>/grid/{grid}.tsv"
    wildcard_constraints:
        grid=alternatives(GRIDS),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=lambda w: code("grid.py"),
        grid=lambda w: settings_of(w.grid),
        held_out=lambda w: [settings_of(grid) for grid in GRIDS[w.grid]],
        printed=[printed("tables_1_to_11.csv"), printed("misprints.csv")],
    script:
        "../scripts/grid.py"


use rule grid as grid_options with:
    output:
        audit_files("options_{grid}", kinds=TABLE_KINDS),
    log:
        "<logs>/grid_options/{grid}.log",
    benchmark:
        "<benchmarks>/grid_options/{grid}.tsv"
