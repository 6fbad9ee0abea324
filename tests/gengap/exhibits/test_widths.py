"""The table of networks of several widths."""


def test_a_row_for_each_width(exhibit_of, stages, make_counts):
    def member(experiment, width, smallest, largest):
        errors = {"128": smallest, "512": largest}
        seeds = [(size, [{"test_error_percent": value} for value in values]) for size, values in errors.items()]
        return {"experiment": experiment, "width": width, "rows": stages.rows(seeds, experiment)}

    cells = {("literal", 512, 512): 9, ("thin", 512, 512): 4, ("full", 512, 512): 30}
    members = [member("half", 0.5, [1.0, 1.5], [3.0, 3.9]), member("lenet5", 1.0, [1.0], [2.0])]
    subject = {"groups": [{"title": "LeNet-5", "experiment": "lenet5", "members": members}], "threshold": 1e-4}
    table = exhibit_of("widths", subject, counts=make_counts(cells, "half", floors={("full", 512): 26}))
    assert [list(row) for row in table.rows] == [
        ["LeNet-5", "0.5", "2", "128 → 512", "1.25", "3.45", "2.20 ± 0.73", "9 (0)", "4 (0)", "30 (26)", "–", "–"],
        ["", "1", "1", "128 → 512", "1.00", "2.00", "1.00", "–", "–", "–", "–", "–"],
    ]
