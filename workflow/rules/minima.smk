# The minima that trained networks lie in: sharpness, curvature, and the line between those of two batch sizes.


rule sharpness:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
        weights=ancient("<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors"),
        checksum="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors.sha256",
    output:
        table="<results>/minima/{experiment}/bs{batch_size}/seed{seed}/sharpness.csv",
    log:
        "<logs>/sharpness/{experiment}/bs{batch_size}/seed{seed}.log",
    benchmark:
        "<benchmarks>/sharpness/{experiment}/bs{batch_size}/seed{seed}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=16000,
        runtime=240,
    params:
        code=lambda w: minimum_code(w, "sharpness"),
        module="gengap.minima.sharpness",
        network=lambda w: not_default(PLAN.network(w.experiment, int(w.seed))),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        settings=minima_settings("epsilons", "starts", "iterations", "subspaces", "subspace_dimension"),
    script:
        "../scripts/minimum.py"


use rule sharpness as curvature with:
    output:
        table="<results>/minima/{experiment}/bs{batch_size}/seed{seed}/curvature.csv",
    log:
        "<logs>/curvature/{experiment}/bs{batch_size}/seed{seed}.log",
    benchmark:
        "<benchmarks>/curvature/{experiment}/bs{batch_size}/seed{seed}.tsv"
    params:
        code=lambda w: minimum_code(w, "curvature"),
        module="gengap.minima.curvature",
        network=lambda w: not_default(PLAN.network(w.experiment, int(w.seed))),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        settings=minima_settings("eigenvalues", "trace_samples"),


rule interpolation:
    input:
        data=lambda w: ancient(dataset_of(w.experiment)),
        data_checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
        weights=lambda w: ancient(weights_of(ends(PLAN, w.experiment, int(w.seed)))),
        checksums=lambda w: [f"{path}.sha256" for path in weights_of(ends(PLAN, w.experiment, int(w.seed)))],
    output:
        table="<results>/minima/{experiment}/seed{seed}/interpolation.csv",
    log:
        "<logs>/interpolation/{experiment}/seed{seed}.log",
    benchmark:
        "<benchmarks>/interpolation/{experiment}/seed{seed}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=60,
    params:
        code=lambda w: code("interpolation.py", f"gengap.models.{PLAN.experiments[w.experiment].model}"),
        network=lambda w: not_default(PLAN.network(w.experiment, int(w.seed))),
        defaults=lambda w, input: NETWORK_DEFAULTS,
        batch_sizes=lambda w: [size for _, size, _ in ends(PLAN, w.experiment, int(w.seed))],
        settings=minima_settings("interpolation_points"),
        calibration_batch_size=PLAN.config["spectra"]["calibration_batch_size"],
    script:
        "../scripts/interpolation.py"
