"""Fast gated inputs: what the membrane's lag costs, and what gated and copied inputs give back.

    python -m benchmarks.gated_inputs [--trials 256]

tau = 0.1 s, inputs change every 0.1 s (integrators) or with their gates (memory), mean squared
error of the latents over fresh trials against the target's own trajectories, by Runge-Kutta and by
Euler with dt = tau / 10, without and with noise of 1e-3 on every rate.
"""

from __future__ import annotations

import argparse
import time

import lrfit
from lrfit.systems.open import load_system
from lrfit.systems.system import System

INTEGRATOR = """
name: {name}
time_unit: s
parameters: {{a: 0.2, g: 0.4}}
dynamics: {{x: a*x - x**3 + g*(ctx*um + (1 - ctx)*uc)}}
domain: {{x: [-1.2, 1.2]}}
inputs: {{um: [-1, 1], uc: [-1, 1], ctx: [0, 1]}}
task:
  duration: 3
  draws: {{context: {{choose: [0, 1]}}}}
  initial: {{x: 0}}
  signals:
    um: {{steps: {{every: 0.1, value: {{uniform: [-1, 1]}}}}}}
    uc: {{steps: {{every: 0.1, value: {{uniform: [-1, 1]}}}}}}
    ctx: {gate}
"""
MEMORY = """
name: {name}
time_unit: s
parameters: {{kl: 4.0, a: 0.2, g: 2.0}}
dynamics: {{m: kl*load*(s - m), d: a*d - d**3 + g*comp*(s - m)}}
domain: {{m: [-1.2, 1.2], d: [-1.6, 1.6]}}
inputs: {{s: [-1, 1], load: [0, 1], comp: [0, 1]}}
task:
  duration: 4
  draws:
    first: {{uniform: [-0.8, 0.8]}}
    second: {{uniform: [-0.8, 0.8]}}
    delay: {{uniform: [0.5, 1.5]}}
  signals:
    s: first*pulse(t, {on}, {off}) + second*pulse(t, {on} + 0.8 + delay, {off} + 0.8 + delay)
    load: pulse(t, 0.4, 1.0)
    comp: pulse(t, 1.2 + delay, 1.8 + delay)
  judge: {{variables: [d]}}
"""
CASES = {
    "integrator, context held": (INTEGRATOR, {"gate": "context"}, 16, "refine"),
    "integrator, context changes too": (
        INTEGRATOR,
        {"gate": "{steps: {every: 0.1, value: {choose: [0, 1]}}}"},
        16,
        "refine",
    ),
    "memory, stimulus before its gate": (MEMORY, {"on": 0.2, "off": 1.2}, 150, "ols"),
    "memory, stimulus with its gate": (MEMORY, {"on": 0.4, "off": 1.0}, 150, "ols"),
}


def row(system: System, how: str, neurons: int, method: str, trials: int) -> str:
    """Fit one network and score it three times."""
    began = time.process_time()
    found = lrfit.fit(
        system,
        neurons=neurons,
        method=method,  # type: ignore[arg-type]
        candidates=2000,
        drive=dict.fromkeys(system.domain.inputs, how),
        tau=0.1,
        noise=1e-5,
        effort="quick",
    )
    seconds = time.process_time() - began
    plain, euler, noisy = (
        lrfit.score(found, trials=trials, **more)  # type: ignore[arg-type]
        for more in ({}, {"solver": "euler"}, {"solver": "euler", "rate_noise": 1e-3})
    )
    return (
        f"  {how:<9} field {found.report.error:.1e}  mse {plain.mse:.1e}  euler {euler.mse:.1e}  "
        f"noisy {noisy.mse:.1e}  right {plain.right:.3f}  {seconds:.1f} s"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--trials", type=int, default=256)
    trials = parser.parse_args().trials
    for title, (text, values, neurons, method) in CASES.items():
        print(f"{title}: {neurons} neurons, {method}")
        system = load_system(text.format(name="gated", **values))
        for how in ("filtered", "auto", "gated", "copied"):
            print(row(system, how, neurons, method, trials), flush=True)


if __name__ == "__main__":
    main()
