"""How long `lrfit --help` and `--version` take, against Python with Typer's import.

    python -m benchmarks.start_up [--pairs 9]

The reference is `python -c pass` plus the import of Typer, both as whole processes; pairs
alternate, and the ratio is the median over pairs of user + system CPU time.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys

REFERENCE = [sys.executable, "-c", "import typer"]
CASES = {name: [sys.executable, "-m", "lrfit", name] for name in ("--help", "--version")}


def cpu_seconds(command: list[str]) -> float:
    """User and system time of one process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=9)
    pairs = parser.parse_args().pairs
    for name, command in CASES.items():
        cpu_seconds(command)
        runs = [(cpu_seconds(command), cpu_seconds(REFERENCE)) for _ in range(pairs)]
        ratio = statistics.median(ours / theirs for ours, theirs in runs)
        ours, theirs = (statistics.median(column) for column in zip(*runs, strict=True))
        print(f"lrfit {name:10} {ours:.3f} s, python + typer {theirs:.3f} s, ratio {ratio:.2f}")


if __name__ == "__main__":
    main()
