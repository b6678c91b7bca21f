"""Dynamics with wrong weights: the smallest network, its clones, and populations made for that.

Networks: the smallest one within the tolerance (`minimize`); 1,000 clones of its neurons, by
quotas; 1,000 neurons drawn from a mixture of Gaussian populations that was fitted to the target
(`expand --from data`; the idea of Beiran et al. 2021); populations refined to bear N wrong by 10 %
(`expand`), and a tenth of their neurons deleted as well; and 1,000 random neurons whose readout is
priced for the same errors (`fit`).

Disturbances: every weight of N wrong by 1 % or 10 %, every entry of J wrong by 100 %, a tenth of
the neurons deleted (of the smallest network one), and the same with the rest of N scaled up. Draws
of N and deletions are run in the latent form, those of J with all neurons.

A cycle is kept where the second half of a run, about as long as eight periods, has 0.5 to 1.5 times
the target's amplitude and returns regularly, with a period within 50 % of the target's. Lorenz's
attractor is kept where the second half of a run in its box goes from lobe to lobe five times or
more. Period errors are medians of the draws that are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import lrfit
from benchmarks.timing import whole_cpu
from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.wrong_weights import Errors
from lrfit.systems.system import System

Velocity = Callable[[Array], Array]
Save = Callable[[Any], None]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A system, how long it is run and in which steps; chaotic : whether lobes are counted."""

    name: str
    duration: float
    dt: float
    chaotic: bool = False


TARGETS = (
    Target(name="van_der_pol", duration=110.0, dt=0.04),
    Target(name="hopf_normal_form", duration=50.0, dt=0.03),
    Target(name="fitzhugh_nagumo", duration=640.0, dt=0.2),
    Target(name="lorenz_scaled", duration=60.0, dt=0.006, chaotic=True),
)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """draws : of N and of deletions. couplings : of J, each of neurons² numbers."""

    systems: tuple[str, ...] = tuple(target.name for target in TARGETS)
    neurons: int = 1000
    tol: float = 1e-2
    effort: str = "normal"
    weight_noise: float = 0.1
    deleted: float = 0.1
    draws: int = 12
    couplings: int = 4
    seed: int = 0


QUICK = Settings(
    systems=("van_der_pol",), neurons=100, tol=5e-2, effort="quick", draws=2, couplings=1
)
CASES = {
    "none": "as it is",
    "N1": "N wrong by 1 %",
    "N10": "N wrong by 10 %",
    "J100": "J wrong by 100 %",
    "deleted": "a tenth deleted",
    "scaled": "the same, N scaled",
}
NETWORKS = {
    "minimal": "smallest",
    "clones": "its clones",
    "mixture": "drawn from a mixture",
    "random": "random, priced",
    "robust": "robust",
    "deletion": "robust, deletion too",
}
DRAWN, POINTS, RUNS = "van_der_pol", 80, 6
"""The system of the figure, and how many points of how many runs it shows."""


def measure(settings: Settings, save: Save) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for target in TARGETS:
        if target.name not in settings.systems:
            continue
        for name, seconds, fit in networks(target, settings):
            rows.append({"system": target.name, "network": name, "cpu_seconds": seconds})
            rows[-1] |= judged(
                fit,
                target,
                settings,
                curves=name in ("minimal", "deletion") and target.name == DRAWN,
            )
            save(rows)
    return rows


def networks(target: Target, settings: Settings) -> Iterator[tuple[str, float, lrfit.Fit]]:
    """Names, CPU seconds, networks."""
    seed = settings.seed
    asked: dict[str, Any] = {"tol": settings.tol, "effort": settings.effort, "seed": seed}
    seconds, small = whole_cpu(lambda: lrfit.minimize(target.name, **asked))
    yield "minimal", seconds, small
    common: dict[str, Any] = {"neurons": settings.neurons, "look": False, "seed": seed}
    seconds, found = whole_cpu(lambda: lrfit.expand(small, **common))
    yield "clones", seconds, found
    seconds, found = whole_cpu(lambda: lrfit.expand(target.name, from_="data", **common))
    yield "mixture", seconds, found
    priced = {**common, "weight_noise": settings.weight_noise}
    seconds, found = whole_cpu(
        lambda: lrfit.fit(target.name, sampling="mixed", criterion="overall", **priced)
    )
    yield "random", seconds, found
    seconds, found = whole_cpu(lambda: lrfit.expand(target.name, **priced))
    yield "robust", seconds, found
    both = {**priced, "deleted": settings.deleted}
    seconds, found = whole_cpu(lambda: lrfit.expand(target.name, **both))
    yield "deletion", seconds, found


