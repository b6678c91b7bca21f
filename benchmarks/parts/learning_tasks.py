"""Learning a task: fitting the field against backpropagation through time and FORCE.

tau = 0.1 s, Euler with dt = tau / 10 for every network; mean squared error of the latent states
over 256 fresh trials, the user's units, all from the initial states that the learners are told.
The task is the system stepped by that Euler scheme. lrfit is told the equations (that is its
setting), and where inputs gate, it gets them as its neurons see them (auto), gated and copied.
BPTT sees 2,048 trajectories, redrawn for every seed; FORCE sees 200 of them, or a cycle, of which
it is judged on three periods after 40 of learning. Learning rates are swept with the smallest
budget, the best one runs for all seeds, and a sweep is judged on the test trials (a small favour
to BPTT). Seconds are CPU time; those of lrfit include its worker processes.

"Robust" is the median error with every weight of N (FORCE: of the readout W) wrong by 1 %, for
networks fitted as they are and with that price in their objective (`weight_noise`).

"Tuned" is a priced network after Levenberg-Marquardt steps on trajectories (`lrfit tune`), which
come from streams of their own; "tuned, cloned" is a smaller one, tuned at 1 % / sqrt(K), with K
clones of every neuron. Their seconds include the fit that they start from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

import lrfit
from benchmarks.peers import bptt, force, trials
from benchmarks.peers.bptt import WRONG, WRONG_DRAWS
from benchmarks.peers.trials import TASKS, Task, Trials
from benchmarks.timing import whole_cpu
from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.tuning.trials import TrialSet


@dataclass(frozen=True, kw_only=True)
class Settings:
    """budgets : CPU seconds of BPTT, each a run by itself. reservoirs : FORCE's sizes."""

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
    priced_neurons: int = 64
    gated_neurons: tuple[int, ...] = (128, 512)
    tuned_neurons: int = 32
    tuned_rounds: int = 20
    cloned_neurons: int = 24
    cloned_rounds: int = 24
    most_neurons: int = 1024
    reservoirs: tuple[int, ...] = (100, 300, 1000)
    reservoir_trials: int = 200


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
    priced_neurons=16,
    gated_neurons=(32,),
    tuned_neurons=12,
    tuned_rounds=2,
    cloned_neurons=8,
    cloned_rounds=2,
    most_neurons=32,
    reservoirs=(100,),
    reservoir_trials=20,
)
Save = Callable[[Any], None]
DRAWS = range(WRONG_DRAWS)


def measure(settings: Settings, save: Save) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    chosen = [task for task in TASKS if task.name in settings.tasks]
    for task in chosen:
        test = trials.draw(task, settings.trials, np.random.default_rng(99), settings.dt)
        rows.append({"task": task.name, "fitted": fitted(task, test, settings)})
        rows[-1]["force"] = reservoirs(task, test, settings)
        save(rows)
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
    rows = []
    for method, options in methods(task, settings):
        common = {"tau": settings.tau, "center": "auto", "criterion": "overall", **options}
        if "tol" in common:
            seconds, fit = whole_cpu(lambda kept=common: lrfit.minimize(task.source, **kept))
        else:
            seconds, fit = whole_cpu(lambda kept=common: lrfit.fit(task.source, **kept))
        rows.append(row(method, seconds, fit, test, settings))
    return rows + tuned(task, test, settings)


