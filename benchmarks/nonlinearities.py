"""The smallest network for each nonlinearity, on the same systems.

    python -m benchmarks.nonlinearities [--tol 0.01] [--seeds 3] [--json FILE]

Overall criterion, noise 1e-4, effort normal; the median over the seeds, "-" where the tolerance
was not met.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

import lrfit
from lrfit.networks.nonlinearity import NONLINEARITIES

SYSTEMS = (
    "van_der_pol",
    "damped_pendulum",
    "hopf_normal_form",
    "fitzhugh_nagumo",
    "pitchfork_bistable",
    "wilson_cowan",
    "lorenz_scaled",
)


def size(system: str, phi: str, tol: float, seed: int) -> float:
    """Neurons needed; inf where the tolerance was not met."""
    found = lrfit.minimize(
        system, tol=tol, nonlinearity=phi, criterion="overall", seed=seed, max_neurons=128
    )
    return found.network.neurons if found.met else np.inf


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tol", type=float, default=0.01)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    names = list(NONLINEARITIES)
    print("| system | " + " | ".join(names) + " |")
    print("|---" * (1 + len(names)) + "|")
    table = {}
    for system in SYSTEMS:
        sizes = {
            phi: [size(system, phi, arguments.tol, seed) for seed in range(arguments.seeds)]
            for phi in names
        }
        table[system] = sizes
        middle = {phi: np.median(found) for phi, found in sizes.items()}
        cells = [f"{m:.0f}" if np.isfinite(m) else "-" for m in middle.values()]
        print(f"| {system} | " + " | ".join(cells) + " |", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(table, indent=1))


if __name__ == "__main__":
    main()
