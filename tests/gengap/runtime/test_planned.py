"""A job uses the code and the configuration that its workflow was started with, or stops with a sentence."""

import shutil
import subprocess
import sys

import pytest

from gengap.runtime.fingerprint import PACKAGE_ROOT

# As much of the package as a script's log needs, and modules and data of a script's own.
SHARED = ("errors.py", "runtime/__init__.py", "runtime/fingerprint.py", "runtime/script.py", "runtime/planned.py")
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
from gengap.runtime.script import job_log
import gengap.early
ROOT = Path(__file__).parents[1]
with job_log(str(ROOT / "log")):
    exec(os.environ["BLOCK"])
    import gengap.late
    (ROOT / "gengap" / "read.csv").read_text()
    exec(os.environ["AFTER"])
    (ROOT / "result").touch()
""",
}
PLAN = (
    "import os; from gengap.runtime import planned; planned.plan({'seeds': [0]}); print(os.environ['GENGAP_PLANNED'])"
)
NODE = """\
import os, sys; from gengap.runtime import planned
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
        (folder / "gengap" / "runtime").mkdir()
        for name in SHARED:
            shutil.copy2(PACKAGE_ROOT / name, folder / "gengap" / name)
        self.planned = ""
        self.planned = self.python("-c", PLAN).stdout.strip()

    def python(self, *arguments, **environment):
        environment |= {"PYTHONPATH": str(self.folder)} | ({"GENGAP_PLANNED": self.planned} if self.planned else {})
        command = [sys.executable, *map(str, arguments)]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    def job(self, block="", after="", **environment):
        return self.python(self.folder / "scripts/script.py", BLOCK=block, AFTER=after, **environment)

    def edit(self, name, old="1", new="2"):
        path = self.folder / name
        path.write_text((path.read_text() if path.exists() else old).replace(old, new))

    def assert_refused(self, job, name):
        """The job has ended with one line that names a file, and without its result."""
        log = (self.folder / "log").read_text()
        assert (job.returncode, (self.folder / "result").exists(), log.count("\n")) == (1, False, 1), job.stderr
        assert str(self.folder / name) in log
        assert "Traceback" not in job.stderr

    def assert_done(self, job):
        assert (job.returncode, (self.folder / "result").exists()) == (0, True), job.stderr


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.mark.parametrize("name", ["gengap/early.py", "gengap/errors.py", "gengap/read.csv", "scripts/script.py"])
def test_what_was_edited_before_the_job_and_is_used_is_refused(checkout, name):
    path = checkout.folder / name
    path.write_text(path.read_text() + "EDITED = True\n")
    checkout.assert_refused(checkout.job(), name)
    checkout.planned = ""
    checkout.assert_done(checkout.job())  # a script without a plan just runs


def test_what_is_the_same_code_or_not_used_does_not_matter(checkout):
    checkout.edit("gengap/early.py", "VALUE = 1", '"""One."""\nVALUE  =  1  # one')
    checkout.edit("scripts/script.py", "import os", "# Modules.\nimport os")
    for name in ("gengap/unused.py", "gengap/broken.py", "gengap/unread.csv", "gengap/new.py"):
        checkout.edit(name)
    checkout.assert_done(checkout.job())


@pytest.mark.parametrize("variable", ["PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"])
@pytest.mark.parametrize(
    ("name", "use"), [("gengap/late.py", ""), ("gengap/read.csv", ""), ("gengap/new.py", "import gengap.new")]
)
def test_an_edit_during_the_job_of_what_it_uses_later_is_refused(checkout, name, use, variable):
    edit = f"(ROOT / {name!r}).write_text('VALUE = 2')"
    checkout.assert_refused(checkout.job(f"{edit}\n{use}", **{variable: str(checkout.folder / "cache")}), name)


def test_an_edit_of_what_the_job_has_read_does_not_matter(checkout):
    edits = f"for name in {[*FILES, 'gengap/runtime/script.py']}: (ROOT / name).write_text('VALUE = 2')"
    show = "import linecache, gengap.early, gengap.late; linecache.getlines(gengap.late.__file__)"
    checkout.assert_done(checkout.job(after=f"{edits}\n{show}"))


@pytest.mark.parametrize(
    ("edited", "seed", "told"),
    [
        (None, 1, "The configuration"),
        (("gengap/errors.py", "(Exception)", "(ValueError)"), 0, "{}/gengap/errors.py"),
        (("rules/rule.smk", "1", "2"), 0, "{}/rules/rule.smk"),
    ],
)
def test_a_node_that_plans_with_another_configuration_or_code_is_noticed(checkout, edited, seed, told):
    assert checkout.python("-c", NODE % 0).stdout.strip() == checkout.planned
    if edited:
        checkout.edit(*edited)
    refused = checkout.python("-c", NODE % seed)
    assert refused.returncode == 1
    assert refused.stderr.startswith(told.format(checkout.folder))


def test_code_that_differed_when_a_node_took_its_hash_is_refused_although_the_edit_was_taken_back(checkout):
    checkout.edit("gengap/early.py", "1", "2")
    checkout.planned = checkout.python("-c", NODE % 0).stdout.strip()
    checkout.edit("gengap/early.py", "2", "1")
    checkout.assert_refused(checkout.job(), "gengap/early.py")
