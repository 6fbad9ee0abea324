def test_a_table_of_ones_own_is_compared_with_theory_alone(exhibit, stages):
    subject = {"number": "own", "law": "gaussian", "title": "Mine", "reproduces_paper": False}
    sizes = {(1000, 10): (28.96, 0.43), (60, 20): (3.4, 0.3)}
    table = exhibit("expectations_table", subject, extremes=[stages.extremes(*size, *sizes[size]) for size in sizes])
    assert (table.title, table.number, len(table.rows)) == ("Mine", "own", 2)
    for row in table.cells():
        assert [cell.text for cell in row[4:]] == ["not printed", "–", "–"]
        assert row[3].text != "–"
