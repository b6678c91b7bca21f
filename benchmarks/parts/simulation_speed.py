"""Euler steps of many trials against the bare products, and against what one writes by hand.

Bare is what no simulation can do without, per step, into preallocated arrays: in the latent
form M z, phi, Nᵀ r; in the full form phi, Nᵀ r, M (Nᵀ r); in the faster of the two memory
layouts; with noise, its normal numbers too. By hand is the loop of a notebook: NumPy expressions,
a row of M z + B v + b per trial, for many trials and for one; and with J (N x N) formed. Simulated
is `lrfit.simulation.simulate` as users call it, keeping 101 times. Ratios are medians over
alternating pairs of user CPU time (the machine may be shared). Last, what each adaptive solver
takes for one trial, beside scipy's `solve_ivp` with the same velocity and tolerances. Set
OPENBLAS_NUM_THREADS=1 for figures that do not depend on the number of cores.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.integrate import solve_ivp

from benchmarks.timing import Task, cpu_seconds
from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.simulation.simulate import simulate

DT = 0.05
PLAIN: list[tuple[str, dict[str, Any], int]] = [("", {}, 0)]


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Size of the Euler runs, and how many alternating pairs."""

    trials: int = 1000
    steps: int = 1000
    neurons: int = 100
    pairs: int = 7


