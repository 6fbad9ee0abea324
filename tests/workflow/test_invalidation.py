"""Exactly what is invalidated reruns: one change, one dry run, one exact set of jobs."""

import json
import os
import re
import shutil

import pytest
from workflow_harness import DIGITS, TINY, own_images

pytestmark = pytest.mark.workflow

LENET5 = {("tiny_lenet5", "64", "0"), ("tiny_lenet5", "256", "0")}
LINEAR = ("tiny_linear", "64", "0")
TRAINED = LENET5 | {LINEAR, ("tiny_switch", "256", "0")}
MEASURED = LENET5 | {LINEAR}


def each(rule, wildcards):
    return {(rule, values) for values in wildcards}


def exhibits(*names):
    """The jobs that make some tables and figures, and the pages that show everything."""
    found = {("facts", ()), ("report", ()), ("reproduction", ())}
    for name in names:
        kind = name.partition("_")[0]
        folder = f"{kind}s" if kind in ("table", "figure") else "audit"
        found.add(("figure" if kind == "figure" or name in (*AUDIT_FIGURES, THREE_SIZES) else "table", (folder, name)))
    return found


# An experiment of two batch sizes does not show it.
THREE_SIZES = "weight_penalty"
AUDIT_FIGURES = ("untrained", "threshold_curves", "effective_rank", "sigma_min")
AUDIT_FIGURES += ("test_error", "learning_curves")
LOSSES = exhibits("loss_parts")
RESULTS = exhibits("table_6", "table_10", "table_11") | LOSSES
PAGES = exhibits()
CURVES = exhibits("test_error", "learning_curves")
# Of all measured networks, and of those of one experiment.
RANKS = exhibits("near_rank_loss", "threshold_curves", "effective_rank", "sigma_min")
OF_LENET5, OF_LINEAR = RANKS | exhibits("figure_3"), RANKS | exhibits("figure_6")
PRECISION = {("forward_precision", ("tiny_lenet5",))} | exhibits("forward_precision")
PROPOSITION = {("proposition_3", ("tiny_linear",))} | exhibits("proposition_3")
UNTRAINED_COUNTS = {("counts", ("tiny_initial",))} | exhibits("untrained")
COUNTS = each("counts", [("tiny_lenet5",), ("tiny_linear",)]) | OF_LENET5 | OF_LINEAR
INITIAL = [("tiny_lenet5", "0"), ("tiny_linear", "0"), ("tiny_initial", "0")]
UNTRAINED = each("untrained_spectrum", INITIAL) | UNTRAINED_COUNTS
SPECTRA = each("spectrum", MEASURED) | COUNTS
TRAINING = each("train", TRAINED) | SPECTRA | PRECISION | PROPOSITION | RESULTS | CURVES
RANDOM = each("random_matrix", [(law, "30", n) for law in ("gaussian", "uniform") for n in ("5", "30")])
GAUSSIAN = exhibits("table_a1")
UNIFORM = {("random_matrix_histogram", ("uniform",))} | exhibits("figure_a2")
DATASET = {("dataset", ("digits28",))}
EVERYTHING = DATASET | TRAINING | UNTRAINED | RANDOM | GAUSSIAN | UNIFORM
ALL_EXHIBITS = {job for job in EVERYTHING if job[0] in ("table", "figure")} | PAGES


PACKAGE = "workflow/gengap"
LENET5_MEASURED = each("spectrum", LENET5) | {("counts", ("tiny_lenet5",))} | OF_LENET5
LENET5_MEASURED |= {("untrained_spectrum", ("tiny_lenet5", "0"))}
LINEAR_TRAINED = {("train", LINEAR), ("spectrum", LINEAR), ("counts", ("tiny_linear",))}


def edit(*modules):
    """Edit the code of some modules."""
    return lambda project: [project.append(f"{PACKAGE}/{module}.py", "\n_EDITED = True\n") for module in modules]


def replace(path, old, new):
    return lambda project: project.edit(f"{PACKAGE}/{path}", old, new)


def configure(change):
    return lambda project: project.configure(change)


def delete(*paths):
    return lambda project: [(project.folder / "results/tiny" / path).unlink() for path in paths]


def lose_records(project):
    """Copy results without what Snakemake remembers of them."""
    shutil.rmtree(project.folder / ".snakemake")


def all_of(*changes):
    return lambda project: [change(project) for change in changes]


