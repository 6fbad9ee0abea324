from gengap.render.exhibit import Cell, Table
from gengap.render.markdown import table_markdown


def test_a_table_has_its_second_lines_marks_and_notes():
    rows = [[Cell("128", mark="†"), Cell("0.10", "1.10 (−1.00)", "a"), "it holds | so"]]
    notes = [("a", "A misprint."), ("", "On all.")]
    lines = table_markdown(Table("T", "C", ["Batch size", "Loss", "Verdict"], rows, notes)).splitlines()
    assert lines[:3] == [
        "| Batch size | Loss | Verdict |",
        "| --- | ---: | --- |",
        r"| 128<sup>†</sup> | 0.10<br><sub>1.10 (−1.00)</sub><sup>a</sup> | it holds \| so |",
    ]
    assert [line for line in lines[3:] if line] == ["a: A misprint.", "On all."]