def judged(fit: lrfit.Fit, target: Target, settings: Settings, *, curves: bool) -> dict[str, Any]:
    """Errors of the field, and what every disturbance leaves of the dynamics."""
    system, network = fit.system, fit.network
    wanted = followed(of_target(system), system, target, 1)
    cases = {}
    runs: dict[str, Array] = {}
    for case in CASES:
        runs[case] = states(case, network, system, target, settings)
        cases[case] = kept(runs[case], wanted, target)
    row: dict[str, Any] = {
        "neurons": network.neurons,
        "populations": fit.expansion.populations if fit.expansion else None,
        "field_error": fit.report.field_error,
        "sensitivity": fit.report.sensitivity,
        "cases": cases,
    }
    if curves:
        row["orbits"] = {
            "target": orbits(wanted, system),
            "none": orbits(runs["none"][:, :1], system),
            "deleted": orbits(runs["deleted"], system),
        }
    return row


def states(
    case: str, network: LowRankNetwork, system: System, target: Target, settings: Settings
) -> Array:
    """Runs (T, R, D), box units, of the draws of one disturbance."""
    h = system.domain.half_width
    if case == "J100":
        return with_couplings(network, system, target, settings)
    draws = 1 if case == "none" else settings.draws
    N = np.stack([disturbed(case, network, settings, k) for k in range(draws)])
    u = tonic(system)

    def velocity(zeta: Array) -> Array:
        z = system.domain.state_from_box(zeta)
        v = np.broadcast_to(u, (len(z), len(u)))
        rates = network.rates(network.current(z, v))
        pull = np.einsum("rn,rnd->rd", rates, N) + network.center - z
        return np.asarray((pull + v @ network.direct_input.T) / (network.tau * h))

    return followed(velocity, system, target, draws)


def disturbed(case: str, network: LowRankNetwork, settings: Settings, draw: int) -> Array:
    """N of one draw."""
    generator = np.random.default_rng([settings.seed, 50, list(CASES).index(case), draw])
    N = network.N
    if case in ("N1", "N10"):
        size = 0.01 if case == "N1" else 0.1
        factors = Errors(weights=size, seed=(settings.seed, 51)).factors(
            {"N": N.shape}, np.array([draw])
        )
        return np.asarray(N * factors["N"][0])
    if case == "none":
        return N
    gone = max(1, round(0.1 * network.neurons))
    left = np.ones(network.neurons)
    left[generator.permutation(network.neurons)[:gone]] = 0.0
    gain = network.neurons / (network.neurons - gone) if case == "scaled" else 1.0
    return np.asarray(N * left[:, None] * gain)


def with_couplings(
    network: LowRankNetwork, system: System, target: Target, settings: Settings
) -> Array:
    """Runs of all neurons with every entry of J wrong, read by the network's own decoder."""
    u = tonic(system)[None]
    start = network.lift(starts(system, 1), u)
    drive = network.bias + (u @ network.full_input_weights.T)[0]
    runs = []
    for draw in range(settings.couplings):
        errors = Errors(weights=1.0, places=("J",), seed=(settings.seed, 52))
        factors = errors.factors({"J": network.J.shape}, np.array([draw]))["J"][0]
        # Single precision rounds J far less than it is wrong, and takes half of the time.
        J = (network.J * factors).T.astype(np.float32)

        def velocity(x: Array, J: NDArray[np.float32] = J) -> Array:
            recurrent = network.rates(x).astype(np.float32) @ J
            return np.asarray((recurrent + drive - x) / network.tau)

        path = marched(velocity, start, target)[:, 0]
        z = network.read(path, np.broadcast_to(u, (len(path), u.shape[1])))
        runs.append(system.domain.state_to_box(z))
    return np.stack(runs, axis=1)


def tonic(system: System) -> Array:
    """The input (U,) at which the system is run: that of its declared signal."""
    return np.array(system.simulation.signal.at(np.array([1.0])))[0]


def starts(system: System, count: int) -> Array:
    """Its declared initial state, `count` times, the user's units."""
    return np.repeat(np.atleast_2d(np.asarray(system.simulation.initial)), count, axis=0)


