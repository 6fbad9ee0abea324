import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from gengap.results.report import Cell, ReportContent, ReportExperiment, ReportFigure, ReportRun, ReportTable, render

PNG = b"\x89PNG\r\n\x1a\n-pixels-"
HOSTILE = "<script>alert(\"x\")</script> & 'more'"
VOID = {"meta", "link", "img", "br"}


@pytest.fixture
def content():
    run = ReportRun(
        experiment="lenet5_mnist",
        batch_size=128,
        seed=0,
        outcome="60 epochs",
        device="NVIDIA H200",
        torch="2.15.0",
        precision="tf32",
        duration="1 min 23 s",
        images_per_second="45 123",
        peak_memory="1.5 GiB",
        code="01234567",
        commit="89abcdef*",
    )
    rows = [[Cell("128", mark="†"), Cell("0.52%", below="0.44% (+0.08)", mark="a"), Cell("0.0310")]]
    return ReportContent(
        title="All results",
        note="This is the demo.",
        results="results/demo",
        experiments=[ReportExperiment("lenet5_mnist", "LeNet-5 on MNIST", [128, 512], [0, 1])],
        how_to_read_tables=["Small figures are printed ones."],
        tables=[ReportTable("6", "LeNet-5", "A caption.", ("Batch size", "Error", "Loss"), rows, [("a", "A note.")])],
        how_to_read_figures=["Left is left."],
        figures=[ReportFigure("a1", "Spectra", "Another caption.", PNG, 11.0)],
        audit=[
            ReportTable("slopes", "Slopes", "Third caption.", ("Table", "Verdict"), [[Cell("5"), Cell("holds")]]),
            ReportFigure("curves", "Curves", "Fourth caption.", PNG, 8.0),
        ],
        runs=[run],
        totals=["1 training."],
        dataset_notes=[("digits", "Poor in rank.")],
    )


class Page(HTMLParser):
    """Balance of the tags, all addresses, identifiers and text of a page."""

    def __init__(self, html):
        super().__init__()
        self.open, self.addresses, self.ids, self.words = [], [], [], []
        # Where a name may be broken is no text.
        self.feed(html.replace("<wbr>", ""))
        self.close()

    def handle_starttag(self, tag, attributes):
        if tag not in VOID:
            self.open.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data.strip())

    @property
    def text(self):
        return " ".join(filter(None, self.words))


def test_the_page_shows_everything_that_it_is_given(content):
    text = Page(render(content)).text
    for words in (
        "All results",
        "This is the demo.",
        "LeNet-5 on MNIST 128, 512 0, 1",
        "Table 6. LeNet-5",
        "0.52% 0.44% (+0.08) a",
        "a A note.",
        "Figure A1. Spectra",
        "Slopes Third caption. Table Verdict 5 holds",
        "Curves Fourth caption.",
        "lenet5_mnist 128 0 60 epochs NVIDIA H200 2.15.0 tf32 1 min 23 s 45 123 1.5 GiB 01234567 89abcdef*",
        "digits. Poor in rank.",
    ):
        assert words in text


def test_the_page_needs_no_other_file(content):
    page = Page(render(content))
    outside = [address for address in page.addresses if not address.startswith(("#", "data:"))]
    assert outside == ["https://arxiv.org/abs/2210.12184"]
    assert "data:image/png;base64,iVBORw0KGgotcGl4ZWxzLQ==" in page.addresses
    assert not re.search(r"@import|url\(", render(content))


def test_every_entry_of_the_contents_leads_somewhere_and_every_tag_is_closed(content):
    page = Page(render(content))
    assert page.open == []
    targets = [address[1:] for address in page.addresses if address.startswith("#")]
    audit = ["audit", "audit-slopes", "audit-curves"]
    assert targets == ["about", "tables", "table-6", "figures", "figure-a1", *audit, "runs", "data"]
    assert set(targets) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_every_text_is_escaped(content):
    table = replace(
        content.tables[0],
        title=HOSTILE,
        caption=HOSTILE,
        header=(HOSTILE,),
        rows=[[Cell(HOSTILE)], [Cell("1"), Cell(HOSTILE, HOSTILE, HOSTILE)]],
        notes=[(HOSTILE, HOSTILE)],
    )
    run = replace(content.runs[0], experiment=HOSTILE, device=HOSTILE, commit=HOSTILE)
    hostile = ReportContent(
        title=HOSTILE,
        note=HOSTILE,
        results=HOSTILE,
        experiments=[ReportExperiment(HOSTILE, HOSTILE, [], [])],
        how_to_read_tables=[HOSTILE],
        tables=[table],
        how_to_read_figures=[HOSTILE],
        figures=[ReportFigure("1", HOSTILE, HOSTILE, PNG, 4.4)],
        audit=[
            ReportTable("slopes", HOSTILE, HOSTILE, (HOSTILE,), [[Cell(HOSTILE)]], [(HOSTILE, HOSTILE)]),
            ReportFigure("curves", HOSTILE, HOSTILE, PNG, 8.0),
        ],
        runs=[run],
        totals=[HOSTILE],
        dataset_notes=[(HOSTILE, HOSTILE)],
    )
    html = render(hostile)
    assert "<script" not in html
    assert html.count("alert(") == html.count("&lt;script&gt;alert(")
    assert Page(html).open == []


def test_indices_are_set_as_subscripts_and_nothing_else_is_markup(content):
    table = replace(content.tables[0], header=("Size", "E σ_min", "b_s > 0", "<b>", "lenet5_mnist", "n_rows"))
    html = render(replace(content, tables=[table]))
    assert "E σ<sub>min</sub>" in html
    assert "b<sub>s</sub> &gt; 0" in html
    assert "lenet5_mnist" in html
    assert "n_rows" in html
    assert "<b>" not in html


def test_a_sentence_at_the_head_of_a_row_may_take_several_lines_and_has_its_indices(content):
    claim = "σ_min goes on falling as the batch grows: a large batch means σ_min ≪ 1"
    rows = [[Cell(claim), Cell("holds")], [Cell("Short σ_min"), Cell("not seen")]]
    html = render(replace(content, tables=[replace(content.tables[0], header=("Claim", "Verdict"), rows=rows)]))
    assert f'<th scope="row" class="long">{claim.replace("σ_min", "σ<sub>min</sub>")}</th>' in html
    assert '<th scope="row">Short σ<sub>min</sub></th>' in html
    assert "th.long { white-space: normal;" in html


def test_parts_that_are_empty_leave_no_heading(content):
    bare = replace(
        content, note="", experiments=[], tables=[], figures=[], audit=[], runs=[], totals=[], dataset_notes=[]
    )
    page = Page(render(bare))
    assert [address for address in page.addresses if address.startswith("#")] == ["#about"]
    for heading in ("Tables", "Figures", "Audit", "What ran on what", "Notes on the data", "This is the demo."):
        assert heading not in page.text


def test_equal_content_gives_equal_pages(content):
    assert render(content) == render(replace(content))
