# Singular values of random matrices: the paper's appendix.


rule random_matrix:
    output:
        spectrum="<results>/random_matrices/{law}/{rows}x{columns}.parquet",
        extremes="<results>/random_matrices/{law}/{rows}x{columns}.csv",
    log:
        "<logs>/random_matrix/{law}/{rows}x{columns}.log",
    benchmark:
        "<benchmarks>/random_matrix/{law}/{rows}x{columns}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: PLAN.config["compute"]["threads"]
    # No GPU: 20 processor minutes of the paper's appendix would keep trainings from one.
    resources:
        mem_mb=2000,
        runtime=120,
    params:
        code=lambda w: code("random_matrix.py", f"gengap.random_matrices.laws.{w.law}"),
        law=lambda w: w.law,
        rows=lambda w: int(w.rows),
        columns=lambda w: int(w.columns),
        repeats=PLAN.config["random_matrices"]["repeats"],
        seed=PLAN.config["random_matrices"]["seed"],
        threads=PLAN.config["compute"]["threads"],
        partial=f"{RESULTS}/.partial/random_matrices/{{law}}/{{rows}}x{{columns}}",
    script:
        "../scripts/random_matrix.py"


rule random_matrix_histogram:
    input:
        spectra=lambda w: [spectrum_of_random_matrices(w.law, size) for size in SIZES],
    output:
        histograms="<results>/random_matrices/{law}/histograms.csv",
    log:
        "<logs>/random_matrix_histogram/{law}.log",
    benchmark:
        "<benchmarks>/random_matrix_histogram/{law}.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        code=lambda w: code("random_matrix_histogram.py", f"gengap.random_matrices.laws.{w.law}"),
        law=lambda w: w.law,
        sizes=SIZES,
    script:
        "../scripts/random_matrix_histogram.py"
