import pytest
from snakemake.utils import update_config

from gengap.config.load import load_config, merge, read_yaml
from gengap.errors import UserError


def test_files_merge_as_snakemake_merges_them():
    base = {"a": {"x": 1, "y": [1, 2]}, "b": 1, "c": {"z": 1}}
    update = {"a": {"y": [3]}, "b": {"w": 1}, "c": None}
    merged = merge(base, update)
    update_config(base, update)
    assert merged == base


def test_later_files_win_and_json_is_read_with_its_tabs(tmp_path):
    (tmp_path / "one.yaml").write_text('{\n\t"a": {"x": 1.0e+2,\t"y": 2},\n\t"l": [1, 2]}\n')
    (tmp_path / "two.yaml").write_text("a: {x: 3}\nl: [9]\n")
    assert load_config([tmp_path / "one.yaml", tmp_path / "two.yaml"]) == {"a": {"x": 3, "y": 2}, "l": [9]}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", ", line 3: `a` .*line 1"),
        ("experiments:\n  one: {}\n  one: {}\n", ", line 3: `one` .*line 2"),
        ("a: &a {x: 1}\nb: &b {y: 1}\nc:\n  <<: *a\n  <<: *b\n", ", line 5: `<<` .*line 4; .*<<: "),
        ('{"a": 1,\n\t"a": 2}', ", line 2: `a` .*line 1"),
        ("a: [1,\n  010]\n", ", line 2: .*`010` as 8"),
        ("a: -1:30.5\n", ", line 1: .*`-1:30.5` as -90.5"),
        ("? [a, b]\n: 1\n", ", line 1: .*YAML"),
        ("a: [1, 2\n", ", line 2: .*YAML"),
        ("a: !!python/object:os.system {}\n", ", line 1: .*python/object:os.system"),
        ("a: \x07\n", ": .*YAML"),
        ("- 1\n- 2\n", ": .*`key: value`"),
        ("", ": .*`key: value`"),
        (b"\xff\xfe\x00", " .*UTF-8"),
        (None, ": No such file"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path, content, told):
    path = tmp_path / "config.yaml"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=f"{path}{told}"):
        read_yaml(path)
