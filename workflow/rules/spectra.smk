# Singular values of activations, of trained and of untrained networks, and how many lie below a threshold.


rule spectrum:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
        weights=ancient("<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors"),
        checksum="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors.sha256",
    output:
        spectrum="<results>/spectra/{experiment}/bs{batch_size}/seed{seed}.parquet",
    log:
        "<logs>/spectrum/{experiment}/bs{batch_size}/seed{seed}.log",
    benchmark:
        "<benchmarks>/spectrum/{experiment}/bs{batch_size}/seed{seed}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=120,
    params:
        code=lambda w: code("spectrum.py", f"gengap.models.{PLAN.experiments[w.experiment].model}"),
        network=lambda w: not_default(PLAN.network(w.experiment, int(w.seed))),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        fed_batch_sizes=lambda w: PLAN.fed_batch_sizes(w.experiment, int(w.batch_size)),
        partial=f"{RESULTS}/.partial/spectra/{{experiment}}/bs{{batch_size}}/seed{{seed}}",
    script:
        "../scripts/spectrum.py"


rule untrained_spectrum:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
    output:
        spectrum="<results>/spectra/{experiment}/untrained/seed{seed}.parquet",
    log:
        "<logs>/untrained_spectrum/{experiment}/seed{seed}.log",
    benchmark:
        "<benchmarks>/untrained_spectrum/{experiment}/seed{seed}.tsv"
    wildcard_constraints:
        experiment=alternatives(COUNTED),
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=120,
    params:
        code=lambda w: code(
            "spectrum.py",
            f"gengap.models.{PLAN.experiment(w.experiment).model}",
        ),
        network=lambda w: not_default(PLAN.network(w.experiment, int(w.seed))),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        fed_batch_sizes=lambda w: PLAN.fed_batch_sizes(w.experiment),
        calibration_batch_size=PLAN.config["spectra"]["calibration_batch_size"],
        partial=f"{RESULTS}/.partial/spectra/{{experiment}}/untrained/seed{{seed}}",
    script:
        "../scripts/spectrum.py"


rule counts:
    input:
        spectra=lambda w: spectra_of(w.experiment),
    output:
        table="<results>/counts/{experiment}.csv",
        layers="<results>/counts/{experiment}_layers.csv",
        curves="<results>/counts/{experiment}_threshold_curves.csv",
        smallest="<results>/counts/{experiment}_sigma_min.csv",
    log:
        "<logs>/counts/{experiment}.log",
    benchmark:
        "<benchmarks>/counts/{experiment}.tsv"
    wildcard_constraints:
        experiment=alternatives(COUNTED),
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        code=lambda w: code("counts.py"),
        experiment=lambda w: w.experiment,
        model=lambda w: PLAN.experiment(w.experiment).model,
        dataset=lambda w: PLAN.experiment(w.experiment).dataset,
        networks=lambda w: networks_of(w.experiment),
        thresholds=PLAN.config["spectra"]["thresholds"],
        relative_thresholds=PLAN.config["spectra"]["relative_thresholds"],
    script:
        "../scripts/counts.py"
