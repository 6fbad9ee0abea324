"""The numbers that pages tell, against those computed by hand, and the sentences that they make."""

import math

import pandas as pd
import pytest

from gengap.analysis.over_seeds import results_table
from gengap.report.facts import facts, plain
from gengap.report.words import findings

TABLE = {"number": "5", "title": "LeNet-5", "experiment": "lenet5", "reproduces_paper": True}


def told(**frames):
    """Facts of a run without tables of results."""
    return facts([], frames, [])


def test_a_table_has_its_ends_without_what_diverged(stages):
    shortened = {"test_error_percent": 9.0, "epochs": 3.0}
    frame = results_table(stages.loaded([("512", [shortened]), ("128", [8.0, 8.0]), ("8192", [None])]))
    line = {"table": "5", "batch_size": "128", "column": "test_error_percent", "printed": 7.74, "difference": 0.26}
    printed = pd.DataFrame([line | {"status": "full length"}])
    assert facts([TABLE], {"table_5": frame, "comparison": printed}, [])["tables"]["5"] == {
        **{"title": "LeNet-5", "smallest": "128", "largest": "512"},
        **{"test_error_percent_smallest": 8, "test_error_percent_largest": 9},
        **{"test_error_percent_std_smallest": 0, "test_error_percent_std_largest": None},
        **{"printed_smallest": 7.74, "printed_largest": None},
        **{"fewest_seeds": 1, "epochs": 3, "paper_epochs": 60, "shortened": True},
    }
    lost = results_table(stages.loaded([("128", [None])]))
    assert facts([TABLE], {"table_5": lost}, [])["tables"] == {}


def test_without_a_table_the_findings_are_the_test_errors_at_the_ends():
    runs = pd.DataFrame({"batch_size": ["8", "64", "8"], "test_error_percent": [1.0, 4.0, 2.0]})
    (finding,) = findings(told(test_error=runs.assign(experiment="mine", title="Mine")))
    for words in ("Mine", "from batch size 8 to 64", "from 1.50 to 4.00 %", "one seed"):
        assert words in finding


def test_trainings_are_counted_and_different_code_of_a_network_is_named():
    def run(model, code, seconds=10.0, diverged=False, dirty=False):
        provenance = {"code_hash": code, "seconds": seconds, "git_dirty": dirty}
        return {"metrics": {"model": model, "diverged": diverged}, "provenance": provenance}

    runs = [run("vgg16", "a"), run("vgg16", "b", None, diverged=True)]
    runs += [run("lenet5", "c"), run("lenet5", "c", dirty=True)]
    counted = {"count": 4, "diverged": 1, "seconds": 30, "of_several_codes": ["vgg16"], "uncommitted": 1}
    assert facts([], {}, runs)["trainings"] == counted


def test_what_was_given_to_both_batch_sizes_is_told_and_no_other():
    about = {"experiment": "mine", "title": "Mine", "small": 8, "large": 64, "seeds": 2}
    columns = ("remedy", "change_small", "change_large", "same_small", "same_large")
    lines = [("", 0.0, 0.0, False, False), ("rank_9", -0.05, 0.3, False, False)]
    lines += [("square_root", 0.0, -1.0, True, False), ("units_9", 0.1, None, False, False)]
    frame = pd.DataFrame([about | dict(zip(columns, line, strict=True)) for line in lines])
    (finding,) = findings(told(remedies=frame))
    for words in ("Mine", "rank 9", "−0.05 points at batch size 8", "+0.30 at 64"):
        assert words in finding
    assert "one seed" not in finding


def test_slopes_are_told_by_sign_and_by_whether_intervals_include_zero():
    ends = {f"{name}_{end}": 0.1 for name in ("printed", "measured") for end in ("low", "high")}
    signs = {"5": "yes", "6": "no", "9": "no", "8": "yes", "7": "yes"}
    lines = [{"table": t, "same_sign": s, "other_length": int(t == "8"), **ends} for t, s in signs.items()]
    frame = pd.DataFrame(lines)
    frame.loc[[1, 4], "measured_low"] = -0.1
    frame = pd.concat([frame.assign(column="test_error_percent"), frame.assign(column="train_loss")])
    same, other = {"same": ["5", "7"], "same_clearly": ["5"]}, {"other": ["6", "9"], "other_clearly": ["9"]}
    assert told(slopes=frame)["slopes"] == {"tables": 4, **same, **other}


def test_seeds_penalty_widths_matrices_and_claims():
    p = {"p": [0.01, 0.4, None], "p_but_largest": [0.2, 0.2, None]}
    seeds = pd.DataFrame({"table": ["5", "6", "7"]} | p)
    penalty = pd.DataFrame({"table": ["5", "6", "7"], "penalty_share": [34.2, 94.1, None]})
    widths = pd.DataFrame({"experiment": ["a", "a", "b"], "title": "A", "width": [0.5, 1, 1], "gap": [2.0, 1.0, 3.0]})
    matrices = pd.DataFrame({"difference_in_standard_errors": [-2, 1, 9, None]})
    claims = pd.DataFrame({"seen": ["no", "yes", "yes", "yes"], "left": ["no", "partly", "", "yes"]})
    claims["place"] = ["Section 5", "Remark 3", "Section 6.2, after [18]", "Keskar et al. 2017"]
    found = told(seed_scatter=seeds, loss_parts=penalty, widths=widths, claims=claims, table_a1=matrices)
    assert found["seeds"] == {"unlikely": ["5"], "unlikely_but_largest": [], "rest": ["6"]}
    assert found["penalty"] == pytest.approx({"5": 0.342, "6": 0.941})
    assert found["widths"] == [{"title": "A", "widths": [0.5, 1], "gaps": [2.0, 1.0]}]
    counted = {name: found["random_matrices"][name] for name in ("sizes", "printed", "agree", "wrong")}
    assert counted == {"sizes": 4, "printed": 3, "agree": 2, "wrong": 1}
    assert found["claims"] == {"seen": {"yes": 2, "no": 1}, "left": {"no": 1, "partly": 1, "": 1}}


