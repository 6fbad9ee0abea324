import pandas as pd

COUNTS = {"float64": 40, "float32": 30, "float32_svd": 8, "tf32": 10, "bf16": 0}
SUBJECT = {"panels": [{"experiment": "linear", "label": "Linear"}]}


def test_several_seeds_are_their_mean_and_one_that_diverged_is_said(exhibit):
    def table(*seeds):
        """Of one network, by seed the counts of each precision at 1e-4; at 1e-5 none."""
        networks = {"experiment": "linear", "trained_batch_size": 64, "fed_batch_size": 330, "rank_floor": 7}
        rows = [
            networks
            | {"seed": seed, "convention": convention, "threshold": threshold, "precision": name, "count": count}
            for seed, counts in enumerate(seeds)
            for convention in ("thin", "full")
            for threshold, values in ((1e-4, counts), (1e-5, dict.fromkeys(counts, 0)))
            for name, count in values.items()
        ]
        return exhibit("forward_precision", SUBJECT, forward_precision=pd.DataFrame(rows))

    other = {name: count + 2 for name, count in COUNTS.items()}
    assert table(COUNTS, other).rows[0][3:8] == ["41", "31", "9", "11", "1"]
    lost = table(COUNTS, dict.fromkeys(COUNTS))
    assert set(lost.rows[0][3:8]) == {"diverged"}
