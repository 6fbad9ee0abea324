import pandas as pd
import pytest
from gengap.published.contents import read_contents
from gengap.published.export import export
from gengap.published.readme import update_readme
from gengap.published.rebuild import rebuild

from gengap.config.load import merge
from gengap.errors import UserError

NAME = "lenet5_fashion_mnist"
TAKEN = f"Untrained, {NAME}: networks of 2 of 2 seeds taken."


@pytest.fixture
def untrained(results):
    """A run of nothing but untrained networks of two seeds."""

    def edit(config):
        config |= {"run": [], "seeds": [0, 1], "random_matrices": {"laws": []}}
        config["audit"]["untrained"] = [NAME]
        config["experiments"][NAME]["batch_sizes"] = [128, 512]

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
    with pytest.raises(UserError, match="their counts are missing, or the records of how they were made"):
        export(untrained.folder, published)


@pytest.mark.parametrize(
    "setting",
    [{"thresholds": [1e-4, 1e-6]}, {"batch_norm_statistics": "batch"}, {"residual_output": "before_addition"}],
)
def test_counts_of_another_kind_are_refused(untrained, published, setting):
    untrained.change(lambda config: config["spectra"].update(setting))
    untrained.untrained(0, 1)
    with pytest.raises(UserError, match="they are not measured, or not counted, as the published ones are"):
        export(untrained.folder, published)


@pytest.mark.parametrize(
    "edit",
    [
        lambda counts: counts[counts["seed"] == 0],
        lambda counts: counts[counts["fed_batch_size"] == 128],
        lambda counts: counts[counts["threshold"] == 1e-4],
        lambda counts: counts.assign(count=counts["count"].where(counts["seed"] == 0)),
    ],
)
def test_counts_that_another_configuration_made_are_refused(untrained, published, edit):
    untrained.untrained(0, 1)
    path = untrained.folder / f"counts/{NAME}.csv"
    edit(pd.read_csv(path)).to_csv(path, index=False)
    with pytest.raises(UserError, match="is not what the configuration asks for; run the workflow again"):
        export(untrained.folder, published)
    assert not (published / "contents.json").exists()


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ({"experiments": {NAME: {"options": {"width": 0.5}}}}, "`width`"),
        ({"experiments": {NAME: {"dataset": "mnist"}}}, "`dataset`"),
        ({"spectra": {"calibration_batch_size": 64}}, "`calibration_batch_size`"),
    ],
)
def test_networks_of_another_configuration_are_refused(untrained, published, edit, named):
    untrained.untrained(0, 1)
    untrained.change(lambda config: config.update(merge(config, edit)))
    with pytest.raises(UserError, match=f"measured with another {named} than the configuration asks for"):
        export(untrained.folder, published)


def test_counts_on_other_data_are_refused(untrained, published):
    untrained.change(lambda config: config["experiments"][NAME].update(dataset="digits"))
    untrained.untrained(0, 1)
    with pytest.raises(UserError, match="its data set is not the official one"):
        export(untrained.folder, published)


def seeds_and_sizes(published):
    counts = pd.read_csv(published / f"untrained/{NAME}.csv")
    return set(zip(counts["seed"], counts["fed_batch_size"], strict=True))


def test_other_seeds_join_and_networks_that_were_fed_less_change_nothing(untrained, published):
    untrained.untrained(0, 1)
    export(untrained.folder, published)
    untrained.change(lambda config: config.update(seeds=[1, 2]))
    untrained.change(lambda config: config["experiments"][NAME].update(batch_sizes=[128]))
    untrained.untrained(1, 2, fed=(128,))
    assert f"Untrained, {NAME}: networks of 1 of 2 seeds taken." in export(untrained.folder, published)
    assert seeds_and_sizes(published) == {(0, 128), (0, 512), (1, 128), (1, 512), (2, 128)}
    assert pd.read_csv(published / "untrained/provenance.csv")["seed"].tolist() == [0, 1, 2]


def test_networks_of_other_options_replace_published_ones_when_told(untrained, published):
    untrained.untrained(0, 1)
    export(untrained.folder, published)
    untrained.change(lambda config: config.update(seeds=[2]))
    untrained.change(lambda config: config["experiments"][NAME].update(options={"width": 0.5}))
    untrained.untrained(2)
    assert any("networks of other options are published" in line for line in export(untrained.folder, published))
    assert read_contents(published).untrained[NAME]["options"]["width"] == 1
    assert {seed for seed, _ in seeds_and_sizes(published)} == {0, 1}
    export(untrained.folder, published, replace=True)
    assert read_contents(published).untrained[NAME]["options"]["width"] == 0.5
    assert {seed for seed, _ in seeds_and_sizes(published)} == {2}
    assert pd.read_csv(published / "untrained/provenance.csv")["seed"].tolist() == [2]


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
        "- Before any training: LeNet-5 on Fashion-MNIST (means of 2 seeds), fed 128 to 512: 7 (literal), 7 (thin), 7 (full)"
        " singular values ≤ 10⁻⁴, of which shapes and ranks alone force 5, 5, 5."
    ) in page
    assert (
        "- Of the singular values ≤ 10⁻⁴ before any training, shapes and ranks force all but 2 or fewer in LeNet-5 on"
        " Fashion-MNIST (up to 7), whatever the convention and the fed batch."
    ) in readme.read_text(encoding="utf-8")
