import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

import gengap

CODE = """
import resource
import sys
import torch
from gengap.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
for _ in range(30):  # 64 MiB, more than any threshold below which glibc keeps memory by itself
    tensor = torch.ones(16 * 2**20)
    del tensor
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    tensor = torch.ones(16 * 2**20)
    del tensor
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def page_faults(way):
    environment = {**os.environ, "PYTHONPATH": str(Path(gengap.__file__).parents[1])}
    command = [sys.executable, "-c", CODE, way]
    printed = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return int(printed.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_freed_memory_serves_the_next_tensor():
    given_back = page_faults("give back")
    if given_back < 100:
        pytest.skip("this kernel does not count page faults")
    assert page_faults("keep") < given_back / 10