def tuned(task: Task, test: Trials, settings: Settings) -> list[dict[str, Any]]:
    """A network tuned as it is, and a smaller one with as many clones as fit."""
    copies = settings.most_neurons // settings.cloned_neurons
    ways = {
        "tuned": ("refine", settings.tuned_neurons, settings.tuned_rounds, 1),
        "cloned": ("refine", settings.cloned_neurons, settings.cloned_rounds, copies),
    }
    rows = []
    for name, (method, neurons, rounds, clones) in ways.items():
        price = WRONG / np.sqrt(clones)

        def both(
            method: Any = method,
            neurons: int = neurons,
            rounds: int = rounds,
            clones: int = clones,
            price: float = price,
        ) -> lrfit.Fit:
            start = lrfit.fit(
                task.source,
                neurons=neurons,
                method=method,
                tau=settings.tau,
                center="auto",
                noise=settings.noise,
                weight_noise=price,
                look=False,
                **driven(task, cloned=clones > 1),
            )
            return lrfit.tune(
                start,
                draw=lambda count, stream: trial_set(task, count, stream, settings),
                solver="euler",
                dt=settings.dt,
                weight_noise=WRONG,
                clones=clones,
                iterations=rounds,
                test_trials=16,
                draws=1,
                look=False,
            )

        seconds, found = whole_cpu(both)
        rows.append(row(name, seconds, found, test, settings))
    return rows


def driven(task: Task, *, cloned: bool) -> dict[str, Any]:
    """How a network gets inputs that gate: copies cost latent variables, and are exact."""
    if not task.gated:
        return {"criterion": "overall"}
    context = task.system == "context_decision"
    drive = "gated" if context else ("copied" if cloned else "auto")
    names = task.source.domain.inputs
    return {"drive": dict.fromkeys(names, drive), "criterion": "per-variable"}


def trial_set(
    task: Task, count: int, stream: np.random.SeedSequence, settings: Settings
) -> TrialSet:
    """Trials of a task as `lrfit.tune` takes them."""
    drawn = trials.draw(task, count, np.random.default_rng(stream), settings.dt)
    return TrialSet(
        start=drawn.z[:, 0],
        inputs=np.swapaxes(drawn.u, 0, 1),
        states=drawn.z[:, 1:],
        dt=settings.dt,
        streams=np.arange(count),
    )


def row(
    method: str, seconds: float, fit: lrfit.Fit, test: Trials, settings: Settings
) -> dict[str, Any]:
    return {
        "method": method,
        "neurons": fit.network.neurons,
        "cpu_seconds": seconds,
        "error": judged(fit.network, test, settings),
        "robust": robust(fit.network, test, settings),
        "field_error": fit.report.error,
    }


def methods(task: Task, settings: Settings) -> list[tuple[str, dict[str, Any]]]:
    """What lrfit is asked for: a name, and the options of `fit` (with `tol`: of `minimize`)."""
    low, priced = {"noise": settings.noise}, {"weight_noise": WRONG}
    names = task.source.domain.inputs
    rows: list[tuple[str, dict[str, Any]]] = [
        ("lstsq", {"neurons": n, **low}) for n in settings.random_neurons
    ]
    rows += [("ols", {"neurons": n, "method": "ols", **low}) for n in settings.ols_neurons]
    rows += [
        ("priced", {"neurons": settings.priced_neurons, "method": "ols", **low, **priced}),
    ]
    rows += [("refine", {"tol": tol, "effort": settings.effort}) for tol in settings.tolerances]
    for drive in ("gated", "copied") if task.gated else ():
        # Per variable: copies of inputs are ten times as fast as the state, and would hide it.
        driven = {"drive": dict.fromkeys(names, drive), "criterion": "per-variable"}
        rows.append((drive, {"tol": min(settings.tolerances), "effort": settings.effort, **driven}))
        rows += [
            (drive, {"neurons": n, "method": "ols", **driven, **low})
            for n in settings.gated_neurons
        ]
    return rows


def judged(network: LowRankNetwork, test: Trials, settings: Settings) -> float:
    z = march(network, test.z[:, 0], test.u, settings.dt)
    return mean_square(z - test.z[:, 1:])


def robust(network: LowRankNetwork, test: Trials, settings: Settings) -> float:
    """Median error with N wrong by 1 %."""
    generator = np.random.default_rng(98)
    draws = [network.N * (1 + WRONG * generator.standard_normal(network.N.shape)) for _ in DRAWS]
    return float(np.median([judged(replace(network, N=N), test, settings) for N in draws]))


