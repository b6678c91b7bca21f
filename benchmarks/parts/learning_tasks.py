"""Learning a task: fitting the field against backpropagation through time and FORCE.

tau = 0.1 s, Euler with dt = tau / 10 for every network; mean squared error of the latent states
over 256 fresh trials, the user's units, all from the initial states that the learners are told.
The task is the system stepped by that Euler scheme. lrfit is told the equations (that is its
setting); BPTT sees 2,048 trajectories, redrawn for every seed; FORCE sees the cycle, and is judged
on three periods of it after 40 of learning. Learning rates are swept with the smallest budget,
the best one runs for all seeds, and a sweep is judged on the test trials (a small favour to BPTT).
Seconds are CPU time; those of lrfit include its worker processes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

import lrfit
from benchmarks.peers import bptt, trials
from benchmarks.peers.force import force
from benchmarks.peers.trials import TASKS, Task, Trials
from benchmarks.timing import whole_cpu
from lrfit.arrays import Array
from lrfit.network.lowrank import LowRankNetwork


@dataclass(frozen=True, kw_only=True)
class Settings:
    """budgets : CPU seconds of BPTT. reservoirs : FORCE's sizes."""

    tasks: tuple[str, ...] = tuple(task.name for task in TASKS)
    tau: float = 0.1
    dt: float = 0.01
    trials: int = 256
    budgets: tuple[float, ...] = (10.0, 60.0)
    rates: tuple[float, ...] = (1e-3, 3e-3, 1e-2, 3e-2)
    seeds: int = 3
    bptt_neurons: int = 64
    batch: int = 64
    random_neurons: tuple[int, ...] = (16, 64, 256)
    ols_neurons: tuple[int, ...] = (8, 16, 32)
    noise: float = 1e-6
    tolerances: tuple[float, ...] = (1e-1, 1e-2)
    effort: str = "normal"
    reservoirs: tuple[int, ...] = (100, 300, 1000)


QUICK = Settings(
    tasks=("two-well decision", "Hopf oscillator, 1 Hz"),
    trials=32,
    budgets=(1.0,),
    rates=(1e-2,),
    seeds=1,
    random_neurons=(16, 64),
    ols_neurons=(16,),
    tolerances=(1e-1,),
    effort="quick",
    reservoirs=(100,),
)
Save = Callable[[Any], None]


def measure(settings: Settings, save: Save) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    chosen = [task for task in TASKS if task.name in settings.tasks]
    for task in chosen:
        test = trials.draw(task, settings.trials, np.random.default_rng(99), settings.dt)
        rows.append({"task": task.name, "fitted": fitted(task, test, settings)})
        save(rows)
        if task.cycle:
            rows[-1]["force"] = reservoirs(task, settings)
    for row, task in zip(rows, chosen, strict=True):
        test = trials.draw(task, settings.trials, np.random.default_rng(99), settings.dt)
        try:
            row["bptt"] = trained(task, test, settings)
        except ImportError:
            row["bptt"] = None
        save(rows)
    return rows


def fitted(task: Task, test: Trials, settings: Settings) -> list[dict[str, Any]]:
    """Random, selected and refined networks; NaN error where a run diverges."""
    domain = task.source.domain
    common = {
        "tau": settings.tau,
        "center": "auto",
        "criterion": "overall",
        "drive": dict.fromkeys(domain.inputs, task.drive),
    }
    low = {"noise": settings.noise}
    runs: list[tuple[str, Callable[[], lrfit.Fit]]] = [
        ("lstsq", lambda n=n: lrfit.fit(task.source, neurons=n, **common, **low))
        for n in settings.random_neurons
    ]
    runs += [
        ("ols", lambda n=n: lrfit.fit(task.source, neurons=n, method="ols", **common, **low))
        for n in settings.ols_neurons
    ]
    runs += [
        (
            f"refine {tol:g}",
            lambda tol=tol: lrfit.minimize(task.source, tol=tol, effort=settings.effort, **common),
        )
        for tol in settings.tolerances
    ]
    rows = []
    for method, run in runs:
        seconds, fit = whole_cpu(run)
        z = march(fit.network, test.z[:, 0], test.u, settings.dt)
        rows.append(
            {
                "method": method,
                "neurons": fit.network.neurons,
                "cpu_seconds": seconds,
                "error": mean_square(z - test.z[:, 1:]),
                "field_error": fit.report.error,
            }
        )
    return rows


