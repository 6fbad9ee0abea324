"""Bad input to the workflow itself: a sentence, a failure, and nothing half-written."""

import pytest
from workflow_harness import DIGITS, TINY, own_images

pytestmark = pytest.mark.workflow

OWN_IMAGES = "{ source: npz, path: %s }"


def refused(project, *arguments):
    """The output of a call that must fail with a sentence."""
    done = project.snakemake(*arguments)
    assert done.returncode != 0, done.stdout
    assert "Traceback" not in done.stdout
    return " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("change", "arguments", "named"),
    [
        ("sead: [1]", (), "`sead`"),
        ("run: [tiny_lenet5]\nrun: [tiny_linear]", (), "`run` already"),
        ("results: Snakefile/results", (), "Snakefile is a file"),
        ("run: [tiny_lenet5]", ("--config", "sead=3"), "`sead`"),
    ],
)
def test_a_wrong_configuration_stops_before_the_first_job(checkout, change, arguments, named):
    (checkout.folder / "wrong.yaml").write_text(change + "\n")
    assert named in refused(checkout, "--configfile", TINY, "wrong.yaml", *arguments)
    assert not (checkout.folder / "results").exists()


def test_users_data_that_are_not_there_or_damaged(checkout):
    """A dry run says that they are not there; a data set that was made from them stays."""
    mine, made = checkout.folder / "mine.npz", checkout.folder / "resources/tiny/datasets/digits28.safetensors"
    checkout.edit(TINY, DIGITS, OWN_IMAGES % mine.name)
    missing = "`datasets.digits28.path` is mine.npz"
    assert missing in refused(checkout, "--dry-run")
    assert not (checkout.folder / "results").exists()
    mine.write_bytes(b"PK\x03\x04 truncated")
    assert "mine.npz" in refused(checkout, "data")
    assert not list((checkout.folder / "resources").rglob("*.safetensors*"))
    own_images(mine)
    checkout.run("data")
    mine.unlink()
    assert missing in refused(checkout, "data")
    assert made.is_file()


def test_the_home_folder_in_every_path(checkout):
    """Where Snakemake, the scripts and the package look is one and the same place."""
    home = checkout.folder / "home"
    home.mkdir()
    own_images(home / "mine.npz")
    checkout.edit(TINY, DIGITS, OWN_IMAGES % "~/mine.npz")
    checkout.run("data", "--config", "results=~/my results", "resources=~/data/", HOME=str(home))
    assert (home / "data" / "datasets" / "digits28.safetensors").is_file()
    assert (home / "my results" / "config.json").is_file()
    assert not list(checkout.folder.glob("~*"))


def test_two_configurations_with_a_data_set_of_one_name(checkout):
    """The second one is told so; the first one may edit its own."""
    checkout.run("data")
    (checkout.folder / "mine.yaml").write_text("results: results/mine\ndatasets: {digits28: {image_size: 32}}\n")
    assert "`datasets.digits28`" in refused(checkout, "data", "--configfile", TINY, "mine.yaml")
    assert not (checkout.folder / "results/mine").exists()
    checkout.edit(TINY, "image_size: 28", "image_size: 32")
    assert checkout.would_run("data") == {("dataset", ("digits28",))}


def test_settings_of_tex_and_matplotlib_stop_nothing(project):
    """The page stands in for the PDF, which alone is made once it is deleted, and no matplotlibrc is heard."""
    folder = project.folder / "results" / "tiny"
    (project.folder / "matplotlibrc").write_text("text.usetex: True\n")
    (project.folder / "unreadable").write_bytes(b"\xff")
    (folder / "paper" / "reproduction.pdf").unlink()
    (folder / "figures" / "figure_a2.png").unlink()
    # The document shows the figure.
    assert project.would_run() >= {("figure", ("figures", "figure_a2")), ("reproduction", ())}
    project.run(MPLBACKEND="nonsense", MATPLOTLIBRC="unreadable", PATH="/usr/bin:/bin", TEXMFCNF="/nowhere")
    assert (folder / "paper" / "reproduction.pdf").read_bytes().startswith(b"%PDF")
    assert "No document was compiled" in (folder / "logs" / "reproduction.log").read_text()
    (folder / "paper" / "reproduction.pdf").unlink()
    assert project.would_run() == {("reproduction", ())}
