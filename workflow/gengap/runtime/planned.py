"""Whether a job finds the code and the configuration that its workflow was started with.

A job imports the package when it starts, hours perhaps after Snakemake took the hash of its code, and on a cluster it
reads the configuration anew. So the process that plans writes what it found into an environment variable, which its
jobs inherit, through Slurm too. Nothing else sees it: not the jobs of another Snakemake, nor a dry run beside.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import source_from_cache
from pathlib import Path
from typing import Any

from gengap.errors import UserError
from gengap.runtime.fingerprint import PACKAGE_ROOT, fingerprint, source

VARIABLE = "GENGAP_PLANNED"
# The variable has one entry for each file, and an environment has its limits.
_DIGITS = 12
_ROOT = PACKAGE_ROOT.parent
# One for each workflow that the process reads: the package may serve as several modules of a larger one.
_CONFIGURATIONS: set[str] = set()
# Hashes of a file's content and of its code, by the file's path.
_States = Mapping[str, Sequence[str | None]]
_EDITED = (
    "was edited while the workflow runs, so this job would not compute what was planned; take the edit back, or stop"
    " the workflow and start it again: what is done and still valid is kept."
)


def plan(config: Mapping[str, Any]) -> None:
    """Write down, for the jobs of this process, a configuration and the state of the package, scripts and rules."""
    _CONFIGURATIONS.add(_digest_of(config))
    folders = (PACKAGE_ROOT, _ROOT / "scripts", _ROOT / "rules")
    paths = [
        path
        for folder in folders
        for path in folder.rglob("[!.]*.*")
        if path.is_file() and path.parent.name != "__pycache__"
    ]
    files = {str(path.relative_to(_ROOT)): _state(path, source(path)) for path in paths}
    _write({"configurations": sorted(_CONFIGURATIONS), "files": files})


def check_node(config: Mapping[str, Any]) -> None:
    """Make sure that Snakemake on a node, which plans its job anew, does so as the workflow was planned.

    Raises:
        UserError: the configuration, a rule or a loaded module was edited in between; the job's results would carry the
            wrong parameters.
    """
    planned = json.loads(os.environ[VARIABLE])
    if _digest_of(config) not in planned["configurations"]:
        raise UserError(f"The configuration {_EDITED}")
    files = {name: state for name, state in planned["files"].items() if _is_as(_ROOT / name, state)}
    for path in [*_loaded(), *map(str, (_ROOT / "rules").glob("*.smk"))]:
        _check(path, files)
    # The job's hash of its code is taken now, and its script runs later: it must find the planned files both times.
    _write({**planned, "files": files})


@contextmanager
def planned_code() -> Iterator[None]:
    """Make sure that a script's process has only used code as it was planned, and uses no other in the block.

    Checked are the script and the modules that are loaded; then, as it is opened, every further module or file of the
    package. So an edit of what the job has read already, or never reads, does not matter.

    Raises:
        UserError: a file differs, in the block wherever it is opened.
    """
    if VARIABLE not in os.environ:
        yield
        return
    files = json.loads(os.environ[VARIABLE])["files"]
    watching = True

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        # `os.open`, which tells no mode, is how the check itself reads.
        path = arguments[0] if watching and event == "open" and arguments[1] else None
        if isinstance(path, str) and f"{PACKAGE_ROOT}{os.sep}" in path:
            # An import opens, or tries to open, the compiled module. Its source is opened for tracebacks too.
            if path.endswith(".pyc"):
                _check(source_from_cache(path), files)
            elif not path.endswith(".py"):
                _check(path, files)

    for path in _loaded():
        _check(path, files)
    sys.addaudithook(watch)
    try:
        yield
    finally:
        watching = False  # a hook cannot be removed


def _loaded() -> list[str]:
    """Files of the script and of the package's modules that this process has loaded."""
    names = [name for name in list(sys.modules) if name.partition(".")[0] in ("__main__", PACKAGE_ROOT.name)]
    return [path for name in names if (path := getattr(sys.modules[name], "__file__", None))]


def _check(path: str, files: _States) -> None:
    file, root = Path(os.path.realpath(path)), _ROOT.resolve()
    if file.is_relative_to(root) and not _is_as(file, files.get(str(file.relative_to(root)))):
        raise UserError(f"{file} {_EDITED}")


def _state(path: Path, text: bytes) -> list[str | None]:
    """Hash of a file's content and, of Python, that of its code, which comments and formatting leave as it is."""
    code = None
    if path.suffix == ".py":
        with suppress(SyntaxError):
            code = fingerprint(text, str(path))[0][:_DIGITS]
    return [_digest(text), code]


def _is_as(path: Path, state: Sequence[str | None] | None) -> bool:
    """Whether a file has this state, or one with the same code."""
    try:
        with open(os.open(path, os.O_RDONLY), "rb") as file:
            text = file.read()
    except OSError:
        return False
    if state is None or _digest(text) == state[0]:
        return state is not None
    return state[1] is not None and _state(path, text)[1] == state[1]


def _digest_of(config: Mapping[str, Any]) -> str:
    return _digest(json.dumps(config, sort_keys=True).encode())


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:_DIGITS]


def _write(planned: Mapping[str, Any]) -> None:
    os.environ[VARIABLE] = json.dumps(planned)
