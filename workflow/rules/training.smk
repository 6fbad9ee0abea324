# One training for each experiment, batch size and seed.


rule train:
    input:
        # A touched large file would retrain everything: its small checksum file tells whether it changed.
        data=lambda w: ancient(dataset_of(w.experiment)),
        checksum=lambda w: f"{dataset_of(w.experiment)}.sha256",
    output:
        weights="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors",
        checksum="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/weights.safetensors.sha256",
        metrics="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/metrics.json",
        history="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/history.csv",
        trajectory="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/trajectory.csv",
        provenance="<results>/runs/{experiment}/bs{batch_size}/seed{seed}/provenance.json",
    log:
        "<logs>/train/{experiment}/bs{batch_size}/seed{seed}.log",
    benchmark:
        "<benchmarks>/train/{experiment}/bs{batch_size}/seed{seed}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    resources:
        gpu=GPU,
        mem_mb=8000,
        runtime=240,
    params:
        code=lambda w: code("train.py", f"gengap.models.{PLAN.experiments[w.experiment].model}"),
        run=lambda w: not_default(PLAN.run(w.experiment, int(w.batch_size), int(w.seed))),
        defaults=lambda w, input: DEFAULTS,
        checkpoints=f"{RESULTS}/.checkpoints/{{experiment}}/bs{{batch_size}}/seed{{seed}}",
    script:
        "../scripts/train.py"
