"""Which neurons the error comes from, to first order in the size of the errors.

    E |z' - z|^2 = delta^2 sum_w w^2 |dz/dw|^2

over the weights w that are wrong, with z' - z in half-widths of the box and the mean over the times
that a stress test keeps. dz/dw are the forward sensitivities of the latent network along the run
without errors (docs/theory, eqs. 31 and 33). Errors in J are none of a low-rank network's weights.

Place in the flow: `stress` measures the same distances in draws. Where the two differ much, errors
of that size are beyond first order.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.names import PLACES
from lrfit.networks.wrong_weights import Errors
from lrfit.stressing.draws import places_of
from lrfit.stressing.march import March
from lrfit.stressing.result import Effect, NeuronShare
from lrfit.tuning.closed_loop import Loop, squared_slopes
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import layout_of


def mean_squares(march: March) -> dict[str, Array]:
    """Mean square distances over delta^2, by place and neuron (N,), half-widths of the box."""
    layout = layout_of(march.network)
    theta = layout.vector(march.network)
    loop = Loop(layout=layout, solver="rk4", errors=Errors())
    # Steps are counted from their ends here; at the start no weight has acted.
    kept = {int(k) - 1 for k in march.kept[1:]}
    with np.errstate(all="ignore"):  # what grows without end becomes inf, then NaN
        squares = theta**2 * squared_slopes(loop, theta, _trial(march), kept) / len(march.kept)
    blocks = layout.blocks(squares)
    wrong = [place for place in PLACES if place in places_of(march.network)]
    return {place: _by_neuron(place, blocks[place]) for place in wrong}


def _trial(march: March) -> TrialSet:
    """The run of a stress test; the input of a step is that in its middle, or its mean."""
    inputs = np.stack([u[1] for u in march.inputs()])[: march.steps, None]
    inputs[0] = march.v  # where filtered inputs start
    return TrialSet(
        start=march.run.initial,
        inputs=inputs,
        states=np.zeros((1, march.steps, march.network.state_domain.dimension)),  # not compared
        dt=march.step,
        streams=np.zeros(1, dtype=np.int64),
    )


def _by_neuron(place: str, squares: Array) -> Array:
    """Sums (N,) over the weights of each neuron: rows, but columns of O."""
    rows = squares.T if place == "O" else squares
    return np.asarray(rows.reshape(len(rows), -1).sum(axis=1))


def predicted(effects: tuple[Effect, ...], squares: Mapping[str, Array]) -> tuple[float, ...]:
    """Root mean square distances of kinds of errors; NaN for those in J."""
    totals = {place: float(np.sum(each)) for place, each in squares.items()}
    totals |= {"all": sum(totals.values()), "J": float("nan")}
    return tuple(effect.relative * float(np.sqrt(totals[effect.where])) for effect in effects)


def shares(squares: Mapping[str, Array]) -> tuple[NeuronShare, ...]:
    """Shares of the neurons in every kind of weights; zero where errors in them do nothing."""
    with np.errstate(invalid="ignore"):  # inf / inf
        parts = {place: each / (np.sum(each) or 1.0) for place, each in squares.items()}
    rows = zip(*parts.values(), strict=True)
    return tuple(NeuronShare(**dict(zip(parts, map(float, row), strict=True))) for row in rows)
