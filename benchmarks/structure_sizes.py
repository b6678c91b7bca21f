"""What structure costs: sizes with and without each constraint.

    python -m benchmarks.structure_sizes [--systems van_der_pol,lorenz] [--tol 0.01] [--seed 0]

Default options and effort, per-variable criterion. Every network is verified as `minimize` does
it: measured on the finished network in the user's units.
"""

from __future__ import annotations

import argparse

import lrfit

KINDS: dict[str, dict[str, object]] = {
    "none": {},
    "fixed centre, none": {"center": "middle"},
    "--symmetric": {"symmetric": True},
    "--shared-bias": {"shared_bias": True},
    "--orthogonal": {"orthogonal": True},
    "sigmoid, none": {"nonlinearity": "sigmoid"},
    "sigmoid --nonnegative-rates": {"nonlinearity": "sigmoid", "nonnegative_rates": True},
    "softplus --nonnegative-rates": {"nonlinearity": "softplus", "nonnegative_rates": True},
}


def size(system: str, tol: float, seed: int, options: dict[str, object]) -> str:
    """The size found, its error, and how far it is from its structure; or why there is none."""
    try:
        found = lrfit.minimize(system, tol=tol, seed=seed, **options)  # type: ignore[arg-type]
    except lrfit.UsageError as refusal:
        return f"refused: {refusal}"
    off = {k: v for k, v in found.evidence.items() if k.startswith("violation_")}
    met = "" if found.met else " NOT MET"
    return f"{found.network.neurons:3} neurons, error {found.report.error:.3g}{met} {off or ''}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--systems", default="van_der_pol,lorenz")
    parser.add_argument("--tol", type=float, default=0.01)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    for system in arguments.systems.split(","):
        for name, options in KINDS.items():
            found = size(system, arguments.tol, arguments.seed, options)
            print(f"{system:14} {name:30} {found}", flush=True)


if __name__ == "__main__":
    main()
