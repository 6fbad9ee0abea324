import pytest
from samples import counts_of_cells

from gengap.analysis.count_curves import CONVENTIONS

SUBJECT = {"panels": [{"experiment": "lenet5", "label": "LeNet-5"}], "thresholds": [1e-4]}


@pytest.mark.parametrize(("lost", "own", "alike"), [((), "0 → 9", "8 … 9"), ((32, 128), "–", "–"), ((32,), "9", "9")])
def test_networks_that_diverged_have_a_dash(exhibit, lost, own, alike):
    sizes = (32, 128)
    cells = {
        (name, one, fed): 8 * (fed == 128) + (one == 128) for name in CONVENTIONS for one in sizes for fed in sizes
    }
    counts = counts_of_cells(cells)
    counts["count"] = counts["count"].mask(counts["trained_batch_size"].isin(lost))
    table = exhibit("near_rank_loss", SUBJECT, counts=counts)
    assert [row[:2] for row in table.rows] == [["LeNet-5", "literal"], ["", "thin"], ["", "full"]]
    assert {(row[2], row[-2]) for row in table.rows} == {(own, alike)}
    assert set(table.data["networks"]) == {len(sizes) - len(lost)}
