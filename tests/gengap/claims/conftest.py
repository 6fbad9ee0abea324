"""Lets tests import the made-up evidence by its name."""

import importlib.util
import sys
from pathlib import Path

SAMPLES = importlib.util.spec_from_file_location("claim_samples", Path(__file__).with_name("claim_samples.py"))
sys.modules[SAMPLES.name] = importlib.util.module_from_spec(SAMPLES)
SAMPLES.loader.exec_module(sys.modules[SAMPLES.name])
