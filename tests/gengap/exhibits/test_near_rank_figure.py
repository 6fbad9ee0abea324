import pytest


@pytest.fixture
def draw(exhibit, stages):
    """Draw a figure of one experiment and return it with everything in its final place."""

    def drawn(convention="full", note="", label="MNIST", **arguments):
        counts = [stages.counts("a", **arguments)]
        panels = [{"experiment": "a", "label": label}]
        subject = {"number": "3", "title": "", "threshold": 1e-4, "convention": convention, "note": note}
        figure = exhibit("near_rank_figure", subject | {"panels": panels}, counts=counts)
        assert set(figure.data["threshold"]) == {1e-4}
        assert (figure.number, note.strip() in figure.caption, label in figure.title) == ("3", True, True)
        return figure.drawing

    return drawn


def texts(axes):
    return [text.get_text() for text in axes.texts]


def curves(axes):
    return [line.get_ydata().tolist() for line in axes.get_lines() if len(line.get_xdata()) == 3]


def test_labels_and_notes_begin_no_formula(draw):
    figure = draw(sizes=(128, 512), label=r"$\frac{$ MNIST", note=r"$\no$ formula")
    assert r"\$\frac{\$ MNIST" in texts(figure.axes[0])
    assert figure.get_suptitle() == r"\$\no\$ formula"


def test_a_count_of_zero_has_a_place_and_a_label_on_the_logarithmic_axis(draw):
    axes = draw(sizes=(128, 512, 1024)).axes[0]
    assert axes.get_yscale() == "symlog"
    assert axes.get_ylim()[0] < 0
    assert [0.0, 0.0, 0.0] in curves(axes)
    labels = dict(zip(axes.get_yticks(), [label.get_text() for label in axes.get_yticklabels()], strict=True))
    assert labels[0] == "0"
    assert labels[1] == "1"
    assert labels[1000] == "$10^{3}$"


def test_the_left_panel_draws_every_convention_and_its_floors(draw):
    axes = draw(sizes=(128, 512, 1024), linear=True).axes[0]
    full, thin, shape = [490 + 0, 514 + 752, 1538 + 2288], [0, 752, 2288], [490, 514, 1538]
    drawn = curves(axes)
    assert drawn.count(full) == 2
    assert drawn.count(thin) == 4
    assert drawn.count(shape) == 1


def test_cells_of_the_grid_are_the_counts(draw):
    axes = draw(sizes=(128, 1024)).axes[2]
    assert texts(axes) == ["490", "1538"] * 3
    assert [label.get_text() for label in axes.get_yticklabels()] == ["untrained", "128", "1024"]


def test_the_grid_follows_the_convention_that_is_asked_for(draw):
    figure = draw("thin", sizes=(128, 1024))
    assert set(texts(figure.axes[2])) == {"0"}


def test_a_mean_over_seeds_and_a_diverged_one_are_told_apart(draw, legend):
    diverged = [(64, 0), (64, 1), (128, 1)]
    figure = draw("thin", sizes=(64, 128), seeds=(0, 1), lost=2, diverged=diverged)
    assert texts(figure.axes[2]) == ["0", "0", "div.", "div.", "2*", "2*"]
    assert "a run diverged (also *, div.)" in legend(figure)


def test_the_legend_names_only_what_is_drawn(draw, legend):
    names = legend(draw(sizes=(128, 1024)))
    assert "floor: forced by shapes and ranks" in names
    for absent in ("forced by shapes alone", "smallest to largest seed", "a run diverged (also *, div.)"):
        assert absent not in names


def test_batches_that_were_not_fed_are_left_open(draw):
    figure = draw(sizes=(128, 1024), fed=())
    assert texts(figure.axes[2]) == ["490", "1538", "490", "–", "–", "1538"]
    middle = figure.axes[1]
    assert (middle.get_title(loc="left") + middle.get_title(), len(middle.get_xticks())) == ("No two fed one batch", 0)
    assert "All fed one batch of 1024" in draw(sizes=(128, 1024)).axes[1].get_title(loc="left")


@pytest.mark.parametrize(
    ("arguments", "note"),
    [
        ({"sizes": (64,)}, "Poor in rank. " * 15),
        ({"sizes": (32, 64, 128), "fed": ()}, ""),
        ({"sizes": (128, 512, 1024, 2048, 4096, 8192), "seeds": (0, 1, 2), "lost": 3, "linear": True}, ""),
        ({"sizes": (64, 128, 512), "seeds": (0, 1), "diverged": [(512, 0), (512, 1), (128, 0)]}, "Poor in rank."),
        ({"sizes": (64, 128), "diverged": [(64, 0), (128, 0)]}, ""),
        ({"sizes": tuple(2**power for power in range(5, 16))}, "Poor in rank. " * 15),
    ],
    ids=["one size", "own batch only", "paper", "diverged", "all diverged", "eleven sizes"],
)
def test_nothing_is_cut_off_and_no_label_covers_another(draw, assert_all_text_on_page, arguments, note):
    label = "LeNet-5 without batch normalization on digits (28×28)"
    assert_all_text_on_page(draw(**arguments, note=note, label=label))
