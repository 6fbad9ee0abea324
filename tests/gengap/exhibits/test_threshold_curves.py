import pandas as pd

SIZES = (None, 128, 512, 1024, 2048, 4096, 8192)


def test_each_network_has_its_line_above_the_floor(exhibit, lines, legend, assert_all_text_on_page):
    curves = pd.DataFrame(
        {"experiment": name, "seed": 0, "state": "trained" if size else "untrained", "trained_batch_size": size,
         "fed_batch_size": 64, "convention": convention, "threshold": threshold, "count": 2 + (size or 0) * threshold,
         "shape_floor": 0, "rank_floor": 2}
        for name in ("lenet5", "linear") for size in SIZES for convention in ("literal", "thin", "full")
        for threshold in (1e-4, 0.5)
    )  # fmt: skip
    panels = [{"experiment": name, "label": name} for name in ("lenet5", "linear")]
    subject = {"panels": panels, "thresholds": [1e-4], "pictured": ["lenet5"]}
    figure = exhibit("threshold_curves", subject, threshold_curves=curves)
    (axes,) = figure.drawing.axes
    marked = [[0, 1]]
    assert lines(axes) == [[2, 2], *([2 + size * 1e-4, 2 + size / 2] for size in SIZES[1:]), [2, 2], *marked]
    assert legend(figure.drawing) == ["floor", *(f"trained at {size}" for size in SIZES[1:]), "untrained"]
    assert len(figure.data) == len(curves)
    assert_all_text_on_page(figure.drawing)
