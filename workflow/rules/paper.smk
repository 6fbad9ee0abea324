# What the paper itself says, audited: printed expectations against measurement and theory, text against tables.
PAPER_ITEMS = [
    *(["random_matrix_agreement"] if RANDOM_MATRIX_TABLES else []),
    *(["random_matrix_misprints", "inconsistencies"] if REPRODUCES_APPENDIX else []),
]
AUDIT |= dict.fromkeys(PAPER_ITEMS, TABLE_KINDS)


rule paper_audit:
    input:
        extremes=[
            extremes_of(PLAN.tables[number]["law"], size)
            for number in RANDOM_MATRIX_TABLES
            for size in TABULATED_SIZES
        ],
    output:
        audit_files(*PAPER_ITEMS, kinds=TABLE_KINDS),
    log:
        "<logs>/paper_audit.log",
    benchmark:
        "<benchmarks>/paper_audit.tsv"
    conda:
        "../../envs/gengap.yaml"
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        code=lambda w: code("paper_audit.py", *laws_of_paper_items()),
        shown=PAPER_ITEMS,
        tables=[table_subject(PLAN, number) for number in RANDOM_MATRIX_TABLES],
        sizes=TABULATED_SIZES,
        printed=[printed("tables_1_to_11.csv"), printed("tables_a1_to_a3.csv")] if REPRODUCES_APPENDIX else [],
    script:
        "../scripts/paper_audit.py"
