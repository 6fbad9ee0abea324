import pytest


@pytest.fixture
def draw(exhibit, stages):
    """The drawing of one experiment, with everything in its final place."""

    def drawn(convention="full", label="MNIST", **arguments):
        panels = [{"experiment": "a", "label": label}]
        subject = {"number": "3", "title": "", "threshold": 1e-4, "convention": convention, "note": "Made up."}
        figure = exhibit("near_rank_figure", subject | {"panels": panels}, counts=[stages.counts("a", **arguments)])
        assert set(figure.data["threshold"]) == {1e-4}
        assert (figure.number, "Made up." in figure.caption, label in figure.title) == ("3", True, True)
        return figure.drawing

    return drawn


def test_a_count_of_zero_has_a_place_and_a_label_on_the_logarithmic_axis(draw):
    axes = draw(sizes=(128, 512, 1024)).axes[0]
    assert axes.get_yscale() == "symlog"
    assert axes.get_ylim()[0] < 0
    labels = dict(zip(axes.get_yticks(), [label.get_text() for label in axes.get_yticklabels()], strict=True))
    assert (labels[0], labels[1], labels[1000]) == ("0", "1", "$10^{3}$")


def test_the_left_panel_draws_every_convention_and_its_floors(draw, lines):
    drawn = lines(draw(sizes=(128, 512, 1024), linear=True).axes[0])
    full, thin, shape = [490 + 0, 514 + 752, 1538 + 2288], [0, 752, 2288], [490, 514, 1538]
    assert drawn.count(full) == 2
    assert drawn.count(thin) == 4
    assert drawn.count(shape) == 1


LOST = {"lost": 2, "seeds": (0, 1, 2), "diverged": [(64, 0), (64, 1), (64, 2), (128, 2)]}


@pytest.mark.parametrize(
    ("convention", "arguments", "cells"),
    [
        ("full", {"sizes": (128, 1024)}, ["490", "1538"] * 3),
        ("full", {"sizes": (128, 1024), "fed": ()}, ["490", "1538", "490", "–", "–", "1538"]),
        ("thin", LOST | {"sizes": (64, 128)}, ["0", "0", "div.", "div.", "2.5*", "2.5*"]),
    ],
)
def test_cells_of_the_grid_are_the_counts(draw, legend, convention, arguments, cells):
    figure = draw(convention, **arguments)
    assert [text.get_text() for text in figure.axes[2].texts] == cells
    assert figure.axes[2].get_yticklabels()[0].get_text() == "untrained"
    assert ("a run diverged (also *, div.)" in legend(figure)) is ("div." in cells)
    assert ("smallest to largest seed" in legend(figure)) is ("2.5*" in cells)
    fed = "No two fed one batch" if "–" in cells else f"All fed one batch of {max(arguments['sizes'])}"
    assert figure.axes[1].get_title(loc="left") == fed


@pytest.mark.parametrize(
    "arguments",
    [
        {"sizes": (64,)},
        {"sizes": (128, 512, 1024, 2048, 4096, 8192), "seeds": (0, 1, 2), "lost": 3, "linear": True},
        {"sizes": (64, 128), "diverged": [(64, 0), (128, 0)]},
        {"sizes": tuple(2**power for power in range(5, 16))},
    ],
    ids=["one size", "paper", "all diverged", "eleven sizes"],
)
def test_nothing_is_cut_off_and_no_label_begins_a_formula(draw, assert_all_text_on_page, arguments):
    assert_all_text_on_page(draw(**arguments, label=r"LeNet-5 without batch normalization on $\frac{$ digits (28×28)"))
