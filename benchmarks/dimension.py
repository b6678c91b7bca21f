"""How size and time of the smallest network grow with the dimension of the target.

    python -m benchmarks.dimension [--tol 0.05] [--json FILE]

The target is a ring of coupled FitzHugh-Nagumo oscillators, D = 2, 4, 6, 8, 10; the exponents are
slopes of log size and log time against log D.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

import lrfit


def ring(oscillators: int) -> bytes:
    """The system file of a ring; each oscillator is drawn to its two neighbours."""
    lines = [f"name: ring_of_{oscillators}", "dynamics:"]
    for i in range(oscillators):
        before, after = (i - 1) % oscillators, (i + 1) % oscillators
        pull = f"0.2*(v{before} + v{after} - 2*v{i})"
        lines += [f"  v{i}: v{i} - v{i}**3/3 - w{i} + 0.5 + {pull}"]
        lines += [f"  w{i}: 0.08*(v{i} + 0.7 - 0.8*w{i})"]
    lines += ["domain:"]
    for i in range(oscillators):
        lines += [f"  v{i}: [-2.5, 2.5]", f"  w{i}: [-1.0, 2.0]"]
    return "\n".join(lines).encode()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tol", type=float, default=0.05)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    rows = []
    for oscillators in range(1, 6):
        began, worked = time.perf_counter(), time.process_time()
        found = lrfit.minimize(lrfit.load_system(ring(oscillators)), tol=arguments.tol)
        rows.append(
            {
                "D": 2 * oscillators,
                "neurons": found.network.neurons,
                "error": found.report.error,
                "met": bool(found.met),
                "seconds": time.perf_counter() - began,
                "own_cpu_seconds": time.process_time() - worked,
                "work": found.evidence["work"],
            }
        )
        print(
            "D {D:2}: {neurons:3} neurons, error {error:.4f}, met {met}, {seconds:5.1f} s, "
            "work {work:.2e}".format(**rows[-1]),
            flush=True,
        )
    dimension = np.log([row["D"] for row in rows])
    slopes = {
        name: float(np.polyfit(dimension, np.log([row[name] for row in rows]), 1)[0])
        for name in ("neurons", "seconds", "work")
    }
    print("slopes by log D:", ", ".join(f"{name} {slope:.2f}" for name, slope in slopes.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": rows, "slopes": slopes}, indent=1))


if __name__ == "__main__":
    main()
