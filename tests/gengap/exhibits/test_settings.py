import pytest

from gengap.exhibits.settings import SHOWN


@pytest.fixture
def grid(stages):
    """A grid of settings, each with its test error at 128 and 8192 and all else alike."""

    def make(settings, name="study", number="6", epochs=60.0, default=None, **changes):
        entries = []
        for index, (setting, error) in enumerate(settings):
            rows = [(label, [{"test_error_percent": error, "epochs": epochs}]) for label in ("128", "8192")]
            rows = stages.rows(rows, f"{name}.{index}")
            entries.append({"setting": setting, "is_default": index == default, "rows": rows})
        grid = {"grid": name, "title": "LeNet-5 on MNIST", "dataset": "MNIST", "judged_against": number}
        return grid | {"settings": entries} | changes

    return make


SETTINGS = [({"momentum": value, "width": 1.0}, error) for value, error in ((0.9, 3), (0.7, 1), (0.5, 9), (0.1, 7))]


def column(table, name):
    return [row[table.header.index(name)] for row in table.rows]


def test_settings_are_ranked_here_and_on_held_out_data(exhibit, grid):
    """All but the first were run there, in the opposite order."""
    judging = grid([(setting, 10 - error) for setting, error in SETTINGS[1:]], "other", dataset="Fashion-MNIST")
    table = exhibit("settings", {"grid": grid(SETTINGS, default=2), "held_out": [judging]})
    assert column(table, "Rank") == ["print", "1", "2", "3", "4*"]
    assert column(table, "Rank, Fashion-MNIST") == ["–", "3", "–", "2", "1"]
    assert column(table, "momentum") == ["–", "0.7", "0.9", "0.1", "0.5"]
    assert column(table, "Test error at 128") == ["0.44", "1.00", "3.00", "7.00", "9.00"]
    assert "width" not in table.header, "an option of one value"
    assert [mark for mark, _ in table.notes] == ["*"]


def test_of_many_settings_the_nearest_the_default_and_the_farthest_are_shown(exhibit, grid):
    settings = [({"momentum": index / 100}, 1 + index / 10) for index in range(40)]
    table = exhibit("settings", {"grid": grid(settings, epochs=2.0, default=30), "held_out": []})
    assert column(table, "Rank")[1:] == [*map(str, range(1, SHOWN)), "31*", "40"]
    assert len(table.data) == 40
    assert "2, of the paper's 60" in table.caption


def test_without_a_printed_table_there_is_no_distance(exhibit, grid):
    table = exhibit("settings", {"grid": grid(SETTINGS, number=None), "held_out": []})
    assert table.header[:3] == ["Rank", "momentum", "Test error at 128"]
    assert column(table, "momentum") == ["0.7", "0.9", "0.1", "0.5"]