# Changes that stand in one case invalidate different jobs.
CASES = {
    "the model's code": (edit("models/lenet5"), TRAINING | UNTRAINED),
    "the optimiser's code": (edit("training/objective"), TRAINING),
    "the spectrum's code": (edit("spectra/singular_values"), SPECTRA | UNTRAINED | PRECISION | PROPOSITION),
    "the counting code, and that of a table that another uses": (
        edit("spectra/counts", "exhibits/comparison"),
        COUNTS | UNTRAINED_COUNTS | PRECISION | exhibits("loss_parts"),
    ),
    "a data set's source": (edit("data/sources/digits"), DATASET | TRAINING | UNTRAINED),
    "the code of Proposition 3, of one law, of a table, of several tables and of a figure": (
        edit(
            *("remeasure/perturbation", "random_matrices/laws/uniform"),
            *("exhibits/near_rank_loss", "exhibits/results_table", "exhibits/effective_rank"),
        ),
        PROPOSITION
        | each("random_matrix", [("uniform", "30", "5"), ("uniform", "30", "30")])
        | UNIFORM
        | exhibits("near_rank_loss", "table_6", "table_10", "table_11", "effective_rank"),
    ),
    "how all exhibits are written": (edit("render/exhibit"), ALL_EXHIBITS),
    "the code of the numbers that pages tell": (edit("report/facts"), PAGES),
    "the report's code": (edit("report/html"), {("report", ())}),
    "a sentence of the pages": (
        lambda project: project.append(f"{PACKAGE}/report/templates/findings.txt.j2", "Edited.\n"),
        PAGES - {("facts", ())},
    ),
    "a threshold": (
        configure(lambda c: c.update(spectra={"thresholds": [0.0001, 0.001]})),
        COUNTS | UNTRAINED_COUNTS | PRECISION,
    ),
    "a caption, the batch of the audit, a size of random matrices and an untrained network": (
        configure(
            lambda c: (
                c["tables"][0].update(title="Other words"),
                c["audit"].update(fed_batch_size=32),
                c["random_matrices"]["sizes"].append([30, 10]),
                c["audit"]["untrained"].append("tiny_switch"),
            )
        ),
        exhibits("table_6", "untrained")
        | PRECISION
        | each("random_matrix", [("gaussian", "30", "10"), ("uniform", "30", "10")])
        | GAUSSIAN
        | UNIFORM
        | {("untrained_spectrum", ("tiny_switch", "0")), ("counts", ("tiny_switch",))},
    ),
    "the threads of a job": (configure(lambda c: c["compute"].update(threads=2)), EVERYTHING - DATASET),
    "another device": (
        configure(lambda c: c["compute"].update(device="auto")),
        EVERYTHING - DATASET - RANDOM - GAUSSIAN - UNIFORM | PAGES,
    ),
    "a batch size added": (
        configure(lambda c: c["experiments"]["tiny_lenet5"]["batch_sizes"].append(128)),
        {("train", ("tiny_lenet5", "128", "0")), ("spectrum", ("tiny_lenet5", "128", "0"))}
        | exhibits("table_6")
        | LENET5_MEASURED
        | LOSSES
        | exhibits(THREE_SIZES)
        | CURVES,
    ),
    "a seed added": (
        configure(lambda c: c["seeds"].append(1)),
        each("train", {(*run[:2], "1") for run in TRAINED})
        | each("spectrum", {(*run[:2], "1") for run in MEASURED})
        | each("untrained_spectrum", [(name, "1") for name, _ in INITIAL])
        | UNTRAINED_COUNTS
        | COUNTS
        | RESULTS
        | CURVES,
    ),
    "the recipe of one experiment": (
        configure(lambda c: c["recipes"]["tiny_linear"].update(learning_rate=0.05)),
        LINEAR_TRAINED | PROPOSITION | OF_LINEAR | exhibits("table_10", "learning_curves", "loss_parts"),
    ),
    "the printed values, expectations and misprints": (
        all_of(
            replace("paper/tables_1_to_11.csv", "0.1675", "0.1676"),
            replace("paper/tables_a1_to_a3.csv", "29.9333", "29.9334"),
            replace("paper/misprints.csv", "Printed", "Printed:"),
        ),
        RESULTS | exhibits("test_error") | GAUSSIAN,
    ),
    "a deleted figure and two deleted tables": (
        delete("figures/figure_3.png", "tables/table_6.tex", "audit/loss_parts.tex"),
        exhibits("figure_3", "table_6", "loss_parts"),
    ),
    "library versions made to count": (configure(lambda c: c.update(rerun_on_library_change=True)), EVERYTHING),
    "a copy without records, then an edited script": (
        all_of(lose_records, lambda project: project.append("workflow/scripts/train.py", "\n_EDITED = True\n")),
        TRAINING,
    ),
}


@pytest.mark.parametrize("change", CASES)
def test_a_change_reruns_exactly_what_it_invalidates(project, change):
    apply, expected = CASES[change]
    apply(project)
    assert project.would_run() == expected


