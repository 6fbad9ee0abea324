"""Where the workflow is used: folders of all kinds of names, and as a module of another workflow."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from places import ROOT
from workflow_harness import TINY, Project

pytestmark = pytest.mark.workflow

CONFIG = yaml.safe_load((ROOT / TINY).read_text(encoding="utf-8"))
CHEAP = "results/tiny/random_matrices/gaussian/30x5.csv"
BESIDE_CHECKOUT = f'"{ROOT}/Snakefile"'
HOSTED = 'github("owner/gengap", path="Snakefile", tag="v1")'


def test_a_checkout_runs_in_a_folder_of_any_name(tmp_path):
    project = Project.checkout(tmp_path / r"""my größe "猫" it's a&b (c); d $HOME back\slash *?[1] #b%20""")
    (project.folder / ".venv").symlink_to(Path(sys.executable).parents[1])
    project.python = project.folder / ".venv" / "bin" / Path(sys.executable).name
    project.run(CHEAP)
    assert (project.folder / CHEAP).is_file()


def test_braces_in_the_name_are_refused_in_one_sentence(tmp_path):
    name = "a}b"
    done = Project.checkout(tmp_path / name).snakemake(CHEAP)
    assert done.returncode != 0
    assert "braces" in done.stdout
    assert "Traceback" not in done.stdout
    shutil.copy2(ROOT / "Makefile", tmp_path / name)
    (tmp_path / name / "requirements.txt").touch()
    made = subprocess.run(["make", "demo"], cwd=tmp_path / name, capture_output=True, text=True, check=False)
    assert made.returncode != 0
    assert "braces" in made.stderr
    assert not (tmp_path / name / ".venv").exists()


def outer(folder, config, snakefile=BESIDE_CHECKOUT, prefix="", names="*"):
    """A workflow in a folder of its own that has this one as a module."""
    (folder / "config").mkdir(parents=True)
    (folder / "config/config.yaml").write_text(yaml.safe_dump(config))
    (folder / "Snakefile").write_text(
        'configfile: "config/config.yaml"\n'
        f"module gengap:\n    snakefile: {snakefile}\n    config: config\n{prefix}"
        f"use rule * from gengap as {names}\n"
        "onstart:\n    gengap.onstart()\n"
    )
    return Project(folder, configs=())


def test_a_module_with_a_prefix_makes_the_same_files_below_it(finished, tmp_path):
    """Every job that reads files of others by names in its parameters, and the data set, whose place is in no parameter."""
    module = outer(tmp_path / "outer", CONFIG, prefix='    prefix: "part"\n', names="study_*")
    part = module.folder / "part"
    module.run("study_data")
    assert (part / "resources/tiny/datasets/digits28.safetensors").is_file()
    assert (part / "results/tiny/config.json").is_file()
    shutil.copytree(finished.folder / "results", part / "results", dirs_exist_ok=True)
    shutil.copytree(finished.folder / "resources", part / "resources", dirs_exist_ok=True)
    made = ["counts/tiny_initial", "counts/tiny_linear", "tables/table_10", "tables/table_a1"]
    made += ["audit/forward_precision/tiny_lenet5", "audit/proposition_3/tiny_linear"]
    made += [f"audit/{name}" for name in ("untrained", "near_rank_loss", "forward_precision", "proposition_3")]
    for name in made:
        (part / f"results/tiny/{name}.csv").unlink()
    (part / "results/tiny/report.html").unlink()
    module.run("study_tables", "study_report")
    assert {path.name for path in module.folder.iterdir()} == {"Snakefile", "config", "part", ".snakemake"}
    for path in (finished.folder / "results/tiny").rglob("*.csv"):
        assert path.read_bytes() == (part / path.relative_to(finished.folder)).read_bytes(), path


@pytest.fixture
def cache(checkout, tmp_path):
    """A folder in which Snakemake finds a repository of a hosting provider, with the checkout as its tag v1."""
    git = ["git", "-c", "user.name=x", "-c", "user.email=x", "-C", checkout.folder]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "x"], ["tag", "v1"]):
        subprocess.run([*git, *command], check=True)
    clone = tmp_path / "cache/snakemake/snakemake/source-cache/snakemake-git-cache/github.com/owner/gengap"
    subprocess.run(["git", "clone", "-q", "--bare", checkout.folder, clone], check=True)
    return str(tmp_path / "cache")


@pytest.mark.skipif(sys.platform == "darwin", reason="the cache lies elsewhere")
def test_rules_of_a_hosted_repository_use_the_installed_package(cache, tmp_path):
    """What `snakedeploy deploy-workflow` writes names the repository, of which Snakemake reads single files."""
    module = outer(tmp_path / "outer", CONFIG, snakefile=HOSTED)
    refused = module.snakemake(CHEAP, XDG_CACHE_HOME=cache)
    assert refused.returncode != 0
    assert "pip install" in refused.stdout
    site = tmp_path / "site"
    shutil.copytree(ROOT / "workflow/gengap", site / "gengap", ignore=shutil.ignore_patterns("__pycache__"))
    module.run(CHEAP, XDG_CACHE_HOME=cache, PYTHONPATH=str(site))
    assert (module.folder / CHEAP).is_file()
    assert os.listdir(module.folder / "results") == ["tiny"]
