"""A job's log holds its messages, one sentence for the user's errors, and tracebacks of ours."""

import io

import pytest

from gengap.errors import UserError
from gengap.runtime.script import job_log, with_defaults


def test_all_messages_go_to_the_log_and_one_in_thirty_seconds_to_standard_error(tmp_path, capsys, monkeypatch):
    (tmp_path / "logs" / "train").mkdir(parents=True)
    path = tmp_path / "logs" / "train" / "lenet5%.log"
    now = 0.0
    monkeypatch.setattr("gengap.runtime.script.time.monotonic", lambda: now)
    with job_log(str(path)) as log:
        for now in (1.0, 29.0, 31.0, 32.0, 62.0):
            log.info("at %d", now)
        log.warning("no memory")
    assert path.read_text().count("INFO at") == 5
    shown = [line.partition(" ")[2] for line in capsys.readouterr().err.splitlines()]
    assert shown == [f"train/lenet5%: {told}" for told in ("at 31", "at 62", "no memory")]


def test_an_error_for_the_user_is_one_sentence_and_a_failure(tmp_path, monkeypatch):
    """It may name a file whose name is not Unicode."""
    # Python's own standard error, in place of pytest's.
    shown = io.BytesIO()
    monkeypatch.setattr("sys.stderr", io.TextIOWrapper(shown, "utf-8", "backslashreplace"))
    with pytest.raises(SystemExit) as caught, job_log(str(tmp_path / "log")):
        raise UserError("caf\udce9.png is empty.")
    assert caught.value.code == 1
    assert (tmp_path / "log").read_text().endswith(" ERROR caf\\udce9.png is empty.\n")
    assert (tmp_path / "log").read_text().count("\n") == 1
    assert b"Traceback" not in shown.getvalue()


def test_an_unexpected_error_leaves_its_traceback_in_the_log(tmp_path):
    with pytest.raises(ZeroDivisionError), job_log(str(tmp_path / "log")):
        1 / 0  # noqa: B018
    assert "ZeroDivisionError" in (tmp_path / "log").read_text()


def test_options_at_their_default_are_filled_in():
    filled = with_defaults({"seed": 0, "options": {"epochs": 2}}, {"epochs": 60, "width": 1})
    assert filled == {"seed": 0, "options": {"epochs": 2, "width": 1}}
