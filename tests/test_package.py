"""What `pip install` of this repository gives: the package `gengap`, whole and without Snakemake."""

import shutil
import subprocess
import sys
import zipfile

import pytest
from places import ROOT

PLAN = """
import pkgutil, sys
sys.modules["snakemake"] = None
import gengap
for module in pkgutil.walk_packages(gengap.__path__, "gengap."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
from gengap.claims.verdicts import CLAIMS
from gengap.config import load_config, plan
print(len(plan(load_config(sys.argv[1:])).runs), CLAIMS.is_file(), gengap.__file__)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """The folder in which the package lies after `pip install`."""
    source, target = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("site")
    ignore = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "workflow", source / "workflow", ignore=ignore)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(ROOT / name, source)
    build = "import setuptools.build_meta as build, sys; build.build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, target], cwd=source, check=True, capture_output=True)
    zipfile.ZipFile(next(target.glob("*.whl"))).extractall(target)
    return target


def files(folder):
    return {
        path.relative_to(folder) for path in folder.rglob("*") if path.is_file() and path.parent.name != "__pycache__"
    }


def test_the_package_holds_every_file_of_its_folder(installed):
    assert files(installed / "gengap") == files(ROOT / "workflow" / "gengap")


def test_the_installed_package_plans_the_paper_without_snakemake(installed, tmp_path):
    environment = {"PYTHONPATH": str(installed), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PLAN, ROOT / "config.yaml"]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["60", "True", str(installed / "gengap" / "__init__.py")], done.stderr
