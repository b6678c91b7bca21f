"""A small network whose neurons stand for populations that bear wrong weights.

Place in the flow: a system and options become a `Fit` of k neurons, and the quotas by which
`expand` makes more of them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress
from lrfit.expansion.neurons import POINTS, Parent
from lrfit.expansion.options import ExpandOptions
from lrfit.expansion.populations import Populations, PopulationSearch
from lrfit.expansion.samples import TRAINING, VALIDATION, FocusedSamples
from lrfit.fields.sample_set import SampleSet
from lrfit.fitting.assemble import Candidate, Findings, assemble
from lrfit.fitting.options import FitOptions
from lrfit.fitting.setting import FitProblem, prepare
from lrfit.options.declare import replaced
from lrfit.systems.system import System

LEAK = 0.5
"""kappa in units of the natural 1/tau, where tau is not given. Deleted neurons leave the leak as it
is, so that with a weak one more cycles live; errors in the entries of J drive x in proportion to
tau (docs/theory, eq. 53), which speaks for a strong one."""
SIZES = (4, 6, 8, 10, 12, 16, 20, 24, 32, 40, 56, 80)
"""Populations that are tried where as few as suffice are looked for."""
LARGEST = 40


def robust_options(
    options: FitOptions, chosen: ExpandOptions, given: Mapping[str, Any]
) -> FitOptions:
    """Options of the fit: the price of wrong weights is part of it, and all variables count."""
    priced = {"weight_noise": chosen.delta, "criterion": "overall"}
    return replaced(FitOptions, options, {**priced, **given}, name="options")


def robust_parent(
    system: System, options: FitOptions, chosen: ExpandOptions, tell: Progress
) -> Parent:
    """Populations refined for a system.

    Raises
    ------
    UsageError
        More populations than neurons, or inputs that are gated or copied.
    """
    began, setting = time.monotonic(), robust_setting(system, options)
    sizes = _sizes(setting, chosen)
    samples = FocusedSamples(setting, chosen.focus)
    validation = samples.draw(POINTS, VALIDATION)
    training = samples.draw(POINTS, TRAINING)
    search = PopulationSearch(setting, training, chosen.neurons, equal=chosen.quota == "equal")
    found: list[tuple[Populations, float]] = []
    for size in sizes:
        populations = search.found(size)
        found.append((populations, expected_error(setting, populations, validation)))
        tell("populations", len(found), len(sizes), size, found[-1][1])
        if chosen.tol is not None and found[-1][1] <= chosen.tol:
            break
    best, error = min(found, key=lambda each: each[1])
    fit = assemble(setting, _candidate(best, error), Findings(began=began))
    return Parent(fit=fit, copies=best.copies, samples=samples, method="robust", error=error)


def robust_setting(system: System, options: FitOptions) -> FitProblem:
    """The setting of a fit whose tau, unless it is given, is twice the system's own time."""
    if options.tau != "auto":
        setting = prepare(system, options)
    else:
        setting = prepare(system, replace(options, tau="natural"))
        kappa = LEAK * setting.natural_leak
        setting = replace(
            setting,
            options=replace(setting.options, tau=1.0 / kappa),
            bounds=replace(setting.bounds, kappa=(kappa, kappa)),
        )
    if setting.embedding is not None:
        raise UsageError(
            "robust populations are for filtered and direct inputs; find a network with gated or "
            "copied inputs by `lrfit minimize`, and expand that"
        )
    return setting


def _sizes(setting: FitProblem, chosen: ExpandOptions) -> tuple[int, ...]:
    least, most = setting.minimum, chosen.neurons
    if chosen.tol is not None:
        sizes = tuple(size for size in SIZES if least <= size <= most)
        if sizes:
            return sizes
    seen = setting.system.domain.dimension + len(setting.seen)
    size = chosen.populations or min(max(8 * seen - 4, least), LARGEST, max(most, least))
    if not least <= size <= most:
        raise UsageError(
            f"{size} populations of {most} neurons; give from {least} populations (the variables) "
            "to as many as there are neurons"
        )
    return (size,)


def expected_error(setting: FitProblem, found: Populations, points: SampleSet) -> float:
    """Relative error with wrong weights, by the law of docs/theory, eq. 48."""
    neurons, readout = found.neurons, found.readout
    Phi = neurons.activity(points.state, points.input)
    residual = points.velocity - readout.velocity(Phi, points.state, points.drive)
    squares = np.mean(points.weight[:, None] * Phi**2, axis=0) * np.sum(readout.A**2, axis=1)
    wrong = setting.options.weight_noise**2 * np.sum(squares / found.copies)
    total = np.mean(points.weight * np.sum(points.velocity**2, axis=1))
    plain = np.mean(points.weight * np.sum(residual**2, axis=1))
    return float(np.sqrt((plain + wrong) / total))


def _candidate(found: Populations, error: float) -> Candidate:
    return Candidate(
        neurons=found.neurons,
        readout=found.readout,
        error=error,
        condition=float(np.linalg.cond(found.neurons.M)),
        method="robust",
    )
