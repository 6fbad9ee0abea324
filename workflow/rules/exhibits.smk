# Tables and figures, each by its module in gengap.exhibits: cheap, and made from small files alone.


rule table:
    input:
        unpack(files_of),
    output:
        csv=report("<results>/{folder}/{name}.csv", caption="../report/exhibit.rst", category="Tables"),
        tex="<results>/{folder}/{name}.tex",
        json="<results>/{folder}/{name}.json",
    log:
        "<logs>/{folder}/{name}.log",
    benchmark:
        "<benchmarks>/{folder}/{name}.tsv"
    wildcard_constraints:
        folder="tables|audit",
        name=alternatives(name for name, exhibit in EXHIBITS.items() if exhibit.kind == "table"),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        code=lambda w: code_of(w.name),
        module=lambda w: EXHIBITS[w.name].module,
        subject=lambda w: EXHIBITS[w.name].needs.subject,
        texts=lambda w: texts_of(w.name),
    script:
        "../scripts/exhibit.py"


use rule table as figure with:
    output:
        csv="<results>/{folder}/{name}.csv",
        pdf="<results>/{folder}/{name}.pdf",
        png=report("<results>/{folder}/{name}.png", caption="../report/exhibit.rst", category="Figures"),
        json="<results>/{folder}/{name}.json",
    wildcard_constraints:
        folder="figures|audit",
        name=alternatives(name for name, exhibit in EXHIBITS.items() if exhibit.kind == "figure"),
    params:
        code=lambda w: code_of(w.name),
        module=lambda w: EXHIBITS[w.name].module,
        subject=lambda w: EXHIBITS[w.name].needs.subject,
        texts=lambda w: texts_of(w.name),
        style=PLAN.config["style"],
