"""What each move of the search earns: errors at one size, at equal work, with and without it.

    python -m benchmarks.ablation [--seeds 3] [--json FILE]

For every case a network of the size that the whole search reached is sought (as `lrfit fit
--method refine` does): the same sweep, then moves at that size until the work is spent. "without"
leaves one move out, "alone" uses nothing else. The table has the geometric mean, over cases and
seeds, of the error relative to that of all moves: above 1 is worse.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

import lrfit
from lrfit.fitting.explore import explore
from lrfit.fitting.explorer import Explorer
from lrfit.fitting.goal import OfSize
from lrfit.fitting.moves import MOVES
from lrfit.fitting.options import FitOptions
from lrfit.fitting.policy import BASE
from lrfit.fitting.setting import prepare

CASES = (
    ("van_der_pol", 5),
    ("van_der_pol", 12),
    ("hopf_normal_form", 11),
    ("wilson_cowan", 8),
    ("wilson_cowan", 14),
    ("decision_wong_wang", 10),
    ("ring_attractor", 18),
    ("lorenz_scaled", 13),
)


def sets_of_moves() -> dict[str, tuple[str, ...]]:
    """Names of rows, and the moves that each may make."""
    names = tuple(MOVES)
    without = {f"without {one}": tuple(n for n in names if n != one) for one in names}
    return {"all": names, **without, **{f"{one} alone": (one,) for one in names}}


def error(system: str, size: int, moves: tuple[str, ...], seed: int) -> float:
    """Validation error of the best network of a size."""
    setting = prepare(lrfit.load_system(system), FitOptions(criterion="overall", seed=seed))
    policy = replace(BASE, moves=replace(BASE.moves, names=moves))
    explorer = Explorer(setting, goal=OfSize(size), policy=policy)
    explore(explorer)
    return explorer.confirmed[size].error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    runs = [(system, size, seed) for system, size in CASES for seed in range(arguments.seeds)]
    errors = {}
    for row, moves in sets_of_moves().items():
        errors[row] = [error(system, size, moves, seed) for system, size, seed in runs]
        ratio = np.log(np.array(errors[row]) / np.array(errors["all"]))
        print(
            f"{row:22} {np.exp(ratio.mean()):6.3f}   worse in {np.sum(ratio > 0.005):3d}, "
            f"better in {np.sum(ratio < -0.005):3d} of {len(runs)}",
            flush=True,
        )
    if arguments.json:
        arguments.json.write_text(json.dumps({"runs": runs, "errors": errors}, indent=1))


if __name__ == "__main__":
    main()
