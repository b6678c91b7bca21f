"""What faithful dynamics cost: `minimize --faithful` beside a tighter tolerance.

    python -m benchmarks.faithful_sizes [SYSTEM ...] [--tol 1e-2] [--json]

For every sample system: the smallest network within the tolerance and its verdict; that of
`--faithful`; and the first faithful one of plain searches with tolerances tol/2^(1/2), tol/2, ...
(down to tol/32), which is what one does without the flag. Where the smallest network is faithful
all three are the same. `runs` is an independent check of the second: long runs of network and
target from the same starts (`benchmarks.long_runs`).
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import lrfit
from benchmarks.long_runs import LongRuns
from lrfit.dynamics.faithful import examine, target_anatomies
from lrfit.systems.library import sample_names

HALVINGS = 10


def tightened(system: lrfit.System, tol: float, target: Any) -> tuple[int, float]:
    """Size and tolerance of the first faithful network of ever tighter searches; 0 for none."""
    for number in range(1, HALVINGS + 1):
        goal = tol / 2.0 ** (number / 2.0)
        found = lrfit.minimize(system, tol=goal)
        if found.met and examine(system, found.network, target=target).faithful:
            return found.network.neurons, goal
    return 0, 0.0


def compare(name: str, tol: float) -> dict[str, Any]:
    """One row."""
    system = lrfit.load_system(name)
    began = time.monotonic()
    plain = lrfit.minimize(system, tol=tol)
    seconds = time.monotonic() - began
    target = target_anatomies(system)
    verdict = examine(system, plain.network, target=target)
    began = time.monotonic()
    faithful = lrfit.minimize(system, tol=tol, faithful=True)
    row = {
        "system": name,
        "plain": plain.network.neurons,
        "plain_verdict": verdict.verdict,
        "faithful": faithful.network.neurons if faithful.met else 0,
        "strictness": faithful.evidence["strictness"],
        "error": faithful.report.error,
        "runs": LongRuns(system).compare(faithful.network).differences,
        "drift": max(
            (
                c.drift.moved
                for c in examine(system, faithful.network, target=target).comparisons
                if c.drift is not None
            ),
            default=None,
        ),
        "seconds": [round(seconds, 1), round(time.monotonic() - began, 1)],
    }
    tight = (plain.network.neurons, tol) if verdict.faithful else tightened(system, tol, target)
    return row | {"tightened": tight[0], "tightened_tol": tight[1]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("systems", nargs="*")
    parser.add_argument("--tol", type=float, default=1e-2)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for name in arguments.systems or sample_names():
        rows.append(compare(name, arguments.tol))
        if not arguments.json:
            row = rows[-1]
            drift = "" if row["drift"] is None else f"  drift {row['drift']:.3f}"
            print(
                f"{name:26} plain {row['plain']:3}  faithful {row['faithful']:3}  tightened "
                f"{row['tightened']:3} ({row['tightened_tol']:.2g})  strictness "
                f"{row['strictness']:g}{drift}  runs {row['runs'] or 'agree'}  "
                f"{row['seconds']} s  plain: {row['plain_verdict']}",
                flush=True,
            )
    if arguments.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
