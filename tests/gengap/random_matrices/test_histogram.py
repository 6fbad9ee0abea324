import numpy as np
import pandas as pd
import pytest

from gengap.random_matrices.histogram import histograms


@pytest.fixture
def spectra(stages):
    """Two repeats of 3 values each; the largest one far above the others."""
    return {(5, 3): stages.spectrum("5x3", [np.diag([100.0, 2.0, 1.0]), np.diag([104.0, 3.0, 1.5])])}


def test_entries_with_a_mean_have_their_outlier_binned_apart(spectra):
    table = histograms(spectra, centred=False)
    bulk, outliers = (table[table["part"] == part] for part in ("bulk", "outliers"))
    assert (bulk["left"].min(), outliers["left"].min()) == (1.0, 100.0)
    assert bulk["right"].max() <= 3.0
    assert set(table["total"]) == {6}


def test_centred_entries_have_one_part_whose_edges_meet(spectra):
    table = histograms(spectra, centred=True)
    assert set(table["part"]) == {"bulk"}
    assert table["left"].min() == 1.0
    assert table["right"].max() > 100
    np.testing.assert_array_equal(table["left"][1:], table["right"][:-1])


def test_all_but_one_in_a_thousand_values_are_counted(tmp_path):
    values = np.random.default_rng(5).lognormal(size=20_000)
    frame = pd.DataFrame({"repeat": 0, "index": np.arange(20_000), "singular_value": values})
    frame.to_parquet(tmp_path / "20000x20000.parquet", index=False)
    table = histograms({(20_000, 20_000): tmp_path / "20000x20000.parquet"}, centred=True)
    assert len(table) == 48
    assert table["count"].sum() == 20_000 - 20
    expected = ((values >= table["left"][3]) & (values < table["right"][3])).sum()
    assert table["count"][3] == expected
