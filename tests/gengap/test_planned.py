"""A job uses the code and the configuration that its workflow was started with, or stops with a sentence."""

import os
import shutil
import subprocess
import sys

import pytest

from gengap.fingerprint import PACKAGE_ROOT

# As much of the package as a script's log needs, and modules and data of a script's own.
SHARED = ("errors.py", "fingerprint.py", "job.py", "planned.py")
FILES = {
    "gengap/__init__.py": "",
    "rules/rule.smk": "1\n",
    "gengap/early.py": "VALUE = 1\n",
    "gengap/late.py": "VALUE = 1\n",
    "gengap/unused.py": "VALUE = 1\n",
    "gengap/broken.py": "VALUE = = 1\n",
    "gengap/read.csv": "1\n",
    "gengap/unread.csv": "1\n",
    "scripts/script.py": """\
import os
from pathlib import Path
from gengap.job import job_log
import gengap.early
def edit(name, old="1", new="2"):
    path = ROOT / name
    path.write_text((path.read_text() if path.exists() else old).replace(old, new))
ROOT = Path(__file__).parents[1]
with job_log(str(ROOT / "log")):
    exec(os.environ["BLOCK"])
    import gengap.late
    (ROOT / "gengap" / "read.csv").read_text()
    exec(os.environ["AFTER"])
    (ROOT / "result").touch()
""",
}
PLAN = "import os; from gengap import planned; planned.plan({'seeds': [0]}); print(os.environ['GENGAP_PLANNED'])"
NODE = """\
import os, sys; from gengap import planned
try:
    planned.check_node({'seeds': [%d]})
except planned.UserError as error:
    sys.exit(str(error))
print(os.environ['GENGAP_PLANNED'])
"""


class Checkout:
    """A folder with a small package, in whose processes a job is planned and run."""

    def __init__(self, folder):
        self.folder = folder
        for name, text in FILES.items():
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text(text)
        for name in SHARED:
            shutil.copy2(PACKAGE_ROOT / name, folder / "gengap" / name)
        self.planned = ""
        self.planned = self.python("-c", PLAN).stdout.strip()

    def python(self, *arguments, **environment):
        inherited = {name: value for name, value in os.environ.items() if name != "GENGAP_PLANNED"}
        if self.planned:
            inherited["GENGAP_PLANNED"] = self.planned
        return subprocess.run(
            [sys.executable, *map(str, arguments)],
            env={**inherited, "PYTHONPATH": str(self.folder), **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def job(self, block="", after="", **environment):
        return self.python(self.folder / "scripts/script.py", BLOCK=block, AFTER=after, **environment)

    def edit(self, name, old="1", new="2"):
        path = self.folder / name
        path.write_text((path.read_text() if path.exists() else old).replace(old, new))


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


def refused(checkout, job, name):
    log = (checkout.folder / "log").read_text()
    assert job.returncode == 1, job.stderr
    assert not (checkout.folder / "result").exists()
    assert log.count("\n") == 1
    assert f"{checkout.folder / name} was edited" in log
    assert "Traceback" not in job.stderr
    return True


def done(checkout, job):
    assert job.returncode == 0, job.stderr
    return (checkout.folder / "result").exists()


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("gengap/early.py", "1", "2"),
        ("gengap/late.py", "1", "2"),
        ("gengap/late.py", "VALUE = 1", "VALUE = = 1"),
        ("gengap/errors.py", "class UserError(Exception):", "class UserError(ValueError):"),
        ("gengap/read.csv", "1", "2"),
        ("scripts/script.py", "import os", "import os, sys"),
    ],
)
def test_what_was_edited_before_the_job_and_is_used_is_refused(checkout, name, old, new):
    checkout.edit(name, old, new)
    assert refused(checkout, checkout.job(), name)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("gengap/early.py", "VALUE = 1", "VALUE = 1"),
        ("gengap/early.py", "VALUE = 1", '"""One."""\nVALUE  =  1  # one'),
        ("gengap/late.py", "VALUE = 1", "VALUE = 1  # one"),
        ("scripts/script.py", "import os", "# Modules.\nimport os"),
        ("gengap/unused.py", "1", "2"),
        ("gengap/broken.py", "1", "2"),
        ("gengap/unread.csv", "1", "2"),
        ("gengap/new.py", "1", "2"),
    ],
)
def test_what_is_the_same_code_or_not_used_does_not_matter(checkout, name, old, new):
    checkout.edit(name, old, new)
    assert done(checkout, checkout.job())


@pytest.mark.parametrize("variable", ["PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"])
@pytest.mark.parametrize("name", ["gengap/late.py", "gengap/read.csv"])
def test_an_edit_during_the_job_of_what_it_uses_later_is_refused(checkout, name, variable):
    edit = f"edit({name!r})"
    assert refused(checkout, checkout.job(edit, **{variable: str(checkout.folder / "cache")}), name)


def test_a_module_that_came_later_is_not_planned(checkout):
    edit = "edit('gengap/new.py', new='VALUE = 1'); import gengap.new"
    assert refused(checkout, checkout.job(edit), "gengap/new.py")


@pytest.mark.parametrize("name", [*FILES, "gengap/job.py"])
def test_an_edit_of_what_the_job_has_read_does_not_matter(checkout, name):
    show = "import linecache, gengap.early, gengap.late; linecache.getlines(gengap.late.__file__)"
    assert done(checkout, checkout.job(after=f"edit({name!r}); {show}"))


def test_a_script_without_a_plan_just_runs(checkout):
    checkout.planned = ""
    checkout.edit("gengap/early.py")
    assert done(checkout, checkout.job())


def test_a_configuration_edited_while_the_workflow_runs_is_noticed(checkout):
    assert checkout.python("-c", NODE % 0).stdout.strip() == checkout.planned
    edited = checkout.python("-c", NODE % 1)
    assert edited.returncode == 1
    assert edited.stderr.startswith("The configuration was edited")


@pytest.mark.parametrize("name", ["gengap/errors.py", "rules/rule.smk"])
def test_a_node_that_plans_with_other_code_is_noticed(checkout, name):
    checkout.edit(name, "1" if name.endswith("smk") else "(Exception)", "(ValueError)")
    edited = checkout.python("-c", NODE % 0)
    assert edited.returncode == 1
    assert edited.stderr.startswith(f"{checkout.folder / name} was edited")


def test_code_that_differed_when_a_node_took_its_hash_is_refused_although_the_edit_was_taken_back(checkout):
    checkout.edit("gengap/early.py", "1", "2")
    checkout.planned = checkout.python("-c", NODE % 0).stdout.strip()
    checkout.edit("gengap/early.py", "2", "1")
    assert refused(checkout, checkout.job(), "gengap/early.py")
