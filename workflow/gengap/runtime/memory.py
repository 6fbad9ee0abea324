"""How this process gets its memory from the operating system."""

import ctypes

# Parameters of glibc's `mallopt`, from its malloc.h.
_TRIM_THRESHOLD = -1
_MMAP_MAX = -4


def keep_freed_memory() -> None:
    """Keep what is freed for the next allocation instead of handing it back to the operating system.

    By default, glibc maps large blocks anew for each tensor, and the kernel fills every page with zeros on its first
    touch. A training allocates the same tensors at every step, so on a CPU this costs up to half of its time. The
    price is memory: the process never shrinks, and gaps between blocks make it up to twice as large as it need be.
    Elsewhere than on glibc it does nothing.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return
    set_option(_MMAP_MAX, 0)
    set_option(_TRIM_THRESHOLD, -1)
