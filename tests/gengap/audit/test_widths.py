import json

import pandas as pd
import pytest
from gengap.audit.widths import item, width_table
from gengap.results.audit_sentences import widths_sentence

MEANS = {"train_error_percent": 0, "train_cross_entropy": 0.001, "test_cross_entropy": 0.02, "weight_penalty": 0.1}


@pytest.fixture
def group(tmp_path):
    """Half and single width at two batch sizes; the errors are 1 and 3 percent, and 1 and 2 percent."""

    def member(experiment, width, errors):
        rows = []
        for size, error in errors.items():
            path = tmp_path / f"{experiment}-{size}.json"
            run = {"experiment": experiment, "batch_size": size, "seed": 0, "diverged": error is None, "epochs": 60.0}
            losses = dict.fromkeys([*MEANS, "train_loss", "test_loss"], None) if error is None else MEANS
            run |= losses | {"updates": 100, "test_error_percent": error, "weight_distance": 1.0}
            run |= {} if error is None else {"train_loss": 0.101, "test_loss": 0.12}
            path.write_text(json.dumps(run))
            rows.append({"label": str(size), "metrics": [str(path)]})
        return {"experiment": experiment, "width": width, "rows": rows}

    def make(largest_of_half=3.0):
        members = [member("half", 0.5, {128: 1.0, 512: largest_of_half}), member("lenet5", 1.0, {128: 1.0, 512: 2.0})]
        return {"title": "LeNet-5", "experiment": "lenet5", "members": members}

    return make


def layer(units, sigma_min, trained=512, fed=512, **other):
    """The σ_min of one unfolding of `half`."""
    row = {"experiment": "half", "seed": 0, "state": "trained", "kind": "linear", "mode": "channel"}
    sizes = {"trained_batch_size": trained, "fed_batch_size": fed, "mode_size": units, "sigma_min": sigma_min}
    return row | sizes | other


def test_gaps_and_counts_of_each_width(group, make_counts):
    cells = {(convention, 512, 512): 7 for convention in ("literal", "thin", "full")}
    frame = width_table([group()], make_counts(cells, "half"), pd.DataFrame(), 1e-4)
    assert frame["width"].tolist() == [0.5, 1.0]
    assert frame["gap"].tolist() == [2.0, 1.0]
    assert frame["literal"].iloc[0] == 7
    assert frame["literal"].isna().tolist() == [False, True]
    table = item(frame, 1e-4)
    floors = [f"7 ({frame[f'{convention}_floor'].iloc[0]:.0f})" for convention in ("literal", "thin", "full")]
    assert table.rows[0] == ["LeNet-5", "0.5", "1", "128 → 512", "1.00", "3.00", "2.00", *floors, "–", "–"]
    assert table.rows[1][0] == ""
    assert table.rows[1][-3:] == ["–", "–", "–"]


def test_the_counts_of_a_width_stand_beside_what_shapes_force_of_them(group, make_counts):
    counts = make_counts({("literal", 512, 512): 9, ("thin", 512, 512): 4, ("full", 512, 512): 30}, "half")
    counts["rank_floor"] = counts["convention"].map({"literal": 5, "thin": 0, "full": 26})
    frame = width_table([group()], counts, pd.DataFrame(), 1e-4)
    assert frame.loc[0, ["literal_floor", "thin_floor", "full_floor"]].tolist() == [5, 0, 26]
    assert item(frame, 1e-4).rows[0][7:10] == ["9 (5)", "4 (0)", "30 (26)"]


def test_sigma_min_is_that_of_the_widest_fully_connected_layer_at_the_largest_batch_size(group):
    layers = [
        layer(250, 0.5),
        layer(250, 0.25, seed=1),
        layer(10, 8.0),
        layer(250, 3.0, fed=128),
        layer(250, 2.0, trained=128),
        layer(250, 9.0, state="untrained"),
        layer(400, 7.0, mode="batch"),
        layer(400, 7.0, kind="conv"),
        layer(900, 6.0, experiment="other"),
    ]
    frame = width_table([group()], pd.DataFrame(), pd.DataFrame(layers), 1e-4)
    assert frame.loc[0, ["units", "sigma_min"]].tolist() == [250, 0.375]
    assert frame.loc[1, ["units", "sigma_min"]].isna().all()
    assert item(frame, 1e-4).rows[0][-2:] == ["250", "0.375"]


def test_a_width_that_diverged_is_left_out(group, tmp_path):
    path = tmp_path / "widths.csv"
    frame = width_table([group(largest_of_half=None)], pd.DataFrame(), pd.DataFrame(), 1e-4)
    assert frame["width"].tolist() == [1.0]
    assert widths_sentence(frame) == "", "one width shows no trend"
    empty = width_table([], pd.DataFrame(), pd.DataFrame(), 1e-4)
    assert empty.empty
    path.write_text(empty.to_csv(index=False))
    assert widths_sentence(pd.read_csv(path)) == ""


def test_the_gaps_of_all_widths_in_a_sentence(group):
    frame = width_table([group()], pd.DataFrame(), pd.DataFrame(), 1e-4)
    assert widths_sentence(frame) == (
        "The gap in test error is 2.00, 1.00 points between batch sizes 128 and 512 at 0.5, 1 of the width of LeNet-5, 1"
        " seed."
    )
    other = frame.assign(
        seeds=[1, 2], experiment="other", title="LeNet-5 on MNIST", gap=[0.5, 0.25], sigma_min=[0.75, 1.5]
    )
    assert widths_sentence(pd.concat([frame, other])) == (
        "The gap in test error is 2.00, 1.00 points between batch sizes 128 and 512 at 0.5, 1 of the width of LeNet-5, 1"
        " seed; 0.50, 0.25 points between batch sizes 128 and 512 at 0.5, 1 of the width of LeNet-5 on MNIST, 1 to 2"
        " seeds (σ_min of its widest fully connected layer at 512: 0.75, 1.5)."
    )


def test_batch_sizes_in_another_order_and_seeds_of_each(group, tmp_path):
    members = group()["members"]
    path = tmp_path / "second.json"
    for name, errors in (("half-128", 1.5), ("half-512", 3.9)):
        run = json.loads((tmp_path / f"{name}.json").read_text())
        other = path.with_name(f"{name}-1.json")
        other.write_text(json.dumps(run | {"seed": 1, "test_error_percent": errors}))
    rows = [
        row | {"metrics": [*row["metrics"], str(tmp_path / f"half-{row['label']}-1.json")]}
        for row in members[0]["rows"]
    ]
    turned = {"title": "LeNet-5", "experiment": "lenet5"} | {"members": [members[0] | {"rows": rows[::-1]}, members[1]]}
    frame = width_table([turned], pd.DataFrame(), pd.DataFrame(), 1e-4)
    assert frame[["smallest", "largest", "seeds"]].to_numpy().tolist() == [[128, 512, 2], [128, 512, 1]]
    assert frame["gap"].tolist() == pytest.approx([3.45 - 1.25, 1.0])
    assert frame["gap_std"][0] == pytest.approx((0.5 * 0.5**2 + 0.5 * 0.9**2) ** 0.5)
    assert item(frame, 1e-4).rows[0][6] == "2.20 ± 0.73"
