"""Exactly what is invalidated reruns: one change, one dry run, one exact set of jobs."""

import json
import os
import re

import numpy as np
import pytest
from workflow_changes import append, both, configure, delete, lose_records, replace, touch

pytestmark = pytest.mark.workflow

TRAINED = {
    ("tiny_lenet5", "64", "0"),
    ("tiny_lenet5", "256", "0"),
    ("tiny_linear", "64", "0"),
    ("tiny_switch", "256", "0"),
}
MEASURED = {run for run in TRAINED if run[0] != "tiny_switch"}
EXPERIMENTS = {("tiny_lenet5",), ("tiny_linear",)}
NOTHING: set = set()


def each(rule, wildcards):
    return {(rule, values) for values in wildcards}


def exhibits(*names):
    """The jobs that make some tables and figures, and the pages that show everything."""
    found = {("facts", ()), ("report", ()), ("reproduction", ())}
    for name in names:
        kind = name.partition("_")[0]
        folder = f"{kind}s" if kind in ("table", "figure") else "audit"
        found.add(("figure" if kind == "figure" or name in AUDIT_FIGURES else "table", (folder, name)))
    return found


CURVES_OF_TRAINING = ("test_error", "learning_curves")
AUDIT_FIGURES = (
    *CURVES_OF_TRAINING,
    *("weight_penalty", "untrained", "threshold_curves", "effective_rank", "sigma_min"),
)
LOSSES = exhibits("loss_parts", "weight_penalty")
RESULTS = exhibits("table_6", "table_10", "table_11") | LOSSES
PAGES = exhibits()
CURVES = exhibits(*CURVES_OF_TRAINING)
# Of all measured networks, and of those of one experiment.
RANKS = exhibits("near_rank_loss", "threshold_curves", "effective_rank", "sigma_min")
OF_LENET5, OF_LINEAR = RANKS | exhibits("figure_3"), RANKS | exhibits("figure_6")
PRECISION = {("forward_precision", ("tiny_lenet5",))} | exhibits("forward_precision")
PROPOSITION = {("proposition_3", ("tiny_linear",))} | exhibits("proposition_3")
UNTRAINED_COUNTS = {("counts", ("tiny_initial",))} | exhibits("untrained")
COUNTS = each("counts", EXPERIMENTS) | OF_LENET5 | OF_LINEAR
INITIAL = [("tiny_lenet5", "0"), ("tiny_linear", "0"), ("tiny_initial", "0")]
UNTRAINED = each("untrained_spectrum", INITIAL) | UNTRAINED_COUNTS
SPECTRA = each("spectrum", MEASURED) | COUNTS
TRAINING = each("train", TRAINED) | SPECTRA | PRECISION | PROPOSITION | RESULTS | CURVES
RANDOM = each("random_matrix", [(law, "30", n) for law in ("gaussian", "uniform") for n in ("5", "30")])
GAUSSIAN = exhibits("table_a1", "random_matrix_agreement")
UNIFORM = {("random_matrix_histogram", ("uniform",))} | exhibits("figure_a2")
DATASET = {("dataset", ("digits28",))}
EVERYTHING = DATASET | TRAINING | UNTRAINED | RANDOM | GAUSSIAN | UNIFORM
ALL_EXHIBITS = {job for job in EVERYTHING if job[0] in ("table", "figure")} | PAGES


def add_variant(config):
    config["variants"]["average"] = {"width": 0.25, "pooling": "average"}
    config["experiments"]["tiny_average"] = {
        **config["experiments"]["tiny_lenet5"],
        "variant": "average",
        "batch_sizes": [64],
    }
    config["run"].append("tiny_average")


PACKAGE = "workflow/gengap"
EDIT = "\n_EDITED = True\n"
LENET5 = {("tiny_lenet5", "64", "0"), ("tiny_lenet5", "256", "0")}
LENET5_MEASURED = (
    each("spectrum", LENET5) | {("untrained_spectrum", ("tiny_lenet5", "0")), ("counts", ("tiny_lenet5",))} | OF_LENET5
)
LINEAR_TRAINED = {
    ("train", ("tiny_linear", "64", "0")),
    ("spectrum", ("tiny_linear", "64", "0")),
    ("counts", ("tiny_linear",)),
}


def edit(module):
    return append(f"{PACKAGE}/{module}.py", EDIT)


EDIT_OBJECTIVE = edit("training/objective")

