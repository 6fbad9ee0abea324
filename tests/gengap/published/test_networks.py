import pandas as pd
import pytest
from gengap.published.networks import (
    FIGURES,
    forget_networks,
    measured,
    read_measured,
    read_networks,
    take_networks,
)

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
    network = {"seed": 0, "trained_batch_size": 128}
    pd.DataFrame({"experiment": ["b"], "precision": ["tf32"]} | network).to_csv(
        results / "audit/forward_precision/b.csv", index=False
    )
    curves = {"experiment": ["a", "b", "b"], "trained_batch_size": [128, 128, None], "count": [0.1, 1 / 3, 2.0]}
    curves["seed"] = 0
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


def test_networks_of_other_seeds_and_batch_sizes_stay(folders):
    results, published = folders
    take_networks("b", results, published)
    counts = pd.read_csv(published / "counts/b.csv")
    counts["experiment"] = "b"
    for seed, batch_size, count in ((7, 1, 5), (1, 128, 6), (1, 1, 4)):
        counts.assign(seed=seed, trained_batch_size=batch_size, count=count)[:1].to_csv(
            results / "counts/b.csv", index=False
        )
        take_networks("b", results, published)
    taken = pd.read_csv(published / "counts/b.csv")
    assert sorted(zip(taken["seed"], taken["trained_batch_size"], taken["count"], strict=True)) == [
        (1, 1, 4),
        (1, 128, 6),
        (7, 1, 5),
    ]


@pytest.mark.parametrize(("sizes", "stays"), [([128], True), ([128, 512], False), ([128, 4096], False)])
def test_a_network_that_was_fed_fewer_batch_sizes_than_the_published_one_is_not_taken(folders, sizes, stays):
    results, published = folders

    def feed(sizes, count):
        counts = pd.DataFrame({**dict.fromkeys(COLUMNS, 1), "experiment": "b", "fed_batch_size": sizes, "count": count})
        counts.to_csv(results / "counts/b.csv", index=False)
        counts.to_parquet(results / "counts/b.parquet")
        take_networks("b", results, published)

    feed([128, 512], 5)
    feed(sizes, 6)
    for name in ("counts/b.csv", "networks/layers/b.csv"):
        taken = pd.read_csv(published / name)
        assert taken["fed_batch_size"].tolist() == ([128, 512] if stays else sizes)
        assert set(taken["count"]) == {5 if stays else 6}


def test_an_untrained_network_replaces_itself_and_digits_are_kept(folders):
    results, published = folders
    take_networks("b", results, published)
    path = results / "audit/sigma_min.csv"
    path.write_text("experiment,seed,state,trained_batch_size,count\nb,0.0,untrained,,2.500\n", encoding="utf-8")
    take_networks("b", results, published)
    assert (published / "networks/sigma_min/b.csv").read_text(encoding="utf-8").splitlines() == [
        "experiment,trained_batch_size,count,seed,state",
        "b,128.0,0.3333333333333333,0,",
        "b,,2.500,0.0,untrained",
    ]


def test_forgotten_networks_leave_no_file(folders):
    results, published = folders
    for name in "ab":
        take_networks(name, results, published)
    forget_networks("b", published)
    assert {path.stem for path in published.rglob("*.csv")} == {"a"}
