"""Does the verdict on a network agree with what long simulations by other means show?

    python -m benchmarks.faithful [--tol 1e-2] [--folder DIR] [NAME ...]

For every sample system a network is found by `lrfit minimize NAME --tol TOL` (or taken from DIR,
where it is kept), judged by `lrfit.dynamics.faithful.examine`, and then, without any code of
`lrfit.dynamics`, target and network are followed from the same random starts by scipy's LSODA at
the tonic inputs of the verdict. What is compared there:

    rest        both at rest: the distance between the ends
    rhythm      both periodic: period (peaks of the autocorrelation) and extent of every variable
    irregular   otherwise: mean and spread of every variable, over all such starts together
    memory      the target at rest everywhere on a curve: how far the network has moved

and the simulation says "same" where at least 95 % of the starts agree, within the limits that
the verdict states (`lrfit.dynamics.faithful.comparison`). Prints one row for each system: size,
verdict, seconds of it, what the simulation says, and whether they agree.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.integrate import solve_ivp

from lrfit.dynamics.faithful import examine, tonic_inputs
from lrfit.dynamics.faithful.comparison import AMPLITUDE, HELD, PERIOD, POINT
from lrfit.fields.field import VectorField
from lrfit.fitting.result import Fit
from lrfit.records.store import load_network
from lrfit.systems.library import sample_names

STARTS, POINTS = 24, 4000
ENOUGH = 0.95
FAR = 2.0
SPREAD = 0.25
"""Difference of mean or spread, in the target's spread, of irregular motion that is the same."""


def network_of(name: str, folder: Path, tol: float) -> Fit:
    path = folder / f"{name}.h5"
    if not path.exists():
        command = [sys.executable, "-m", "lrfit", "minimize", name, "--tol", str(tol), "-q"]
        done = subprocess.run([*command, "-o", str(path)], check=False)
        if done.returncode not in (0, 4):
            raise SystemExit(f"{name}: minimize ended with {done.returncode}")
    return load_network(path)


def follow(field: VectorField, u: np.ndarray, start: np.ndarray, duration: float) -> np.ndarray:
    """States (POINTS, D) in box units over the second half of a run; NaN after leaving."""
    domain = field.domain

    def velocity(_: float, zeta: np.ndarray) -> np.ndarray:
        z = domain.state_from_box(zeta[None])
        return field.velocity(z, u[None])[0] / domain.half_width

    def outside(_: float, zeta: np.ndarray) -> float:
        return FAR - float(np.max(np.abs(zeta)))

    outside.terminal = True
    t = np.linspace(duration / 2, duration, POINTS)
    with np.errstate(all="ignore"):
        run = solve_ivp(
            velocity, (0, duration), start, method="LSODA", rtol=1e-8, atol=1e-10,
            t_eval=t, events=outside,
        )  # fmt: skip
    states = np.full((POINTS, len(start)), np.nan)
    reached = np.reshape(run.y, (len(start), -1)).T  # scipy gives a list where none was reached
    states[: len(reached)] = reached
    return states