CASES = {
    "nothing": (lambda project: None, NOTHING),
    "a comment in the training code": (append(f"{PACKAGE}/training/objective.py", "\n# A remark.\n"), NOTHING),
    "a docstring": (replace(f"{PACKAGE}/training/objective.py", '"""', '"""Edited. '), NOTHING),
    "reformatted code": (replace(f"{PACKAGE}/training/objective.py", "\n\n\ndef ", "\n\n\n\n\n\ndef "), NOTHING),
    "a touched script": (touch("workflow/scripts/train.py"), NOTHING),
    "a touched module": (touch(f"{PACKAGE}/training/loop.py"), NOTHING),
    "a touched large input": (touch("resources/tiny/datasets/digits28.safetensors"), NOTHING),
    "a touched small input": (touch("resources/tiny/datasets/digits28.safetensors.sha256"), NOTHING),
    "touched weights": (touch("results/tiny/runs/tiny_lenet5/bs64/seed0/weights.safetensors"), NOTHING),
    "the model's code": (edit("models/lenet5"), TRAINING | UNTRAINED),
    "another model's code": (edit("models/vgg16"), NOTHING),
    "the optimiser's code": (EDIT_OBJECTIVE, TRAINING),
    "the training script": (append("workflow/scripts/train.py", EDIT), TRAINING),
    "the spectrum's code": (edit("spectra/singular_values"), SPECTRA | UNTRAINED | PRECISION | PROPOSITION),
    "the counting code": (edit("spectra/counts"), COUNTS | UNTRAINED_COUNTS | PRECISION),
    "the code of Proposition 3": (edit("remeasure/perturbation"), PROPOSITION),
    # No table is the paper's, so they are not judged.
    "the paper's claims": (replace(f"{PACKAGE}/paper/claims.csv", "Section 5.3", "Section 5"), NOTHING),
    "a data set's source": (edit("data/sources/digits"), DATASET | TRAINING | UNTRAINED),
    "a table's code": (edit("exhibits/near_rank_loss"), exhibits("near_rank_loss")),
    "the code of several tables": (edit("exhibits/results_table"), exhibits("table_6", "table_10", "table_11")),
    "a figure's code": (edit("exhibits/effective_rank"), exhibits("effective_rank")),
    "the code of a table that a figure uses": (edit("exhibits/loss_parts"), LOSSES),
    "how all exhibits are written": (edit("render/exhibit"), ALL_EXHIBITS),
    "the code of the numbers that pages tell": (edit("report/facts"), PAGES),
    "the report's code": (edit("report/html"), {("report", ())}),
    "the document's code": (edit("report/document"), {("reproduction", ())}),
    "a sentence of the pages": (
        append(f"{PACKAGE}/report/templates/findings.txt.j2", "Edited.\n"),
        PAGES - {("facts", ())},
    ),
    "one law's code": (
        edit("random_matrices/laws/uniform"),
        each("random_matrix", [("uniform", "30", "5"), ("uniform", "30", "30")]) | UNIFORM,
    ),
    "a plot colour": (
        configure(lambda c: c.update(style={"palette": "deep"})),
        exhibits("figure_3", "figure_6", "figure_a2", *AUDIT_FIGURES),
    ),
    "the same numbers, written otherwise": (
        configure(
            lambda c: (
                c["recipes"]["tiny"].update(epochs=2.0, weight_decay="5e-4", momentum="9e-1"),
                c["compute"].update(threads="1e0"),
                c.update(seeds=[-0.0], results="./results//tiny/"),
            )
        ),
        NOTHING,
    ),
    "a threshold": (
        configure(lambda c: c.update(spectra={"thresholds": [0.0001, 0.001]})),
        COUNTS | UNTRAINED_COUNTS | PRECISION,
    ),
    "the batch of the audit": (configure(lambda c: c["audit"].update(fed_batch_size=32)), PRECISION),
    "the threads of a job": (configure(lambda c: c["compute"].update(threads=2)), EVERYTHING - DATASET),
    "a batch size added": (
        configure(lambda c: c["experiments"]["tiny_lenet5"]["batch_sizes"].append(128)),
        {("train", ("tiny_lenet5", "128", "0")), ("spectrum", ("tiny_lenet5", "128", "0"))}
        | exhibits("table_6")
        | LENET5_MEASURED
        | LOSSES
        | CURVES,
    ),
    "a batch size removed": (
        configure(lambda c: c["experiments"]["tiny_lenet5"]["batch_sizes"].remove(256)),
        (LENET5_MEASURED - {("spectrum", ("tiny_lenet5", "256", "0"))})
        | PRECISION
        | exhibits("table_6", "learning_curves")
        | LOSSES,
    ),
    "an untrained network added": (
        configure(lambda c: c["audit"]["untrained"].append("tiny_switch")),
        {("untrained_spectrum", ("tiny_switch", "0")), ("counts", ("tiny_switch",))} | exhibits("untrained"),
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
    "a variant added": (
        configure(add_variant),
        {
            ("train", ("tiny_average", "64", "0")),
            ("spectrum", ("tiny_average", "64", "0")),
            ("untrained_spectrum", ("tiny_average", "0")),
            ("counts", ("tiny_average",)),
        }
        | RANKS
        | exhibits("weight_penalty", "learning_curves"),
    ),
    "an option added to the schema, at its default": (
        replace(
            f"{PACKAGE}/config/config.schema.yaml",
            "      batch_norm_momentum:\n",
            "      unused: { type: boolean, default: false, description: Nothing. }\n      batch_norm_momentum:\n",
        ),
        NOTHING,
    ),
    "an option set to its default": (
        configure(lambda c: c["recipes"]["tiny"].update(batch_norm_momentum=0.1, pooling="max")),
        NOTHING,
    ),
    "the recipe of one experiment": (
        configure(lambda c: c["recipes"]["tiny_linear"].update(learning_rate=0.05)),
        LINEAR_TRAINED | PROPOSITION | OF_LINEAR | exhibits("table_10", "learning_curves") | LOSSES,
    ),
    "a random-matrix size added": (
        configure(lambda c: c["random_matrices"]["sizes"].append([30, 10])),
        each("random_matrix", [("gaussian", "30", "10"), ("uniform", "30", "10")]) | GAUSSIAN | UNIFORM,
    ),
    "the printed values": (replace(f"{PACKAGE}/paper/tables_1_to_11.csv", "0.1675", "0.1676"), RESULTS),
    "the printed expectations": (replace(f"{PACKAGE}/paper/tables_a1_to_a3.csv", "29.9333", "29.9334"), GAUSSIAN),
    "the misprints": (
        replace(f"{PACKAGE}/paper/misprints.csv", "Printed", "Printed:"),
        RESULTS | exhibits("table_a1"),
    ),
    "a caption": (configure(lambda c: c["tables"][0].update(title="Other words")), exhibits("table_6")),
    "a deleted figure": (delete("results/tiny/figures/figure_3.png"), exhibits("figure_3")),
    # They are trained anew only when something needs them.
    "deleted weights": (delete("results/tiny/runs/tiny_linear/bs64/seed0/weights.safetensors"), NOTHING),
    "a deleted table": (delete("results/tiny/tables/table_6.tex"), exhibits("table_6")),
    "a deleted table of the audit": (delete("results/tiny/audit/loss_parts.tex"), exhibits("loss_parts")),
    "library versions made to count": (configure(lambda c: c.update(rerun_on_library_change=True)), EVERYTHING),
    "a copy without Snakemake's records": (lose_records, NOTHING),
    "a copy without records, then edited code": (both(lose_records, EDIT_OBJECTIVE), TRAINING),
    "a copy without records, then another recipe": (
        both(lose_records, configure(lambda c: c["recipes"]["tiny"].update(momentum=0.8))),
        TRAINING - LINEAR_TRAINED - (PROPOSITION | exhibits("table_10", "figure_6")) | PAGES,
    ),
}


@pytest.mark.parametrize("change", CASES)
def test_a_change_reruns_exactly_what_it_invalidates(project, change):
    apply, expected = CASES[change]
    apply(project)
    assert project.would_run() == expected


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


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--resources", "gpu=1"], {}),
        (["--resources", "mem_mb=32000"], {}),
        (["--default-resources", "runtime=10"], {}),
        (["--config", "torchvision_root=elsewhere"], {}),
        ([], {"TZ": "Asia/Tokyo"}),
        ([], {"PYTHONHASHSEED": "1"}),
        ([], {"PYTHONHASHSEED": "2"}),
        ([], {"LC_ALL": "C"}),
        ([], {"LANG": "tr_TR.UTF-8"}),
    ],
)
def test_how_it_is_run_does_not_invalidate(project, arguments, environment):
    assert project.would_run(*arguments, **environment) == NOTHING


