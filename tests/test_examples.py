"""The notebooks in `examples` run from top to bottom, as plain Python: they use no magic."""

import matplotlib.pyplot as plt
import nbformat
import pytest
from places import ROOT

EXAMPLES = ROOT / "examples"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.ipynb")), ids=lambda path: path.name)
def test_a_notebook_runs(path, monkeypatch):
    monkeypatch.chdir(path.parent)
    plt.switch_backend("agg")
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    names: dict[str, object] = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, f"{path.name}, {cell.id}", "exec"), names)
    plt.close("all")
    if path.name == "measure_a_network.ipynb":
        assert len(names["axes"].flat) == 8
        assert set(names["losses"]["layer"]) == set(names["names"])
        assert (names["losses"]["count"] >= names["losses"]["floor"]).all()
