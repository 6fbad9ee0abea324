import pandas as pd
import pytest

from gengap.published.networks import FIGURES, measured, read_measured, read_networks, take_networks
from gengap.results.rank_loss_counts import COLUMNS


@pytest.fixture
def folders(tmp_path):
    """Counts, curves and precisions of the experiments a and b, and where to publish them."""
    results = tmp_path / "results"
    for experiment in "ab":
        (results / "counts").mkdir(parents=True, exist_ok=True)
        counts = pd.DataFrame({**dict.fromkeys(COLUMNS, 1), "experiment": experiment, "count": [0, 3]})
        counts.to_csv(results / f"counts/{experiment}.csv", index=False)
        counts.assign(layer="fc1").to_parquet(results / f"counts/{experiment}.parquet")
    (results / "audit/forward_precision").mkdir(parents=True)
    pd.DataFrame({"experiment": ["b"], "precision": ["tf32"]}).to_csv(
        results / "audit/forward_precision/b.csv", index=False
    )
    curves = {"experiment": ["a", "b", "b"], "trained_batch_size": [128, 128, None], "count": [0.1, 1 / 3, 2.0]}
    for name in FIGURES:
        pd.DataFrame(curves).to_csv(results / f"audit/{name}.csv", index=False)
    return results, tmp_path / "published"


def test_each_experiment_is_taken_by_itself_and_read_as_it_was(folders):
    results, published = folders
    take_networks("b", results, published)
    curves = read_networks(published, ["a", "b"]).curves
    assert curves["experiment"].tolist() == ["b", "b"]
    assert curves["count"].tolist() == [1 / 3, 2.0]
    assert curves["trained_batch_size"].isna().tolist() == [False, True]
    take_networks("a", results, published)
    assert read_networks(published, ["a", "b"]).curves["count"].tolist() == [0.1, 1 / 3, 2.0]


def test_what_was_not_measured_is_absent(folders):
    results, published = folders
    take_networks("a", results, published)
    take_networks("b", results, published)
    assert measured(published, "forward_precision", ["a", "b"]) == ["b"]
    assert measured(published, "proposition_3", ["a", "b"]) == []
    taken = read_measured(published, ["a", "b"])
    assert len(taken.layers) == 4
    assert taken.precision["precision"].tolist() == ["tf32"]
    assert taken.proposition.empty
