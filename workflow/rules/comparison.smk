# Measured beside printed values, what the losses are made of, and what equal updates leave: from the metrics of all runs.

COMPARISON_TABLES = ["comparison", "comparison_losses", "slopes", *(["seed_scatter"] if seeded_tables(PLAN) else [])]
AUDIT |= dict.fromkeys(COMPARISON_TABLES if COMPARED else [], TABLE_KINDS)
AUDIT |= {"comparison_figure": PICTURE_KINDS} if COMPARED else {}
LOSS_TABLES = ["loss_parts", *(["printed_decay"] if COMPARED else [])]
AUDIT |= dict.fromkeys(LOSS_TABLES if RESULT_TABLES else [], TABLE_KINDS)
AUDIT |= {"weight_penalty": FIGURE_KINDS} if LONE else {}
AUDIT |= {"equal_updates": TABLE_KINDS, "equal_updates_figure": PICTURE_KINDS} if EQUAL_UPDATE_PAIRS else {}


rule comparison:
    input:
        metrics=[path for number in COMPARED for row in rows_of_table(number) for path in row["metrics"]],
    output:
        tables=audit_files(*COMPARISON_TABLES, kinds=TABLE_KINDS),
        figure=audit_files("comparison_figure", kinds=PICTURE_KINDS),
    log:
        "<logs>/comparison.log",
    benchmark:
        "<benchmarks>/comparison.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("comparison.py"),
        tables=[
            {
                "number": number,
                "title": table_subject(PLAN, number)["title"],
                "rows": rows_of_table(number),
            }
            for number in COMPARED
        ],
        printed=[printed("tables_1_to_11.csv"), printed("misprints.csv")],
        style=PLAN.config["style"],
    script:
        "../scripts/comparison.py"


rule losses:
    input:
        metrics=sorted(
            {path for number in RESULT_TABLES for row in rows_of_table(number) for path in row["metrics"]}
            | {path for experiment in LONE for path in experiment["metrics"]}
        ),
    output:
        tables=audit_files(*LOSS_TABLES, kinds=TABLE_KINDS),
        figure=audit_files("weight_penalty", kinds=FIGURE_KINDS),
    log:
        "<logs>/losses.log",
    benchmark:
        "<benchmarks>/losses.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("losses.py"),
        tables=[
            {
                "number": number,
                "reproduces_paper": PLAN.tables[number]["printed"],
                "rows": rows_of_table(number),
            }
            for number in RESULT_TABLES
        ],
        experiments=LONE,
        printed=[printed("tables_1_to_11.csv"), printed("misprints.csv")],
        compared=bool(COMPARED),
        style=PLAN.config["style"],
    script:
        "../scripts/losses.py"


rule equal_updates:
    input:
        metrics=[
            path for pair in EQUAL_UPDATE_PAIRS for row in [*pair["normal"], *pair["equal"]] for path in row["metrics"]
        ],
    output:
        table=audit_files("equal_updates", kinds=TABLE_KINDS),
        figure=audit_files("equal_updates_figure", kinds=PICTURE_KINDS),
    log:
        "<logs>/equal_updates.log",
    benchmark:
        "<benchmarks>/equal_updates.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("equal_updates.py"),
        pairs=EQUAL_UPDATE_PAIRS,
        style=PLAN.config["style"],
    script:
        "../scripts/equal_updates.py"
