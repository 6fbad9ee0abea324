from samples import counts_of_cells


def test_a_row_for_each_width(exhibit, stages):
    """The gap of two seeds has the deviation √(½ 0.5² + ½ 0.9²); a width that diverged is left out."""
    errors = {("half", 0.5): [(512, [3.0, 3.9]), (128, [1.0, 1.5])], ("lenet5", 1.0): [(128, [1.0]), (512, [2.0, 2.0])]}
    errors["double", 2.0] = [(128, [1.0]), (512, [None])]
    members = [
        {"experiment": name, "width": width, "rows": stages.rows(rows, name)} for (name, width), rows in errors.items()
    ]
    subject = {"groups": [{"title": "LeNet-5", "experiment": "lenet5", "members": members}], "threshold": 1e-4}
    cells = {("literal", 512, 512): 9, ("thin", 512, 512): 4, ("full", 512, 512): 30, ("full", 128, 128): 99}
    counts = counts_of_cells(cells, "half", floors={("literal", 512): 5, ("full", 512): 26})
    table = exhibit("widths", subject, counts=counts)
    assert [list(row) for row in table.rows] == [
        ["LeNet-5", "0.5", "2", "128 → 512", "1.25", "3.45", "2.20 ± 0.73", "9 (5)", "4 (0)", "30 (26)", "–", "–"],
        ["", "1", "1", "128 → 512", "1.00", "2.00", "1.00", "–", "–", "–", "–", "–"],
    ]