def test_equal_updates_have_both_curves():
    line = {"experiment": "a", "title": "A", "reference": 128, "batch_size": "8192", "seeds": 2}
    for run, error, deviation in (("reference", 8.0, 0.1), ("normal", 10.0, 0.2), ("equal", 9.5, 0.3)):
        line |= {f"test_error_percent_{run}": error, f"test_error_percent_std_{run}": deviation}
        line |= {f"train_error_percent_{run}": error / 2, f"train_error_percent_std_{run}": 0.0}
    found = told(equal_updates=pd.DataFrame([line | {"updates_reference": 28140}]))
    (pair,) = found["equal_updates"]
    assert pair["updates"] == 28140
    (sentence,) = findings(found)
    for words in ("from 128 to 8192", "from 8.00 to 10.00 %", "from 8.00 to 9.50 %"):
        assert words in sentence
    assert pair["errors"] == {
        "128": {
            "epochs": 8,
            "epochs_std": 0.1,
            "updates": 8,
            "updates_std": 0.1,
            "epochs_train": 4,
            "updates_train": 4,
        },
        "8192": {
            **{"epochs": 10, "epochs_std": 0.2, "updates": 9.5, "updates_std": 0.3},
            **{"epochs_train": 5, "updates_train": 4.75},
        },
    }


def test_numbers_are_json_and_what_is_not_known_is_empty():
    found = plain({1: pd.Series([1, 2])[0], "a": [math.nan, 0.5], "b": (True,)})
    assert found == {"1": 1, "a": [None, 0.5], "b": [True]}
    assert findings(facts([], {}, [])) == []


def test_no_sentence_on_the_published_numbers_is_long(published_facts):
    sentences = findings(published_facts)
    assert len(sentences) > 10
    for sentence in sentences:
        assert len(sentence.split()) <= 40, sentence
        assert sentence.endswith(".")
        assert not {"None", "nan"} & set(sentence.split())


def test_effective_ranks_are_counted_for_tables_and_stand_by_batch_size_for_the_last_convolution(stages):
    means = {("conv", 1): (9.0, 8.0), ("conv", 2): (4.0, 3.0), ("linear", 3): (5.0, 6.0)}
    columns = ["kind", "layer_index", "seed", "trained_batch_size", "effective_rank"]
    rows = [
        (*layer, seed, size, rank + seed - 0.5)
        for layer, ranks in means.items()
        for size, rank in zip((128, 8192), ranks, strict=True)
        for seed in (0, 1)
    ]
    trained = pd.DataFrame(rows, columns=columns).assign(mode="channel", state="trained")
    before = trained.iloc[[0, 4]].assign(state="untrained", trained_batch_size=None)
    frame = pd.concat([trained, trained[:4].assign(mode="height"), before])
    ranks = pd.concat([frame.assign(experiment=name, fed_batch_size=4096) for name in ("lenet5", "other")])
    table = results_table(stages.loaded([("128", [8.0])]))
    found = facts([TABLE], {"table_5": table, "effective_rank": ranks}, [])["effective_rank"]
    each = {"unfoldings": 4, "falls": 3, "channels": {"128": 4, "8192": 3}, "untrained": 3.5}
    assert found.pop("experiments") == {"lenet5": each, "other": each}
    conv = {"convolutions": 3, "falls_in_convolutions": 3}
    assert found == {"unfoldings": 4, "falls": 3, **conv, "ends": {"beyond": 2}}


def test_sharpness_is_the_mean_over_seeds_in_the_largest_box():
    rows = [(0, 128, 1e-3, 1.0), (1, 128, 1e-3, 3.0), (0, 8192, 1e-3, 9.0), (0, 128, 5e-4, 0.5)]
    frame = pd.DataFrame(rows, columns=["seed", "trained_batch_size", "epsilon", "sharpness_batch"])
    means = told(sharpness=frame.assign(experiment="mine"))["sharpness"]["mine"]
    assert means == {"128": {"sharpness_batch": 2.0}, "8192": {"sharpness_batch": 9.0}}


def test_of_walks_the_likeliest_laws_are_counted():
    columns = ["logarithm_weight", "power_weight", "saturation_weight"]
    weights = [(0.7, 0.2, 0.1), (0.1, 0.8, 0.1), (0.0, 0.6, 0.4), (None, None, None)]
    assert told(diffusion=pd.DataFrame(weights, columns=columns))["walks"] == {"power": 2, "logarithm": 1}
