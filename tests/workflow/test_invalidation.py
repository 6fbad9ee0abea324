"""Exactly what is invalidated reruns: one change, one dry run, one exact set of jobs."""

import os

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


REPORT = {("report", ()), ("reproduction", ())}
TABLES = each("table", [("6",), ("10",), ("11",)])
FIGURES = each("figure", [("3",), ("6",)])
AUDIT_FIGURES, AUDIT_TABLES = {("audit_figures", ())}, {("audit_tables", ())}
AUDIT = AUDIT_FIGURES | AUDIT_TABLES
UNTRAINED_FIGURE = {("untrained_figure", ())}
UNTRAINED_COUNTS = {("counts", ("tiny_initial",))} | UNTRAINED_FIGURE
PRECISION, PROPOSITION = {("forward_precision", ("tiny_lenet5",))}, {("proposition_3", ("tiny_linear",))}
COUNTS = each("counts", EXPERIMENTS) | FIGURES | AUDIT | REPORT
INITIAL = [("tiny_lenet5", "0"), ("tiny_linear", "0"), ("tiny_initial", "0")]
UNTRAINED = each("untrained_spectrum", INITIAL) | UNTRAINED_COUNTS
SPECTRA = each("spectrum", MEASURED) | COUNTS
LOSSES = {("losses", ())}
TRAINING = each("train", TRAINED) | SPECTRA | PRECISION | PROPOSITION | TABLES | LOSSES
RANDOM = each("random_matrix", [(law, "30", n) for law in ("gaussian", "uniform") for n in ("5", "30")])
RANDOM_FIGURE = {("random_matrix_figure", ("a2",))}
HISTOGRAM = {("random_matrix_histogram", ("uniform",))} | RANDOM_FIGURE
RANDOM_TABLES = {("random_matrix_table", ("a1",)), ("paper_audit", ())}
DATASET = {("dataset", ("digits28",))}
EVERYTHING = DATASET | TRAINING | UNTRAINED | RANDOM | RANDOM_TABLES | HISTOGRAM


def add_variant(config):
    config["variants"]["average"] = {"width": 0.25, "pooling": "average"}
    config["experiments"]["tiny_average"] = {
        **config["experiments"]["tiny_lenet5"],
        "variant": "average",
        "batch_sizes": [64],
    }
    config["run"].append("tiny_average")


