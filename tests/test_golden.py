"""What the published numbers give is what the manifest holds: a change of it is a line in a commit, with its reason."""

import golden
from PIL import Image
from places import PUBLISHED


def test_the_published_exhibits_are_those_of_the_manifest():
    found = golden.entries(PUBLISHED)
    assert golden.differences(golden.read_manifest(), found) == []


def test_digests_see_a_number_a_word_and_a_pixel_but_not_the_last_digits(tmp_path):
    def entries(value, text, colour):
        (tmp_path / "tables").mkdir(exist_ok=True)
        (tmp_path / "tables/a.csv").write_text(f"x\n{value}\n")
        (tmp_path / "tables/a.tex").write_text(text)
        Image.new("RGB", (2, 2), colour).save(tmp_path / "tables/a.png")
        return golden.entries(tmp_path)

    first = entries(0.1, "one", "black")
    assert golden.differences(first, entries(0.1 + 1e-12, "one", "black")) == []
    changed = [f"changed: a.{kind}" for kind in ("csv", "png", "tex")]
    assert golden.differences(first, entries(0.1001, "two", "white")) == changed
