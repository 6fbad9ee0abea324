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
        # What the data are, not where they lie: the script takes folders from the configuration.
        options=lambda w: described(PLAN.config["datasets"][w.dataset]),
        content=lambda w: own_content(PLAN.config["datasets"][w.dataset]),
    script:
        "../scripts/dataset.py"
