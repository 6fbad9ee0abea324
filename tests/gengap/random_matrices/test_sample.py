"""Samples are reproducible, independent of interruptions and blocks, and bad requests get a sentence."""

import logging

import numpy as np
import pandas as pd
import pytest
from places import ROOT

from gengap.errors import UserError
from gengap.random_matrices.laws import uniform
from gengap.random_matrices.partial import discard
from gengap.random_matrices.sample import extremes, sample
from gengap.random_matrices.streams import stream

SCRIPT = ROOT / "workflow/scripts/random_matrix.py"


def test_frame_has_one_line_per_value_in_order(tmp_path):
    frame = sample("uniform", 7, 3, 4, seed=1, partial_dir=tmp_path / "partial")
    assert frame.dtypes.astype(str).to_dict() == {"repeat": "int32", "index": "int32", "singular_value": "float64"}
    assert frame["repeat"].tolist() == [r for r in range(4) for _ in range(3)]
    assert frame["index"].tolist() == [0, 1, 2] * 4
    for repeat in range(4):
        matrix = stream(1, "uniform", 7, 3, repeat).random((7, 3))
        values = frame.loc[frame["repeat"] == repeat, "singular_value"]
        np.testing.assert_allclose(values, np.linalg.svd(matrix, compute_uv=False), rtol=1e-9)


@pytest.mark.parametrize("law", ["gaussian", "uniform", "lognormal"])
def test_same_seed_gives_the_same_bytes_whatever_the_blocks_and_the_number_of_repeats(law, tmp_path):
    first = sample(law, 40, 30, 6, seed=5, partial_dir=tmp_path / "a")
    again = sample(law, 40, 30, 6, seed=5, partial_dir=tmp_path / "b", save_seconds=0.0)
    longer = sample(law, 40, 30, 9, seed=5, partial_dir=tmp_path / "c", save_seconds=0.0)
    other = sample(law, 40, 30, 6, seed=6, partial_dir=tmp_path / "d")
    assert first["singular_value"].to_numpy().tobytes() == again["singular_value"].to_numpy().tobytes()
    pd.testing.assert_frame_equal(first, longer[longer["repeat"] < 6], check_exact=True)
    assert not np.isclose(first["singular_value"], other["singular_value"]).any()


def test_streams_differ_in_every_argument():
    first = (0, "uniform", 9, 5, 0)
    changed = [(1, "uniform", 9, 5, 0), (0, "lognormal", 9, 5, 0), (0, "uniform", 9, 5, 1)]
    changed += [(0, "uniform", 5, 9, 0), (0, "uniform", 9, 6, 0)]
    drawn = {stream(*arguments).random(4).tobytes() for arguments in (first, *changed)}
    assert len(drawn) == 1 + len(changed)


def test_extremes_are_the_ends_of_each_repeat():
    frame = pd.DataFrame(
        {"repeat": [0, 0, 0, 1, 1, 1], "index": [0, 1, 2] * 2, "singular_value": [9.0, 4.0, 2.0, 8.0, 8.0, 0.5]}
    )
    expected = pd.DataFrame({"repeat": [0, 1], "sigma_min": [2.0, 0.5], "sigma_max": [9.0, 8.0]})
    pd.testing.assert_frame_equal(extremes(frame), expected, check_dtype=False)


def test_interrupted_sample_computes_only_what_is_missing(tmp_path, monkeypatch, caplog):
    caplog.set_level(logging.INFO)
    whole = sample("uniform", 20, 10, 8, seed=2, partial_dir=tmp_path / "undisturbed")
    drawn = []
    original = uniform.sample

    def counted(rows, columns, generator):
        drawn.append(rows)
        if len(drawn) == 6:
            raise KeyboardInterrupt
        return original(rows, columns, generator)

    monkeypatch.setattr(uniform, "sample", counted)
    partial = tmp_path / "partial"
    with pytest.raises(KeyboardInterrupt):
        sample("uniform", 20, 10, 8, seed=2, partial_dir=partial, save_seconds=0.0)
    resumed = sample("uniform", 20, 10, 8, seed=2, partial_dir=partial, save_seconds=0.0)
    assert len(drawn) == 6 + 3
    assert "5 of 8 matrices were already done" in caplog.text
    pd.testing.assert_frame_equal(resumed, whole, check_exact=True)
    # A third time everything but the last repeat, which was never saved, is there.
    sample("uniform", 20, 10, 8, seed=2, partial_dir=partial)
    assert len(drawn) == 6 + 3 + 1
    discard(partial)
    assert not partial.exists()


