"""What counts as one request to stop, and what as a second one."""

import os
import signal

import pytest

from gengap.training.stop import StopRequest

STOPS = (signal.SIGTERM, signal.SIGINT)


@pytest.mark.parametrize("number", STOPS)
def test_signals_that_come_together_ask_once(number):
    """A killed parent with threads, or Ctrl-C beside Snakemake's own signal, sends several; the first one counts."""
    request = StopRequest()
    handlers = [signal.getsignal(other) for other in STOPS]
    with request.by_signals():
        assert request.signal is None
        for sent in (number, *STOPS, number):
            os.kill(os.getpid(), sent)
    assert request.signal == number
    assert [signal.getsignal(other) for other in STOPS] == handlers


@pytest.mark.parametrize("number", STOPS)
def test_a_later_signal_ends_the_process(number, start_python):
    code = f"""
import os, time
from gengap.training import stop
stop.REPEAT_SECONDS = 0.02
request = stop.StopRequest()
with request.by_signals():
    os.kill(os.getpid(), {int(number)})
    print("asked", int(request.signal), flush=True)
    time.sleep(0.05)
    os.kill(os.getpid(), {int(number)})
    print("goes on")
"""
    process = start_python(code)
    assert process.communicate()[0] == f"asked {int(number)}\n"
    assert process.returncode == -number
