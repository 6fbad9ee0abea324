import pandas as pd
import pytest

from gengap.errors import UserError
from gengap.published.contents import read_contents
from gengap.published.export import export
from gengap.published.readme import update_readme
from gengap.published.rebuild import rebuild

NAME = "lenet5_fashion_mnist"
TAKEN = f"Untrained, {NAME}: networks of 2 seeds taken."


@pytest.fixture
def untrained(results):
    """A run of nothing but untrained networks of two seeds."""

    def edit(config):
        config |= {"run": [], "seeds": [0, 1], "random_matrices": {"laws": []}}
        config["audit"]["untrained"] = [NAME]

    results.change(edit)
    return results


def test_counts_are_taken_with_their_provenance(untrained, published):
    untrained.untrained(0, 1)
    assert TAKEN in export(untrained.folder, published)
    provenance = pd.read_csv(published / "untrained/provenance.csv")
    assert provenance[["experiment", "seed", "seconds"]].values.tolist() == [[NAME, 0, 14.5], [NAME, 1, 14.5]]
    assert set(provenance["code_hash"]) == {"0123456789abcdef"}
    assert (published / f"untrained/{NAME}.csv").read_bytes() == (untrained.folder / f"counts/{NAME}.csv").read_bytes()
    assert read_contents(published).untrained[NAME]["title"] == "LeNet-5 on Fashion-MNIST"


def test_counts_without_a_record_of_every_seed_are_refused(untrained, published):
    untrained.untrained(0)
    with pytest.raises(UserError, match="its counts are missing, or the records of how they were made"):
        export(untrained.folder, published)


def test_counts_at_other_thresholds_are_refused(untrained, published):
    untrained.change(lambda config: config["spectra"].update(thresholds=[1e-4, 1e-6]))
    untrained.untrained(0, 1)
    with pytest.raises(UserError, match="not all thresholds of the paper are counted"):
        export(untrained.folder, published)


def test_counts_on_other_data_are_refused(untrained, published):
    untrained.change(lambda config: config["experiments"][NAME].update(dataset="digits"))
    untrained.untrained(0, 1)
    with pytest.raises(UserError, match="its data set is not the official one"):
        export(untrained.folder, published)


def test_fewer_seeds_or_fed_batches_take_nothing_away_and_more_replace(untrained, published):
    untrained.untrained(0, 1)
    export(untrained.folder, published)
    before = (published / f"untrained/{NAME}.csv").read_text()
    untrained.untrained(0, 1, fed=(128,))
    assert f"Untrained, {NAME}: not taken, since more of it is published than is here." in export(
        untrained.folder, published
    )
    assert (published / f"untrained/{NAME}.csv").read_text() == before
    untrained.change(lambda config: config.update(seeds=[0, 1, 2]))
    untrained.untrained(0, 1, 2)
    export(untrained.folder, published)
    assert pd.read_csv(published / "untrained/provenance.csv")["seed"].tolist() == [0, 1, 2]


def test_they_are_drawn_and_told(untrained, published):
    untrained.untrained(0, 1)
    export(untrained.folder, published)
    rebuild(published)
    assert (published / "audit/untrained.png").is_file()
    page = (published / "README.md").read_text(encoding="utf-8")
    assert "2 networks that were never trained (LeNet-5 on Fashion-MNIST), measured in 29 s by the clock" in page
    assert "](audit/untrained.png)" in page
    readme = published.parent / "README.md"
    readme.write_text("<!-- published numbers -->\n<!-- end of published numbers -->\n", encoding="utf-8")
    update_readme(readme, read_contents(published), {}, published)
    assert (
        "- Before any training: LeNet-5 on Fashion-MNIST, fed 128 to 512: 7 to 7 (literal), 7 to 7 (thin), 7 to 7"
        " (full) singular values ≤ 10⁻⁴"
    ) in readme.read_text(encoding="utf-8")
