"""Freed memory is kept for the next tensor: the kernel's count of page faults tells."""

import platform

import pytest

CODE = """
import resource
import sys
import torch
from gengap.runtime.memory import keep_freed_memory

if sys.argv[1] == "keep":
    keep_freed_memory()
counts = []
for _ in range(20):  # 40 MiB, more than any threshold below which glibc keeps memory by itself
    tensor = torch.ones(10 * 2**20)
    del tensor
    counts.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt)
print(counts[-1] - counts[14])
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")
def test_freed_memory_serves_the_next_tensor(start_python):
    given_back, kept = (int(start_python(CODE, way).communicate()[0]) for way in ("give back", "keep"))
    if given_back < 100:
        pytest.skip("this kernel does not count page faults")
    assert kept < given_back / 10
