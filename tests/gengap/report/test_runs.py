import pytest

from gengap.report.runs import device_name, duration, memory, read_runs, training_line


@pytest.fixture
def make_run(stages):
    def make(seed, model="lenet5", diverged=False, **changes):
        metrics = stages.metrics(128, seed, model=model, experiment=f"{model}_mnist", diverged=diverged)
        return stages.provenance(f"{model}-{seed}.json", **changes), metrics

    return make


def test_a_line_shows_what_a_run_ran_on_and_how_long(make_run):
    assert training_line(read_runs([make_run(0, git_dirty=True, resumes=2)])[0]) == {
        **{"experiment": "lenet5_mnist", "batch_size": 128, "seed": 0, "outcome": "60 epochs, resumed 2×"},
        **{"device": "NVIDIA H200", "torch": "2.15.0", "precision": "tf32", "duration": "1 min 23 s"},
        **{"images_per_second": "45\u202f123", "peak_memory": "1.5 GiB", "code": "01234567", "commit": "89abcdef*"},
    }


def test_what_is_not_known_is_said_so(make_run):
    unknown = {"git_commit": None, "git_dirty": None, "images_per_second": None, "peak_gpu_memory_bytes": None}
    line = training_line(read_runs([make_run(0, diverged=True, **unknown)])[0])
    assert (line["outcome"], line["commit"], line["images_per_second"]) == ("diverged", "–", "–")
    assert line["peak_memory"] == "2.0 GiB"


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (duration(None), "–"),
        (duration(3.14), "3.1 s"),
        (duration(41.2), "41 s"),
        (duration(59.7), "1 min 0 s"),
        (duration(12000), "3 h 20 min"),
        (duration(7199.9), "2 h 0 min"),
        (memory(None), "–"),
        (memory(300 * 2**20), "300 MiB"),
        (device_name({"device_name": "Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz"}), "Intel Xeon Platinum 8481C"),
        (device_name({"device": "cpu"}), "cpu"),
    ],
)
def test_times_memory_and_processors_are_told_as_people_do(shown, text):
    assert shown == text
