"""Neurons that every method needs for the same error, for every sample system.

One error for all: overall, on the validation set while searching, with noise sigma on every rate,
and on a test set that nobody has seen for what is written as met. tanh. lrfit and the greedy
rules fit tau and centre; affine inputs come in directly for everybody.

    refine            lrfit's search, as users call it (one seed)
    ols, omp          joint greedy selection from the same candidates (omp: the paper's method)
    random            the smallest random subset, best of ten orders of the candidates
    sklearn           orthogonal_mp for every output, union of the supports, solved jointly by QR
    pysindy           STLSQ on the same candidates, likewise (one seed: `pysindy_stlsq`)
    nengo             median over seeds of the smallest ensemble, by bisection (`nengo_ensemble`)

Beside them, for the middle tolerance and seed 0, what a quick look at the closed loop finds wrong
with the network of every method (`lrfit.dynamics.faithful.quick_look`: rest states, the run and
its period), and a check against Nengo alone: field error without noise, regularisation 1e-6, at
1e-2. A size is null where it was not reached with the largest number tried.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

import lrfit
from benchmarks.peers import nengo_ensemble, pysindy_stlsq, sklearn_omp
from benchmarks.timing import timed, whole_cpu
from lrfit.core.arrays import Array
from lrfit.dynamics.faithful import quick_look
from lrfit.fitting.field_error import field_report
from lrfit.fitting.from_box import from_box
from lrfit.fitting.policy import BASE
from lrfit.fitting.resolve import resolve_options
from lrfit.fitting.select import CandidatePool
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.networks.basis import Neurons
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.regression.features import Indices
from lrfit.regression.readout import Readout
from lrfit.regression.selection import Rule
from lrfit.systems.given import as_system
from lrfit.systems.library import sample_names
from lrfit.systems.sampling import draw_set
from lrfit.systems.system import System

MARGIN = BASE.confirm.margin
"""Share of the tolerance within which lrfit itself accepts a network."""
METHODS = ("refine", "ols", "omp", "random", "sklearn", "pysindy", "nengo")
CUBE = "van der Pol, [-3,3]^2"
FIRST = (CUBE, "lorenz_scaled", "damped_pendulum")
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
Network = tuple[Neurons, Readout]


@dataclass(frozen=True, kw_only=True, eq=False)
class Found:
    """Sizes for every tolerance, and the network for the middle one, where there is one."""

    sizes: Sizes
    network: LowRankNetwork | None


def targets(settings: Settings) -> dict[str, str | bytes]:
    """The systems by the name that the table shows."""
    names = settings.systems or (*FIRST, *sorted({*sample_names()} - {*FIRST}, key=_axes))
    return {name: VAN_DER_POL if name == CUBE else name for name in names}


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
    runs: dict[str, list[Sizes]] = {method: [] for method in METHODS}
    seconds = dict.fromkeys(METHODS, 0.0)
    networks: dict[str, LowRankNetwork | None] = {}

    def keep(method: str, run: Callable[[], Found]) -> None:
        _, spent, found = timed(run)
        runs[method].append(found.sizes)
        seconds[method] += spent
        networks.setdefault(method, found.network)

    system = as_system(source)
    for seed in range(settings.seeds):
        pool = CandidatePool(prepared(system, settings, seed))
        keep("ols", partial(greedy, pool, "ols", settings))
        keep("omp", partial(greedy, pool, "omp", settings))
        keep("random", partial(random_subsets, pool, settings))
        keep("sklearn", partial(union_of_supports, pool, settings))
        if seed == 0:
            with suppress(ImportError):
                keep("pysindy", partial(thresholded, pool, settings))
    setting = prepared(system, settings, 0)
    check, solvers = None, {}
    with suppress(ImportError):
        for seed in range(settings.nengo_seeds):
            keep("nengo", partial(nengo_sizes, setting, settings, seed))
        check = nengo_check(setting, settings)
        solvers = nengo_solvers(setting)
    found, errors, seconds["refine"] = refined(source, settings)
    runs["refine"], networks["refine"] = [found.sizes], found.network
    return {
        "sizes": {method: _medians(runs[method], len(settings.tolerances)) for method in METHODS},
        "runs": runs,
        "wrong_dynamics": {
            method: None if network is None else list(quick_look(system, network).differences)
            for method, network in networks.items()
        },
        "cpu_seconds": seconds,
        "refine_errors": errors,
        "nengo_check": check,
        "nengo_solvers": solvers,
    }


def prepared(system: System, settings: Settings, seed: int) -> FitProblem:
    """Points and bounds, the same for every method."""
    options = {
        "criterion": "overall",
        "noise": settings.noise,
        "seed": seed,
        "candidates": settings.candidates,
        "nonlinearity": "tanh",
        "bias": True,
        "tau": "auto",
        "center": "auto",
    }
    return prepare(system, resolve_options(system, options))


def middle(tolerances: Sequence[float]) -> int:
    """Which tolerance networks are kept and drawn for."""
    return min(1, len(tolerances) - 1)


def settled(pool: CandidatePool, supports: list[Indices | None], settings: Settings) -> Found:
    """Sizes of the choices, and the network of the middle one."""
    chosen = supports[middle(settings.tolerances)]
    network = None
    if chosen is not None:
        candidate = pool.settle(chosen, "")
        network = built(pool.setting, (candidate.neurons, candidate.readout))
    return Found(sizes=[None if one is None else len(one) for one in supports], network=network)


def built(setting: FitProblem, pair: Network) -> LowRankNetwork:
    """The network in the user's units."""
    neurons, readout = pair
    return from_box(neurons, setting.completed(readout), setting.system.domain)