QUICK = Settings(trials=50, steps=50, neurons=20, pairs=2)


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: user CPU milliseconds per step, and the median ratio."""

    case: str
    reference_ms: float
    lrfit_ms: float
    ratio: float


def network_of(neurons: int, phi: str) -> LowRankNetwork:
    """A random network of two variables and one input.

    It has no bias and a weak input, so that the bare product M z gives the currents of the
    simulation: phi takes longer on some arguments than on others.
    """
    rng = np.random.default_rng(0)
    return LowRankNetwork(
        M=rng.standard_normal((neurons, 2)),
        N=rng.standard_normal((neurons, 2)) / neurons,
        bias=np.zeros(neurons),
        center=np.array([0.1, -0.2]),
        input_weights=0.1 * rng.standard_normal((neurons, 1)),
        direct_input=np.zeros((2, 1)),
        tau=1.0,
        nonlinearity=nonlinearity(phi),
        domain=Domain(
            variables=("x", "y"),
            lower=[-2.0, -2.0],
            upper=[2.0, 2.0],
            inputs=("u",),
            input_lower=[-1.0],
            input_upper=[1.0],
        ),
    )


def bare(
    network: LowRankNetwork, space: str, trials: int, steps: int, *, rows: bool, normals: int
) -> Task:
    """The products and the nonlinearity alone, trials x neurons or neurons x trials.

    Their arguments are those of a simulation. With noise, drawing that many normal numbers per
    trial is part of what cannot be avoided.
    """
    phi, M, N = network.nonlinearity.phi, network.M, network.N
    order = "F" if rows else "C"
    run = simulate(network, **plan(trials, steps=100))
    z = np.array((run.z[:, -1] - network.center).T, order=order)
    x = np.array(network.current(run.z[:, -1], run.v[:, -1]).T, order=order)
    rates, pull = np.empty_like(x), np.empty_like(z)
    drawn, generator = np.empty((normals, trials)), np.random.default_rng(2)

    def latent() -> None:
        np.matmul(M, z, out=rates)
        phi(rates, out=rates)
        np.matmul(N.T, rates, out=pull)

    def full() -> None:
        phi(x, out=rates)
        np.matmul(N.T, rates, out=pull)
        np.matmul(M, pull, out=rates)

    def task() -> None:
        step = latent if space == "latent" else full
        for _ in range(steps):
            step()
            if normals:
                generator.standard_normal(out=drawn)

    return task


def by_hand(network: LowRankNetwork, space: str, trials: int, steps: int) -> Task:
    """Euler as a notebook has it: latent, full through M and N, or with J."""
    M, N, B, b, c = network.M, network.N, network.input_weights, network.bias, network.center
    J, step = network.J, DT / network.tau
    z0 = plan(trials, steps)["initial"]
    decoder = np.linalg.pinv(M)

    def latent() -> Array:
        z, v = z0.copy(), np.zeros((trials, 1))
        kept = [z]
        for k in range(steps):
            u = np.sin(DT * k)
            r = np.tanh((z - c) @ M.T + v @ B.T + b)
            z, v = z + step * (c - z + r @ N), v + step * (u - v)
            if (k + 1) % max(steps // 100, 1) == 0:
                kept.append(z)
        return np.array(kept)

    def full() -> Array:
        x, v = (z0 - c) @ M.T + b, np.zeros((trials, 1))
        kept = [z0]
        for k in range(steps):
            u, r = np.sin(DT * k), np.tanh(x)
            pull = r @ J.T if space == "J" else (r @ N) @ M.T
            x, v = x + step * (pull - x + u * B.T + b), v + step * (u - v)
            if (k + 1) % max(steps // 100, 1) == 0:
                kept.append(c + (x - v @ B.T - b) @ decoder.T)
        return np.array(kept)

    return latent if space == "latent" else full


def by_hand_rows(steps: int, neurons: int, many: int, pairs: int) -> list[Row]:
    """Ours in the form of theirs: latent, or full."""
    network, rows = network_of(neurons, "tanh"), []
    for trials in (many, 1):
        for space in ("latent", "full", "J"):
            theirs = by_hand(network, space, trials, steps)
            form = "full" if space == "J" else space
            ours = simulated(network, form, trials, steps)
            what = {"latent": "latent", "full": "full", "J": "full with J"}[space]
            case = f"{what}, {trials} trial{'s' if trials > 1 else ''}"
            rows.append(compare(f"by hand: {case}", theirs, ours, steps, pairs))
    return rows


def plan(trials: int, steps: int) -> dict[str, Any]:
    """What is simulated."""
    return {
        "duration": steps * DT,
        "initial": np.random.default_rng(1).uniform(-1, 1, (trials, 2)),
        "signal": lambda t: np.sin(t)[:, None],
        "solver": "euler",
        "dt": DT,
        "points": min(steps, 100) + 1,
    }


def simulated(network: LowRankNetwork, space: str, trials: int, steps: int, **options: Any) -> Task:
    """The same number of steps by `simulate`."""
    return lambda: simulate(
        network,
        space=space,
        generator=np.random.default_rng(2),
        **(plan(trials, steps) | options),
    )


def faster(tasks: list[Task]) -> Task:
    return min(tasks, key=lambda task: min(cpu_seconds(task) for _ in range(3)))


def compare(case: str, reference: Task, ours: Task, steps: int, pairs: int) -> Row:
    """Alternating pairs; the ratio is the median of the ratios."""
    times = np.array([(cpu_seconds(reference), cpu_seconds(ours)) for _ in range(pairs)])
    milliseconds = 1e3 * np.median(times, axis=0) / steps
    return Row(
        case=case,
        reference_ms=round(float(milliseconds[0]), 4),
        lrfit_ms=round(float(milliseconds[1]), 4),
        ratio=round(float(np.median(times[:, 1] / times[:, 0])), 3),
    )


def euler_rows(trials: int, steps: int, neurons: int, pairs: int) -> list[Row]:
    rows = []
    for space in ("latent", "full"):
        for phi in ("tanh", "erf", "sigmoid", "relu", "softplus", "sin"):
            network = network_of(neurons, phi)
            for label, options, normals in (
                variants(space, neurons, steps) if phi == "tanh" else PLAIN
            ):
                sizes = {"space": space, "trials": trials, "normals": normals}
                few = max(steps // 10, 1)
                by_rows, by_columns = (
                    bare(network, steps=few, rows=flag, **sizes) for flag in (True, False)
                )
                best = faster([by_rows, by_columns]) is by_rows
                reference = bare(network, steps=steps, rows=best, **sizes)
                ours = simulated(network, space, trials, steps, **options)
                case = f"Euler {space} {phi}{label}"
                rows.append(compare(case, reference, ours, steps, pairs))
    return rows


def variants(space: str, neurons: int, steps: int) -> list[tuple[str, dict[str, Any], int]]:
    """What else may be asked: name, options, and normal numbers per trial and step."""
    colored = {"rate_noise": 0.01, "noise_time": 0.2}
    return [
        *PLAIN,
        (", all steps kept", {"points": steps + 1}, 0),
        (", process noise", {"process_noise": 0.1}, 2),
        (", rate noise", colored, 2 if space == "latent" else neurons),
    ]


def adaptive_rows(neurons: int, pairs: int, duration: float = 50.0) -> list[Row]:
    network = network_of(neurons, "tanh")
    t = np.linspace(0.0, duration, 101)

    def velocity(t: float, y: Array) -> Array:
        z, v, u = y[None, :2], y[None, 2:], np.array([[np.sin(t)]])
        change = network.latent_velocity(z, v, u)
        return np.concatenate((change, (u - v) / network.tau), axis=1)[0]

    rows = []
    for solver, name in {"dop853": "DOP853", "rk45": "RK45", "lsoda": "LSODA"}.items():

        def reference(name: str = name) -> None:
            options = {"rtol": 1e-8, "atol": 2e-10, "max_step": duration / 100}
            solve_ivp(velocity, (0.0, duration), [1.0, 0.5, 0.0], name, t, **options)

        def ours(solver: str = solver) -> None:
            simulate(
                network,
                duration=duration,
                initial=[1.0, 0.5],
                signal=lambda t: np.sin(t)[:, None],
                solver=solver,
                points=101,
            )

        rows.append(
            compare(f"solve_ivp, {solver.upper()}, one trial (per run)", reference, ours, 1, pairs)
        )
    return rows


def measure(settings: Settings, save: Callable[[Any], None]) -> list[dict[str, Any]]:
    rows = by_hand_rows(settings.steps, settings.neurons, settings.trials, settings.pairs)
    rows += adaptive_rows(settings.neurons, settings.pairs)
    save([asdict(row) for row in rows])
    rows += euler_rows(settings.trials, settings.steps, settings.neurons, settings.pairs)
    return [asdict(row) for row in rows]


def table(figures: list[dict[str, Any]]) -> str:
    """Every comparison with the others; of those with the bare products the range."""
    lines = [
        "| against | theirs, ms per step or run | lrfit | lrfit / theirs |",
        "|---|---|---|---|",
    ]
    bare_ratios = []
    for row in figures:
        if row["case"].startswith("Euler"):
            bare_ratios.append((row["ratio"], row["case"]))
            continue
        lines.append(
            f"| {row['case']} | {row['reference_ms']:.3g} | {row['lrfit_ms']:.3g} | "
            f"{row['ratio']:.2f} |"
        )
    if bare_ratios:
        low, high = min(bare_ratios), max(bare_ratios)
        lines += [
            "",
            f"Against the bare matrix products and nonlinearity: {low[0]:.2f} ({low[1]}) to "
            f"{high[0]:.2f} ({high[1]}) of their time.",
        ]
    return "\n".join(lines)
