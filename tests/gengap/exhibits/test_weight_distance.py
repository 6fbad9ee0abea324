import numpy as np
import pandas as pd


def test_slopes_stand_in_the_table_and_lines_in_the_figure(exhibit, stages, legend):
    trajectories, runs = [], []
    for size, slope in ((128, 3.0), (4096, 1.5)):
        updates = np.round(2 ** np.arange(2, 12, 0.5))
        columns = {"updates": updates, "learning_rate": 0.1, "batch_size": size}
        frame = pd.DataFrame({**columns, "weight_distance": 2 + slope * np.log(updates)})
        path = stages.path(f"runs/walk/bs{size}/seed0/trajectory.csv")
        frame.to_csv(path, index=False)
        trajectories.append(str(path))
        runs.append(("walk", size, 0))
    subject = {"experiments": [{"title": "F1 on MNIST", "runs": runs}]}
    rows = exhibit("diffusion", subject, trajectory=trajectories).rows
    assert [[*row[:2], row[2].partition(" ")[0], row[5]] for row in rows] == [
        ["F1 on MNIST", "128", "3", "100\u202f%"],
        ["", "4096", "1.5", "100\u202f%"],
    ]
    figure = exhibit("weight_distance", subject, trajectory=trajectories)
    assert legend(figure.drawing) == ["trained at 128", "trained at 4096"]
    assert len(figure.drawing.axes[0].lines) == 4