def march(network: LowRankNetwork, start: Array, u: Array, dt: float) -> Array:
    """Euler steps of the latent network, v(0) = u(0): (trials, T, D)."""
    z, v = start.copy(), u[:, 0].copy()
    out = np.empty((*u.shape[:2], start.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(u.shape[1]):
            change = network.latent_velocity(z, v, u[:, k])
            v = v + dt / network.tau * (u[:, k] - v)
            z = z + dt * change
            out[:, k] = z
    return out


def mean_square(difference: Array) -> float:
    return float(np.mean(difference**2))


def trained(task: Task, test: Trials, settings: Settings) -> dict[str, Any]:
    """BPTT: the sweep, and medians over seeds for every budget."""

    def run(rate: float, seed: int, budgets: tuple[float, ...]) -> list[dict[str, float]]:
        generator = np.random.default_rng([seed, 7])
        pool = trials.draw(task, 32 * settings.batch, generator, settings.dt)

        def batch() -> Trials:
            taken = generator.integers(0, len(pool.z), settings.batch)
            return Trials(z=pool.z[taken], u=pool.u[taken])

        return bptt.train(
            batch,
            neurons=settings.bptt_neurons,
            dt=settings.dt,
            tau=settings.tau,
            rate=rate,
            seed=seed,
            budgets=budgets,
            judge=lambda unroll: mean_square(unroll(test.z[:, 0], test.u) - test.z[:, 1:]),
        )

    sweep = {rate: run(rate, 0, settings.budgets[:1])[0]["error"] for rate in settings.rates}
    best = min(sweep, key=lambda rate: sweep[rate] if np.isfinite(sweep[rate]) else np.inf)
    runs = [run(best, seed, settings.budgets) for seed in range(settings.seeds)]
    medians = [float(np.median([one[k]["error"] for one in runs])) for k in range(len(runs[0]))]
    return {
        "rate": best,
        "sweep": {str(rate): error for rate, error in sweep.items()},
        "neurons": settings.bptt_neurons,
        "budgets": list(settings.budgets),
        "errors": medians,
        "runs": runs,
    }


def reservoirs(task: Task, settings: Settings) -> list[dict[str, float]]:
    """FORCE on the cycle: 40 periods of learning, three of running freely; median of seeds."""
    per = round(task.cycle / settings.dt)
    start = trials.follow(
        task.velocity, np.array([[1.0, 0.3]]), np.zeros((1, 5 * per, 0)), settings.dt
    )
    cycle = trials.follow(task.velocity, start[:, -1], np.zeros((1, 43 * per, 0)), settings.dt)
    wanted, learn = cycle[0, 1:], 40 * per
    rows = []
    for neurons in settings.reservoirs:
        runs = [
            force(wanted, neurons=neurons, dt=settings.dt, tau=settings.tau, learn=learn, seed=seed)
            for seed in range(settings.seeds)
        ]
        errors = [mean_square(free - wanted[learn:]) for free, _ in runs]
        rows.append(
            {
                "neurons": neurons,
                "cpu_seconds": float(np.median([seconds for _, seconds in runs])),
                "error": float(np.median(errors)),
            }
        )
    return rows


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        "| task | lrfit, random neurons | lrfit OLS | lrfit refined | BPTT | FORCE |",
        "|---|---|---|---|---|---|",
    ]
    for row in figures:
        by = {"lstsq": [], "ols": [], "refine": []}
        for one in row["fitted"]:
            by[one["method"].split()[0]].append(_cell(one))
        cells = ["<br>".join(cells) for cells in by.values()]
        lines.append(f"| {row['task']} | {' | '.join(cells)} | {_bptt(row)} | {_force(row)} |")
    return "\n".join(lines)


def _cell(one: dict[str, float]) -> str:
    error = one["error"]
    shown = "diverges" if error is None or not np.isfinite(error) else f"{error:.1e}"
    return f"{one['neurons']:g}: {shown} ({one['cpu_seconds']:.2g} s)"


def _bptt(row: dict[str, Any]) -> str:
    found = row.get("bptt")
    if not found:
        return "not measured"
    rows = zip(found["budgets"], found["errors"], strict=True)
    return "<br>".join(
        _cell({"neurons": found["neurons"], "error": error, "cpu_seconds": budget})
        for budget, error in rows
    )


def _force(row: dict[str, Any]) -> str:
    return "<br>".join(_cell(one) for one in row.get("force", [])) or "-"
