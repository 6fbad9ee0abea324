"""Networks that the audit's figures draw beside each other."""

import pandas as pd
import pytest
from gengap.audit.networks import read_networks

from gengap.spectra.counts import count_experiment

LAYERS = {"input": (1, 8, 8), "fc1": (30,)}


@pytest.mark.parametrize(
    ("fed", "drawn"),
    [({16: (16,), 32: (32,)}, [(32, 32)]), ({16: (16, 32), 32: (16,)}, [(16, 16), (32, 16)])],
    ids=["each its own", "all one"],
)
def test_networks_are_drawn_on_one_batch(make_spectrum, tmp_path, fed, drawn):
    networks = {size: pd.concat([make_spectrum(one, LAYERS) for one in sizes]) for size, sizes in fed.items()}
    spectra = []
    for size, spectrum in networks.items():
        spectra.append(
            {"path": tmp_path / f"{size}.parquet", "state": "trained", "trained_batch_size": size, "seed": 0}
        )
        spectrum.to_parquet(spectra[-1]["path"])
    named = [({name: one[name] for name in ("seed", "state", "trained_batch_size")}, one["path"]) for one in spectra]
    measured = [(name, pd.read_parquet(path)) for name, path in named]
    totals, layers = count_experiment(measured, "lenet5", "mnist", "lenet5", [1e-4], [])
    totals.to_csv(tmp_path / "counts.csv", index=False)
    layers.to_parquet(tmp_path / "layers.parquet")
    files = {"counts": tmp_path / "counts.csv", "layers": tmp_path / "layers.parquet", "spectra": spectra}
    found = read_networks([{"experiment": "lenet5", **files}])
    for frame in (found.curves, found.ranks):
        shown = frame[["trained_batch_size", "fed_batch_size"]].drop_duplicates().astype(int)
        assert sorted(shown.itertuples(index=False, name=None)) == drawn
