"""Reproduction of the generalization-gap study of Oyedotun, Papadopoulos and Aouada (arXiv 2210.12184).

Every module can be imported, tested and used without Snakemake. Importing the package itself
imports nothing else: the modules that need PyTorch say so by importing it.
"""

__version__ = "0.1.0"
