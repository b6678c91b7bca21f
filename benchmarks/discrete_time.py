"""Networks that are run by Euler with a coarse step: fitted to the field, or to its flow map.

    python -m benchmarks.discrete_time [--tau natural] [--steps-per-tau 10] [--duration 20] [--json]

van der Pol, dt = tau / 10, tau natural (0.384) or a number. Two networks are fitted with the same
tau: one to the field g, one to (Phi_dt(z) - z)/dt (`--update euler`). Both are run by Euler with
dt from the same 16 starts on the cycle and around it, and compared with the exact trajectories at
the same times: mean squared difference over starts, times and variables, box units. First 200
random neurons at noise 1e-6, then the smallest networks within 1e-2 at the default noise. The
time is that of the flow maps of the three sets of samples (16,384 points in the test set) alone.
"""

from __future__ import annotations

import argparse
import json
import time
from typing import Any

import numpy as np

import lrfit
from lrfit.systems.places import sobol_points
from lrfit.systems.sampling import draw_samples
from lrfit.systems.transforms.discrete import discretized

TARGET = "van_der_pol"
STARTS = 16


def closed_loop(fit: lrfit.Fit, dt: float, duration: float) -> float:
    """Mean squared difference to the exact trajectories, box units; NaN where a run diverges."""
    domain = fit.system.domain
    points = sobol_points(domain.dimension, STARTS, np.random.default_rng(0))
    run = lrfit.simulate(
        fit,
        duration=duration,
        initial=domain.state_from_box(0.5 * points),
        solver="euler",
        dt=dt,
        target=True,
    )
    assert run.target is not None
    return float(np.mean(((run.z - run.target) / domain.half_width) ** 2))


def fits(tau: float | str, steps: float) -> list[tuple[str, lrfit.Fit]]:
    """The network fitted to the field, and that fitted to the flow map, by two methods."""
    found: list[tuple[str, lrfit.Fit]] = []
    for update in ({}, {"update": "euler", "dt": f"tau/{steps:g}"}):
        options: dict[str, Any] = {"tau": tau, **update}
        found.append(("200 random", lrfit.fit(TARGET, neurons=200, noise=1e-6, **options)))
        found.append(("smallest at 1e-2", lrfit.minimize(TARGET, tol=1e-2, **options)))
    return sorted(found, key=lambda each: each[0])


def seconds(dt: float) -> float:
    """CPU time of drawing all samples of the flow map."""
    system = lrfit.load_system(TARGET)
    began = time.process_time()
    draw_samples(discretized(system, dt))
    return time.process_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tau", default="natural")
    parser.add_argument("--steps-per-tau", type=float, default=10.0)
    parser.add_argument("--duration", type=float, default=20.0)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    rows = []
    tau = arguments.tau if arguments.tau == "natural" else float(arguments.tau)
    for name, fit in fits(tau, arguments.steps_per_tau):
        dt = fit.network.tau / arguments.steps_per_tau if fit.network.dt is None else fit.network.dt
        rows.append(
            {
                "network": name,
                "fitted to": "field" if fit.network.dt is None else "flow map",
                "neurons": fit.network.neurons,
                "dt": dt,
                "error": fit.report.error,
                "closed_loop": closed_loop(fit, dt, arguments.duration),
            }
        )
    spent = seconds(max(row["dt"] for row in rows))
    if arguments.json:
        print(json.dumps({"rows": rows, "sample_seconds": spent}))
        return
    for row in rows:
        print(
            f"{row['network']:17} {row['fitted to']:9} {row['neurons']:4} neurons  dt "
            f"{row['dt']:.3g}  error {row['error']:.2e}  closed loop {row['closed_loop']:.2g}"
        )
    print(f"samples of the flow map: {spent:.2f} s of CPU")


if __name__ == "__main__":
    main()
