"""The captions of `snakemake --report` render with what the rules give them, and are clean reStructuredText."""

import pytest
from docutils.core import publish_parts
from jinja2 import Environment
from places import ROOT
from snakemake.iocontainers import Params, Wildcards

CAPTIONS = ROOT / "workflow" / "report"
CASES = [
    ("exhibit.rst", {"title": "LeNet-5 on MNIST"}, "LeNet-5 on MNIST."),
    ("exhibit.rst", {}, "table_6"),
    ("report.rst", {}, "one page"),
    ("reproduction.rst", {}, "document"),
    ("workflow.rst", {}, "<strong>Small digits data.</strong>"),
]


class Job:
    def __init__(self, subject):
        self.params = Params(fromdict={"subject": subject})
        self.wildcards = Wildcards(fromdict={"name": "table_6"})
        self.config = {"run": ["lenet5_mnist", "vgg16_cifar10"], "report": {"note": "Small digits data."}}


@pytest.mark.parametrize(("name", "subject", "words"), CASES)
def test_captions_render(name, subject, words):
    source = (CAPTIONS / name).read_text(encoding="utf-8")
    text = Environment().from_string(source).render(snakemake=Job(subject))
    settings = {"halt_level": 2, "report_level": 2}
    assert words in publish_parts(text, writer="html", settings_overrides=settings)["body"]


def test_every_caption_is_tried_above():
    assert {name for name, *_ in CASES} == {path.name for path in CAPTIONS.glob("*.rst")}
