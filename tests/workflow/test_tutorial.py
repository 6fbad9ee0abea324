"""docs/tutorial.md does what it says: its files are written, its edits applied and its commands run, in order."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from places import ROOT

TUTORIAL = ROOT / "docs" / "tutorial.md"


def follow(language, text, folder):
    if language not in ("sh", "diff"):
        path = folder / re.match(r"# (\S+)\n", text)[1]
        path.write_text(text, encoding="utf-8")
        return
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    command = ["bash", "-euo", "pipefail", "-c", text] if language == "sh" else ["git", "apply", "-"]
    done = subprocess.run(command, cwd=folder, input=text, env=environment, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"


@pytest.mark.workflow
def test_the_tutorial_can_be_followed(checkout):
    folder = checkout.folder
    for language, text in re.findall(r"^```(\w+)\n(.*?)^```", TUTORIAL.read_text(encoding="utf-8"), re.M | re.S):
        follow(language, text, folder)
    margins = pd.read_csv(folder / "margins.csv")
    assert sorted(margins["experiment"]) == sorted(["plain", "own_network", "own_remedy"] * 2)
    # A positive median margin is an error below one half.
    assert ((margins["margin"] > 0) == (margins["test_error_percent"] < 50)).all()
    assert (margins["beyond_floor"] >= 0).all()
    table = pd.read_csv(folder / "results" / "stripes" / "tables" / "table_1.csv")
    assert table["batch_size"].tolist() == [16, 128]
    audit = folder / "results" / "stripes" / "audit"
    assert len(pd.read_csv(audit / "weight_norms.csv")) == 6
    assert np.asarray(Image.open(audit / "weight_norms.png")).std() > 0
