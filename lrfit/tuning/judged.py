"""How right a network is on trials that are new to it, as it is and with wrong weights.

Place in the flow: the last step of `tune`; what a `Tuning` says is measured here, with the
network as it is written, clones included.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.executor import Executor
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.wrong_weights import Errors, wrong_network
from lrfit.simulation.field_trials import FixedSolver
from lrfit.tuning.closed_loop import Loop, residuals
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import layout_of


@dataclass(frozen=True, kw_only=True, eq=False)
class Examined:
    """Mean squares on test trials, the user's units squared.

    plain : of the network as it is. wrong : (draws,), of networks with wrong weights.
    """

    plain: float
    wrong: Array

    @property
    def typical(self) -> tuple[float, float]:
        """Median and worst with wrong weights; NaN without draws."""
        if not len(self.wrong):
            return float("nan"), float("nan")
        return float(np.median(self.wrong)), float(np.max(self.wrong))


@dataclass(frozen=True, kw_only=True, eq=False)
class _Setup:
    trials: TrialSet
    solver: FixedSolver


def examine(
    network: LowRankNetwork,
    trials: TrialSet,
    executor: Executor,
    *,
    solver: FixedSolver,
    errors: Errors,
    draws: int,
    wrong_trials: int,
) -> Examined:
    """Run a network through test trials, and others whose weights are wrong.

    errors : sizes and blocks of weights; each draw is one network for the first `wrong_trials`.
    """
    few = trials.part(0, min(wrong_trials, trials.count))
    wrong = [wrong_network(network, errors, k) for k in range(draws)]
    plain = executor.map(mean_square, _Setup(trials=trials, solver=solver), [network])
    found = executor.map(mean_square, _Setup(trials=few, solver=solver), wrong)
    return Examined(plain=plain[0], wrong=np.array(found))


def mean_square(setup: _Setup, network: LowRankNetwork) -> float:
    """Mean square over trials, times and variables, the user's units; inf where one is lost."""
    layout = layout_of(network)
    loop = Loop(layout=layout, solver=setup.solver, errors=Errors())
    off = residuals(loop, layout.vector(network), setup.trials)
    return float(np.mean((off * network.state_domain.half_width) ** 2))
