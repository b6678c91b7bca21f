"""Runs `benchmarks.atlas.claims` in a process of its own, within a limit of processor time."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
_ERROR_LINES = 3
_ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What one system's process said.

    claims : one mapping for each constant input that was finished, see `claims.claims_of`.
    seconds : of processor time, the start of Python and the reading of the file included.
    ending : "done", "no answer within S s", or the last lines that the process wrote on failing.
    """

    claims: list[dict[str, Any]]
    seconds: float
    ending: str


def ask(name: str, *, limit: float) -> Answers:
    """Analyze one system of the atlas; a process that uses more than `limit` s is ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.atlas.claims", name],
        check=False,
        capture_output=True,
        text=True,
        cwd=_ROOT,
        env={**os.environ, **dict.fromkeys(_THREADS, "1")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (int(limit), int(limit) + 1)),
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Answers(claims=_lines(done.stdout), seconds=seconds, ending=_ending(done, limit))


def _lines(text: str) -> list[dict[str, Any]]:
    """Every whole line; the last one of a process that was ended may be cut."""
    found = []
    for line in text.splitlines():
        try:
            found.append(json.loads(line))
        except ValueError:
            continue
    return found


def _ending(done: subprocess.CompletedProcess[str], limit: float) -> str:
    if done.returncode == 0:
        return "done"
    if done.returncode < 0:
        return f"no answer within {limit:g} s"
    return " | ".join(done.stderr.strip().splitlines()[-_ERROR_LINES:])
