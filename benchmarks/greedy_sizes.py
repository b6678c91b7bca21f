"""Sizes that greedy selection and random subsets need, over seeds.

    python -m benchmarks.greedy_sizes [--seeds 5] [--json]

Overall criterion, 1 % error, noise 1e-4, tanh, 3,000 candidates, tau and centre free. `random`
is the smallest random subset of the same candidates within the tolerance (ten orders). Sizes are
found on the validation set and confirmed on the test set (16,384 points).
"""

from __future__ import annotations

import argparse
import json
import statistics

from lrfit.api.target import as_system, resolve_options
from lrfit.search.progress import silent
from lrfit.search.select import MARGIN, Race, smallest_selection
from lrfit.search.setting import prepare
from lrfit.targets.system import System

VAN_DER_POL = b"""
name: van_der_pol_cube
dynamics: {x: y, y: (1 - x**2)*y - x}
domain: {x: [-3, 3], y: [-3, 3]}
"""
TARGETS = {
    "van der Pol, [-3,3]^2": (VAN_DER_POL, 24),
    "Lorenz": ("lorenz", 34),
    "damped pendulum": ("damped_pendulum", 12),
}
TOL = 0.01


def sizes(system: System, seed: int) -> dict[str, int]:
    """Sizes by ols, omp and the best random subset; 0 when not within 512."""
    options = resolve_options(system, {"criterion": "overall", "seed": seed})
    setting = prepare(system, options)
    found = {}
    for rule in ("ols", "omp"):
        ranked, _ = smallest_selection(setting, TOL, rule, silent)
        greedy = [c.size for c in ranked if c.method == rule and c.error <= TOL]
        found[rule] = greedy[0] if greedy else 0
    lucky = Race(setting).lucky(MARGIN * TOL, options.max_neurons)
    return {**found, "random": 0 if lucky is None else len(lucky)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    for name, (source, goal) in TARGETS.items():
        runs = [sizes(as_system(source), seed) for seed in range(arguments.seeds)]
        medians = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        rows.append({"target": name, "goal": goal, "median": medians, "runs": runs})
        if not arguments.json:
            spread = {key: sorted(run[key] for run in runs) for key in runs[0]}
            print(f"{name:24} goal {goal:3}  medians {medians}  all {spread}", flush=True)
    if arguments.json:
        print(json.dumps(rows))


if __name__ == "__main__":
    main()
