"""What is planned: the paper's jobs from nothing, and demos and studies that stay apart from them."""

import re

import pytest
from workflow_harness import ROOT, Project, blocks, counted, jobs

pytestmark = pytest.mark.workflow

COMPARISON = {"comparison", "comparison_losses", "slopes", "comparison_figure", "printed_decay"}
CURVES = {"test_error", "learning_curves"}
LOSSES = {"loss_parts", "weight_penalty"}
RANKS = {"near_rank_loss", "threshold_curves", "effective_rank", "sigma_min"}
PAPER = {
    "dataset": 4,
    "train": 60,
    "spectrum": 56,
    "untrained_spectrum": 10,
    "counts": 10,
    "random_matrix": 48,
    "random_matrix_histogram": 3,
    "forward_precision": 4,
    "proposition_3": 2,
    # 14 with a number, and 12 of the audit.
    "table": 26,
    # 9 with a number, and 8 of the audit.
    "figure": 17,
    "facts": 1,
    "report": 1,
    "reproduction": 1,
}
EVERY_RULE = set(PAPER)
NETWORKS = {"dataset", "train", "spectrum", "untrained_spectrum", "counts"}
PAGES = {"facts", "report", "reproduction"}
# Of every rule that makes results from nothing, as opposed to exhibits of them.
PRODUCING = EVERY_RULE - PAGES - {"table", "figure"}


@pytest.fixture(scope="module")
def paper_jobs(tmp_path_factory):
    project = Project.checkout(tmp_path_factory.mktemp("paper") / "project", config=None)
    return project.would_run(), project.run("--dry-run")


def test_the_paper_is_planned_from_nothing(paper_jobs):
    assert counted(paper_jobs[0]) == PAPER
    shown = [values for rule, values in paper_jobs[0] if rule in ("table", "figure")]
    assert len({name for _, name in shown}) == len(shown)
    audit = (
        {"overview"}
        | CURVES
        | COMPARISON
        | LOSSES
        | RANKS
        | {"claims", "forward_precision", "proposition_3", "inconsistencies"}
    )
    audit |= {"random_matrix_agreement", "random_matrix_misprints"}
    assert {name for folder, name in shown if folder == "audit"} == audit


def test_networks_alone_hold_gpus(paper_jobs):
    output = paper_jobs[1]
    holders = [job for job in blocks(output) if re.search(r"^    resources: .*\bgpu=1\b", job, re.MULTILINE)]
    networks = ("train", "spectrum", "untrained_spectrum", "forward_precision", "proposition_3")
    assert counted(jobs("\n" + "\n".join(holders))) == {rule: PAPER[rule] for rule in networks}


@pytest.mark.parametrize("config", ["demo.yaml", "tests/workflow/tiny.yaml"])
def test_other_configurations_share_no_job_and_no_file_with_the_paper(checkout, paper_jobs, config):
    checkout.config = config
    output = checkout.run("--dry-run")
    assert files(output)
    assert not files(output) & files(paper_jobs[1])
    assert not checkout.would_run() & {job for job in paper_jobs[0] if job[0] in ("train", "spectrum", "dataset")}


USAGE = (ROOT / "docs/usage.md").read_text(encoding="utf-8")
STUDIES = sorted(path.name for path in (ROOT / "studies").glob("*.yaml"))


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_has_results_of_its_own_and_the_documented_number_of_trainings(checkout, paper_jobs, study):
    checkout.config = f"studies/{study}"
    output = checkout.run("--dry-run")
    made = {path for path in files(output) if not path.startswith("resources/datasets/")}
    assert made
    assert all(path.startswith(f"results/{study.removesuffix('.yaml')}/") for path in made)
    assert not made & files(paper_jobs[1])
    rows = re.findall(r"^\| `(.*)` \| .* \| ([\d,]+) \|$", USAGE, flags=re.MULTILINE)
    assert counted(jobs(output)).get("train", 0) == int(dict(rows)[study].replace(",", ""))


@pytest.mark.parametrize(
    ("study", "items"),
    [
        (
            "specification",
            {
                f"{part}_specification_mnist{variant}"
                for part in ("settings", "options")
                for variant in ("", "_no_batch_norm")
            },
        ),
        ("switch_epoch", {"settings_switch_epoch", "options_switch_epoch"}),
        ("linear", {"settings_linear_fashion_mnist"}),
        ("equal_updates", {"equal_updates", "equal_updates_figure", "claims"} | CURVES | COMPARISON | LOSSES),
        (
            "cpu_seeds",
            {"claims", "proposition_3", "settings_specification_mnist", "overview"}
            | CURVES
            | COMPARISON
            | LOSSES
            | RANKS,
        ),
        (
            "cpu_width",
            {"claims", "widths", "settings_specification_mnist", "overview"} | CURVES | COMPARISON | LOSSES | RANKS,
        ),
        ("untrained", {"untrained"}),
        ("five_seeds", {"seed_scatter", "claims"} | CURVES | COMPARISON | LOSSES),
    ],
)
def test_the_tables_of_a_study(checkout, study, items):
    checkout.config = f"studies/{study}.yaml"
    audit = f"results/{study}/audit/"
    made = {path.removeprefix(audit) for path in files(checkout.run("--dry-run")) if path.startswith(audit)}
    assert {name.removesuffix(".json") for name in made if name.endswith(".json")} == items


def test_the_demo_runs_every_kind_of_job(checkout):
    checkout.config = "demo.yaml"
    assert set(counted(checkout.would_run())) == EVERY_RULE


@pytest.mark.parametrize(
    ("target", "rules"),
    [
        ("data", {"dataset"}),
        ("runs", {"dataset", "train"}),
        ("spectra", NETWORKS),
        ("random_matrices", {"random_matrix", "random_matrix_histogram"}),
        ("tables", {"dataset", "train", "random_matrix", "table"}),
        ("figures", NETWORKS | {"random_matrix", "random_matrix_histogram", "figure"}),
        ("audit", EVERY_RULE - PAGES - {"random_matrix_histogram"}),
        ("report", EVERY_RULE - {"reproduction"}),
        ("reproduction", EVERY_RULE - {"report"}),
    ],
)
def test_named_targets(checkout, target, rules):
    found = checkout.would_run(target)
    assert set(counted(found)) == rules
    if target in ("tables", "figures", "audit"):
        assert {values[0] for rule, values in found if rule in ("table", "figure")} == {target}


def files(output):
    """Outputs of all jobs of a dry run."""
    lines = [line.split(": ", 1)[1] for line in output.splitlines() if line.startswith("    output: ")]
    return {path for line in lines for path in line.split(", ")}