PACKAGE = "workflow/gengap"
LENET = {("tiny_lenet5", "64", "0"), ("tiny_lenet5", "256", "0")}
LENET_MEASURED = (
    each("spectrum", LENET)
    | AUDIT
    | {
        ("untrained_spectrum", ("tiny_lenet5", "0")),
        ("counts", ("tiny_lenet5",)),
        ("figure", ("3",)),
    }
)
EDIT_OBJECTIVE = append(f"{PACKAGE}/training/objective.py", "\n_EDITED = True\n")

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
    "the model's code": (append(f"{PACKAGE}/models/lenet5.py", "\n_EDITED = True\n"), TRAINING | UNTRAINED),
    "another model's code": (append(f"{PACKAGE}/models/vgg16.py", "\n_EDITED = True\n"), NOTHING),
    "the optimiser's code": (EDIT_OBJECTIVE, TRAINING),
    "the training script": (append("workflow/scripts/train.py", "\n_EDITED = True\n"), TRAINING),
    "the spectrum's code": (
        append(f"{PACKAGE}/spectra/singular_values.py", "\n_EDITED = True\n"),
        SPECTRA | UNTRAINED | PRECISION | PROPOSITION,
    ),
    "the counting code": (
        append(f"{PACKAGE}/spectra/counts.py", "\n_EDITED = True\n"),
        COUNTS | UNTRAINED_COUNTS | PRECISION,
    ),
    "the code of an audit's figure": (
        append(f"{PACKAGE}/audit/threshold_curves.py", "\n_EDITED = True\n"),
        AUDIT_FIGURES | REPORT,
    ),
    "the code of Proposition 3": (
        append(f"{PACKAGE}/audit/proposition_3.py", "\n_EDITED = True\n"),
        PROPOSITION | AUDIT_TABLES | REPORT,
    ),
    # No table is the paper's, so they are not judged.
    "the paper's claims": (replace("workflow/gengap/paper/claims.csv", "Section 5.3", "Section 5"), NOTHING),
    "a data set's source": (
        append(f"{PACKAGE}/data/sources/digits.py", "\n_EDITED = True\n"),
        DATASET | TRAINING | UNTRAINED,
    ),
    "a table's code": (
        append(f"{PACKAGE}/results/tables.py", "\n_EDITED = True\n"),
        TABLES | LOSSES | AUDIT_TABLES | REPORT,
    ),
    "a figure's code": (
        append(f"{PACKAGE}/results/rank_loss_figure.py", "\n_EDITED = True\n"),
        FIGURES | UNTRAINED_FIGURE | REPORT,
    ),
    "the report's code": (append(f"{PACKAGE}/results/report.py", "\n_EDITED = True\n"), REPORT),
    "one law's code": (
        append(f"{PACKAGE}/random_matrices/laws/uniform.py", "\n_EDITED = True\n"),
        each("random_matrix", [("uniform", "30", "5"), ("uniform", "30", "30")]) | HISTOGRAM | REPORT,
    ),
    "a plot colour": (
        configure(lambda c: c.update(style={"palette": "deep"})),
        FIGURES | RANDOM_FIGURE | AUDIT_FIGURES | UNTRAINED_FIGURE | LOSSES | REPORT,
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
    "the batch of the audit": (
        configure(lambda c: c["audit"].update(fed_batch_size=32)),
        PRECISION | AUDIT_TABLES | REPORT,
    ),
    "the threads of a job": (configure(lambda c: c["compute"].update(threads=2)), EVERYTHING - DATASET),
    "a batch size added": (
        configure(lambda c: c["experiments"]["tiny_lenet5"]["batch_sizes"].append(128)),
        {("train", ("tiny_lenet5", "128", "0")), ("spectrum", ("tiny_lenet5", "128", "0")), ("table", ("6",))}
        | LENET_MEASURED
        | LOSSES
        | REPORT,
    ),
    "a batch size removed": (
        configure(lambda c: c["experiments"]["tiny_lenet5"]["batch_sizes"].remove(256)),
        (LENET_MEASURED - {("spectrum", ("tiny_lenet5", "256", "0"))})
        | PRECISION
        | {("table", ("6",))}
        | LOSSES
        | REPORT,
    ),
    "an untrained network added": (
        configure(lambda c: c["audit"]["untrained"].append("tiny_switch")),
        {("untrained_spectrum", ("tiny_switch", "0")), ("counts", ("tiny_switch",))} | UNTRAINED_FIGURE | REPORT,
    ),
    "a seed added": (
        configure(lambda c: c["seeds"].append(1)),
        each("train", {(*run[:2], "1") for run in TRAINED})
        | each("spectrum", {(*run[:2], "1") for run in MEASURED})
        | each("untrained_spectrum", [(name, "1") for name, _ in INITIAL])
        | UNTRAINED_COUNTS
        | COUNTS
        | TABLES
        | LOSSES,
    ),
    "a variant added": (
        configure(add_variant),
        {
            ("train", ("tiny_average", "64", "0")),
            ("spectrum", ("tiny_average", "64", "0")),
            ("untrained_spectrum", ("tiny_average", "0")),
            ("counts", ("tiny_average",)),
        }
        | AUDIT
        | LOSSES
        | REPORT,
    ),
    "an option added to the schema": (
        replace(
            "workflow/gengap/config/config.schema.yaml",
            "      batch_norm_momentum:\n",
            "      unused: { type: boolean, default: false, description: Nothing. }\n      batch_norm_momentum:\n",
        ),
        TRAINING,
    ),
    "the recipe of one experiment": (
        configure(lambda c: c["recipes"]["tiny_linear"].update(learning_rate=0.05)),
        {
            ("train", ("tiny_linear", "64", "0")),
            ("spectrum", ("tiny_linear", "64", "0")),
            ("counts", ("tiny_linear",)),
            ("table", ("10",)),
            ("figure", ("6",)),
        }
        | PROPOSITION
        | AUDIT
        | LOSSES
        | REPORT,
    ),
    "a random-matrix size added": (
        configure(lambda c: c["random_matrices"]["sizes"].append([30, 10])),
        each("random_matrix", [("gaussian", "30", "10"), ("uniform", "30", "10")]) | RANDOM_TABLES | HISTOGRAM | REPORT,
    ),
    "the printed values": (
        replace("workflow/gengap/paper/tables_1_to_11.csv", "0.1675", "0.1676"),
        TABLES | LOSSES | REPORT,
    ),
    "a caption": (configure(lambda c: c["tables"][0].update(title="Other words")), {("table", ("6",))} | REPORT),
    "a deleted figure": (delete("results/tiny/figures/figure_3.png"), {("figure", ("3",))} | REPORT),
    # They are trained anew only when something needs them.
    "deleted weights": (delete("results/tiny/runs/tiny_linear/bs64/seed0/weights.safetensors"), NOTHING),
    "a deleted table": (delete("results/tiny/tables/table_6_comparison.tex"), {("table", ("6",))} | REPORT),
    "a deleted table of the audit": (delete("results/tiny/audit/loss_parts.tex"), LOSSES | REPORT),
    "library versions made to count": (configure(lambda c: c.update(rerun_on_library_change=True)), EVERYTHING),
    "a copy without Snakemake's records": (lose_records, NOTHING),
    "a copy without records, then edited code": (both(lose_records, EDIT_OBJECTIVE), TRAINING),
    "a copy without records, then another recipe": (
        both(lose_records, configure(lambda c: c["recipes"]["tiny"].update(momentum=0.8))),
        TRAINING
        - PROPOSITION
        - {
            ("train", ("tiny_linear", "64", "0")),
            ("spectrum", ("tiny_linear", "64", "0")),
            ("counts", ("tiny_linear",)),
            ("table", ("10",)),
            ("figure", ("6",)),
        },
    ),
}


@pytest.mark.parametrize("change", CASES)
def test_a_change_reruns_exactly_what_it_invalidates(project, change):
    apply, expected = CASES[change]
    apply(project)
    assert project.would_run() == expected


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
