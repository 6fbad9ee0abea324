import pandas as pd
import pytest

from gengap.render.captions import misprint_marks, results_caption, shown_number

PAPERS = {"number": "5", "dataset": "Fashion-MNIST", "model": "LeNet-5", "reproduces_paper": True}
OTHER = PAPERS | {"dataset": "handwritten digits", "reproduces_paper": False}


def table(seeds=(5, 5), epochs=(60.0, 60.0), diverged=(0, 0)):
    labels = ["128", "4096->128"]
    return pd.DataFrame({"batch_size": labels, "seeds": seeds, "diverged": diverged, "epochs": epochs})


@pytest.mark.parametrize(
    ("subject", "changes", "told"),
    [
        (PAPERS, {}, ["Table 5", "5 seeds", "60 epochs"]),
        (PAPERS, {"seeds": (1, 3)}, ["1 to 3 seeds"]),
        (PAPERS, {"seeds": (1, 1)}, ["One seed"]),
        (PAPERS, {"epochs": (3.0, 60.0)}, ["3 to 60 epochs", "paper's runs have 60"]),
        (PAPERS, {"epochs": (3.0, 60.0), "diverged": (5, 0)}, ["for 60 epochs."]),
        (PAPERS, {"epochs": (3.0, 3.0), "diverged": (5, 5)}, ["for 3 epochs;"]),
        (OTHER, {"epochs": (1.0, 1.0)}, ["handwritten digits", "not an experiment of the paper", "1 epoch."]),
    ],
)
def test_a_caption_tells_origin_seeds_and_epochs(subject, changes, told):
    caption = results_caption(table(**changes), subject)
    assert all(words in caption for words in told)
    assert ("Table 5" in caption) is subject["reproduces_paper"]


def test_equal_reasons_share_a_note():
    assert misprint_marks(["copied", "", "too large", "copied"]) == {"copied": "a", "too large": "b"}


@pytest.mark.parametrize(("number", "shown"), [("a1", "A1"), ("11", "11"), ("ghost", "ghost"), ("a1b", "a1b")])
def test_only_the_papers_appendix_is_numbered_in_capitals(number, shown):
    assert shown_number(number) == shown
