import pytest
from gengap.results.report_runs import device_name, duration, memory, read_runs, run_line, totals

from gengap.errors import UserError


@pytest.fixture
def make_run(stages):
    def make(seed, model="lenet5", diverged=False, **changes):
        metrics = stages.metrics(128, seed, model=model, experiment=f"{model}_mnist", diverged=diverged)
        return stages.provenance(f"{model}-{seed}.json", **changes), metrics

    return make


def test_a_line_shows_what_a_run_ran_on_and_how_long(make_run):
    line = run_line(read_runs([make_run(0, git_dirty=True, resumes=2)])[0])
    assert (line.experiment, line.batch_size, line.seed) == ("lenet5_mnist", 128, 0)
    assert line.outcome == "60 epochs, resumed 2×"
    assert (line.device, line.torch, line.precision) == ("NVIDIA H200", "2.15.0", "tf32")
    assert (line.duration, line.images_per_second, line.peak_memory) == ("1 min 23 s", "45\u202f123", "1.5 GiB")
    assert (line.code, line.commit) == ("01234567", "89abcdef*")


def test_what_is_not_known_is_said_so(make_run):
    unknown = {"git_commit": None, "git_dirty": None, "images_per_second": None, "peak_gpu_memory_bytes": None}
    line = run_line(read_runs([make_run(0, diverged=True, **unknown)])[0])
    assert (line.outcome, line.commit, line.images_per_second) == ("diverged", "–", "–")
    assert line.peak_memory == "2.0 GiB"


def test_like_runs_are_said_to_be_alike(make_run):
    sentences = totals(read_runs([make_run(seed) for seed in range(3)]))
    assert sentences == [
        "3 trainings; 4 min 10 s in total.",
        "All ran on the same kind of machine: NVIDIA H200, PyTorch 2.15.0, tf32.",
        "All runs of a network come from the same version of its code.",
    ]


def test_different_hardware_is_named_with_its_share(make_run):
    runs = [make_run(0), make_run(1), make_run(2, device_name="Xeon", precision="fp32")]
    sentence = totals(read_runs(runs))[1]
    assert "different hardware" in sentence
    assert sentence.index("NVIDIA H200, PyTorch 2.15.0, tf32 (2)") < sentence.index("Xeon, PyTorch 2.15.0, fp32 (1)")


def test_different_code_is_told_within_a_network_but_not_between_networks(make_run):
    apart = [make_run(0, code_hash="a" * 16), make_run(0, model="vgg16", code_hash="b" * 16)]
    assert totals(read_runs(apart))[2] == "All runs of a network come from the same version of its code."
    within = [*apart, make_run(1, model="vgg16", code_hash="c" * 16)]
    assert totals(read_runs(within))[2].startswith("Runs of vgg16 come from different versions of the code")


def test_diverged_runs_and_uncommitted_changes_are_counted_and_explained(make_run):
    sentences = totals(read_runs([make_run(0), make_run(1, diverged=True, git_dirty=True)]))
    assert sentences[0] == "2 trainings, of which 1 diverged; 2 min 47 s in total."
    assert sentences[-1] == "A commit marked with * had changes that were not committed."


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "–"),
        (3.14, "3.1 s"),
        (41.2, "41 s"),
        (59.7, "1 min 0 s"),
        (125, "2 min 5 s"),
        (12000, "3 h 20 min"),
        (7199.9, "2 h 0 min"),
    ],
)
def test_durations_are_told_as_people_do(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("amount", "text"), [(None, "–"), (300 * 2**20, "300 MiB"), (2**30 * 1.5, "1.5 GiB")])
def test_memory_is_told_in_binary_units(amount, text):
    assert memory(amount) == text


def test_a_processor_is_named_without_marks_and_clock_rate():
    name = "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"
    assert device_name({"device_name": name}) == "Intel Xeon Platinum 8481C"
    assert device_name({"device": "cpu"}) == "cpu"


def test_a_damaged_file_is_named(stages, make_run):
    path = stages.path("broken.json")
    path.write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=r"broken\.json is not JSON"):
        read_runs([(path, make_run(0)[1])])
