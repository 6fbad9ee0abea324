"""Random numbers that belong to one purpose: what is drawn depends on its name alone, not on what was drawn before."""

import hashlib

import torch


def named_generator(name: str, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator that a name seeds, such as `epoch 3 of seed 0`."""
    digest = hashlib.sha256(name.encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:8]) >> 1)
