"""Copies of this process as children: what becomes of them, and that the parent keeps its own."""

from __future__ import annotations

import ast
import gc
import os
import resource
import signal
import sys
import time
from contextlib import suppress

import pytest

from lrfit.core import own_process
from lrfit.io import child, forked
from lrfit.io.child import allow, channel, confine


def crash(_):
    os.kill(os.getpid(), signal.SIGSEGV)


def spin(_):
    allow(memory=2**28, cpu_seconds=0.1)
    while True:
        pass


def sleep(_):
    confine(seconds=0.2)
    time.sleep(60)


def eat(_):
    allow(memory=2**28, cpu_seconds=5)
    bytearray(2**30)


def fail(_):
    raise KeyError("no key")


def leave(_):
    sys.exit(3)


def end(_):
    pass


def murder(_):
    os.kill(os.getpid(), signal.SIGKILL)


CAUSES = {
    crash: "crashed (SIGSEGV)",
    spin: "took too long",
    sleep: "took too long",
    eat: "stopped with status 1: MemoryError:",
    fail: "stopped with status 1: KeyError: 'no key'",
    leave: "stopped with status 1: SystemExit: 3",
    end: "stopped with status 0: no message",
    murder: "was killed, perhaps for want of memory",
}


@pytest.fixture
def start():
    """Run a function in a copy."""

    def run(main, argument="", **options):
        given = {"stdin": sys.__stdin__.fileno(), "environment": dict(os.environ)} | options
        return forked.running(main, argument, **given)

    return run


@pytest.fixture
def told(start):
    """What a function says in a copy."""

    def run(main, argument="", **options):
        with start(
            lambda given: channel()(b"X", repr(main(given)).encode()), argument, **options
        ) as (process):
            _, length = child.receive(process.stdout)
            return ast.literal_eval(child.receive_bytes(process.stdout, length, 10_000).decode())

    return run


@pytest.mark.parametrize("main", CAUSES)
def test_the_cause_of_death_is_told(main, start):
    begin = time.monotonic()
    with start(main) as process:
        with pytest.raises(child.ChildStoppedError):
            child.receive(process.stdout)
        assert child.cause_of_death(process).rstrip() == CAUSES[main]
    assert time.monotonic() - begin < 20


def test_a_child_is_dead_when_the_block_is_left_by_an_error(start):
    def interrupted():
        with start(lambda _: time.sleep(60)) as process:
            started.append(process)
            raise KeyboardInterrupt

    started = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].returncode == -signal.SIGKILL
    started[0].kill()  # its number may be that of another process by now: nothing is sent


def test_an_end_that_nobody_can_know_is_no_error(start, monkeypatch):
    """As where SIGCHLD is ignored: the system then forgets children as they end."""
    with start(end) as process:
        os.waitpid(process.pid, 0)
        assert process.wait(timeout=1) == 0


def test_waiting_has_an_end(start):
    with start(lambda _: time.sleep(60)) as process, pytest.raises(TimeoutError):
        process.wait(timeout=0.05)


def test_the_copy_has_only_the_file_and_its_pipes(told, tmp_path):
    path = tmp_path / "file"
    path.write_text("content")
    with path.open() as file, (tmp_path / "other").open("w") as other:
        found = told(
            lambda _: (os.read(0, 100), [_is_open(n) for n in (file.fileno(), other.fileno())]),
            stdin=file.fileno(),
        )
    assert found == (b"content", [False, False])


def _is_open(number):
    with suppress(OSError):
        os.fstat(number)
        return True
    return False


def test_the_copy_has_the_environment_it_is_given(told, monkeypatch):
    monkeypatch.setenv("SECRET", "1")
    assert told(lambda _: dict(os.environ), environment={"A": "B"}) == {"A": "B"}
    assert os.environ["SECRET"] == "1"


def test_signals_of_the_copy_are_its_own(told, start):
    """Ctrl-C reaches both; the number that the parent's watchdog reads must come once."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    os.set_blocking(reading, False)
    before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    handler = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        assert told(lambda _: signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
        assert told(lambda _: signal.pthread_sigmask(signal.SIG_BLOCK, [])) == set()
        with start(lambda _: time.sleep(60)) as process:
            process.send_signal(signal.SIGTERM)
            assert process.wait() == -signal.SIGTERM
        with pytest.raises(BlockingIOError):
            os.read(reading, 1)
    finally:
        signal.set_wakeup_fd(before)
        signal.signal(signal.SIGTERM, handler)
        os.close(reading)
        os.close(writing)


def test_what_the_parent_has_not_finished_stays_its_own(told, tmp_path, python):
    """Buffers, finalizers of garbage, and what runs at exit."""
    path, finalized = tmp_path / "buffered", tmp_path / "finalized"

    class Garbage:
        def __init__(self):
            self.circle = self

        def __del__(self):
            finalized.touch()

    gc.disable()
    try:
        with path.open("w") as file:
            file.write("once")
            Garbage()
            told(lambda _: gc.collect() and None)
            assert not finalized.exists()
            gc.collect()
            assert finalized.exists()
    finally:
        gc.enable()
    assert path.read_text() == "once"
    script = """
import atexit, os, sys
from lrfit.io import child, forked
atexit.register(print, "at exit")
sys.stdout.write("once\\n")
with forked.running(lambda _: None, "", stdin=0, environment={}) as process:
    process.wait()
"""
    assert python("-c", script).stdout == "once\nat exit\n"


def test_limits_are_beyond_what_the_copy_has_already(told):
    held = bytearray(2**28)

    def limited(_):
        allow(memory=2**28, cpu_seconds=1)
        soft, _ = resource.getrlimit(resource.RLIMIT_AS)
        bytearray(2**27)
        return soft > len(held) + 2**28

    assert told(limited)


def test_a_child_that_cannot_be_made_leaves_no_descriptor(start, open_descriptors, monkeypatch):
    def refuse():
        raise BlockingIOError

    monkeypatch.setattr(os, "fork", refuse)
    before = open_descriptors()
    with pytest.raises(BlockingIOError), start(end):
        pass
    assert open_descriptors() == before


def test_only_the_program_without_threads_is_copied(monkeypatch, python):
    assert not own_process.may_fork()
    script = """
import threading
from lrfit.core import own_process
assert not own_process.may_fork()
own_process.claim()
assert own_process.may_fork()
for name, allowed in ((own_process.WATCHDOG, True), ("other", False)):
    event = threading.Event()
    thread = threading.Thread(target=event.wait, name=name)
    thread.start()
    assert own_process.may_fork() == allowed
    event.set()
    thread.join()
import _thread, time
_thread.start_new_thread(time.sleep, (60,))  # as threads of a library: Python does not list it
time.sleep(0.05)
assert not own_process.may_fork()
"""
    python("-c", script)
