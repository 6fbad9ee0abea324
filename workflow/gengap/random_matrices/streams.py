"""Random numbers that belong to one matrix, whichever job draws it and in whichever order."""

import zlib

import numpy as np


def stream(seed: int, law: str, rows: int, columns: int, repeat: int) -> np.random.Generator:
    """The generator of one repeat, independent of all others.

    It depends on its arguments alone: neither on how many repeats there are, nor on which were drawn before.
    """
    # `hash` of a string differs from process to process; a checksum does not.
    entropy = [seed, zlib.crc32(law.encode()), rows, columns, repeat]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
