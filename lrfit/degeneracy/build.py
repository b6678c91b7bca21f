"""One solution: selected neurons, tried in closed loop until the trajectory is reproduced.

Place in the flow: a recipe becomes a network that has been simulated, with its own Jacobians
measured along the trajectory. Sizes grow along one greedy path; the first one that holds is
taken, or else the one that holds longest.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.core.errors import NumericalError
from lrfit.core.progress import Progress
from lrfit.degeneracy.options import DegenerateOptions, Kind
from lrfit.degeneracy.recipes import Recipe, Slopes, with_defaults
from lrfit.fields.box import rescaled
from lrfit.fitting.assemble import Candidate, Findings, assemble, settle
from lrfit.fitting.from_box import from_box
from lrfit.fitting.options import FitOptions
from lrfit.fitting.problem import refinement_problem
from lrfit.fitting.result import Fit
from lrfit.fitting.select import CandidatePool
from lrfit.fitting.setting import FitProblem, neurons_from, prepare
from lrfit.perturbation.driven import Driven
from lrfit.perturbation.exponents import growth_rates
from lrfit.records.system_group import stored
from lrfit.regression.refine import refine
from lrfit.simulation.curve import Curve

SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)
"""Of the greedy path, tried in closed loop."""
ROUNDS, STEPS = 6, 20
"""Of refinement, where the largest network of the path does not hold; steps in each round."""
RATE_MARGIN = 0.05
"""How far the exponents may be from those stated, in units of the trajectory's rate."""
MARGIN = 0.25
"""Of the tolerance, within which a horizon shorter than the trajectory is stated."""
POINTS = 1001
_STEPS = 2000


@dataclass(frozen=True, kw_only=True, eq=False)
class Loop:
    """A network in closed loop along a curve.

    t (T,), z (T, D) as far as it went; deviation (T,) from the curve, in rms excursions.
    horizon : until when it stays within the tolerance. exponents, stated : (D,), of the
    network's and of the aimed-at Jacobians along the curve, up to the horizon.
    """

    driven: Driven
    t: Array
    z: Array
    deviation: Array
    horizon: float
    exponents: Array
    stated: Array

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_fields(self, t=(-1,), z=np.shape(self.z), deviation=(-1,))
        freeze_fields(self, exponents=(-1,), stated=(-1,))


@dataclass(frozen=True, kw_only=True, eq=False)
class Solution:
    """One way to produce the trajectory.

    kind, rate : as asked for; rate is NaN where it is the system's own. fit : the network with
    its report, its system holding start, duration (the horizon) and input. rms, worst : its
    deviation from the trajectory up to the horizon, in rms excursions. horizon, duration : for
    how long it holds, and how long the trajectory is. met : whether it holds as long as asked.
    exponents, stated : (D,) measured and aimed at, largest first, per unit of time.
    """

    kind: Kind
    rate: float
    fit: Fit
    loop: Loop
    rms: float
    worst: float
    horizon: float
    duration: float
    met: bool

    @property
    def exponents(self) -> Array:
        """(D,) of the network's Jacobians along the trajectory."""
        return self.loop.exponents

    @property
    def stated(self) -> Array:
        """(D,) of the field aimed at."""
        return self.loop.stated


def build(recipe: Recipe, curve: Curve, options: DegenerateOptions, progress: Progress) -> Solution:
    """Build and verify the solution of one recipe.

    Raises
    ------
    NumericalError
        No neuron could be selected.
    """
    began, best = time.monotonic(), None
    setting = prepare(recipe.system, _fit_options(recipe, options), recipe.samples)
    for chosen in _candidates(setting, recipe, options, progress):
        loop = close(setting, chosen, recipe, curve, options.tol)
        held = _holds(loop, recipe, curve)
        if best is None or held or _merit(loop, recipe) >= _merit(best[1], recipe):
            best = chosen, loop
        if held:
            break
    if best is None:
        raise NumericalError(f"no neuron could be selected for the {recipe.kind} solution")
    return _finished(setting, recipe, curve, best, options.tol, began)


def _merit(loop: Loop, recipe: Recipe) -> float:
    """How good a network is that does not hold: neighbours come back, or only time counts."""
    returns = recipe.kind in ("clock", "driven")
    return -float(np.max(loop.deviation)) if returns else loop.horizon


def _candidates(
    setting: FitProblem, recipe: Recipe, options: DegenerateOptions, progress: Progress
) -> Iterator[Candidate]:
    """Networks to try: prefixes of the greedy path, then the largest of them refined."""
    pool, chosen = CandidatePool(setting), None
    sizes = {*SIZES, options.max_neurons}
    for prefix in pool.greedy("ols", options.max_neurons):
        progress(recipe.kind, prefix.neurons, None, prefix.neurons, prefix.validation)
        if prefix.neurons in sizes and prefix.neurons >= setting.minimum:
            chosen = pool.settle(prefix.support, "ols")
            yield chosen
    if chosen is not None:
        yield from _refined(setting, chosen, recipe, progress)


