# Large-batch generalization gap and near-rank loss (arXiv 2210.12184), from public data to every table and figure.
#
#     snakemake --cores all --resources gpu=4             everything that config.yaml names
#     snakemake --cores all figures                       one stage: data, runs, spectra, random_matrices, tables, …
#     snakemake --cores all --configfile demo.yaml        another configuration, merged into config.yaml
#
# What each stage does stands in workflow/rules, what it computes in workflow/gengap.
from snakemake.utils import min_version

min_version("9.19.0")


configfile: str(workflow.current_basedir.join("config.yaml"))


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"


# What was measured before is not made again.
if not PLAN.config["measured"]:

    include: "workflow/rules/data.smk"
    include: "workflow/rules/training.smk"
    include: "workflow/rules/spectra.smk"
    include: "workflow/rules/random_matrices.smk"
    include: "workflow/rules/remeasure.smk"
    include: "workflow/rules/minima.smk"


include: "workflow/rules/exhibits.smk"
include: "workflow/rules/report.smk"


rule all:
    input:
        REPORT,
        DOCUMENT,
        exhibit_files("csv", "tex", kind="table"),
        exhibit_files("pdf", "png", kind="figure"),
        [counts_of(name) for name in COUNTED],


rule data:
    input:
        [dataset(name) for name in DATASETS],


rule runs:
    input:
        [run_file("metrics.json", *run) for run in RUNS],


rule spectra:
    input:
        [counts_of(name) for name in COUNTED],


rule random_matrices:
    input:
        [extremes_of(law, size) for law in LAWS for size in TABULATED_SIZES],
        [histograms_of(law) for law in LAWS],


rule minima:
    input:
        minima_files(),


rule audit:
    input:
        exhibit_files("csv", kind="table", folder="audit"),
        exhibit_files("png", kind="figure", folder="audit"),


rule tables:
    input:
        exhibit_files("csv", "tex", kind="table", folder="tables"),


rule figures:
    input:
        exhibit_files("pdf", "png", kind="figure", folder="figures"),
