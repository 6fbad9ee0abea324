import numpy as np
import pandas as pd
import pytest

UPDATES = np.round(2 ** np.arange(2, 12, 0.5))


@pytest.fixture
def walks(stages):
    """Subject and trajectories of trainings, from their distances by batch size."""

    def make(distances):
        trajectories = []
        for size, distance in distances.items():
            frame = {"updates": UPDATES, "learning_rate": 0.1, "batch_size": size, "weight_distance": distance}
            trajectories.append(str(stages.path(f"runs/walk/bs{size}/seed0/trajectory.csv")))
            pd.DataFrame(frame).to_csv(trajectories[-1], index=False)
        runs = [("walk", size, 0) for size in distances]
        return {"experiments": [{"title": "F1 on MNIST", "runs": runs}]}, trajectories

    return make


def test_slopes_stand_in_the_table_and_lines_in_the_figure(exhibit, walks, legend):
    subject, trajectories = walks({size: 2 + slope * np.log(UPDATES) for size, slope in ((128, 3.0), (4096, 1.5))})
    rows = exhibit("diffusion", subject, trajectory=trajectories).rows
    assert [[*row[:2], row[2].partition(" ")[0], row[5]] for row in rows] == [
        ["F1 on MNIST", "128", "3", "100\u202f%"],
        ["", "4096", "1.5", "100\u202f%"],
    ]
    figure = exhibit("weight_distance", subject, trajectory=trajectories)
    assert legend(figure.drawing) == ["trained at 128", "trained at 4096"]
    assert len(figure.drawing.axes[0].lines) == 4


def test_a_walk_that_is_not_pulled_back_is_pulled_at_rate_zero(exhibit, walks):
    """It moves faster than the free walk, so least squares find the least pull."""
    subject, trajectories = walks({128: UPDATES**0.6})
    (row,) = exhibit("diffusion", subject, trajectory=trajectories).rows
    assert row[3].partition(" ")[0] == "0.6"
    assert row[4].partition(" ")[0] == "0"
