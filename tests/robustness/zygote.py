"""A process that has imported everything, and forks: a command then starts in milliseconds.

Run as a script by the fixture `commands`. One request per line on standard input (JSON), one
answer per line on standard output: {"start": ...} is answered by the number of the new process,
{"wait": pid} by its status once it has ended. The forked process is the command as users run it:
own signal handlers, own standard streams, own limits, `sys.exit(main())`.

With the argument `cold` the modules of lrfit are left for the command to import, which a test of
signals during the imports, or of closed streams, needs.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2] / "lrfit"
DRAWING = {"plotting", "reporting"}
"""Rooms that need matplotlib, which no command of these tests does."""


def warm_up(*, cold: bool) -> None:
    """Import what commands import when they need it."""
    import h5py  # noqa: F401
    import scipy.integrate
    import scipy.linalg
    import scipy.stats.qmc  # noqa: F401

    for path in [] if cold else sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
        if parts[-1] not in ("__init__", "__main__") and not DRAWING & {*parts}:
            import_module(".".join(parts))


def drop_capabilities() -> None:
    """Obey permissions, even as root (capset of Linux, version 3: no capability at all)."""
    header, nothing = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing):
        raise OSError(ctypes.get_errno(), "capset")


def become_command(request: dict[str, Any]) -> None:
    """In the child: streams, folder, environment, limits, user, arguments as asked for."""
    os.setsid()
    os.chdir(request["cwd"])
    os.environ.update(request.get("env", {}))
    for number, name, flags in (
        (0, request.get("stdin", os.devnull), os.O_RDONLY),
        (1, request["stdout"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
        (2, request["stderr"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC),
    ):
        descriptor = os.open(name, flags, 0o666)
        os.dup2(descriptor, number)
        os.close(descriptor)
    for name, value in request.get("limits", {}).items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
    if request.get("powerless"):
        drop_capabilities()
    for number in request.get("closed", ()):
        os.close(number)
        setattr(sys, ("stdin", "stdout", "stderr")[number], None)  # as Python starts then
    sys.argv = ["lrfit", *request["argv"]]


def serve() -> bool:
    """Answer requests; True in a child that is to become a command."""
    for line in sys.stdin:
        request = json.loads(line)
        if "start" in request:
            pid = os.fork()
            if pid == 0:
                become_command(request["start"])
                return True
            answer: Any = pid
        else:
            _, status, usage = os.wait4(request["wait"], 0)
            code = os.waitstatus_to_exitcode(status)
            answer = [code, usage.ru_utime + usage.ru_stime]
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return False


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    warm_up(cold="cold" in sys.argv)
    gc.freeze()  # otherwise every process looks through all modules when it ends
    if serve():
        from lrfit.cli.main import main

        sys.exit(main())