def march(network: LowRankNetwork, start: Array, u: Array, dt: float) -> Array:
    """Euler steps of the latent network, v(0) = u(0), as it is read: (trials, T, D)."""
    v = u[:, 0].copy()
    y = network.latent(start, v).copy()
    out = np.empty((*u.shape[:2], start.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        for k in range(u.shape[1]):
            change = network.latent_velocity(y, v, u[:, k])
            v = v + dt / network.tau * (u[:, k] - v)
            y = y + dt * change
            out[:, k] = network.state(y, v)
    return out


def mean_square(difference: Array) -> float:
    return float(np.mean(difference**2))


def trained(task: Task, test: Trials, settings: Settings) -> dict[str, Any]:
    """BPTT: the sweep, and for every budget runs from all seeds with their medians."""

    def run(rate: float, seed: int, budget: float) -> dict[str, float]:
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
            budget=budget,
            judge=lambda unroll: mean_square(unroll(test.z[:, 0], test.u) - test.z[:, 1:]),
        )

    sweep = {rate: run(rate, 0, settings.budgets[0])["error"] for rate in settings.rates}
    best = min(sweep, key=lambda rate: sweep[rate] if np.isfinite(sweep[rate]) else np.inf)
    runs = [
        [run(best, seed, budget) for seed in range(settings.seeds)] for budget in settings.budgets
    ]

    def medians(key: str) -> list[float]:
        return [float(np.median([one[key] for one in seeds])) for seeds in runs]

    return {
        "rate": best,
        "sweep": {str(rate): error for rate, error in sweep.items()},
        "neurons": settings.bptt_neurons,
        "budgets": list(settings.budgets),
        "errors": medians("error"),
        "robust": medians("robust"),
        "runs": runs,
    }


def reservoirs(task: Task, test: Trials, settings: Settings) -> list[dict[str, float]]:
    """FORCE of every size; medians of seeds."""
    learned = on_cycle if task.cycle else on_trials
    rows = []
    for neurons in settings.reservoirs:
        runs = [learned(task, test, settings, neurons, seed) for seed in range(settings.seeds)]
        medians = np.median([[one["cpu_seconds"], one["error"]] for one in runs], axis=0)
        rows.append(
            {
                "neurons": neurons,
                "cpu_seconds": float(medians[0]),
                "error": float(medians[1]),
                "robust": float(np.median([one["robust"] for one in runs])),
            }
        )
    return rows


def on_trials(
    task: Task, test: Trials, settings: Settings, neurons: int, seed: int
) -> dict[str, float]:
    generator = np.random.default_rng([seed, 8])
    shown = trials.draw(task, settings.reservoir_trials, generator, settings.dt)
    D, U = shown.z.shape[2], shown.u.shape[2]
    network = force.reservoir(neurons, D, U, dt=settings.dt, tau=settings.tau, seed=seed)
    seconds = force.learn_trials(network, shown, settings.dt)

    def error() -> float:
        z = force.run_trials(network, test.z[:, 0], test.u, settings.dt)
        return mean_square(z - test.z[:, 1:])

    plain = error()
    return {
        "cpu_seconds": seconds,
        "error": plain,
        "robust": wrong_readout(network, error, generator),
    }


def on_cycle(
    task: Task, test: Trials, settings: Settings, neurons: int, seed: int
) -> dict[str, float]:
    """40 periods of learning, three of running freely; with wrong weights likewise."""
    per = round(task.cycle / settings.dt)
    rest = np.array([[1.0, 0.3]])
    start = trials.follow(task.velocity, rest, np.zeros((1, 5 * per, 0)), settings.dt)
    cycle = trials.follow(task.velocity, start[:, -1], np.zeros((1, 43 * per, 0)), settings.dt)
    wanted, learn = cycle[0, 1:], 40 * per
    network = force.reservoir(
        neurons, wanted.shape[1], 0, dt=settings.dt, tau=settings.tau, seed=seed
    )
    free, seconds, x = force.follow_cycle(network, wanted, learn)
    silence = np.empty((1, len(wanted) - learn, 0))

    def error() -> float:
        again = force.run_freely(network, x, wanted[learn - 1 : learn], silence)[0]
        return mean_square(again - wanted[learn:])

    return {
        "cpu_seconds": seconds,
        "error": mean_square(free - wanted[learn:]),
        "robust": wrong_readout(network, error, np.random.default_rng([seed, 8])),
    }


def wrong_readout(
    network: force.Reservoir, error: Callable[[], float], generator: np.random.Generator
) -> float:
    """Median error with W wrong by 1 %, of three draws for every seed: reservoirs are slow."""
    learned, errors = network.W, []
    for _ in range(3):
        network.W = learned * (1 + WRONG * generator.standard_normal(learned.shape))
        errors.append(error())
    return float(np.median(errors))


COLUMNS = {
    "lstsq": "random neurons",
    "ols": "OLS",
    "refine": "refined",
    "gated": "gated",
    "copied": "copied",
    "tuned": "tuned",
    "cloned": "tuned, cloned",
}


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        f"| task | {' | '.join('lrfit ' + name for name in COLUMNS.values())} | BPTT | FORCE |",
        "|---|" + "---|" * (len(COLUMNS) + 2),
    ]
    for row in figures:
        cells = [_cells(_of(row, method)) for method in COLUMNS]
        peers = [_cells(budgets(row)), _cells(row["force"])]
        lines.append(f"| {row['task']} | {' | '.join([*cells, *peers])} |")
    return "\n".join([*lines, "", *robust_table(figures)])


