"""What counts as one request to stop, and what as a second one."""

import os
import signal
import sys
import time

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


def test_signals_that_come_during_one_long_operation_ask_once(start_python):
    """Python handles none of them before it has ended, and by then the time of one request has passed."""
    code = """
import signal, time
from gengap.training import stop
end = time.monotonic() + 60
stop.REPEAT_SECONDS = 0.2
request = stop.StopRequest()
with request.by_signals():
    print("ready", flush=True)
    while request.signal is None and time.monotonic() < end:
        pass
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM, *stop.STOPS])
    print("asked", flush=True)
    while not {signal.SIGALRM, *stop.STOPS} <= signal.sigpending() and time.monotonic() < end:
        pass
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM, *stop.STOPS])
    print("saved", int(request.signal))
"""
    process = start_python(code)
    for expected, numbers in (("ready", [signal.SIGINT]), ("asked", STOPS)):
        assert process.stdout.readline() == f"{expected}\n"
        for number in numbers:
            process.send_signal(number)
    assert process.stdout.read() == f"saved {int(signal.SIGINT)}\n"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells of a parent's end on Linux only")
def test_a_killed_parent_with_threads_asks_once(tmp_path, start_python):
    """The kernel signals once for each thread that is handed the child before it ends, in about one kill of ten."""
    child = """
import sys, time
from gengap.training.stop import StopRequest, stop_with_parent
stop_with_parent()
request = StopRequest()
with request.by_signals():
    print("ready", flush=True)
    while request.signal is None:
        sum(range(1000))
    time.sleep(0.02)
    print("saved", request.signal, file=open(sys.argv[1], "w"), flush=True)
"""
    parent = f"""
import subprocess, sys, threading, time
children = [
    subprocess.Popen([sys.executable, "-c", {child!r}, path], stdout=subprocess.PIPE) for path in sys.argv[1:]
]
for index in range(8):
    threading.Thread(target=time.sleep, args=(1000,)).start()
for process in children:
    process.stdout.readline()
print("ready", flush=True)
"""
    paths = [tmp_path / str(index) for index in range(12)]
    process = start_python(parent, *paths)
    assert process.stdout.readline() == "ready\n"
    process.kill()
    deadline = time.monotonic() + 60
    for path in paths:
        while not path.exists() or not path.read_text():
            assert time.monotonic() < deadline, "a child ended without saving"
            time.sleep(0.02)
        assert path.read_text() == f"saved {int(signal.SIGTERM)}\n"
