"""From a setting to the refinement problem: weighted rows of samples, scaled outputs.

Place in the flow: `FitProblem` and a sample set become the arrays of `regression.problem`.
"""

from __future__ import annotations

import numpy as np

from lrfit.fitting.policy import ObjectivePolicy
from lrfit.fitting.setting import FitProblem
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.problem import RefinementProblem
from lrfit.systems.sampling import SampleSet

OBJECTIVE = ObjectivePolicy()


def refinement_problem(
    setting: FitProblem, points: SampleSet, policy: ObjectivePolicy = OBJECTIVE
) -> RefinementProblem:
    """Rows of a set of points, for refinement under the setting's criterion and bounds."""
    options, bounds = setting.options, setting.bounds
    root = np.sqrt(points.weight / points.count)
    low, high = bounds.center
    fixed = bool(np.all(low == high))
    free = [*points.drive.T[list(bounds.direct)]]
    if not fixed:
        free.append(np.ones(points.count))
    center = low if fixed else np.zeros(len(low))
    return RefinementProblem(
        design=_design(setting, points),
        free=np.reshape(free, (-1, points.count)) * root,
        leak=((points.state - center) / setting.scale).T * root,
        target=(setting.remaining(points) / setting.scale).T * root,
        root=root,
        price=max(options.noise**2, policy.least_price),
        weight_price=options.weight_noise**2,
        kappa=bounds.kappa,
        reach=np.full(len(low), np.inf) if fixed else high / setting.scale,
        power=policy.sharpness if options.criterion == "per-variable" else 1.0,
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