def period(states: np.ndarray) -> float | None:
    """Lag of the first return of the autocorrelation to above 0.97, in samples; None without."""
    x = states - states.mean(axis=0)
    n = len(x)
    spectrum = np.sum(np.abs(np.fft.rfft(x, 2 * n, axis=0)) ** 2, axis=1)
    correlation = np.fft.irfft(spectrum)[: n // 2] / np.arange(n, n - n // 2, -1)
    correlation /= correlation[0]
    down = np.flatnonzero(correlation < 0.5)
    if not len(down):
        return None
    later = correlation[down[0] :]
    peaks = 1 + np.flatnonzero((later[1:-1] >= later[:-2]) & (later[1:-1] > later[2:]))
    good = peaks[later[peaks] > 0.97]
    if not len(good):
        return None
    a, b, c = later[good[0] - 1 : good[0] + 2]  # the top of the parabola through three points
    return float(down[0] + good[0] + 0.5 * (a - c) / (a - 2 * b + c))


def agree(wanted: np.ndarray, found: np.ndarray, *, curve: bool, moved: float) -> bool:
    gone, left = np.isnan(wanted[-1]).any(), np.isnan(found[-1]).any()
    if gone or left:
        return bool(gone and left)
    if curve:
        return moved <= HELD
    spread, other = np.ptp(wanted, axis=0), np.ptp(found, axis=0)
    resting = np.linalg.norm(spread) < 1e-2, np.linalg.norm(other) < 1e-2
    if any(resting):
        return bool(all(resting) and np.linalg.norm(wanted[-1] - found[-1]) <= 2 * POINT)
    first, second = period(wanted), period(found)
    if first is not None:
        return (
            second is not None
            and abs(second / first - 1) <= PERIOD
            and bool(np.max(np.abs(other - spread)) <= AMPLITUDE * np.max(spread))
        )
    return second is None  # the sets themselves are compared over all starts together


def is_irregular(states: np.ndarray) -> bool:
    moving = np.linalg.norm(np.ptp(states, axis=0)) >= 1e-2
    return bool(np.isfinite(states).all() and moving and period(states) is None)


def same_set(wanted: list[np.ndarray], found: list[np.ndarray]) -> bool:
    """Whether irregular motion has the same mean and spread, over all starts together.

    One run of the Lorenz system is too short for that: its mean depends on the lobe it favors.
    """
    first, second = np.concatenate(wanted), np.concatenate(found)
    scale = first.std(axis=0)
    mean = np.abs(second.mean(axis=0) - first.mean(axis=0)) / scale
    return bool(max(mean.max(), np.abs(second.std(axis=0) / scale - 1).max()) <= SPREAD)


def simulated(record: Fit, generator: np.random.Generator) -> list[float]:
    """Share of the starts that agree, for every tonic input."""
    system, network = record.system, record.network
    field = system.continuous
    shares = []
    for u in tonic_inputs(system):
        starts = generator.uniform(-1, 1, (STARTS, system.domain.dimension))
        z = system.domain.state_from_box(starts)
        speeds = field.velocity(z, np.broadcast_to(u, (STARTS, len(u)))) / system.domain.half_width
        natural = float(1.0 / np.sqrt(np.mean(np.sum(speeds**2, axis=1))))
        declared = float(system.simulation.duration or 20.0)
        duration = max(200.0 * natural, 2.0 * declared)
        wanted = [follow(field, u, start, duration) for start in starts]
        ends = np.array([run[-1] for run in wanted if np.isfinite(run[-1]).all()])
        curve = bool(len(ends)) and is_curve(field, u, ends)
        moves = [0.0] * STARTS
        if curve:  # memory: from the target's own rest states, for the declared time
            moves = [moved(network, u, run[-1], declared, natural) for run in wanted]
            moves = [float(np.sqrt(np.mean(np.square([m for m in moves if m < FAR]))))] * STARTS
        found = [follow(network, u, start, duration) for start in starts]
        same = [
            agree(a, b, curve=curve, moved=m) for a, b, m in zip(wanted, found, moves, strict=True)
        ]
        both = [k for k in range(STARTS) if is_irregular(wanted[k]) and is_irregular(found[k])]
        if both and not same_set([wanted[k] for k in both], [found[k] for k in both]):
            same = [one and k not in both for k, one in enumerate(same)]
        shares.append(float(np.mean(same)))
    return shares


def is_curve(field: VectorField, u: np.ndarray, ends: np.ndarray) -> bool:
    """Whether rest states are as many as the starts."""
    z = field.domain.state_from_box(ends)
    speed = field.velocity(z, np.broadcast_to(u, (len(z), len(u)))) / field.domain.half_width
    apart = np.linalg.norm(ends[:, None] - ends[None], axis=2) + np.eye(len(ends))
    return bool(np.all(np.abs(speed) < 1e-4) and np.median(apart.min(axis=1)) > 1e-3)


def moved(
    network: VectorField, u: np.ndarray, start: np.ndarray, declared: float, natural: float
) -> float:
    """How far the network gets within the declared time, once it has settled."""
    settled = follow(network, u, start, 3.0 * natural)[-1]
    if not np.isfinite(settled).all():
        return np.inf
    return float(np.linalg.norm(follow(network, u, settled, declared)[-1] - settled))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--tol", type=float, default=1e-2)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    folder = given.folder or Path(tempfile.mkdtemp(prefix="lrfit-faithful-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"{'system':26} {'N':>3} {'error':>8} {'faithful':8} {'s':>5}  simulated        agree")
    agreed = []
    for name in given.names or sample_names():
        record = network_of(name, folder, given.tol)
        began = time.process_time()
        verdict = examine(record.system, record.network)
        seconds = time.process_time() - began
        shares = simulated(record, np.random.default_rng(7))
        same = min(shares) >= ENOUGH
        agreed.append(same == verdict.faithful)
        shown = ", ".join(f"{share:.0%}" for share in shares)
        print(
            f"{name:26} {record.network.neurons:3d} {record.report.error:8.2g} "
            f"{'yes' if verdict.faithful else 'no':8} {seconds:5.1f}  {shown:16} "
            f"{'agree' if agreed[-1] else 'DISAGREE'}",
            flush=True,
        )
        for line in verdict.differences:
            print(f"{'':30}{line}", flush=True)
    print(f"{sum(agreed)} of {len(agreed)} verdicts agree with the simulations")


if __name__ == "__main__":
    main()
