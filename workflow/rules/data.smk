# One verified file for each data set.


rule dataset:
    output:
        data="<resources>/datasets/{dataset}.safetensors",
        checksum="<resources>/datasets/{dataset}.safetensors.sha256",
    log:
        "<logs>/dataset/{dataset}.log",
    benchmark:
        "<benchmarks>/dataset/{dataset}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=4000,
        runtime=30,
    params:
        code=lambda w: code(
            "dataset.py",
            f"gengap.data.sources.{PLAN.config['datasets'][w.dataset]['source']}",
        ),
        name=lambda w: w.dataset,
        options=lambda w: {k: v for k, v in PLAN.config["datasets"][w.dataset].items() if k not in ("label", "note")},
        content=lambda w: own_content(PLAN.config["datasets"][w.dataset]),
        torchvision_root=TORCHVISION_ROOT,
    script:
        "../scripts/dataset.py"
