import pandas as pd

from gengap.published import readme
from gengap.published.contents import Contents


def test_what_lies_beyond_the_floor_is_told_of_each_experiment_that_has_any():
    """The floor is not counted, neither after training nor before."""
    summaries = pd.DataFrame(
        {
            "experiment": ["a", "b", "b", "b"],
            "convention": ["thin", "thin", "full", "thin"],
            "threshold": [1e-4, 1e-4, 1e-4, 1e-5],
            "above_floor": [0.0, 30.0, 50.0, 60.0],
            "untrained": [8.0, 12.0, 90.0, 12.0],
            "rank_floor": [8.0, 10.0, 10.0, 10.0],
        }
    )
    contents = Contents(experiments={"b": {"title": "Linear LeNet-5 on MNIST"}})
    sentence = readme._beyond_floor(contents, summaries)
    assert sentence.endswith(": none in 1 of 2 experiments, 30 in Linear LeNet-5 on MNIST (2 before training).")
