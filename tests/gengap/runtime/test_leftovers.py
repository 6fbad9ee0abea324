"""Folders of work under way go when they hold nothing any more."""

from gengap.runtime.leftovers import remove_empty_folders


def test_empty_folders_go_and_those_with_a_file_stay(tmp_path):
    top = tmp_path / ".checkpoints"
    for name in ("done/bs128/seed0", "done/bs512/seed0", "killed/bs128/seed0"):
        (top / name).mkdir(parents=True)
    kept = top / "killed/bs128/seed0/checkpoint.safetensors"
    kept.write_text("x")
    remove_empty_folders(top)
    assert sorted(path for path in top.rglob("*") if path.is_file()) == [kept]
    assert not (top / "done").exists()
    kept.unlink()
    remove_empty_folders(top)
    assert not top.exists()
    remove_empty_folders(top)
    assert tmp_path.is_dir(), "only the folder that is named, and what is below it"
