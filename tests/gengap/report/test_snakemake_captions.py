"""The captions of `snakemake --report` render with what the rules give them, and are clean reStructuredText."""

from pathlib import Path

import pytest
from docutils.core import publish_parts
from jinja2 import Environment, StrictUndefined
from snakemake.iocontainers import Params

CAPTIONS = Path(__file__).parents[3] / "workflow" / "report"

RESULTS = {"number": "5", "title": "LeNet-5 on Fashion-MNIST", "dataset": "Fashion-MNIST", "reproduces_paper": True}
COUNTS = {"number": "3", "threshold": 1e-4, "convention": "full", "panels": [{"label": "A"}, {"label": "B"}]}


class Job:
    def __init__(self, **params):
        self.params = Params(fromdict=params)
        self.config = {"run": ["lenet5_mnist", "vgg16_cifar10"], "report": {"note": "Small digits data."}}


def rendered(name, **params):
    environment = Environment(undefined=StrictUndefined)
    text = environment.from_string((CAPTIONS / name).read_text(encoding="utf-8")).render(snakemake=Job(**params))
    return publish_parts(text, writer="html", settings_overrides={"halt_level": 2, "report_level": 2})["body"]


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("table.rst", RESULTS, "Table 5: LeNet-5 on Fashion-MNIST."),
        ("table.rst", RESULTS | {"reproduces_paper": False}, "This is not an experiment of the paper"),
        ("random_matrix_table.rst", {"number": "a1", "law": "gaussian"}, "Table A1"),
        ("figure.rst", COUNTS | {"note": "Poor in rank."}, "<p>Poor in rank.</p>"),
        ("figure.rst", COUNTS | {"note": ""}, "over layers and modes: A; B."),
        ("random_matrix_figure.rst", {"number": "a3", "law": "lognormal"}, "Figure A3"),
        ("report.rst", {}, "one page"),
        ("reproduction.rst", {}, "from abstract to conclusion"),
        ("workflow.rst", {}, "<strong>Small digits data.</strong>"),
    ],
)
def test_captions_render(name, params, words):
    assert words in rendered(name, **params)


def test_every_caption_is_tried_above():
    tried = {parameters[0] for parameters in test_captions_render.pytestmark[0].args[1]}
    assert tried == {path.name for path in CAPTIONS.glob("*.rst")}
