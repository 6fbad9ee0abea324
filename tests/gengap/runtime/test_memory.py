import platform

import pytest

CODE = """
import resource
import sys
import torch
from gengap.runtime.memory import keep_freed_memory

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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_freed_memory_serves_the_next_tensor(start_python):
    given_back, kept = (int(start_python(CODE, way).communicate()[0]) for way in ("give back", "keep"))
    if given_back < 100:
        pytest.skip("this kernel does not count page faults")
    assert kept < given_back / 10
