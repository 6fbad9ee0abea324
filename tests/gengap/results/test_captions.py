import pandas as pd
import pytest

from gengap.results.captions import (
    Subject,
    comparison_caption,
    diverged_note,
    misprint_reasons,
    results_caption,
    shown_number,
    titled,
)
from gengap.results.figure_captions import plain_power, rank_loss_caption

PAPERS = Subject("5", "LeNet-5 on Fashion-MNIST", "Fashion-MNIST", "LeNet-5", True)
OTHER = Subject("5", "LeNet-5 on digits", "handwritten digits", "LeNet-5", False)


def table(seeds=(5, 5), epochs=(60.0, 60.0), diverged=(0, 0)):
    labels = ["128", "4096->128"]
    return pd.DataFrame({"batch_size": labels, "seeds": seeds, "diverged": diverged, "epochs": epochs})


def test_other_data_are_named_and_said_not_to_be_the_papers():
    for caption in (results_caption(table(), OTHER), comparison_caption(table(), OTHER)):
        assert "Data: handwritten digits; network: LeNet-5. This is not an experiment of the paper" in caption
        assert "Table 5" not in caption


def test_a_shortened_training_is_said_to_be_one():
    assert "Trained for 60 epochs." in results_caption(table(), PAPERS)
    assert "Trained for 1 epoch." in results_caption(table(epochs=(1.0, 1.0)), OTHER)
    shortened = comparison_caption(table(epochs=(3.0, 60.0)), PAPERS)
    assert "Trained for 3 to 60 epochs; the paper's runs have 60." in shortened
    ended_early = table(epochs=(3.0, 60.0), diverged=(5, 0))
    assert "Trained for 60 epochs." in comparison_caption(ended_early, PAPERS)
    assert "Trained for 3 epochs;" in comparison_caption(table(epochs=(3.0, 3.0), diverged=(5, 5)), PAPERS)


@pytest.mark.parametrize(
    ("seeds", "expected"),
    [
        ((1, 1), "One seed."),
        ((5, 5), "Mean ± standard deviation over 5 seeds."),
        ((1, 3), "Mean ± standard deviation over 1 to 3 seeds."),
    ],
)
def test_the_number_of_seeds_is_said(seeds, expected):
    assert expected in results_caption(table(seeds=seeds), PAPERS)


def test_diverged_runs_are_counted_by_row():
    assert diverged_note(table(diverged=(0, 2))) == "Diverged runs, left out of the means: 2 of 5 at 4096 → 128."
    assert diverged_note(table()) == ""


def test_equal_reasons_share_a_note():
    comparison = pd.DataFrame({"misprint": ["copied", "", "too large", "copied", float("nan")]})
    assert misprint_reasons(comparison) == ["copied", "too large"]


@pytest.mark.parametrize(("number", "shown"), [("a1", "A1"), ("11", "11"), ("ghost", "ghost"), ("a1b", "a1b")])
def test_only_the_papers_appendix_is_numbered_in_capitals(number, shown):
    assert shown_number(number) == shown


@pytest.mark.parametrize("title", ["A table", "A table."])
def test_a_title_ends_in_one_full_stop(title):
    assert titled(title, "More.") == "A table. More."


@pytest.mark.parametrize(
    ("value", "text"), [(1e-4, "10⁻⁴"), (1e-5, "10⁻⁵"), (2e-5, "2·10⁻⁵"), (0.5, "0.5"), (1.0, "1"), (1e4, "10⁴")]
)
def test_thresholds_are_written_as_powers_of_ten(value, text):
    assert plain_power(value) == text


def test_a_note_on_the_data_stands_in_the_caption_of_their_spectra():
    assert rank_loss_caption(["digits"], 1e-4, "full", "Poor in rank.").endswith("Poor in rank.")