def _refined(
    setting: FitProblem, start: Candidate, recipe: Recipe, progress: Progress
) -> Iterator[Candidate]:
    """The same neurons moved, a few steps at a time."""
    problem = refinement_problem(setting, setting.samples.training)
    neurons = start.neurons
    theta = np.hstack([neurons.M, neurons.B[:, list(setting.seen)], neurons.b[:, None]])[None]
    for _ in range(ROUNDS):
        theta = refine(problem, theta, STEPS).theta
        chosen = settle(setting, neurons_from(theta[0], setting), "refine")
        progress(f"{recipe.kind}, refined", chosen.size, None, chosen.size, chosen.error)
        yield chosen


def _fit_options(recipe: Recipe, options: DegenerateOptions) -> FitOptions:
    return FitOptions(
        nonlinearity=options.nonlinearity,
        noise=options.noise,
        tau=recipe.tau or "auto",
        candidates=options.candidates,
        samples=options.samples,
        sampling="trajectory",
        max_neurons=options.max_neurons,
        seed=options.seed,
        drive=dict.fromkeys(recipe.system.domain.inputs, "filtered" if recipe.tau else "direct"),
    )


def _holds(loop: Loop, recipe: Recipe, curve: Curve) -> bool:
    """Whether the trajectory is reproduced and the rates are those stated."""
    off = np.max(np.abs(loop.exponents - loop.stated))
    right = bool(off <= RATE_MARGIN * np.fmax(abs(recipe.rate), curve.rate))
    return (right or not recipe.exact) and (
        recipe.kind == "unstable" or loop.horizon >= curve.duration
    )


def close(setting: FitProblem, chosen: Candidate, recipe: Recipe, curve: Curve, tol: float) -> Loop:
    """Simulate a network along the curve under its own input."""
    network = from_box(chosen.neurons, chosen.readout, setting.system.domain)
    driven = Driven(
        name=recipe.kind,
        network=network,
        signal=recipe.drive(network),
        initial=curve.z[0],
        duration=curve.duration,
    )
    t, z, deviation = _followed(driven, curve, len(curve.t))
    horizon = _time_within(t, deviation, tol, curve.duration)
    if horizon < curve.duration:  # neighbours may leave: stay clear of where they do
        horizon = _time_within(t, deviation, MARGIN * tol, curve.duration)
    span = horizon if horizon > 0.0 else curve.duration
    return Loop(
        driven=driven,
        t=t,
        z=z,
        deviation=deviation,
        horizon=horizon,
        exponents=_exponents(driven.jacobian, curve, span),
        stated=_exponents(recipe.slopes, curve, span),
    )


def _followed(driven: Driven, curve: Curve, points: int) -> tuple[Array, Array, Array]:
    """Times (T,), states (T, D) and deviations (T,) of a network, as far as it goes."""
    run = driven.run(points=points)
    reached = int(run.reached[0])
    t, z = run.t[:reached], run.z[0, :reached]
    return t, z, curve.deviation(t, z)


def _time_within(t: Array, deviation: Array, tol: float, duration: float) -> float:
    """Until when the deviation is within a tolerance."""
    beyond = np.flatnonzero(~(deviation <= tol))
    if len(beyond):
        return float(t[max(int(beyond[0]) - 1, 0)])
    return duration if np.isclose(t[-1], duration) else float(t[-1])


def _exponents(slopes: Slopes, curve: Curve, duration: float) -> Array:
    h = duration / _STEPS
    t = h * (np.arange(_STEPS, dtype=np.float64) + 0.5)
    return growth_rates(rescaled(slopes(t, curve.at(t)), curve.scale), h)


def _finished(
    setting: FitProblem,
    recipe: Recipe,
    curve: Curve,
    best: tuple[Candidate, Loop],
    tol: float,
    began: float,
) -> Solution:
    chosen, loop = best
    horizon = loop.horizon or curve.duration
    driven = replace(loop.driven, duration=horizon)
    _, _, deviation = _followed(driven, curve, POINTS)  # as the file will be simulated
    rms, worst = float(np.sqrt(np.mean(deviation**2))), float(np.max(deviation))
    system = with_defaults(recipe.system, curve, driven.signal, horizon)
    fit = replace(assemble(setting, chosen, Findings(began=began)), stored=stored(system))
    evidence = {
        "kind": recipe.kind,
        "rate_stated": recipe.rate,
        "horizon": loop.horizon,
        "trajectory_rms": rms,
        "trajectory_worst": worst,
        "exponent_stated": float(loop.stated[0]),
        "exponent_measured": float(loop.exponents[0]),
    }
    return Solution(
        kind=recipe.kind,
        rate=recipe.rate,
        fit=replace(fit, evidence=evidence),
        loop=loop,
        rms=rms,
        worst=worst,
        horizon=loop.horizon,
        duration=curve.duration,
        met=bool(worst <= tol and _holds(loop, recipe, curve)),
    )