def of_target(system: System) -> Velocity:
    u = tonic(system)
    domain = system.domain
    return lambda zeta: np.asarray(
        system.velocity(domain.state_from_box(zeta), np.broadcast_to(u, (len(zeta), len(u))))
        / domain.half_width
    )


def followed(velocity: Velocity, system: System, target: Target, count: int) -> Array:
    return marched(velocity, system.domain.state_to_box(starts(system, count)), target)


def marched(velocity: Velocity, start: Array, target: Target) -> Array:
    """States (T, R, n) after every step of the classical Runge-Kutta method; inf is left inf."""
    y, dt, out = start, target.dt, []
    with np.errstate(over="ignore", invalid="ignore"):
        for _ in range(round(target.duration / target.dt)):
            first = velocity(y)
            second = velocity(y + 0.5 * dt * first)
            third = velocity(y + 0.5 * dt * second)
            y = y + dt / 6.0 * (first + 2 * second + 2 * third + velocity(y + dt * third))
            out.append(y)
    return np.array(out)


def kept(runs: Array, wanted: Array, target: Target) -> dict[str, Any]:
    """How many of the draws do what the target does, and the median error of their periods."""
    judge = lobes if target.chaotic else cycle
    found = [judge(runs[:, r], wanted[:, 0], target.dt) for r in range(runs.shape[1])]
    errors = [error for error in found if error is not None]
    median = float(np.median(np.abs(errors))) if errors and not target.chaotic else None
    return {"draws": len(found), "kept": len(errors), "period_error": median}


def cycle(run: Array, wanted: Array, dt: float) -> float | None:
    """Relative error of the period of one run; None where there is no such cycle."""
    period, amplitude, irregular = returns(run[len(run) // 2 :, 0], dt)
    right, full, _ = returns(wanted[len(wanted) // 2 :, 0], dt)
    alive = 0.5 < amplitude / full < 1.5 and irregular < 0.05
    error = period / right - 1.0
    return error if alive and abs(error) < 0.5 else None


def returns(x: Array, dt: float) -> tuple[float, float, float]:
    """Mean time between upward crossings of the middle, amplitude, and how irregular they are."""
    low, high = np.min(x), np.max(x)
    middle = 0.5 * (low + high)
    at = np.flatnonzero((x[:-1] < middle) & (x[1:] >= middle))
    if len(at) < 3 or not np.isfinite(high - low):
        return float("nan"), float("nan"), float("nan")
    gaps = dt * np.diff(at + (middle - x[at]) / (x[at + 1] - x[at]))
    return float(np.mean(gaps)), float(high - low), float(np.std(gaps) / np.mean(gaps))


def lobes(run: Array, wanted: Array, dt: float) -> float | None:
    """0 where a run in the box goes from lobe to lobe in its second half; else None."""
    late = run[len(run) // 2 :]
    inside = bool(np.all(np.abs(late) < 1.5))
    return 0.0 if inside and np.sum(np.diff(np.sign(late[:, 0])) != 0) >= 5 else None


def orbits(runs: Array, system: System) -> list[list[list[float]]]:
    """The last tenth of every run, for the figure: points in the user's units."""
    late = runs[-len(runs) // 10 :]
    late = late[np.linspace(0, len(late) - 1, POINTS).astype(int)]
    z = system.domain.state_from_box(late)
    return [np.round(z[:, r, :2], 3).tolist() for r in range(min(RUNS, z.shape[1]))]


def table(figures: list[dict[str, Any]]) -> str:
    """Draws in which the dynamics are kept, with median errors of the period."""
    lines = [
        f"| | neurons | D | {' | '.join(CASES.values())} |",
        f"|---|---|---|{'---|' * len(CASES)}",
    ]
    for row in figures:
        populations = f" in {row['populations']}" if row["populations"] else ""
        cells = [cell(row["cases"][case]) for case in CASES]
        name = f"{row['system']}, {NETWORKS[row['network']]}"
        lines.append(
            f"| {name} | {row['neurons']:,}{populations} | {row['sensitivity']:.2g} | "
            f"{' | '.join(cells)} |"
        )
    return "\n".join(lines)


def cell(case: dict[str, Any]) -> str:
    """Draws kept of all, and the period error."""
    share = f"{case['kept']} of {case['draws']}"
    return share if case["period_error"] is None else f"{share}, {100 * case['period_error']:.2g} %"
