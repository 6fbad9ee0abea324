# What all rules share: the checked configuration, the names of files, the hash of the code that a rule uses.
import os
import re
import shlex
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger as terminal
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
    os.environ.update(PATH=os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")]))
    sys.executable = os.path.basename(sys.executable)

try:
    import gengap
except ImportError:
    raise WorkflowError(
        "The rules come from a repository without its package `gengap`: install it from there, with"
        " `pip install git+https://…`, or name the Snakefile of a checkout instead."
    )

from gengap import exhibits
from gengap.config import plan
from gengap.config.experiment import NETWORK_OPTIONS
from gengap.config.guard import check_dataset, check_folders, write_dataset, write_resolved
from gengap.config.load import merge, read_yaml
from gengap.config.measured import ends, measured_experiments
from gengap.config.schema import option_defaults
from gengap.config.subjects import report_subject, result_tables
from gengap.data.own_files import check_there, content as own_content, described
from gengap.errors import UserError
from gengap.exhibits.needs import paths
from gengap.runtime import planned
from gengap.runtime.files import sha256
from gengap.runtime.fingerprint import code_hash
from gengap.runtime.leftovers import remove_empty_folders
from gengap.runtime.records import mirror_records
from gengap.status.job_states import write_jobs
from gengap.terminal import forecast, quieter

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
        config |= {key: str(Path(prefixed(f"{config[key]}/"))) for key in ("results", "resources")}
        workflow.modifier.path_modifier = PathModifier(None, None, workflow)
    PLAN = plan(config)
    # What was measured before needs no data.
    DATASETS = [] if PLAN.config["measured"] else PLAN.datasets
    if workflow.is_main_process:
        check_folders(PLAN.config)
        for name in DATASETS:
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
# Where trainings, counts and random matrices lie: made here, or measured before.
MEASURED_FILES = PLAN.config["measured"] or RESULTS
RUNS = [(run["experiment"], run["batch_size"], run["seed"]) for run in PLAN.runs]
EXHIBITS = exhibits.planned(PLAN)
COUNTED = [*measured_experiments(PLAN), *PLAN.untrained]
LAWS = PLAN.config["random_matrices"]["laws"]
SIZES = [tuple(size) for size in PLAN.config["random_matrices"]["sizes"]]
TABULATED_SIZES = SIZES + [tuple(size) for size in PLAN.config["random_matrices"]["control_sizes"]]
REPORT = f"{RESULTS}/report.html"
DOCUMENT = [f"{RESULTS}/paper/reproduction.{kind}" for kind in ("tex", "pdf")]
# On a CPU nothing waits for a GPU. With `auto` the job itself finds out what its machine has.
GPU = 0 if PLAN.config["compute"]["device"] == "cpu" else 1


NAMED_LIBRARIES = ("torch", "numpy") if PLAN.config["rerun_on_library_change"] else ()
LIBRARIES = "".join(f" {name} {version(name)}" for name in NAMED_LIBRARIES)


DEFAULTS = option_defaults()
NETWORK_DEFAULTS = {name: DEFAULTS[name] for name in NETWORK_OPTIONS}


def not_default(specification):
    """A training or a network with those of its options alone that are not at their default.

    This is what Snakemake compares, so an option that is new makes nothing again by itself. The defaults travel in a
    parameter that takes `input`, which Snakemake does not compare.
    """
    options = {name: value for name, value in specification["options"].items() if value != DEFAULTS[name]}
    return {**specification, "options": options}


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
    if not workflow.output_settings.dryrun:
        quieter(terminal)


onstart:
    trainings = [job.wildcards for job in workflow.dag.needrun_jobs() if job.rule.name == "train"]
    if trainings:
        runs = [PLAN.run(w.experiment, int(w.batch_size), int(w.seed)) for w in trainings]
        terminal.info(forecast(runs, RESULTS))
    write_resolved(PLAN.config, RESULTS)
    write_jobs(((job.rule.name, job.wildcards, job.output, job.log) for job in workflow.dag.jobs), RESULTS)
    for name in DATASETS:
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
    return f"{MEASURED_FILES}/runs/{experiment}/bs{batch_size}/seed{seed}"


def run_file(name, experiment, batch_size, seed):
    return f"{run_folder(experiment, batch_size, seed)}/{name}"


def counts_of(experiment):
    return f"{MEASURED_FILES}/counts/{experiment}.csv"


def weights_of(runs):
    return [run_file("weights.safetensors", *run) for run in runs]


def extremes_of(law, size):
    return f"{MEASURED_FILES}/random_matrices/{law}/{size[0]}x{size[1]}.csv"


def spectrum_of_random_matrices(law, size):
    return f"{RESULTS}/random_matrices/{law}/{size[0]}x{size[1]}.parquet"


def histograms_of(law):
    return f"{MEASURED_FILES}/random_matrices/{law}/histograms.csv"


def minima_files():
    """What is measured of the minima that trained networks lie in, which two exhibits show."""
    made_of = [paths(EXHIBITS[name].needs, MEASURED_FILES) for name in ("minima", "interpolation") if name in EXHIBITS]
    kinds = ("sharpness", "curvature", "interpolation")
    return [path for files in made_of for kind in kinds for path in files.get(kind, ())]


def minima_settings(*names):
    """Those of the settings that a measurement depends on."""
    return {name: PLAN.config["minima"][name] for name in ("images", *names)}


def minimum_code(w, module):
    """Hash of the code that measures one network by a module of `gengap.minima`."""
    return code("minimum.py", f"gengap.minima.{module}", f"gengap.models.{PLAN.experiments[w.experiment].model}")


def networks_of(experiment):
    """Networks of an experiment whose spectra are measured: what tells them apart."""
    seeds = PLAN.experiment(experiment).seeds
    batch_sizes = () if experiment in PLAN.untrained else PLAN.experiments[experiment].batch_sizes
    trained = [{"state": "trained", "trained_batch_size": size, "seed": seed} for size in batch_sizes for seed in seeds]
    return trained + [{"state": "untrained", "trained_batch_size": None, "seed": seed} for seed in seeds]


def spectra_of(experiment):
    """Spectra of these networks, in the same order."""
    return [
        (
            f"{RESULTS}/spectra/{experiment}/bs{network['trained_batch_size']}/seed{network['seed']}.parquet"
            if network["trained_batch_size"]
            else f"{RESULTS}/spectra/{experiment}/untrained/seed{network['seed']}.parquet"
        )
        for network in networks_of(experiment)
    ]


def printed(name):
    """A file of printed values, by content: its path would differ in every checkout."""
    content = sha256(PACKAGE / "paper" / name)
    return f"{name} {content[:16]}"


def template_hash(name):
    """Content of a template, which the code hash does not cover."""
    return sha256(PACKAGE / "report" / "templates" / name)[:16]


def files_of(w):
    """Files that an exhibit is made of, by kind."""
    return paths(EXHIBITS[w.name].needs, MEASURED_FILES)


def code_of(name):
    """Hash of the code of one exhibit."""
    laws = [f"gengap.random_matrices.laws.{law}" for law in EXHIBITS[name].needs.laws]
    return code("exhibit.py", f"gengap.exhibits.{EXHIBITS[name].module}", *laws)


def texts_of(name):
    """Contents of the printed values and of the templates that an exhibit reads."""
    needs = EXHIBITS[name].needs
    return [printed(file) for file in needs.printed] + [template_hash(file) for file in needs.templates]


def exhibit_files(*endings, kind, folder=None):
    """Files with some endings of all tables or all figures, or of those in one folder."""
    return [
        f"{RESULTS}/{exhibit.folder}/{name}.{ending}"
        for name, exhibit in EXHIBITS.items()
        if exhibit.kind == kind and folder in (None, exhibit.folder)
        for ending in endings
    ]


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