@pytest.mark.parametrize("cores", [1, 3, 16])
def test_the_number_of_cores_does_not_invalidate(project, cores):
    assert project.would_run(cores=cores) == NOTHING


def test_a_table_of_sentences_follows_its_template(checkout):
    checkout.edit(checkout.config, "law: gaussian, printed: false", "law: gaussian")
    made = "results/tiny/audit/inconsistencies.csv"
    checkout.run(made)
    assert checkout.would_run(made) == NOTHING
    append(f"{PACKAGE}/report/templates/inconsistencies.yaml.j2", "# Edited.\n")(checkout)
    assert checkout.would_run(made) == {("table", ("audit", "inconsistencies"))}


def test_own_images_remake_their_data_set_and_a_touch_does_not(checkout):
    def save(value):
        images, labels = np.full((20, 28, 28), value, np.uint8), np.arange(20) % 10
        arrays = {
            f"{part}_{kind}": a for part in ("train", "test") for kind, a in (("images", images), ("labels", labels))
        }
        np.savez(checkout.folder / "mine.npz", **arrays)

    checkout.edit(
        checkout.config,
        "digits28: { source: digits, image_size: 28, channels: 1, label: digits }",
        "digits28: { source: npz, path: mine.npz }",
    )
    save(1)
    checkout.run("data")
    os.utime(checkout.folder / "mine.npz")
    assert checkout.would_run("data") == set()
    (checkout.folder / "mine.npz").rename(checkout.folder / "moved.npz")
    checkout.edit(checkout.config, "path: mine.npz", "path: moved.npz")
    assert checkout.would_run("data") == set()
    (checkout.folder / "moved.npz").rename(checkout.folder / "mine.npz")
    checkout.edit(checkout.config, "path: moved.npz", "path: mine.npz")
    save(2)
    assert checkout.would_run("data") == {("dataset", ("digits28",))}
