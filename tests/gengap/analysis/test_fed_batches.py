import pandas as pd
import pytest
from samples import counts_of_experiment

from gengap.analysis.count_curves import same_batch, select
from gengap.analysis.fed_batches import common_fed_batch, common_fed_batches

SIZES = (64, 128, 512)


@pytest.mark.parametrize(("fed", "common"), [((64, 128, 512), 512), ((128,), 128)])
def test_the_common_batch_is_the_one_that_most_networks_were_fed(fed, common):
    counts = select(counts_of_experiment("a", sizes=SIZES, fed=fed), "a", 1e-4)
    assert common_fed_batch(counts) == common


@pytest.mark.parametrize(("sizes", "common"), [(SIZES, []), ((128,), [128])], ids=["several sizes", "one size"])
def test_networks_fed_their_own_batch_alone_have_no_common_one(sizes, common):
    counts = select(counts_of_experiment("a", sizes=sizes, fed=(), seeds=(0, 1)), "a", 1e-4)
    assert common_fed_batches(counts) == common
    assert common_fed_batch(counts) == max(common, default=None)
    assert same_batch(counts, "thin", max(common, default=None)).index.tolist() == common


def test_seeds_count_as_networks_of_their_own():
    counts = select(counts_of_experiment("a", sizes=SIZES, fed=(64, 128, 512)), "a", 1e-4)
    other = counts[counts["fed_batch_size"] != 512].assign(seed=7)
    assert common_fed_batches(pd.concat([counts, other])) == [64, 128]
