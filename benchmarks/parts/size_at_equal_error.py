"""Neurons that every method needs for the same error, for every sample system.

One error for all: overall, on the validation set while searching, with noise sigma on every rate,
and on a test set that nobody has seen for what is written as met. tanh. lrfit and the greedy
rules fit tau and centre; affine inputs come in directly for everybody.

    refine            lrfit's search, as users call it (one seed)
    ols, omp          joint greedy selection from the same candidates (omp: the paper's method)
    random            the smallest random subset, best of ten orders of the candidates
    sklearn           orthogonal_mp for every output, union of the supports, solved jointly by QR
    nengo             median over seeds of the smallest ensemble, by bisection (`nengo_ensemble`)

Beside them a check against Nengo alone: field error without noise, regularisation 1e-6, at 1e-2.
A size is null where it was not reached with the largest number tried.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

import lrfit
from benchmarks.peers import nengo_ensemble, sklearn_omp
from benchmarks.timing import timed
from lrfit.analysis.field_error import field_report
from lrfit.api.target import as_system, resolve_options
from lrfit.search.select import MARGIN, Race
from lrfit.search.setting import Setting, prepare
from lrfit.targets.library import sample_names
from lrfit.targets.sampling import draw_set

METHODS = ("refine", "ols", "omp", "random", "sklearn", "nengo")
FIRST = ("lorenz_scaled", "damped_pendulum")
CUBE = "van der Pol, [-3,3]^2"
VAN_DER_POL = b"""
name: van_der_pol_cube
dynamics: {x: y, y: (1 - x**2)*y - x}
domain: {x: [-3, 3], y: [-3, 3]}
"""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`systems`: sample systems by name; empty: all of them, the
    checks against known sizes first, then by dimension.
    """

    systems: tuple[str, ...] = ()
    tolerances: tuple[float, ...] = (1e-1, 1e-2, 1e-3)
    noise: float = 1e-4
    seeds: int = 5
    nengo_seeds: int = 5
    effort: str = "normal"
    candidates: int = 3000
    most: int = 512
    most_nengo: int = 1000
    sklearn_each: int = 100


QUICK = Settings(
    systems=("pitchfork_bistable",),
    tolerances=(1e-1, 1e-2),
    seeds=1,
    nengo_seeds=2,
    effort="quick",
    candidates=300,
    most=64,
    most_nengo=128,
    sklearn_each=20,
)

Save = Callable[[Any], None]
Sizes = list[int | None]


def targets(settings: Settings) -> dict[str, str | bytes]:
    """The systems by the name that the table shows."""
    names = settings.systems or (*FIRST, *sorted({*sample_names()} - {*FIRST}, key=_axes))
    cube = {} if settings.systems else {CUBE: VAN_DER_POL}
    return {**cube, **{name: name for name in names}}


def _axes(name: str) -> tuple[int, str]:
    domain = lrfit.load_system(name).domain
    return domain.dimension + domain.input_count, name


def measure(settings: Settings, save: Save) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for name, source in targets(settings).items():
        rows.append({"system": name, **measure_system(source, settings)})
        save(rows)
    return rows


def measure_system(source: str | bytes, settings: Settings) -> dict[str, Any]:
    system = as_system(source)
    runs: dict[str, list[Sizes]] = {method: [] for method in METHODS}
    seconds: dict[str, float] = {}
    for seed in range(settings.seeds):
        options = resolve_options(
            system,
            {
                "criterion": "overall",
                "noise": settings.noise,
                "seed": seed,
                "candidates": settings.candidates,
                "nonlinearity": "tanh",
                "bias": True,
                "tau": "auto",
                "center": "auto",
            },
        )
        setting = prepare(system, options)
        race = Race(setting)
        for method, run in {
            "ols": partial(greedy, race, "ols", settings),
            "omp": partial(greedy, race, "omp", settings),
            "random": partial(random_subsets, race, settings),
            "sklearn": partial(union_of_supports, race, settings),
        }.items():
            _, spent, sizes = timed(run)
            runs[method].append(sizes)
            seconds[method] = seconds.get(method, 0.0) + spent
    found = refined(source, settings)
    runs["refine"] = [found["sizes"]]
    setting = prepare(system, replace(setting.options, seed=0))
    check, solvers = None, {}
    try:
        _, seconds["nengo"], runs["nengo"] = timed(lambda: nengo_sizes(setting, settings))
        check = nengo_check(setting, settings)
        solvers = nengo_solvers(setting)
    except ImportError:
        seconds["nengo"] = 0.0
    return {
        "sizes": {method: _medians(runs[method], len(settings.tolerances)) for method in METHODS},
        "runs": runs,
        "cpu_seconds": seconds,
        "refine_wall_seconds": found["seconds"],
        "refine_errors": found["errors"],
        "nengo_check": check,
        "nengo_solvers": solvers,
    }


def _medians(runs: list[Sizes], count: int) -> Sizes:
    """Median over seeds of every tolerance; a run that was not reached counts as endless."""
    medians: Sizes = []
    for k in range(count):
        values = [np.inf if run[k] is None else float(run[k] or 0) for run in runs]
        middle = statistics.median(values) if values else np.inf
        medians.append(None if middle == np.inf else int(np.ceil(middle)))
    return medians