@pytest.mark.parametrize("change", [{"code": "other"}, {"seed": 8}])
def test_partial_results_of_other_code_or_parameters_are_ignored_and_said_so(change, tmp_path, caplog):
    request = {"seed": 7, "code": "this"}
    sample("gaussian", 9, 4, 5, partial_dir=tmp_path / "partial", **request, save_seconds=0.0)
    changed = sample("gaussian", 9, 4, 5, partial_dir=tmp_path / "partial", **request | change)
    assert caplog.records
    undisturbed = sample("gaussian", 9, 4, 5, partial_dir=tmp_path / "undisturbed", **request | change)
    pd.testing.assert_frame_equal(changed, undisturbed, check_exact=True)


def flip_a_bit(content):
    return content[:200] + bytes([content[200] ^ 0xFF]) + content[201:]


@pytest.mark.parametrize("damage", [lambda content: b"", lambda content: content[:300], flip_a_bit])
def test_damaged_partial_results_are_ignored_and_said_so(damage, tmp_path, caplog):
    whole = sample("gaussian", 9, 4, 5, seed=7, partial_dir=tmp_path, save_seconds=0.0)
    victim = tmp_path / "repeats_000001_1.npz"
    victim.write_bytes(damage(victim.read_bytes()))
    again = sample("gaussian", 9, 4, 5, seed=7, partial_dir=tmp_path)
    assert victim.name in caplog.text
    pd.testing.assert_frame_equal(again, whole, check_exact=True)


@pytest.mark.parametrize(
    ("request_", "sentence"),
    [
        ({"rows": 3, "columns": 5}, "wider than tall; write 5 x 3"),
        ({"columns": 0}, "start at 1"),
        ({"rows": 0, "columns": 0}, "start at 1"),
        ({"repeats": 0}, "start at 1"),
        ({"seed": -1}, "seed of the random matrices is -1"),
        ({"law": "cauchy"}, "no law `cauchy`"),
    ],
)
def test_impossible_requests_get_a_sentence(request_, sentence, tmp_path):
    arguments = {"law": "gaussian", "rows": 6, "columns": 4, "repeats": 2, "seed": 0} | request_
    with pytest.raises(UserError, match=sentence):
        sample(**arguments, partial_dir=tmp_path / "partial")
    assert not (tmp_path / "partial").exists()


RUN_SCRIPT = """
import runpy, sys
from types import SimpleNamespace as N
folder = sys.argv[1]
rule = N(
    log=[folder + "/log.txt"],
    params=N(law="gaussian", rows=30, columns=20, repeats=5, seed=0, code="c", partial=folder + "/partial", threads=1),
    output=N(spectrum=folder + "/30x20.parquet", extremes=folder + "/30x20.csv"),
)
runpy.run_path(sys.argv[2], init_globals={"snakemake": rule})
"""


def test_script_writes_both_files_and_leaves_nothing_else(tmp_path, imported):
    assert "torch" not in imported(RUN_SCRIPT, tmp_path, SCRIPT), "a Gaussian sample needs no PyTorch"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["30x20.csv", "30x20.parquet", "log.txt"]
    spectrum = pd.read_parquet(tmp_path / "30x20.parquet")
    pd.testing.assert_frame_equal(spectrum, sample("gaussian", 30, 20, 5, 0, tmp_path / "p"), check_exact=True)
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "30x20.csv"), extremes(spectrum), check_dtype=False)
