"""Folders that cannot be written and configurations edited during a run are refused in one sentence."""

import multiprocessing
import os
import tempfile
from pathlib import Path

import pytest

from gengap.config.guard import check_folder, check_unchanged, write_resolved
from gengap.errors import UserError


def test_a_folder_that_can_be_made_is_accepted_and_not_made(tmp_path):
    check_folder("results", tmp_path / "deep" / "results")
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "results").write_text("")
    with pytest.raises(UserError) as caught:
        check_folder("results", tmp_path / "results" / "demo")
    assert str(caught.value) == (
        f"`results` is {tmp_path}/results/demo, but {tmp_path}/results is a file; name another folder."
    )


def as_nobody(folder, queue):
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        check_folder("results", folder)
        queue.put("accepted")
    except UserError as error:
        queue.put(str(error))


@pytest.mark.parametrize("mode", [0o555, 0o000])
def test_a_folder_without_permission_is_named(mode):
    """Checked by an ordinary user, who cannot reach pytest's folders: root may write anywhere."""
    with tempfile.TemporaryDirectory() as place:
        Path(place).chmod(0o755)
        folder = Path(place) / "locked"
        folder.mkdir()
        folder.chmod(mode)
        context = multiprocessing.get_context("fork")
        queue = context.Queue()
        process = context.Process(target=as_nobody, args=(folder, queue))
        process.start()
        sentence = queue.get(timeout=60)
        process.join()
        folder.chmod(0o755)
    assert sentence == (
        f"`results` is {folder}, but {folder} cannot be written; make it writable or name another folder."
    )


def test_a_configuration_edited_during_a_run_is_noticed(tmp_path):
    write_resolved({"seeds": [0]}, tmp_path)
    check_unchanged({"seeds": [0]}, tmp_path)
    with pytest.raises(UserError, match="was edited while the workflow runs"):
        check_unchanged({"seeds": [1]}, tmp_path)


def test_without_a_record_there_is_nothing_to_compare(tmp_path):
    check_unchanged({"seeds": [0]}, tmp_path)
