"""A process that is inside a context manager while a test looks at it."""

import pytest

HOLD = """
import sys
from gengap.runtime.files import atomic_path
from gengap.runtime.gpu_slot import gpu_slot
from gengap.runtime.run_lock import run_lock
with {manager} as given:
    print(given, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def hold(start_python):
    """A function that starts such a process and returns it, when it is inside, with what the context manager gave."""

    def start(manager, path, **environment):
        process = start_python(HOLD.format(manager=manager), path, **environment)
        given = process.stdout.readline().strip()
        assert given, process.communicate()
        return process, given

    return start
