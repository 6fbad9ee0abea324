# What all rules share: the checked configuration, the names of files, the hash of the code that a rule uses.
import os
import re
import shlex
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.path_modifier import PathModifier

# The package lies beside the rules; rules that Snakemake reads from a repository without a checkout use the installed one.
WORKFLOW = Path(str(workflow.current_basedir)).parent
if re.search("[{}]", str(WORKFLOW)):
    raise WorkflowError(f"Snakemake cannot work with braces in the name of a folder: rename one of {WORKFLOW.parent}.")
if WORKFLOW.is_dir():
    # Scripts run in processes of their own, here or on a node of a cluster, and import the package from here.
    sys.path.insert(0, str(WORKFLOW))
    os.environ.update(PYTHONPATH=os.pathsep.join(filter(None, [str(WORKFLOW), os.environ.get("PYTHONPATH")])))
# A user's settings of Matplotlib may keep it from being imported at all.
os.environ.update(MATPLOTLIBRC=os.devnull, MPLBACKEND="agg")

# Snakemake writes the path of Python into shell commands as it is. One with blanks or quotes is found by its name instead.
if sys.executable != shlex.quote(sys.executable):
    os.environ.update(PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", os.defpath)]))
    sys.executable = os.path.basename(sys.executable)

try:
    import gengap
except ImportError:
    raise WorkflowError(
        "The rules come from a repository without its package `gengap`: install it from there, with"
        " `pip install git+https://…`, or name the Snakefile of a checkout instead."
    )

from gengap import planned
from gengap.config import plan
from gengap.config.guard import check_dataset, check_folder, write_dataset, write_resolved
from gengap.config.load import merge, read_yaml
from gengap.config.subjects import figure_subject, report_subject, table_subject
from gengap.data.own_files import check_there, described
from gengap.data.own_files import content as own_content
from gengap.errors import UserError
from gengap.files import sha256
from gengap.fingerprint import code_hash
from gengap.leftovers import remove_empty_folders
from gengap.records import mirror_records

PACKAGE = Path(gengap.__file__).parent


def source_file(path):
    """A file of the workflow: in its checkout, or in Snakemake's cache of a repository."""
    return WORKFLOW / path if WORKFLOW.is_dir() else workflow.source_path(f"../{path}")


try:
    for path in workflow.configfiles:
        read_yaml(path)
    if not workflow.modifier.is_main_snakefile():
        # What a module is given is merged into the defaults, as a file that `--configfile` names is. Its `prefix` goes into
        # the names of the folders, since these stand in parameters too, which Snakemake does not prefix.
        config = merge(read_yaml(source_file("../config.yaml")), config)
        prefixed = workflow.modifier.path_modifier.replace_prefix
        config |= {key: os.path.normpath(prefixed(f"{config[key]}/")) for key in ("results", "resources")}
        workflow.modifier.path_modifier = PathModifier(None, None, workflow)
    PLAN = plan(config)
    if workflow.is_main_process:
        for folder in ("results", "resources"):
            check_folder(folder, PLAN.config[folder])
        if PLAN.config["torchvision_root"] is not None:
            check_folder("torchvision_root", PLAN.config["torchvision_root"], written=False)
        for name in PLAN.datasets:
            check_there(name, PLAN.config["datasets"][name])
            check_dataset(name, PLAN.config["datasets"][name], PLAN.config["resources"], PLAN.config["results"])
        planned.plan(PLAN.config)
    else:
        planned.check_node(PLAN.config)
except UserError as error:
    raise WorkflowError(str(error))

# Scripts see values as they are meant: a `~` is expanded.
config.update(PLAN.config)


# Executors that do not pass on the whole environment pass on this.
envvars:
    planned.VARIABLE,


pathvars:
    results=PLAN.config["results"],
    resources=PLAN.config["resources"],
    logs="<results>/logs",
    benchmarks="<results>/benchmarks",


RESULTS, RESOURCES = PLAN.config["results"], PLAN.config["resources"]
RUNS = [(run["experiment"], run["batch_size"], run["seed"]) for run in PLAN.runs]
MEASURED = [experiment.name for experiment in PLAN.experiments.values() if experiment.spectra]
COUNTED = [*MEASURED, *PLAN.untrained]
ALL_LAWS = sorted(path.stem for path in (PACKAGE / "random_matrices" / "laws").glob("[a-z]*.py"))
LAWS = PLAN.config["random_matrices"]["laws"]
SIZES = [tuple(size) for size in PLAN.config["random_matrices"]["sizes"]]
TABULATED_SIZES = SIZES + [tuple(size) for size in PLAN.config["random_matrices"]["control_sizes"]]
RESULT_TABLES = [number for number, table in PLAN.tables.items() if "experiment" in table]
RANDOM_MATRIX_TABLES = [number for number, table in PLAN.tables.items() if "law" in table]
REPRODUCES_APPENDIX = any(PLAN.tables[number]["printed"] for number in RANDOM_MATRIX_TABLES)
RANK_LOSS_FIGURES = [number for number, figure in PLAN.figures.items() if "experiments" in figure]
SHOWN_COUNTS = list(dict.fromkeys(name for number in RANK_LOSS_FIGURES for name in PLAN.figures[number]["experiments"]))
TABLES = [
    f"{RESULTS}/tables/table_{number}{form}.{kind}"
    for number in PLAN.tables
    for form in ("", "_comparison")
    for kind in ("csv", "tex")
]
FIGURES = [f"{RESULTS}/figures/figure_{number}.{kind}" for number in PLAN.figures for kind in ("pdf", "png")]
REPORT = f"{RESULTS}/report.html"
DOCUMENT = [f"{RESULTS}/paper/reproduction.{kind}" for kind in ("tex", "pdf")]
# Tables and figures beyond the paper's own with the endings of their files, in the report's order; the rules that make
# them add theirs.
AUDIT = {}
TABLE_KINDS, FIGURE_KINDS, PICTURE_KINDS = ("csv", "tex", "json"), ("csv", "pdf", "png", "json"), ("pdf", "png", "json")
# On a CPU nothing waits for a GPU. With `auto` the job itself finds out what its machine has.
GPU = 0 if PLAN.config["compute"]["device"] == "cpu" else 1


LIBRARIES = ""
if PLAN.config["rerun_on_library_change"]:
    LIBRARIES = "".join(f" {name} {version(name)}" for name in ("torch", "numpy"))


@cache
def code(script, *modules):
    """Hash of a rule's script, of the modules that it loads by name and of all that these import."""
    return code_hash(source_file(f"scripts/{script}"), *modules) + LIBRARIES


def mirror():
    """Keep Snakemake's records of how results were made beside the results too."""
    for folder in (RESULTS, RESOURCES):
        mirror_records(Path(".snakemake") / "metadata", folder)


if workflow.is_main_process:
    mirror()


onstart:
    write_resolved(PLAN.config, RESULTS)
    for name in PLAN.datasets:
        write_dataset(name, PLAN.config["datasets"][name], RESOURCES, RESULTS)


onsuccess:
    mirror()
    for name in (".checkpoints", ".partial"):
        remove_empty_folders(Path(RESULTS) / name)


onerror:
    mirror()


def dataset(name):
    return f"{RESOURCES}/datasets/{name}.safetensors"


def dataset_of(experiment):
    return dataset(PLAN.experiment(experiment).dataset)


def run_folder(experiment, batch_size, seed):
    return f"{RESULTS}/runs/{experiment}/bs{batch_size}/seed{seed}"


def run_file(name, experiment, batch_size, seed):
    return f"{run_folder(experiment, batch_size, seed)}/{name}"


def with_metrics(rows):
    """Rows of the plan: their labels and the metrics of their seeds."""
    return [{"label": row["label"], "metrics": [run_file("metrics.json", *run) for run in row["runs"]]} for row in rows]


def rows_of_table(number):
    """Rows of a table of results."""
    return with_metrics(PLAN.table_rows(number))


def rows_of(experiment, batch_sizes=None):
    """Rows of an experiment, as those of a table: all, or those of some batch sizes."""
    return with_metrics(PLAN.rows(experiment, batch_sizes))


def audit_files(*names, kinds):
    """Files of tables or figures beyond the paper's own."""
    return [f"{RESULTS}/audit/{name}.{kind}" for name in names for kind in kinds]


def counts_of(experiment):
    return f"{RESULTS}/counts/{experiment}.csv"


def layers_of(experiment):
    return f"{RESULTS}/counts/{experiment}.parquet"


def weights_of(runs):
    return [run_file("weights.safetensors", *run) for run in runs]


def extremes_of(law, size):
    return f"{RESULTS}/random_matrices/{law}/{size[0]}x{size[1]}.csv"


def spectrum_of_random_matrices(law, size):
    return f"{RESULTS}/random_matrices/{law}/{size[0]}x{size[1]}.parquet"


def histograms_of(law):
    return f"{RESULTS}/random_matrices/{law}/histograms.csv"


def spectra_of(experiment):
    """Spectra of an experiment, trained and untrained, with what tells them apart."""
    seeds = PLAN.experiment(experiment).seeds
    batch_sizes = () if experiment in PLAN.untrained else PLAN.experiments[experiment].batch_sizes
    folder = f"{RESULTS}/spectra/{experiment}"
    trained = [
        {
            "path": f"{folder}/bs{size}/seed{seed}.parquet",
            "state": "trained",
            "trained_batch_size": size,
            "seed": seed,
        }
        for size in batch_sizes
        for seed in seeds
    ]
    untrained = [
        {
            "path": f"{folder}/untrained/seed{seed}.parquet",
            "state": "untrained",
            "trained_batch_size": None,
            "seed": seed,
        }
        for seed in seeds
    ]
    return trained + untrained


def subject_of_table(name):
    """A parameter of a table's rule."""
    return lambda w: table_subject(PLAN, w.number)[name]


def subject_of_figure(name):
    """A parameter of a figure's rule."""
    return lambda w: figure_subject(PLAN, w.number)[name]


def printed(name):
    """A file of printed values, by content: its path would differ in every checkout."""
    content = sha256(PACKAGE / "paper" / name)
    return f"{name} {content[:16]}"


def template_hash(name):
    """Content of a template, which the code hash does not cover."""
    return sha256(PACKAGE / "results" / "templates" / name)[:16]


def alternatives(values):
    """Regular expression of exactly these values, so that a wrong name fails early."""
    return "|".join(re.escape(str(value)) for value in dict.fromkeys(values)) or "(?!)"


wildcard_constraints:
    dataset=alternatives(PLAN.datasets),
    experiment=alternatives(PLAN.experiments),
    batch_size=r"\d+",
    seed=r"\d+",
    law=alternatives(LAWS),
    rows=r"\d+",
    columns=r"\d+",
