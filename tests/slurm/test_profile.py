"""The profile for Slurm names what the workflow has, and explains each of its entries."""

import re
from itertools import pairwise

import yaml
from places import ROOT

PROFILE = ROOT / "profiles" / "slurm" / "profile.yaml"
SLURM = yaml.safe_load(PROFILE.read_text(encoding="utf-8"))
DEFAULT = yaml.safe_load((ROOT / "profiles" / "default" / "profile.yaml").read_text(encoding="utf-8"))


def test_each_rule_has_its_time_and_memory():
    text = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "workflow" / "rules").glob("*.smk"))
    assert set(SLURM["set-resources"]) == set(re.findall(r"^(?:rule|use rule \w+ as) (\w+)", text, re.MULTILINE))
    assert {name for name, entry in SLURM["set-resources"].items() if not {"runtime", "mem_mb"} <= set(entry)} == set()


def test_what_is_safe_everywhere_is_the_same_as_in_the_default_profile():
    # The limit on GPUs counts the devices of one machine; on a cluster Slurm does.
    expected = {key: value for key, value in DEFAULT.items() if key != "resources"}
    assert {key: SLURM[key] for key in expected} == expected
    assert "resources" not in SLURM


def test_each_entry_of_its_own_is_explained():
    lines = PROFILE.read_text(encoding="utf-8").splitlines()
    above = {line.split(":")[0]: before for before, line in pairwise(lines)}
    assert [key for key in SLURM if key not in DEFAULT and not above[key].startswith("# ")] == []