def test_what_changes_no_result_reruns_nothing(project):
    """All of it at once."""
    project.append(f"{PACKAGE}/training/objective.py", "\n# A remark.\n")
    project.edit(f"{PACKAGE}/training/objective.py", '"""', '"""Edited. ')
    project.edit(f"{PACKAGE}/training/objective.py", "\n\n\ndef ", "\n\n\n\n\n\ndef ")
    edit("models/vgg16")(project)
    # No table is the paper's, so they are not judged.
    project.edit(f"{PACKAGE}/paper/claims.csv", "Section 5.3", "Section 5")
    touched = ["workflow/scripts/train.py", f"{PACKAGE}/training/loop.py"]
    touched += [f"resources/tiny/datasets/digits28.safetensors{suffix}" for suffix in ("", ".sha256")]
    for path in (*touched, "results/tiny/runs/tiny_lenet5/bs64/seed0/weights.safetensors"):
        os.utime(project.folder / path)
    # They are trained anew only when something needs them.
    delete("runs/tiny_linear/bs64/seed0/weights.safetensors")(project)
    # An option that is new in the schema, options at their defaults, and the same numbers written otherwise.
    option = "      batch_norm_momentum:\n"
    unused = "      unused: { type: boolean, default: false, description: No. }\n"
    project.edit(f"{PACKAGE}/config/config.schema.yaml", option, unused + option)
    recipe = {"batch_norm_momentum": 0.1, "pooling": "max", "epochs": 2.0, "weight_decay": "5e-4", "momentum": "9e-1"}
    project.configure(
        lambda c: (
            c["recipes"]["tiny"].update(recipe),
            c["compute"].update(threads="1e0"),
            c.update(seeds=[-0.0], results="./results//tiny/"),
        )
    )
    # How the workflow is run.
    arguments = ["--resources", "gpu=1", "mem_mb=32000", "--default-resources", "runtime=10"]
    arguments += ["--config", "torchvision_root=elsewhere"]
    environment = {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "LANG": "tr_TR.UTF-8"}
    assert project.would_run(*arguments, cores=16, **environment) == set()


def test_a_plot_colour_makes_the_figures_again_reads_no_weights_and_no_singular_values_and_leaves_nothing_to_do(
    project,
):
    weights = list(project.folder.glob("results/tiny/runs/**/weights.safetensors"))
    spectra = list(project.folder.glob("results/tiny/spectra/**/*.parquet"))
    assert (len(weights), len(spectra)) == (4, 6)
    for path in (*weights, *spectra):
        status = path.stat()
        path.write_bytes(b"")
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    figure = project.folder / "results/tiny/figures/figure_3.png"
    before = figure.read_bytes()
    project.configure(lambda c: c.update(style={"palette": "deep"}))
    assert project.would_run() == exhibits("figure_3", "figure_6", "figure_a2", *AUDIT_FIGURES)
    project.run()
    assert figure.read_bytes() != before
    assert project.would_run() == set()


def test_no_place_of_a_file_is_compared(finished):
    """Snakemake records what it compares: of paths those alone that no rule declares."""
    undeclared = re.compile(r"results/tiny/\.(checkpoints|partial)/[\w/]+")
    rules = set()
    for path in finished.folder.glob("*/tiny/.records/*"):
        record = json.loads(path.read_text(encoding="utf-8"))
        rules.add(record["rule"])
        text = undeclared.sub("", " ".join(record["params"]))
        if record["rule"] in ("report", "reproduction"):
            text = text.replace("'results/tiny'", "")
        assert "results/" not in text
        assert "resources/" not in text
        assert str(finished.folder) not in text
    assert rules == {rule for rule, _ in EVERYTHING}


def test_a_table_of_sentences_follows_its_template(checkout):
    checkout.edit(TINY, "law: gaussian, printed: false", "law: gaussian")
    made = "results/tiny/audit/inconsistencies.csv"
    checkout.run(made)
    assert checkout.would_run(made) == set()
    checkout.append(f"{PACKAGE}/report/templates/inconsistencies.yaml.j2", "# Edited.\n")
    assert checkout.would_run(made) == {("table", ("audit", "inconsistencies"))}


def test_own_images_remake_their_data_set_and_a_touch_or_another_name_does_not(checkout):
    mine, moved = checkout.folder / "mine.npz", checkout.folder / "moved.npz"
    checkout.edit(TINY, DIGITS, "{ source: npz, path: mine.npz }")
    own_images(mine)
    checkout.run("data")
    mine.rename(moved)
    os.utime(moved)
    checkout.edit(TINY, "path: mine.npz", "path: moved.npz")
    assert checkout.would_run("data") == set()
    own_images(moved, value=2)
    assert checkout.would_run("data") == {("dataset", ("digits28",))}
