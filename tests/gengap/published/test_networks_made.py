"""Counts and spectra of other weights than those that are published."""

import json

import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export

from gengap.files import sha256

NAME = "lenet5_mnist"
NETWORK = f"{NAME}/bs512/seed0"
WEIGHTS = f"runs/{NETWORK}/weights.safetensors.sha256"
BEFORE, AFTER = 1795100000.0, 1795300000.0
OUTDATED = "they are of other weights, or of other spectra, than lie beside them; run the workflow again."
NO_RECORD = "Snakemake's records of how they were made are missing; run the workflow again."


@pytest.fixture
def counted(results):
    for batch_size in (128, 512):
        results.run(batch_size)
    results.counts(128, 512)
    return results


def taken(results, published):
    """Whether the counts are taken; else the line that says why not."""
    refusals = [line for line in export(results.folder, published) if "its counts are not taken" in line]
    assert read_contents(published).measured() == ([] if refusals else [NAME])
    return refusals or True


def test_counts_of_weights_of_before_go_with_them(counted, published):
    assert taken(counted, published) is True
    folder = counted.folder / f"runs/{NAME}"
    for path in folder.glob("*/*/metrics.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"train_loss": 0.9}))
    for path in folder.glob("*/*/provenance.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"started": "2026-11-22T00:00:00+00:00"}))
    assert taken(counted, published) == [f"{NAME}: its counts are not taken, since {OUTDATED}"]
    assert not (published / f"counts/{NAME}.csv").exists()
    assert pd.read_csv(published / "metrics.csv")["train_loss"].tolist() == [0.9, 0.9]


@pytest.mark.parametrize("unchanged", [True, False])
def test_the_checksum_of_the_weights_tells_more_than_the_time(counted, published, unchanged):
    path = counted.folder / WEIGHTS
    path.write_text("0123  weights.safetensors\n")
    known = {f"results/{WEIGHTS}": f"sha256:{sha256(path)}" if unchanged else "sha256:0"}
    start = BEFORE if unchanged else AFTER - 1
    counted.record(f"spectra/{NETWORK}.parquet", "spectrum", input_checksums=known, starttime=start)
    counted.record(f"counts/{NAME}.csv", "counts", starttime=AFTER)
    assert taken(counted, published) == (unchanged or [f"{NAME}: its counts are not taken, since {OUTDATED}"])


@pytest.mark.parametrize("place", ["bs512", "untrained"])
def test_counts_of_spectra_of_before_are_refused(counted, published, place):
    rule = "untrained_spectrum" if place == "untrained" else "spectrum"
    counted.record(f"spectra/{NAME}/{place}/seed0.parquet", rule, starttime=AFTER)
    assert taken(counted, published) == [f"{NAME}: its counts are not taken, since {OUTDATED}"]


@pytest.mark.parametrize(
    ("file", "rule"),
    [
        (f"counts/{NAME}.csv", "counts"),
        (f"spectra/{NETWORK}.parquet", "spectrum"),
        (f"spectra/{NAME}/untrained/seed0.parquet", "untrained_spectrum"),
    ],
)
def test_counts_without_complete_records_are_refused(counted, published, file, rule):
    counted.record(file, rule, incomplete=True)
    assert taken(counted, published) == [f"{NAME}: its counts are not taken, since {NO_RECORD}"]


@pytest.mark.parametrize(("start", "published_too"), [(AFTER, True), (BEFORE, False)])
def test_what_the_audit_made_of_counts_or_weights_of_before_is_left_out(counted, published, start, published_too):
    lines = "experiment,seed,trained_batch_size,count\nlenet5_mnist,0,512,3\n"
    files = {
        "audit/sigma_min.csv": ("audit_figures", f"counts/{NAME}.csv"),
        f"audit/forward_precision/{NAME}.csv": ("forward_precision", WEIGHTS),
    }
    for file, (rule, used) in files.items():
        path = counted.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(lines)
        counted.record(file, rule, starttime=start, input=[f"results/{used}"])
    lines = export(counted.folder, published)
    assert (
        f"{NAME}: sigma_min, forward_precision not taken, made of other networks than lie there now; run the workflow"
        " again." in lines
    ) != published_too
    for kind in ("sigma_min", "forward_precision"):
        assert (published / f"networks/{kind}/{NAME}.csv").is_file() == published_too