def refined(source: str | bytes, settings: Settings) -> dict[str, Any]:
    """Lrfit's search at every tolerance, each network confirmed on points of another seed."""
    sizes: Sizes = []
    errors, seconds = [], 0.0
    for tol in settings.tolerances:
        wall, _, found = timed(
            lambda tol=tol: lrfit.minimize(
                source,
                tol=tol,
                criterion="overall",
                noise=settings.noise,
                effort=settings.effort,
                nonlinearity="tanh",
                bias=True,
                tau="auto",
                center="auto",
            )
        )
        points = draw_set(found.system, 2**14, 10_000)
        again = field_report(found.network, points, criterion="overall", noise=settings.noise).error
        sizes.append(found.network.neurons if found.met and again <= tol else None)
        errors.append(again)
        seconds += wall
    return {"sizes": sizes, "errors": errors, "seconds": seconds}


def greedy(race: Race, rule: str, settings: Settings) -> Sizes:
    """The first prefix within every tolerance."""
    left, sizes = list(settings.tolerances), []
    for prefix in race.greedy(rule, settings.most):
        while (
            left
            and prefix.validation <= MARGIN * left[0]
            and prefix.neurons >= race.setting.minimum
        ):
            sizes.append(prefix.neurons)
            left.pop(0)
        if not left:
            break
    return [*sizes, *[None] * len(left)]


def random_subsets(race: Race, settings: Settings) -> Sizes:
    found = [race.lucky(MARGIN * tol, settings.most) for tol in settings.tolerances]
    return [None if one is None else len(one) for one in found]


def union_of_supports(race: Race, settings: Settings) -> Sizes:
    """Unions of every output's path; selection sees the natural leak, the solve a free one."""
    setting, points = race.setting, race.setting.samples.training
    Phi = race.candidates.activity(points.state, points.input)
    target = points.velocity + setting.natural_leak * points.state
    target = target - points.drive @ nengo_ensemble.direct_part(setting).T
    orders = sklearn_omp.paths(Phi, target - target.mean(axis=0), settings.sklearn_each)

    def error(count: int) -> float:
        return race.settle(sklearn_omp.union(orders, count), "sklearn").error

    sizes: Sizes = []
    for tol in settings.tolerances:
        count = bisect(lambda n, tol=tol: error(n) <= MARGIN * tol, settings.sklearn_each)
        sizes.append(None if count is None else len(sklearn_omp.union(orders, count)))
    return sizes


def bisect(within: Callable[[int], bool], most: int, least: int = 1) -> int | None:
    """The smallest number that does, doubling first, as if more were never worse."""
    high = least
    while not within(high):
        if high >= most:
            return None
        least, high = high + 1, min(2 * high, most)
    while least < high:
        middle = (least + high) // 2
        if within(middle):
            high = middle
        else:
            least = middle + 1
    return high


def nengo_sizes(setting: Setting, settings: Settings) -> list[Sizes]:
    """For every seed; both radii, whichever is smaller."""
    return [
        [
            bisect(
                lambda n, tol=tol, seed=seed: _nengo_error(setting, n, seed, settings.noise) <= tol,
                settings.most_nengo,
                setting.minimum,
            )
            for tol in settings.tolerances
        ]
        for seed in range(settings.nengo_seeds)
    ]


def _nengo_error(setting: Setting, count: int, seed: int, noise: float) -> float:
    errors = []
    for radius in ("corner", "one"):
        neurons, readout = nengo_ensemble.ensemble(
            setting, count, seed, radius=radius, solver="LstsqL2", reg=noise
        )
        errors.append(setting.errors(neurons, readout, setting.samples.validation).overall)
    return min(errors)


def nengo_check(setting: Setting, settings: Settings) -> float | None:
    """Median size for a field error of 1e-2 without the price of noise."""

    def error(count: int, seed: int) -> float:
        pair = nengo_ensemble.ensemble(
            setting, count, seed, radius="corner", solver="LstsqL2", reg=1e-6
        )
        return setting.errors(*pair, setting.samples.validation).field_overall

    sizes = [
        bisect(lambda n, seed=seed: error(n, seed) <= 1e-2, settings.most_nengo, setting.minimum)
        for seed in range(settings.nengo_seeds)
    ]
    return _medians([[size] for size in sizes], 1)[0]


def nengo_solvers(setting: Setting) -> dict[str, float]:
    """Error of 64 neurons by each of its solvers: that which is used is the best."""
    found = {}
    for solver in nengo_ensemble.SOLVERS:
        pair = nengo_ensemble.ensemble(
            setting, 64, 0, radius="corner", solver=solver, reg=setting.options.noise
        )
        found[solver] = setting.errors(*pair, setting.samples.validation).overall
    return found


def table(figures: list[dict[str, Any]]) -> str:
    lines = [
        "| system | " + " | ".join(HEADS[method] for method in METHODS) + " |",
        "|---|" + "---|" * len(METHODS),
    ]
    for row in figures:
        cells = [" / ".join(_cell(n) for n in row["sizes"][method]) for method in METHODS]
        lines.append(f"| {row['system']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


HEADS = {
    "refine": "lrfit refine",
    "ols": "lrfit OLS",
    "omp": "joint OMP",
    "random": "best random subset",
    "sklearn": "scikit-learn OMP, union",
    "nengo": "Nengo",
}


def _cell(size: int | None) -> str:
    return "-" if size is None else str(size)


__all__ = ["QUICK", "Settings", "measure", "table"]
