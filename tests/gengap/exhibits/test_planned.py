"""What the rules know of the exhibits: their names, kinds and folders, and what each is made of."""

import json
import re
from pathlib import Path

import pytest
from places import ROOT

import gengap.exhibits
from gengap.config import load_config, plan
from gengap.exhibits import EXHIBITS, planned

FILES = {path.stem for path in Path(gengap.exhibits.__file__).parent.glob("*.py")}
MODULES = FILES - {"__init__", "needs"}

# One of each for every grid.
SETTINGS = "settings_"
# What asks for more than the paper's own runs.
STUDIES = {"seed_scatter", "equal_updates", "equal_updates_figure", "untrained", "widths", "settings"}
STUDIES |= {"minima", "sharpness", "interpolation", "keskar_tables"}
STUDIES |= {"remedies", "remedies_figure", "diffusion", "weight_distance"}


@pytest.fixture(params=["config.yaml", "demo.yaml"], scope="module")
def exhibits(request):
    return planned(plan(load_config(ROOT / name for name in dict.fromkeys(["config.yaml", request.param]))))


def test_every_module_is_in_the_list_and_the_list_names_modules_alone():
    assert sorted(EXHIBITS) == sorted(MODULES)


def test_every_exhibit_of_the_audit_is_described(exhibits):
    described = (ROOT / "docs/outputs.md").read_text(encoding="utf-8")
    shown = [name for name, one in exhibits.items() if one.folder == "audit" and not name.startswith(SETTINGS)]
    assert not [name for name in shown if f"`{name}`" not in described]


def test_the_paper_has_all_its_tables_and_figures_and_all_else_but_of_studies():
    found = planned(plan(load_config([ROOT / "config.yaml"])))
    names = {folder: {name for name, one in found.items() if one.folder == folder} for folder in ("tables", "figures")}
    matrices = ("a1", "a2", "a3")
    assert names["tables"] == {f"table_{number}" for number in (*range(1, 12), *matrices)}
    assert names["figures"] == {f"figure_{number}" for number in (*range(1, 7), *matrices)}
    assert {one.module for one in found.values()} == set(EXHIBITS) - STUDIES


@pytest.mark.parametrize(("study", "walks"), [("weight_distance", True), ("keskar", False), ("remedies", False)])
def test_weights_walk_where_sgd_has_one_learning_rate(study, walks):
    found = planned(plan(load_config([ROOT / "config.yaml", ROOT / f"studies/{study}.yaml"])))
    assert ({"diffusion", "weight_distance"} <= set(found)) is walks


def test_a_subject_is_of_built_in_types_and_names_no_file(exhibits):
    for name, one in exhibits.items():
        text = json.dumps(one.needs.subject)
        assert not re.search(r"/|\.(json|csv|parquet|png)\b", text), name


LAWS = ["gaussian", "lognormal", "uniform"]
IMPORTED = {
    "exhibits": ("importlib", "import_module", [f"gengap.exhibits.{name}" for name in EXHIBITS], {"scipy"}),
    "laws": ("gengap.random_matrices.law", "load_law", LAWS, {"scipy.optimize", "scipy.stats"}),
}


@pytest.mark.parametrize(("module", "function", "names", "heavy"), IMPORTED.values(), ids=IMPORTED)
def test_the_rules_load_no_heavy_library(module, function, names, heavy, imported):
    """The Snakefile imports the exhibits, in every job; a law is a few numbers to them."""
    loaded = imported(f"from {module} import {function} as load; [load(name) for name in {names}]")
    assert not {"torch", "matplotlib", "seaborn", *heavy} & loaded
