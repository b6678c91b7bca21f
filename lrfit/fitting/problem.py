"""From a setting to the refinement problem: weighted rows of samples, scaled outputs.

Place in the flow: `FitProblem` and a sample set become the arrays of `variable_projection`.
"""

from __future__ import annotations

import numpy as np

from lrfit.fitting.setting import FitProblem
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.variable_projection import Problem
from lrfit.systems.sampling import SampleSet

SMALLEST_PRICE = 1e-14
"""Noise variance below which normal equations lose the weights; reports use the true noise."""
SHARPNESS = 8.0
"""Power p by which sum_d o_d^p stands for max_d in the per-variable criterion: 2^(1/16) - 1
= 4 % in error for two variables, and still smooth enough for Gauss-Newton steps."""


def refinement_problem(setting: FitProblem, points: SampleSet) -> Problem:
    """Rows of a set of points, for refinement under the setting's criterion and bounds."""
    options, bounds = setting.options, setting.bounds
    root = np.sqrt(points.weight / points.count)
    low, high = bounds.center
    fixed = bool(np.all(low == high))
    free = [*points.drive.T[list(bounds.direct)]]
    if not fixed:
        free.append(np.ones(points.count))
    center = low if fixed else np.zeros(len(low))
    return Problem(
        design=_design(setting, points),
        free=np.reshape(free, (-1, points.count)) * root,
        leak=((points.state - center) / setting.scale).T * root,
        target=(setting.remaining(points) / setting.scale).T * root,
        root=root,
        price=max(options.noise**2, SMALLEST_PRICE),
        weight_price=options.weight_noise**2,
        kappa=bounds.kappa,
        reach=np.full(len(low), np.inf) if fixed else high / setting.scale,
        power=SHARPNESS if options.criterion == "per-variable" else 1.0,
        nonlinearity=nonlinearity(options.nonlinearity),
        slopes=len(low) + len(setting.seen),
        states=len(low),
        shared_bias=options.shared_bias,
        orthogonal=options.orthogonal,
    )


def _design(setting: FitProblem, points: SampleSet) -> np.ndarray:
    """Coordinates that a neuron's parameters multiply, counted from the origin without bias."""
    D = setting.system.domain.dimension
    seen = [D + j for j in setting.seen]
    coordinates = np.hstack([points.state, points.input])
    if setting.centered:
        coordinates = coordinates - setting.origin
    rows = coordinates[:, [*range(D), *seen]].T
    if not setting.options.bias:
        return np.ascontiguousarray(rows)
    return np.vstack([rows, np.ones(points.count)])
