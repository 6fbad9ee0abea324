"""Configuration: files are read and merged, checked against the schema, and resolved into a plan of jobs.

The Snakefile imports this package on every node, so it needs neither PyTorch, NumPy nor pandas.
"""

from gengap.config.load import load_config
from gengap.config.plan import Plan, plan

__all__ = ["Plan", "load_config", "plan"]
