"""Tables on disk are whole or absent, and those of another job are not used."""

import logging

import pandas as pd
import pyarrow.parquet
import pytest

from gengap.spectra.storage import PartialSpectra, write_parquet


@pytest.fixture
def table():
    return pd.DataFrame({"layer": ["conv1"] * 3, "singular_value": [2.0, 1e-300, 0.0]})


def test_parquet_keeps_every_bit_and_is_compressed_by_zstd(table, tmp_path):
    write_parquet(table, tmp_path / "a" / "table.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a" / "table.parquet"), table)
    metadata = pyarrow.parquet.read_metadata(tmp_path / "a" / "table.parquet")
    assert metadata.row_group(0).column(0).compression == "ZSTD"
    assert metadata.num_columns == 2


def test_a_failed_write_leaves_the_old_file(table, tmp_path):
    path = tmp_path / "table.parquet"
    write_parquet(table, path)
    before = path.read_bytes()
    with pytest.raises(Exception, match="object"):
        write_parquet(pd.DataFrame({"a": [object()]}), path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["table.parquet"]


def test_partial_results_are_read_again_under_the_same_stamp(table, tmp_path):
    PartialSpectra(tmp_path / "p", {"code": "a", "options": {"x": 1, "y": 2}}).write(128, table)
    again = PartialSpectra(tmp_path / "p", {"options": {"y": 2, "x": 1}, "code": "a"})
    pd.testing.assert_frame_equal(again.read(128), table)
    assert again.read(256) is None


def test_another_stamp_is_ignored_and_said_so(table, tmp_path, caplog):
    PartialSpectra(tmp_path / "p", {"code": "a"}).write(128, table)
    with caplog.at_level(logging.WARNING):
        other = PartialSpectra(tmp_path / "p", {"code": "b"})
    assert "other inputs or code" in caplog.text
    assert other.read(128) is None
    assert PartialSpectra(tmp_path / "p", {"code": "a"}).read(128) is None


def test_a_damaged_partial_result_is_ignored_and_said_so(table, tmp_path, caplog):
    partial = PartialSpectra(tmp_path / "p", {"code": "a"})
    partial.write(128, table)
    (file,) = (tmp_path / "p").iterdir()
    file.write_bytes(file.read_bytes()[:-20])
    assert partial.read(128) is None
    assert "cannot be read" in caplog.text
