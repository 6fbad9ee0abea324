# The audit of near-rank loss: controls that the paper does not have, and its claims beside what was measured.
from gengap.config.audit import (
    audit_items,
    linear_experiments,
    linear_runs,
    precision_experiments,
    precision_runs,
)
from gengap.config.audit import FIGURES as AUDIT_FIGURES
from gengap.config.audit import UNTRAINED
from gengap.config.audit import panels as audit_panels

AUDIT |= {name: FIGURE_KINDS if name in (*AUDIT_FIGURES, UNTRAINED) else TABLE_KINDS for name in audit_items(PLAN)}
AUDIT_DRAWN = [name for name in AUDIT if name in AUDIT_FIGURES]
AUDIT_TABULATED = [name for name in audit_items(PLAN) if AUDIT[name] == TABLE_KINDS]


rule forward_precision:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
        weights=lambda w: ancient(weights_of(precision_runs(PLAN, w.experiment))),
        checksums=lambda w: [f"{path}.sha256" for path in weights_of(precision_runs(PLAN, w.experiment))],
    output:
        table="<results>/audit/forward_precision/{experiment}.csv",
    log:
        "<logs>/forward_precision/{experiment}.log",
    benchmark:
        "<benchmarks>/forward_precision/{experiment}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=120,
    params:
        code=lambda w: code("forward_precision.py", f"gengap.models.{PLAN.experiments[w.experiment].model}"),
        network=lambda w: PLAN.network(w.experiment, PLAN.experiments[w.experiment].seeds[0]),
        runs=lambda w: precision_runs(PLAN, w.experiment),
        fed_batch_size=PLAN.config["audit"]["fed_batch_size"],
        thresholds=PLAN.config["spectra"]["thresholds"],
    script:
        "../scripts/forward_precision.py"


rule proposition_3:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
        weights=lambda w: ancient(weights_of(linear_runs(PLAN, w.experiment))),
        checksums=lambda w: [f"{path}.sha256" for path in weights_of(linear_runs(PLAN, w.experiment))],
    output:
        table="<results>/audit/proposition_3/{experiment}.csv",
    log:
        "<logs>/proposition_3/{experiment}.log",
    benchmark:
        "<benchmarks>/proposition_3/{experiment}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=60,
    params:
        code=lambda w: code("proposition_3.py", f"gengap.models.{PLAN.experiments[w.experiment].model}"),
        network=lambda w: PLAN.network(w.experiment, PLAN.experiments[w.experiment].seeds[0]),
        runs=lambda w: linear_runs(PLAN, w.experiment),
    script:
        "../scripts/proposition_3.py"


rule audit_figures:
    input:
        counts=[counts_of(name) for name in MEASURED],
        layers=[layers_of(name) for name in MEASURED],
        spectra=[spectrum["path"] for name in MEASURED for spectrum in spectra_of(name)],
    output:
        audit_files(*AUDIT_DRAWN, kinds=FIGURE_KINDS),
    log:
        "<logs>/audit_figures.log",
    benchmark:
        "<benchmarks>/audit_figures.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=20,
    params:
        code=lambda w: code("audit_figures.py"),
        panels=audit_panels(PLAN, MEASURED),
        experiments=[
            {
                "experiment": name,
                "counts": counts_of(name),
                "layers": layers_of(name),
                "spectra": spectra_of(name),
            }
            for name in MEASURED
        ],
        thresholds=PLAN.config["spectra"]["thresholds"],
        style=PLAN.config["style"],
    script:
        "../scripts/audit_figures.py"


rule untrained_figure:
    input:
        counts=[counts_of(name) for name in PLAN.untrained],
    output:
        audit_files(*([UNTRAINED] if PLAN.untrained else []), kinds=FIGURE_KINDS),
    log:
        "<logs>/untrained_figure.log",
    benchmark:
        "<benchmarks>/untrained_figure.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("untrained_figure.py"),
        panels=audit_panels(PLAN, PLAN.untrained),
        batch_norm_statistics=PLAN.config["spectra"]["batch_norm_statistics"],
        thresholds=PLAN.config["spectra"]["thresholds"],
        style=PLAN.config["style"],
    script:
        "../scripts/untrained_figure.py"


rule audit_tables:
    input:
        counts=[counts_of(name) for name in MEASURED],
        layers=[layers_of(name) for name in MEASURED],
        metrics=[path for table in audited_results() for row in table["rows"] for path in row["metrics"]],
        pairs=[
            path for pair in EQUAL_UPDATE_PAIRS for row in [*pair["normal"], *pair["equal"]] for path in row["metrics"]
        ],
        groups=[path for group in WIDTHS for one in group["members"] for row in one["rows"] for path in row["metrics"]],
        tried=[
            path
            for grid in SWITCHES
            for setting in grid["settings"]
            for row in setting["rows"]
            for path in row["metrics"]
        ],
        extremes=[file["path"] for table in audited_matrices() for file in table["files"]],
        precision=[f"{RESULTS}/audit/forward_precision/{name}.csv" for name in precision_experiments(PLAN)],
        proposition=[f"{RESULTS}/audit/proposition_3/{name}.csv" for name in linear_experiments(PLAN)],
    output:
        audit_files(*AUDIT_TABULATED, kinds=TABLE_KINDS),
    log:
        "<logs>/audit_tables.log",
    benchmark:
        "<benchmarks>/audit_tables.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=lambda w: code(
            "audit_tables.py", *(f"gengap.random_matrices.laws.{table['law']}" for table in audited_matrices())
        ),
        names=AUDIT_TABULATED,
        panels={
            "near_rank_loss": audit_panels(PLAN, MEASURED),
            "forward_precision": audit_panels(PLAN, precision_experiments(PLAN)),
            "proposition_3": audit_panels(PLAN, linear_experiments(PLAN)),
        },
        thresholds=PLAN.config["spectra"]["thresholds"],
        tables=audited_results(),
        matrices=audited_matrices(),
        pairs=EQUAL_UPDATE_PAIRS,
        groups=WIDTHS,
        tried=SWITCHES,
        claims=printed("claims.csv") if "claims" in AUDIT else "",
    script:
        "../scripts/audit_tables.py"
