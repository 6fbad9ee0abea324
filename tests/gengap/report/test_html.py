import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from gengap.report.content import read_content
from gengap.report.html import render

CHART = {"mark": "point", "encoding": {"x": {"field": "a"}}}
HOSTILE = "<script>alert(\"x\")</script> & 'more'"
VOID = {"meta", "link", "img", "br", "wbr"}


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
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data.strip())

    @property
    def text(self):
        return " ".join(filter(None, self.words))


@pytest.fixture
def html(page):
    return lambda *text, **changes: render(read_content(*page(*text, **changes)))


def test_the_page_shows_everything_once(html):
    shown = Page(html())
    for number in range(1, 5):
        assert shown.text.count(f"Caption {number}.") == 1
    for words in (
        "All & everything",
        "This is the demo.",
        "LeNet-5 on MNIST 128, 512 0, 1",
        "128 † 0.52% 0.44% (+0.08) a 0.0310",
        "a Why.",
        "2 trainings",
        "lenet5_mnist 128 1 60 epochs NVIDIA H200 2.15.0 tf32 1 min 23 s",
        "Poor in rank.",
    ):
        assert words in shown.text
    assert shown.text.count("Table 6. LeNet-5") == 2, "in the contents and in its place"
    assert shown.text.count("Figure 3. Near-rank loss") == 2


def test_the_page_needs_no_other_file_and_every_entry_of_its_contents_leads_somewhere(html):
    source = html()
    shown = Page(source)
    assert shown.open == []
    outside = [address for address in shown.addresses if not address.startswith(("#", "data:"))]
    assert outside == ["https://arxiv.org/abs/2210.12184"]
    assert sum(address.startswith("data:image/png;base64,iVBOR") for address in shown.addresses) == 2
    assert not re.search(r"@import|url\(|<link[^>]*stylesheet|src=[\"']http", source[: source.index("<script>")])
    assert len(shown.ids) == len(set(shown.ids))
    targets = {address[1:] for address in shown.addresses if address.startswith("#")}
    assert targets <= set(shown.ids)
    assert {"table_6", "figure_3", "slopes"} <= targets
    order = [name for name in shown.ids if name in {"test_error", "found", *targets}]
    assert order[:4] == ["test_error", "found", "how", "section-1"]
    assert order.index("slopes") > order.index("section-2") > order.index("figure_3")


def test_a_chart_has_the_numbers_of_the_exhibits_file_and_stands_with_its_picture(page):
    files, subject = page()
    numbers = Path(files["exhibits"][3]).with_suffix(".csv").read_text()
    source = render(read_content(files, subject))
    chart = json.loads(re.search(r'<script type="application/json">(.*?)</script>', source)[1])
    assert chart == CHART | {"data": {"values": numbers, "format": {"type": "csv"}}}
    assert source.index('id="test_error"') < source.index("application/json") < source.index('alt="Curves"')
    assert source.count("vegaEmbed=") == 1
    assert '<details class="picture" open>' in source, "seen where scripts do not run"


def test_every_text_is_escaped(html):
    source = html(HOSTILE)
    assert "<script>alert" not in source
    assert source.count('alert("x') + source.count("alert(&#34;x") == source.count("&lt;script&gt;alert(&#34;x") > 15
    assert Page(source).open == []


def test_indices_are_set_as_subscripts_and_nothing_else_is_markup(html):
    source = html("E σ_min, b_s > 0, <b>, lenet5_mnist, n_rows")
    assert "E σ<sub>min</sub>, b<sub>s</sub> &gt; 0" in source
    assert "lenet5_mnist, n_rows" in source
    assert "<b>" not in source


@pytest.mark.parametrize(
    ("claim", "long"), [("σ_min goes on falling as the batch grows: σ_min ≪ 1", True), ("σ_min", False)]
)
def test_a_sentence_at_the_head_of_a_row_may_take_several_lines(html, claim, long):
    place = ' class="long"' if long else ""
    assert f'<th scope="row"{place}>{claim.replace("σ_min", "σ<sub>min</sub>")}</th>' in html(claim)


def test_parts_that_are_empty_leave_no_heading(page):
    files, subject = page(note=None, experiments=[], dataset_notes={}, of_the_paper=False)
    bare = {**files, "exhibits": [], "metrics": [], "provenance": []}
    source = render(read_content(bare, subject))
    shown = Page(source)
    assert [address for address in shown.addresses if address.startswith("#")] == ["#found"]
    assert "vegaEmbed=" not in source
    for heading in ("How to read", "LeNet-5", "What was run", "Notes on the data", "arXiv"):
        assert heading not in shown.text
