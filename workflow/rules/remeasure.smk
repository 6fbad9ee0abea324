# Trained networks fed again: forward passes of several precisions, and Proposition 3 on linear networks.
from gengap.config.measured import linear_runs, precision_runs


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
        network=lambda w: not_default(PLAN.network(w.experiment, PLAN.experiments[w.experiment].seeds[0])),
        defaults=lambda w, input: NETWORK_DEFAULTS,
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
        network=lambda w: not_default(PLAN.network(w.experiment, PLAN.experiments[w.experiment].seeds[0])),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        runs=lambda w: linear_runs(PLAN, w.experiment),
    script:
        "../scripts/proposition_3.py"
