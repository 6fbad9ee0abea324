import pytest
from places import ROOT

from gengap.config import load_config, measured, plan
from gengap.errors import UserError

SIZES = [128, 512, 1024, 2048, 4096, 8192]


@pytest.fixture
def paper():
    return load_config([ROOT / "config.yaml"])


def test_networks_of_the_paper_that_are_fed_again(paper):
    resolved = plan(paper)
    assert measured.precision_runs(resolved, "lenet5_mnist") == [("lenet5_mnist", 128, 0), ("lenet5_mnist", 8192, 0)]
    assert measured.linear_experiments(resolved) == ["lenet5_fashion_mnist_linear", "lenet5_mnist_linear"]
    assert [size for _, size, _ in measured.linear_runs(resolved, "lenet5_mnist_linear")] == SIZES
    (panel,) = measured.panels_of(resolved, ["lenet5_mnist_linear"])
    assert (panel["experiment"], panel["network"]) == ("lenet5_mnist_linear", "Linear LeNet-5")


def test_what_is_not_run_not_measured_or_too_large_to_feed_is_not_fed_again(paper):
    paper["spectra"]["largest_fed_batch_size"] = 1024
    assert [size for _, size, _ in measured.linear_runs(plan(paper), "lenet5_mnist_linear")] == SIZES[:3]
    paper["run"] = ["lenet5_fashion_mnist"]
    assert (measured.precision_experiments(plan(paper)), measured.linear_experiments(plan(paper))) == ([], [])
    paper["figures"], paper["experiments"]["lenet5_fashion_mnist"]["spectra"] = [], False
    assert measured.measured_experiments(plan(paper)) == []


def test_of_networks_measured_before_some_may_have_no_summaries(paper, tmp_path):
    assert measured.summarized_experiments(plan(paper)) == measured.measured_experiments(plan(paper))
    paper["measured"] = str(tmp_path)
    (tmp_path / "counts").mkdir()
    (tmp_path / "counts" / "lenet5_mnist_sigma_min.csv").touch()
    assert measured.summarized_experiments(plan(paper)) == ["lenet5_mnist"]


def test_of_trainings_made_before_those_have_a_course_that_left_one_at_every_batch_size_and_seed(paper, tmp_path):
    names = ["lenet5_mnist", "lenet5_fashion_mnist"]
    assert measured.noted_experiments(plan(paper), names, "trajectory") == names
    for name, sizes in zip(names, (SIZES, SIZES[1:]), strict=True):
        for size in sizes:
            path = tmp_path / f"runs/{name}/bs{size}/seed0/trajectory.csv"
            path.parent.mkdir(parents=True)
            path.touch()
    before = paper | {"measured": str(tmp_path)}
    assert measured.noted_experiments(plan(before), names, "trajectory") == ["lenet5_mnist"]
    assert measured.noted_experiments(plan(before), names, "history") == []
    assert measured.noted_experiments(plan(before | {"seeds": [0, 1]}), names, "trajectory") == []


@pytest.mark.parametrize("place", ["audit.forward_precision", "audit.untrained", "minima.experiments"])
def test_one_combination_of_a_grid_may_be_named_and_neither_all_of_it_nor_what_is_unknown(paper, place):
    section, key = place.split(".")
    paper["experiments"]["lenet5_mnist"]["grid"] = {"decayed_parameters": ["all", "weights"]}
    paper |= {"tables": [], "figures": [], "run": ["lenet5_mnist"]}
    paper["audit"] = {}
    for name, told in (("lenet5_mnst", "`lenet5_mnist"), ("lenet5_mnist", "`lenet5_mnist.all`")):
        paper.setdefault(section, {})[key] = [name]
        with pytest.raises(UserError, match=f"`{place}` .*`{name}`.*{told}"):
            plan(paper)
    paper[section][key] = ["lenet5_mnist.weights"]
    if key == "forward_precision":
        assert measured.precision_experiments(plan(paper)) == ["lenet5_mnist.weights"]
    plan(paper)


@pytest.mark.parametrize(("sizes", "expected"), [("ends", [128, 8192]), ("all", SIZES)])
def test_minima_are_measured_of_every_seed_or_were_before(paper, tmp_path, sizes, expected):
    paper |= {"run": ["lenet5_mnist"], "seeds": [0, 3], "tables": [], "figures": []}
    paper["minima"] = {"experiments": ["lenet5_mnist", "vgg16_cifar10"], "batch_sizes": sizes}
    resolved = plan(paper)
    assert measured.minima_experiments(resolved) == ["lenet5_mnist"]
    runs = [("lenet5_mnist", size, seed) for seed in (0, 3) for size in expected]
    assert measured.minima_runs(resolved, "lenet5_mnist") == runs
    assert measured.minima_lines(resolved, "lenet5_mnist") == [("lenet5_mnist", 0), ("lenet5_mnist", 3)]
    before = tmp_path / "minima/lenet5_mnist/bs128/seed3"
    before.mkdir(parents=True)
    (before / "sharpness.csv").touch()
    resolved = plan(paper | {"measured": str(tmp_path)})
    assert measured.minima_runs(resolved, "lenet5_mnist") == [("lenet5_mnist", 128, 3)]
    assert measured.minima_lines(resolved, "lenet5_mnist") == []


def test_untrained_networks_need_not_be_run_and_are_enough_alone(paper):
    paper["run"], paper["audit"]["untrained"] = ["lenet5_mnist"], ["vgg16_cifar10"]
    resolved = plan(paper)
    assert {run["experiment"] for run in resolved.runs} == {"lenet5_mnist"}
    assert resolved.datasets == ["cifar10", "mnist"]
    assert resolved.untrained["vgg16_cifar10"].title == "VGG-16 on CIFAR-10"
    assert resolved.fed_batch_sizes("vgg16_cifar10") == [64, 128, 512, 1024, 2048]
    assert resolved.network("vgg16_cifar10", 0)["model"] == "vgg16"
    resolved = plan(paper | {"run": [], "random_matrices": {"laws": []}})
    assert (resolved.runs, list(resolved.untrained)) == ((), ["vgg16_cifar10"])


SWITCH = "lenet5_fashion_mnist_switch"  # its `spectra` are switched off


@pytest.mark.parametrize(("choice", "fed"), [("all", [4096]), ("own", [4096]), ([512], [512, 4096])])
def test_of_what_is_run_and_measured_the_untrained_networks_are_measured_anyway(paper, choice, fed):
    paper["run"] = paper["audit"]["untrained"] = ["lenet5_mnist", SWITCH]
    assert list(plan(paper).untrained) == [SWITCH]
    paper["run"] = paper["audit"]["untrained"] = [SWITCH]
    paper["spectra"] |= {"fed_batch_sizes": choice, "largest_fed_batch_size": 128}
    with pytest.raises(UserError, match=f"`spectra.largest_fed_batch_size` .*`{SWITCH}`"):
        plan(paper)
    paper["spectra"]["largest_fed_batch_size"] = 4096
    assert plan(paper).fed_batch_sizes(SWITCH) == fed