def _medians(runs: list[Sizes], count: int) -> Sizes:
    """Median over seeds of every tolerance; a run that was not reached counts as endless."""
    medians: Sizes = []
    for k in range(count):
        values = [np.inf if run[k] is None else float(run[k] or 0) for run in runs]
        middle = statistics.median(values) if values else np.inf
        medians.append(None if middle == np.inf else int(np.ceil(middle)))
    return medians


def refined(source: str | bytes, settings: Settings) -> tuple[Found, list[float], float]:
    """Lrfit's search at every tolerance, each confirmed on points of another seed; CPU seconds."""
    sizes: Sizes = []
    errors, seconds, networks = [], 0.0, []
    for tol in settings.tolerances:
        spent, found = whole_cpu(
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
        again = confirmed(found, settings.noise)
        sizes.append(found.network.neurons if found.met and again <= tol else None)
        errors.append(again)
        networks.append(found.network)
        seconds += spent
    return Found(sizes=sizes, network=networks[middle(settings.tolerances)]), errors, seconds


def confirmed(found: lrfit.Fit, noise: float) -> float:
    """The error on points of another seed; of measured fields, on the blocks held out."""
    if found.system.data is not None:
        return found.report.error
    points = draw_set(found.system, 2**14, 10_000)
    return field_report(found.network, points, criterion="overall", noise=noise).error


def greedy(pool: CandidatePool, rule: Rule, settings: Settings) -> Found:
    """The first prefix within every tolerance."""
    left = list(settings.tolerances)
    supports: list[Indices | None] = []
    for prefix in pool.greedy(rule, settings.most):
        while (
            left
            and prefix.validation <= MARGIN * left[0]
            and prefix.neurons >= pool.setting.minimum
        ):
            supports.append(prefix.support.copy())
            left.pop(0)
        if not left:
            break
    return settled(pool, [*supports, *[None] * len(left)], settings)


def random_subsets(pool: CandidatePool, settings: Settings) -> Found:
    found = [
        pool.smallest_random_subset(MARGIN * tol, settings.most) for tol in settings.tolerances
    ]
    return settled(pool, found, settings)


def regression_of(pool: CandidatePool) -> tuple[Array, Array]:
    """Activities and targets for solvers that know no leak: that is the natural one."""
    setting, points = pool.setting, pool.setting.samples.training
    target = points.velocity + setting.natural_leak * points.state
    target = target - points.drive @ nengo_ensemble.direct_part(setting).T
    Phi = pool.candidates.activity(points.state, points.input)
    return Phi, target - target.mean(axis=0)


def union_of_supports(pool: CandidatePool, settings: Settings) -> Found:
    """Unions of every output's path; selection sees the natural leak, the solve a free one."""
    orders = sklearn_omp.paths(*regression_of(pool), settings.sklearn_each)

    def error(count: int) -> float:
        return pool.settle(sklearn_omp.union(orders, count), "").error

    supports: list[Indices | None] = []
    for tol in settings.tolerances:
        count = bisect(lambda n, tol=tol: error(n) <= MARGIN * tol, settings.sklearn_each)
        supports.append(None if count is None else sklearn_omp.union(orders, count))
    return settled(pool, supports, settings)


def thresholded(pool: CandidatePool, settings: Settings) -> Found:
    """The smallest union of STLSQ's supports within every tolerance."""
    best: list[Indices | None] = [None] * len(settings.tolerances)
    for union in pysindy_stlsq.supports(
        *regression_of(pool), noise=settings.noise, most=settings.most
    ):
        if not pool.setting.minimum <= len(union) <= settings.most:
            continue
        error = pool.settle(union, "").error
        for k, tol in enumerate(settings.tolerances):
            known = best[k]
            if error <= MARGIN * tol and (known is None or len(union) < len(known)):
                best[k] = union
        if best[-1] is not None:
            break
    return settled(pool, best, settings)


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


def nengo_sizes(setting: FitProblem, settings: Settings, seed: int) -> Found:
    """Both radii, whichever is smaller."""
    points = setting.samples.validation

    def best(count: int) -> tuple[float, Network]:
        pairs = [
            nengo_ensemble.ensemble(
                setting, count, seed, radius=radius, solver="LstsqL2", reg=settings.noise
            )
            for radius in ("corner", "one")
        ]
        ranked = [(setting.errors(*pair, points).overall, pair) for pair in pairs]
        return min(ranked, key=lambda one: one[0])

    sizes = [
        bisect(lambda n, tol=tol: best(n)[0] <= tol, settings.most_nengo, setting.minimum)
        for tol in settings.tolerances
    ]
    count = sizes[middle(settings.tolerances)]
    network = None if count is None or seed > 0 else built(setting, best(count)[1])
    return Found(sizes=sizes, network=network)


def nengo_check(setting: FitProblem, settings: Settings) -> float | None:
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


def nengo_solvers(setting: FitProblem) -> dict[str, float]:
    """Error of 64 neurons by each of its solvers: that which is used is the best."""
    found = {}
    for solver in nengo_ensemble.SOLVERS:
        pair = nengo_ensemble.ensemble(
            setting, 64, 0, radius="corner", solver=solver, reg=setting.options.noise
        )
        found[solver] = setting.errors(*pair, setting.samples.validation).overall
    return found


def table(figures: list[dict[str, Any]]) -> str:
    heads = " | ".join(HEADS[method] for method in METHODS)
    lines = [f"| system | {heads} |", "|---|" + "---|" * len(METHODS)]
    for row in figures:
        cells = [" / ".join(_cell(n) for n in row["sizes"][method]) for method in METHODS]
        lines.append(f"| {row['system']} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *_lost(figures), *_solvers(figures)])


def _lost(figures: list[dict[str, Any]]) -> list[str]:
    """How many networks for the middle tolerance lost the dynamics, by method."""
    counted = []
    for method in METHODS:
        found = [row["wrong_dynamics"].get(method) for row in figures]
        known = [one for one in found if one is not None]
        counted.append(f"{HEADS[method]} {sum(map(bool, known))} of {len(known)}")
    return [
        "Networks for the middle tolerance that a quick look at the closed loop finds wrong: "
        f"{', '.join(counted)}."
    ]


def _solvers(figures: list[dict[str, Any]]) -> list[str]:
    """How Nengo's own choice of solver would do."""
    known = [row["nengo_solvers"] for row in figures if row["nengo_solvers"]]
    if not known:
        return []
    used, default, *_ = nengo_ensemble.SOLVERS
    best = sum(min(errors, key=lambda name: errors[name]) == used for errors in known)
    ratios = [errors[default] / errors[used] for errors in known]
    return [
        "",
        f"Of Nengo's solvers {used} at the noise is best for {best} of {len(known)} systems (64 "
        f"neurons); its default regularisation of 0.1 is {min(ratios):.2g} to {max(ratios):.2g} "
        "times worse.",
    ]


HEADS = {
    "refine": "lrfit refine",
    "ols": "lrfit OLS",
    "omp": "joint OMP",
    "random": "best random subset",
    "sklearn": "scikit-learn OMP, union",
    "pysindy": "PySINDy STLSQ, union",
    "nengo": "Nengo",
}


def _cell(size: int | None) -> str:
    return "-" if size is None else str(size)


__all__ = ["QUICK", "Settings", "measure", "table"]
