"""The code hash follows exactly the code that a script uses."""

import textwrap

import pytest
from places import ROOT

from gengap.runtime import fingerprint
from gengap.runtime.fingerprint import closure, code_hash

FILES = {
    "__init__.py": '"""A package."""\n',
    "model.py": "from gengap.layers import convolution\n\ndef build(width):\n    # widen\n    return convolution(width * 2)\n",
    "layers.py": '"""Layers."""\n\ndef convolution(width):\n    """Return it."""\n    return {"width": width}\n',
    "plots/__init__.py": "",
    "plots/style.py": "COLOUR = 'red'\n",
    "late.py": 'VALUE = 1\n"""Of everything."""\n\nclass Box:\n    size = 2\n    """In pixels."""\n',
}
SCRIPT = "from gengap.model import build\n\ndef main():\n    from gengap.late import VALUE\n    return build(VALUE)\n"


def write(folder):
    for name, text in FILES.items():
        path = folder / "gengap" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "script.py").write_text(SCRIPT)
    return folder


@pytest.fixture
def package(tmp_path):
    return write(tmp_path / "package")


def test_the_closure_holds_imports_of_imports_late_ones_and_named_ones_and_nothing_else(package):
    reached = {"gengap.late", "gengap.layers", "gengap.model"}
    assert set(closure(package / "script.py", root=package / "gengap")) == reached
    named = closure(package / "script.py", "gengap.plots.style", root=package / "gengap")
    assert set(named) == reached | {"gengap.plots", "gengap.plots.style"}


def hashed(package):
    # As a new process sees it: one process looks for each file and reads it once.
    fingerprint.source.cache_clear()
    fingerprint._module_path.cache_clear()
    return code_hash(package / "script.py", root=package / "gengap")


SAME, OTHER = True, False


@pytest.mark.parametrize(
    ("name", "old", "new", "same"),
    [
        # Comments, docstrings, formatting and modules that are not used do not count.
        ("gengap/model.py", "# widen", "# make it wider", SAME),
        ("gengap/layers.py", '"""Return it."""', '"""Return the layer."""', SAME),
        ("gengap/late.py", '    """In pixels."""\n', "", SAME),
        ("gengap/model.py", "width * 2", "(width    *\n        2)", SAME),
        ("gengap/plots/style.py", "red", "blue", SAME),
        ("gengap/__init__.py", "", "VERSION = 2", SAME),
        ("script.py", "def main():", "\n\n\ndef main():  # go", SAME),
        ("gengap/layers.py", '{"width": width}', "{'width': width,}", SAME),
        # Code counts at any depth.
        ("gengap/model.py", "* 2", "* 3", OTHER),
        ("gengap/late.py", "1", "1.0", OTHER),
        ("gengap/late.py", '"""In pixels."""', 'unit = """In pixels."""', OTHER),
        ("script.py", "return build(VALUE)", "return build(VALUE + 0)", OTHER),
        ("gengap/layers.py", "def convolution(width)", "def convolution(width, /)", OTHER),
    ],
)
def test_exactly_the_code_that_is_used_counts_wherever_it_lies(package, name, old, new, same, tmp_path):
    before = hashed(package)
    text = (package / name).read_text()
    assert old in text
    (package / name).write_text(text.replace(old, new))
    assert (hashed(package) == before) is same
    assert hashed(write(tmp_path / "moved")) == before


def test_a_relative_import_is_refused_rather_than_missed(package):
    (package / "gengap" / "late.py").write_text("from . import layers\n")
    with pytest.raises(SyntaxError, match="absolute imports only"):
        hashed(package)


def test_the_hash_is_the_same_under_every_python_version(tmp_path):
    """The value was computed under Python 3.11, 3.12 and 3.13; this asserts it under the one that runs."""
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent('''
        """Docstring."""
        import typing as t

        @t.final
        class Box(dict):
            """A box."""
            size: int = 3

            async def get(self, *args, key=None, **rest) -> "str":
                """Get."""
                return f"{self.size!r:>{key}} and {{literal}}" "joined" f"{args}"

        match [1, -2.5, 3j, b"x", None, ...]:
            case [int(), *others] if others:
                lambda x, /, y=1: (z := x[y:1, ::2])
            case {"a": 1, **rest} | str(real=2):
                pass
        try:
            pass
        except* ValueError as error:
            raise
        ''')
    )
    assert code_hash(script, root=tmp_path) == "cbe90fadb8636e0e"


def test_the_package_itself_keeps_its_parts_apart():
    scripts = ROOT / "workflow" / "scripts"
    training = set(closure(scripts / "train.py", "gengap.models.lenet5"))
    assert "gengap.models.lenet5" in training
    others = ("gengap.analysis", "gengap.exhibits", "gengap.spectra", "gengap.random_matrices")
    others += ("gengap.models.vgg16", "gengap.models.resnet56", "gengap.data.sources.torchvision")
    assert not {module for module in training if module.startswith(others)}
    figure = closure(scripts / "exhibit.py", "gengap.exhibits.near_rank_figure")
    assert not {module for module in figure if module.startswith(("gengap.training", "gengap.models"))}
