"""Analyze a network of any connectivity of which no task is known, such as an imported one.

    x(0) = W u + b + s J xi / rms(J xi),    xi ~ N(0, 1) for every neuron,    s ~ U(0, 2)

Trajectories begin at currents in the range of J, in which the recurrent currents move; in the rate
form at the rates that such currents make. Fixed points are looked for from states along them.

Place in the flow: `records.kinds` names the function here as the analysis of its kind of file;
`lrfit.dynamics.analyze` calls it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.threads import BlasThreads
from lrfit.io.text import counted
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.learning.fixed_points import FixedPoints, fixed_points, levels_of, starts_on
from lrfit.learning.spectrum import eigenvalues_of
from lrfit.networks.fullrank import FullRankNetwork

STARTS, FEWEST = 60, 10
"""From which fixed points are looked for; at least, in large networks."""
FULL = 600
"""Neurons up to which there are all starts: each takes time in proportion to n^3."""
MOST = 2000
"""Neurons of which eigenvalues are computed: some ten seconds for every fixed point."""
TRAJECTORIES, SPREAD = 32, 2.0
"""From random states, of currents up to so much (rms over the neurons)."""
TAUS, STEPS_PER_TAU, MOST_STEPS = 10, 10, 2000
"""Length of a trajectory in the longest tau; Euler's steps in the shortest, without a dt."""
TIMES = 50
"""Of each trajectory that are kept."""
FAR = 1e3
"""Currents beyond this times their first ones are those of a trajectory that diverges."""


def analyze_network(
    network: FullRankNetwork, *, inputs: Sequence[Mapping[str, float]] = (), seed: int = 0
) -> TrainedAnalysis:
    """Eigenvalues of the connectivity, and fixed points at constant inputs.

    Parameters
    ----------
    network : FullRankNetwork
        In the current form or the rate form.
    inputs : sequence of mappings
        Constant inputs at which fixed points are looked for, inputs not named at zero; by default
        all at zero.
    seed : int
        Of the trajectories and the starts.

    Raises
    ------
    UsageError
        An input that the network does not have, or more neurons than can be looked at.
    """
    levels = levels_of(network.inputs, inputs)
    if network.neurons > MOST:
        raise UsageError(
            f"the network has {counted(network.neurons, 'neuron')}; fixed points are looked for "
            f"in networks of at most {MOST}; `lrfit show` tells the eigenvalues outside of the bulk"
        )
    with BlasThreads().one():
        generator = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(3,)))
        at = tuple(_points_at(network, u, generator) for u in levels)
        eigenvalues = eigenvalues_of(network)
    return TrainedAnalysis(
        neurons=network.neurons,
        inputs=network.inputs,
        outputs=network.outputs,
        eigenvalues=eigenvalues,
        at=at,
        seed=seed,
    )


def _points_at(network: FullRankNetwork, u: Array, generator: np.random.Generator) -> FixedPoints:
    states = visited_states(network, u, generator)
    count = STARTS * (FULL / network.neurons) ** 2
    starts = starts_on(states, int(np.clip(count, FEWEST, STARTS)), generator)
    return fixed_points(network, starts, u)


def visited_states(network: FullRankNetwork, u: Array, generator: np.random.Generator) -> Array:
    """States (S, n) along trajectories from random states, at a constant input (U,)."""
    x = _random_states(network, u, generator)
    shortest, longest = float(np.min(network.tau)), float(np.max(network.tau))
    dt = shortest / STEPS_PER_TAU if network.dt is None else network.dt
    steps = min(int(np.ceil(TAUS * longest / dt)), MOST_STEPS)
    bound = FAR * (1.0 + float(np.max(np.abs(x))))
    visited = [x]
    for step in range(steps):
        x = x + dt * network.full_velocity(x, u[None])
        x = x[np.max(np.abs(x), axis=1) < bound]
        if step % max(1, steps // TIMES) == 0:
            visited.append(x)
    return np.concatenate(visited)


def _random_states(network: FullRankNetwork, u: Array, generator: np.random.Generator) -> Array:
    """States (32, n) at which the trajectories begin."""
    currents = network.recurrent(generator.normal(size=(TRAJECTORIES, network.neurons)))
    size = np.sqrt(np.mean(currents**2, axis=1, keepdims=True))
    scale = generator.uniform(0.0, SPREAD, (TRAJECTORIES, 1)) / np.where(size > 0.0, size, 1.0)
    x = scale * currents + network.full_input_weights @ u + network.bias
    return network.respond(x) if network.form == "rate" else x
