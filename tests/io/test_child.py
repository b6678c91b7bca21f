"""What becomes of children that do what a child must not."""

from __future__ import annotations

import os
import subprocess
import time

import pytest

from lrfit.io import child

CHILDREN = {
    "crash": "import os, signal\ndef main(_): os.kill(os.getpid(), signal.SIGSEGV)",
    "spin": """
from lrfit.io.child import allow
def main(_):
    allow(memory=2**28, cpu_seconds=0.1)
    while True: pass""",
    "sleep": """
import time
from lrfit.io.child import confine
def main(_):
    confine(seconds=0.2)
    time.sleep(60)""",
    "eat": """
from lrfit.io.child import allow
def main(_):
    allow(memory=2**28, cpu_seconds=5)
    bytearray(2**30)""",
    "raise": "def main(_): raise KeyError('no key')",
    "silent": "def main(_): pass",
    "murder": "import os, signal\ndef main(_): os.kill(os.getpid(), signal.SIGKILL)",
}
CAUSES = {
    "crash": "crashed (SIGSEGV)",
    "spin": "took too long",
    "sleep": "took too long",
    "eat": "stopped with status 1: MemoryError",
    "raise": "stopped with status 1: KeyError: 'no key'",
    "silent": "stopped with status 0: no message",
    "murder": "was killed, perhaps for want of memory",
}


@pytest.fixture
def start(tmp_path, monkeypatch):
    """Run the source of a module as a child."""

    def run(source: str, *, stdin=subprocess.DEVNULL, argument=""):
        (tmp_path / "strange").mkdir()
        (tmp_path / "strange" / "__init__.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        return child.running(
            "strange", argument, stdin=stdin, needs=("strange",), environment=dict(os.environ)
        )

    return run


@pytest.mark.parametrize("name", CHILDREN)
def test_the_cause_of_death_is_told(name, start):
    begin = time.monotonic()
    with start(CHILDREN[name]) as process:
        with pytest.raises(child.ChildStoppedError):
            child.receive(process.stdout)
        assert child.cause_of_death(process) == CAUSES[name]
    assert time.monotonic() - begin < 20


def test_a_child_is_dead_when_the_block_is_left_by_an_error(start):
    def interrupted():
        with start("import time\ndef main(_): time.sleep(60)") as process:
            started.append(process)
            raise KeyboardInterrupt

    started = []
    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert started[0].returncode is not None


def test_frames_arrive_and_what_is_printed_does_not(start):
    source = """
import os
from lrfit.io.child import channel
def main(argument):
    send = channel()
    print("noise", flush=True)
    os.write(1, b"noise")
    send(b"X", argument.encode())
    send(b"Y", memoryview(bytes(10)))
"""
    with start(source, argument="é") as process:
        assert child.receive(process.stdout) == (b"X", 2)
        assert child.receive_bytes(process.stdout, 2, 10).decode() == "é"
        assert child.receive(process.stdout) == (b"Y", 10)
        buffer = bytearray(b"x" * 10)
        child.receive_into(process.stdout, memoryview(buffer))
        assert buffer == bytes(10)
        with pytest.raises(child.ChildStoppedError):
            child.receive(process.stdout)


def test_a_frame_longer_than_allowed_is_not_read(start):
    with start("import os\ndef main(_): os.write(1, b'abc')") as process:
        with pytest.raises(child.ProtocolError, match="too long"):
            child.receive_bytes(process.stdout, 2**60, 10)
        with pytest.raises(child.ChildStoppedError):
            child.receive_into(process.stdout, memoryview(bytearray(10)))


def test_the_child_sees_only_its_own_packages(start, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    source = """
import sys
from lrfit.io.child import channel
def main(_):
    names = [n for n in sys.modules if n.partition(".")[0] in ("numpy", "h5py", "yaml", "site")]
    channel()(b"X", repr((names, "/nowhere" in sys.path, "" in sys.path)).encode())
"""
    with start(source) as process:
        _, length = child.receive(process.stdout)
        assert child.receive_bytes(process.stdout, length, 999) == b"([], False, False)"


def test_limits_below_the_hard_ones_of_the_shell_are_respected(python):
    script = """
import resource
from lrfit.io.child import allow, confine
resource.setrlimit(resource.RLIMIT_CPU, (20, 30))
confine(seconds=5)
allow(memory=2**28, cpu_seconds=50)
assert resource.getrlimit(resource.RLIMIT_CPU)[0] == 30
assert resource.getrlimit(resource.RLIMIT_CORE)[0] == 0
soft, _ = resource.getrlimit(resource.RLIMIT_AS)
assert 2**28 < soft < 2**31
"""
    python("-c", script)
