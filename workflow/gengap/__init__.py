"""Reproduction of the generalization-gap study of Oyedotun, Papadopoulos and Aouada (arXiv 2210.12184).

Every module can be imported, tested and used without Snakemake. `gengap.near_rank_loss`, `gengap.load_runs` and
`gengap.load_model` are those of `gengap.library`, which is imported when one is used: it needs PyTorch.
"""

from typing import Any

__version__ = "0.1.0"
__all__ = ["load_model", "load_runs", "near_rank_loss"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from gengap import library

    return getattr(library, name)