def robust_table(figures: list[dict[str, Any]]) -> list[str]:
    """The error with wrong weights: of each kind the network that stands it best."""
    lines = [
        "With N wrong by 1 % (of each kind the network that stands it best; priced: OLS with "
        "`--weight-noise 0.01`):",
        "",
        "| task | lrfit random or OLS | lrfit OLS, priced | lrfit refined | lrfit tuned | "
        "lrfit tuned, cloned | BPTT | FORCE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in figures:
        kinds = [
            [*_of(row, "lstsq"), *_of(row, "ols")],
            _of(row, "priced"),
            _of(row, "refine"),
            _of(row, "tuned"),
            _of(row, "cloned"),
            budgets(row),
            row["force"],
        ]
        best = [min(kind, key=_robust, default=None) for kind in kinds]
        cells = [
            "-" if one is None else f"{one['neurons']:g}: {_shown(one['robust'])}" for one in best
        ]
        lines.append(f"| {row['task']} | {' | '.join(cells)} |")
    return lines


def _of(row: dict[str, Any], method: str) -> list[dict[str, Any]]:
    return [one for one in row["fitted"] if one["method"] == method]


def budgets(row: dict[str, Any]) -> list[dict[str, Any]]:
    """BPTT's runs like the others'; none where it was not measured."""
    found = row.get("bptt")
    if not found:
        return []
    columns = zip(found["budgets"], found["errors"], found["robust"], strict=True)
    return [
        {"neurons": found["neurons"], "cpu_seconds": budget, "error": error, "robust": wrong}
        for budget, error, wrong in columns
    ]


def _robust(one: dict[str, Any]) -> float:
    return float(one["robust"]) if _finite(one["robust"]) else np.inf


def _finite(error: float | None) -> bool:
    """Whether the runs arrived; JSON has null for what is no number."""
    return error is not None and bool(np.isfinite(error))


def _shown(error: float | None) -> str:
    return f"{error:.1e}" if _finite(error) else "diverges"


def _cells(rows: list[dict[str, Any]]) -> str:
    return "<br>".join(_cell(one) for one in rows) or "-"


def _cell(one: dict[str, Any]) -> str:
    return f"{one['neurons']:g}: {_shown(one['error'])} ({one['cpu_seconds']:.2g} s)"
