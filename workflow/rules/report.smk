# The numbers of a run, everything on one page, and as a document.

TEMPLATES = {
    "report": ["report.html.j2", "findings.txt.j2", "how_to_read.yaml"],
    "document": ["reproduction.tex.j2", "findings.txt.j2", "how_to_read.yaml"],
}

REPORT_SUBJECT = report_subject(PLAN) | {
    "exhibits": {name: {"module": one.module, "section": one.section} for name, one in EXHIBITS.items()}
}


rule facts:
    input:
        exhibits=exhibit_files("csv", kind="table") + exhibit_files("csv", kind="figure"),
        metrics=[run_file("metrics.json", *run) for run in RUNS],
        provenance=[run_file("provenance.json", *run) for run in RUNS],
    output:
        "<results>/facts.json",
    log:
        "<logs>/facts.log",
    benchmark:
        "<benchmarks>/facts.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("facts.py"),
        tables=result_tables(PLAN),
    script:
        "../scripts/facts.py"


rule report:
    input:
        facts=rules.facts.output,
        # A figure's picture is made by the job that makes its description.
        exhibits=[f"{RESULTS}/{exhibit.folder}/{name}.json" for name, exhibit in EXHIBITS.items()],
        metrics=rules.facts.input.metrics,
        provenance=rules.facts.input.provenance,
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
        subject=REPORT_SUBJECT,
        results=lambda w: RESULTS,
        code=lambda w: code("report.py"),
        templates=[template_hash(name) for name in TEMPLATES["report"]],
    script:
        "../scripts/report.py"


rule reproduction:
    input:
        facts=rules.facts.output,
        # The other files of an exhibit are made by the job that makes its description.
        exhibits=rules.report.input.exhibits,
        metrics=rules.facts.input.metrics,
        provenance=rules.facts.input.provenance,
    output:
        tex="<results>/paper/reproduction.tex",
        pdf=report("<results>/paper/reproduction.pdf", caption="../report/reproduction.rst", category="Report"),
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
        subject=REPORT_SUBJECT,
        results=lambda w: RESULTS,
        code=lambda w: code("reproduction.py"),
        templates=[template_hash(name) for name in TEMPLATES["document"]],
    script:
        "../scripts/reproduction.py"
