import numpy as np
import pandas as pd
import pytest
from gengap.published.__main__ import PUBLISHED, main
from gengap.published.contents import read_contents
from gengap.published.export import export
from gengap.published.rebuild import rebuild
from gengap.results.table_files import write_results_table
from PIL import Image

from gengap.errors import UserError


@pytest.fixture
def exported(results, published):
    """One of two trainings, and the matrices."""
    results.run(128)
    results.matrices()
    export(results.folder, published)
    return published


def test_tables_are_those_of_the_rule(results, exported, tmp_path):
    rebuild(exported)
    item = {
        "number": "6",
        "title": "LeNet-5 on MNIST",
        "dataset": "MNIST",
        "model": "LeNet-5",
        "reproduces_paper": True,
    }
    runs = [str(results.folder / "runs/lenet5_mnist/bs128/seed0/metrics.json")]
    write_results_table(item, [{"label": "128", "metrics": runs}], tmp_path / "rule.csv", missing=["512"])
    for form in (".csv", ".tex", "_comparison.csv", "_comparison.tex"):
        made = (exported / f"tables/table_6{form}").read_bytes()
        assert made == (tmp_path / f"rule{form}").read_bytes(), form


def test_what_was_not_run_is_said_and_not_shown(exported):
    rebuild(exported)
    for name in ("tables/table_6.tex", "README.md"):
        assert "Not run at full length: 512." in (exported / name).read_text(encoding="utf-8")
    page = (exported / "README.md").read_text(encoding="utf-8")
    assert (
        "1 of the 2 trainings that the tables and studies here need, in 1 min 23 s by the clock, all jobs added up, on Any (CPU)."
        in page
    )
    assert "Tables 1, 2, 3, 4, 5, 7" in page
    assert "; 1 of 2 rows of Table 6." in page


def test_the_page_tells_what_was_chosen_where_the_paper_is_silent(exported):
    rebuild(exported)
    page = (exported / "README.md").read_text(encoding="utf-8")
    options = read_contents(exported).experiments["lenet5_mnist"]["options"]
    steps = ", ".join(map(str, options["learning_rate_steps"]))
    line = next(line for line in page.splitlines() if "| `lenet5_mnist` |" in line)
    assert f"| {options['initialization']} | {options['input_scaling']} |" in line
    assert f"| {steps} |" in line


def test_figures_and_the_audit_are_made(exported):
    rebuild(exported)
    assert (exported / "figures/figure_a1.png").read_bytes().startswith(b"\x89PNG")
    agreement = pd.read_csv(exported / "audit/random_matrix_agreement.csv")
    assert agreement["printed"].notna().tolist() == [True, False, False]


def test_the_main_table_and_figure_stand_in_the_marked_block(exported, tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("Before.\n<!-- published numbers -->\noutdated\n<!-- end of published numbers -->\nAfter.\n")
    rebuild(exported, readme=readme)
    text = readme.read_text(encoding="utf-8")
    assert "published/figures/figure_a1.png" in text
    assert "0.61%" in text
    assert "judged by fixed rules on what is published: not measured yet" in text
    assert "outdated" not in text
    rebuild(exported, readme=readme)
    assert readme.read_text(encoding="utf-8") == text
    readme.write_text("No block.\n")
    with pytest.raises(UserError, match="has no block"):
        rebuild(exported, readme=readme)


def test_what_is_published_no_more_leaves_no_file(exported):
    for stale in ("tables/table_7.csv", "figures/figure_5.png", "audit/settings_old.csv"):
        (exported / stale).parent.mkdir(exist_ok=True)
        (exported / stale).write_text("stale\n")
    rebuild(exported)
    assert (exported / "tables/table_6.csv").is_file()
    assert not [path for path in exported.rglob("*") if path.is_file() and path.read_bytes() == b"stale\n"]


def test_the_command_tells_what_it_did_and_what_is_wrong(results, published, capsys):
    results.run(128)
    assert main(["--folder", str(published), "rebuild"]) == 1
    assert "publishes nothing" in capsys.readouterr().err
    assert main(["--folder", str(published), "export", str(results.folder)]) == 0
    assert "Table 6: 1 of 2 trainings" in capsys.readouterr().out
    assert (published / "tables/table_6.csv").is_file()


def test_the_repositorys_published_numbers_give_its_tables_and_figures(tmp_path):
    """What is committed is what the committed numbers give: rebuilt here, compared with the files there."""
    readme = tmp_path / "README.md"
    readme.write_bytes((PUBLISHED.parents[1] / "README.md").read_bytes())
    target = tmp_path / "docs" / "published"
    rebuild(PUBLISHED, target, readme)
    made = sorted(path.relative_to(target) for path in target.rglob("*") if path.is_file())
    assert len(made) > 10
    for name in made:
        if name.suffix == ".png":
            one, two = (np.asarray(Image.open(folder / name), dtype=float) for folder in (target, PUBLISHED))
            assert one.shape == two.shape, name
            assert np.abs(one - two).mean() < 2, name
        elif name.suffix == ".csv":
            # The last digits are those of the version of NumPy and SciPy.
            one, two = (pd.read_csv(folder / name) for folder in (target, PUBLISHED))
            pd.testing.assert_frame_equal(one, two, rtol=1e-12, atol=0, obj=f"{name}, to be made by `make published`,")
        else:
            assert (target / name).read_bytes() == (PUBLISHED / name).read_bytes(), f"{name}: run `make published`"
    assert readme.read_bytes() == (PUBLISHED.parents[1] / "README.md").read_bytes()
    assert all(path.stat().st_size < 1_000_000 for path in PUBLISHED.rglob("*"))
