"""The scripts of the workflow, from a data set and weights to spectra and counts, and what they refuse."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import safetensors.torch
from places import ROOT
from snakemake.iocontainers import Namedlist

from gengap.data.store import save
from gengap.errors import UserError
from gengap.models.build import build_model
from gengap.runtime.files import write_checksum
from gengap.spectra.network import load_weights

SCRIPTS = ROOT / "workflow" / "scripts"


@pytest.fixture
def data(tmp_path, make_dataset):
    save(make_dataset(train=150, test=20, classes=10), tmp_path / "data.safetensors")
    return tmp_path / "data.safetensors"


@pytest.fixture
def network(model_options):
    about = {"experiment": "noise", "model": "lenet5", "dataset": "noise", "seed": 5}
    about |= {"residual_output": "after_addition", "batch_norm_statistics": "running"}
    return about | {"options": model_options(width=0.2), "compute": {"device": "cpu", "threads": 1}}


@pytest.fixture
def weights(tmp_path, network):
    model = build_model("lenet5", (1, 16, 16), 10, network["options"], 0)
    safetensors.torch.save_file(model.state_dict(), tmp_path / "weights.safetensors")
    write_checksum(tmp_path / "weights.safetensors")
    return tmp_path / "weights.safetensors"


def run(script, folder, **fields):
    snakemake = SimpleNamespace(
        log=[str(folder / f"{script}.log")], **{name: Namedlist(fromdict=values) for name, values in fields.items()}
    )
    runpy.run_path(str(SCRIPTS / f"{script}.py"), init_globals={"snakemake": snakemake})


def run_spectrum(folder, data, network, weights=None, fed=(30, 100)):
    """Path of the spectrum of a trained network, or of an untrained one where no weights are given."""
    name = "trained" if weights else "untrained"
    saved = {"weights": weights, "checksum": f"{weights}.sha256"} if weights else {}
    calibration = {} if weights else {"calibration_batch_size": 64}
    output = folder / f"{name}.parquet"
    inputs = {"data": data, "data_checksum": f"{data}.sha256"} | saved
    params = {"network": network, "defaults": {}, "fed_batch_sizes": list(fed), "code": "abc"} | calibration
    params["partial"] = folder / f"partial_{name}"
    run("spectrum", folder, input=inputs, output={"spectrum": output}, params=params)
    return output


def test_spectra_of_a_trained_and_an_untrained_network_to_their_counts(tmp_path, data, network, weights):
    trained, untrained = run_spectrum(tmp_path, data, network, weights), run_spectrum(tmp_path, data, network)
    networks = [
        {"state": "trained", "trained_batch_size": 100, "seed": 5},
        {"state": "untrained", "trained_batch_size": None, "seed": 5},
    ]
    outputs = {name: tmp_path / f"{name}.csv" for name in ("table", "layers", "curves", "smallest")}
    params = {"experiment": "noise", "dataset": "noise", "model": "lenet5", "networks": networks}
    params |= {"thresholds": [1e-4], "relative_thresholds": [1e-6]}
    run("counts", tmp_path, input={"spectra": [trained, untrained]}, output=outputs, params=params)
    table = pd.read_csv(tmp_path / "table.csv")
    assert len(table) == 2 * 2 * 3 * 2
    # fc 100 and fc 10 (conv 4 and conv 10 of width 0.2 have more features than images): |fed - h| zeros each.
    full = table.query("convention == 'full' and threshold_kind == 'absolute'")
    assert set(full.query("fed_batch_size == 30")["shape_floor"]) == {(100 - 30) + (30 - 10)}
    # at 100 images conv 2 has 40 features
    assert set(full.query("fed_batch_size == 100")["shape_floor"]) == {0 + (100 - 10) + (100 - 40)}
    assert (table["count"] >= table["rank_floor"]).all()
    layers = pd.read_csv(tmp_path / "layers.csv")
    assert layers["thin_count"].notna().all()
    assert sorted(file.name for file in tmp_path.iterdir() if file.name.startswith("partial")) == []


def test_trained_spectra_follow_the_weights_and_untrained_ones_the_seed(tmp_path, data, network, weights):
    def largest(path):
        return pd.read_parquet(path).query("layer == 'fc2' and index == 0")["singular_value"].to_numpy()

    trained = run_spectrum(tmp_path, data, network, weights).read_bytes()
    untrained = largest(run_spectrum(tmp_path, data, network))
    network["seed"] = 6
    assert run_spectrum(tmp_path, data, network, weights).read_bytes() == trained
    assert not np.isclose(largest(run_spectrum(tmp_path, data, network)), untrained).any()


def test_a_fed_batch_beyond_the_training_set_ends_with_one_sentence_and_no_file(tmp_path, data, network, weights):
    with pytest.raises(SystemExit):
        run_spectrum(tmp_path, data, network, weights, fed=(30, 151))
    assert "training set has 150" in (tmp_path / "spectrum.log").read_text()
    assert not (tmp_path / "trained.parquet").exists()


@pytest.mark.parametrize(
    ("damage", "options", "message"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), {}, "do not match their checksum.* train anew"),
        (lambda path: path.unlink(), {}, "weights.safetensors is missing.* train anew"),
        (lambda path: Path(f"{path}.sha256").unlink(), {}, "weights.safetensors.sha256 is missing.* train anew"),
        (lambda path: None, {"width": 0.3}, "do not fit the network"),
    ],
)
def test_damaged_weights_and_those_of_another_network_are_refused(damage, options, message, network, weights):
    damage(weights)
    other = build_model("lenet5", (1, 16, 16), 10, network["options"] | options, 1)
    with pytest.raises(UserError, match=message):
        load_weights(other, weights)
