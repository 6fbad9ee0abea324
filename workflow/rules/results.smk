# Tables, figures and the report: cheap, and made from small files alone.


rule table:
    input:
        metrics=lambda w: [path for row in rows_of_table(w.number) for path in row["metrics"]],
    output:
        csv=report(
            "<results>/tables/table_{number}.csv",
            caption="../report/table.rst",
            category="Tables",
        ),
        tex="<results>/tables/table_{number}.tex",
        comparison_csv="<results>/tables/table_{number}_comparison.csv",
        comparison_tex="<results>/tables/table_{number}_comparison.tex",
    log:
        "<logs>/table/{number}.log",
    benchmark:
        "<benchmarks>/table/{number}.tsv"
    wildcard_constraints:
        number=alternatives(RESULT_TABLES),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("table.py"),
        number=subject_of_table("number"),
        title=subject_of_table("title"),
        dataset=subject_of_table("dataset"),
        model=subject_of_table("model"),
        reproduces_paper=subject_of_table("reproduces_paper"),
        rows=lambda w: rows_of_table(w.number),
        printed=[printed("tables_1_to_11.csv"), printed("misprints.csv")],
    script:
        "../scripts/table.py"


rule random_matrix_table:
    input:
        extremes=lambda w: [extremes_of(PLAN.tables[w.number]["law"], size) for size in TABULATED_SIZES],
    output:
        csv=report(
            "<results>/tables/table_{number}.csv",
            caption="../report/random_matrix_table.rst",
            category="Tables",
        ),
        tex="<results>/tables/table_{number}.tex",
        comparison_csv="<results>/tables/table_{number}_comparison.csv",
        comparison_tex="<results>/tables/table_{number}_comparison.tex",
    log:
        "<logs>/random_matrix_table/{number}.log",
    benchmark:
        "<benchmarks>/random_matrix_table/{number}.tsv"
    wildcard_constraints:
        number=alternatives(set(PLAN.tables) - set(RESULT_TABLES)),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code(
            "random_matrix_table.py",
            f"gengap.random_matrices.laws.{PLAN.tables[w.number]['law']}",
        ),
        number=subject_of_table("number"),
        title=subject_of_table("title"),
        law=subject_of_table("law"),
        reproduces_paper=subject_of_table("reproduces_paper"),
        sizes=TABULATED_SIZES,
        printed=[printed("tables_a1_to_a3.csv"), printed("misprints.csv")],
    script:
        "../scripts/random_matrix_table.py"


rule figure:
    input:
        counts=lambda w: [counts_of(name) for name in PLAN.figures[w.number]["experiments"]],
    output:
        pdf="<results>/figures/figure_{number}.pdf",
        png=report(
            "<results>/figures/figure_{number}.png",
            caption="../report/figure.rst",
            category="Figures",
        ),
    log:
        "<logs>/figure/{number}.log",
    benchmark:
        "<benchmarks>/figure/{number}.tsv"
    wildcard_constraints:
        number=alternatives(RANK_LOSS_FIGURES),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("figure.py"),
        number=subject_of_figure("number"),
        threshold=subject_of_figure("threshold"),
        convention=subject_of_figure("convention"),
        panels=subject_of_figure("panels"),
        note=subject_of_figure("note"),
        style=PLAN.config["style"],
    script:
        "../scripts/figure.py"


rule random_matrix_figure:
    input:
        histograms=lambda w: histograms_of(PLAN.figures[w.number]["law"]),
        extremes=lambda w: [extremes_of(PLAN.figures[w.number]["law"], size) for size in SIZES],
    output:
        pdf="<results>/figures/figure_{number}.pdf",
        png=report(
            "<results>/figures/figure_{number}.png",
            caption="../report/random_matrix_figure.rst",
            category="Figures",
        ),
    log:
        "<logs>/random_matrix_figure/{number}.log",
    benchmark:
        "<benchmarks>/random_matrix_figure/{number}.tsv"
    wildcard_constraints:
        number=alternatives(set(PLAN.figures) - set(RANK_LOSS_FIGURES)),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=lambda w: code(
            "random_matrix_figure.py",
            f"gengap.random_matrices.laws.{PLAN.figures[w.number]['law']}",
        ),
        number=subject_of_figure("number"),
        law=subject_of_figure("law"),
        sizes=SIZES,
        style=PLAN.config["style"],
    script:
        "../scripts/random_matrix_figure.py"


rule report:
    input:
        tables=[f"{RESULTS}/tables/table_{number}.csv" for number in PLAN.tables],
        comparisons=[f"{RESULTS}/tables/table_{number}_comparison.csv" for number in PLAN.tables],
        figures=[f"{RESULTS}/figures/figure_{number}.png" for number in PLAN.figures],
        # A figure's picture is made by the job that makes its description.
        audit=[f"{RESULTS}/audit/{name}.json" for name in AUDIT],
        metrics=[run_file("metrics.json", *run) for run in RUNS],
        provenance=[run_file("provenance.json", *run) for run in RUNS],
    output:
        html=report(REPORT, caption="../report/report.rst", category="Report"),
    log:
        "<logs>/report.log",
    benchmark:
        "<benchmarks>/report.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **report_subject(PLAN),
        results=lambda w: RESULTS,
        code=lambda w: code("report.py"),
        template=template_hash("report.html.j2"),
    script:
        "../scripts/report.py"
