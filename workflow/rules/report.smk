# Everything on one page, and as a document.


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


rule reproduction:
    input:
        tables=[f"{RESULTS}/tables/table_{number}.csv" for number in PLAN.tables],
        comparisons=[f"{RESULTS}/tables/table_{number}_comparison.csv" for number in PLAN.tables],
        figures=[f"{RESULTS}/figures/figure_{number}.pdf" for number in PLAN.figures],
        counts=[counts_of(name) for name in SHOWN_COUNTS],
        # The other files of an item are made by the job that makes its description.
        audit=[f"{RESULTS}/audit/{name}.json" for name in AUDIT],
        metrics=[run_file("metrics.json", *run) for run in RUNS],
        provenance=[run_file("provenance.json", *run) for run in RUNS],
    output:
        tex="<results>/paper/reproduction.tex",
        pdf=report(
            "<results>/paper/reproduction.pdf",
            caption="../report/reproduction.rst",
            category="Report",
        ),
    log:
        "<logs>/reproduction.log",
    benchmark:
        "<benchmarks>/reproduction.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **report_subject(PLAN),
        results=lambda w: RESULTS,
        code=lambda w: code("reproduction.py", *laws_of_paper_items()),
        template=template_hash("reproduction.tex.j2"),
    script:
        "../scripts/reproduction.py"
