"""Fixed points of a network of rate neurons, from many starts at once.

    F(x) = -x + J phi(x) + W u + b = 0,    A(x) = dF/dx = -1 + J diag(phi'(x))
    F(r) = -r + phi(J r + W u + b) = 0,    A(r) = -1 + diag(phi') J              in the rate form
    (A^T A + mu) step = -A^T F        a step is taken only where |F| falls (Levenberg 1944)

A start ends at a fixed point, or at a local minimum of |F| that is none: a slow point (Sussillo and
Barak 2013). Both are found only where starts lead to them: in many dimensions no index theorem says
that there are no others.

Place in the flow: part of what `analyze` says of a network of any connectivity.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.shapes import Axes, freeze_shaped
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.learning.result import dense
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.groups import group_slopes
from lrfit.options.python_values import require_numbers_by_name

FIXED, FINISHED = 1e-9, 1e-12
"""|F| below which a point is fixed, and below which no further step is taken."""
SAME = 1e-6
"""Times sqrt(n): nearer points are one."""
FLAT, SLOW, SAME_SLOW = 1e-2, 0.1, 1e-2
"""A slow point has |A^T F| below FLAT |F|, and a speed |F|/sqrt(n) below SLOW; times sqrt(n)."""
ITERATIONS = 120
EIGENVALUES = 10
_MEMORY = 2**26
"""Bytes of the Jacobians that are held at once."""


@dataclass(frozen=True, kw_only=True, eq=False)
class FixedPoints:
    """Fixed points of a network at a constant input, those with fewest unstable directions first.

    Attributes
    ----------
    input : (U,) u. states : (p, n) currents, or rates in the rate form.
    outputs : (p, K) what the network reads there.
    residual : (p,) |F|. unstable : (p,) numbers of unstable directions: eigenvalues of the
        linearised flow with a positive real part, or of the map of Euler's step outside of the
        unit circle. hits : (p,) how many starts ended there.
    eigenvalues : (p, k) leading ones of A/tau, in 1/time: the largest real parts first.
    slow_states, slow_outputs, slow_speed : (q, n), (q, K), (q,) slow points, and |F|/sqrt(n).
    starts : how many starts there were. lost : how many ended at neither.
    """

    ENCODING: ClassVar = "lrfit-full-fixed-points"

    input: Annotated[Array, Axes("input_value")]
    states: Annotated[Array, Axes("point", "neuron")]
    outputs: Annotated[Array, Axes("point", "read")]
    residual: Annotated[Array, Axes("point")]
    unstable: Annotated[NDArray[np.int64], Axes("point")]
    hits: Annotated[NDArray[np.int64], Axes("point")]
    eigenvalues: Annotated[NDArray[np.complex128], Axes("point", "leading")]
    slow_states: Annotated[Array, Axes("slow_point", "neuron")]
    slow_outputs: Annotated[Array, Axes("slow_point", "read")]
    slow_speed: Annotated[Array, Axes("slow_point")]
    starts: int
    lost: int

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        freeze_shaped(self)

    @property
    def stable(self) -> int:
        """How many are stable."""
        return int(np.sum(self.unstable == 0))

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of each point: "stable", or how many directions are unstable."""
        return tuple(
            "stable" if k == 0 else f"{k} unstable direction{'s' if k > 1 else ''}"
            for k in self.unstable.tolist()
        )


def fixed_points(network: FullRankNetwork, starts: Array, u: Array) -> FixedPoints:
    """Fixed points that starts (S, n) lead to, at a constant input (U,)."""
    J = dense(network.J)
    drive = network.full_input_weights @ u + network.bias
    ends, gradients = _ends(network, J, drive, starts)
    F = _force(network, J, drive, ends)
    norms, n = np.linalg.norm(F, axis=1), network.neurons
    fixed = norms < FIXED
    places, hits = _merged(ends[fixed], SAME * np.sqrt(n))
    spectra = [_eigenvalues(network, J, drive, x) for x in places]
    unstable = np.array([_unstable(network, each) for each in spectra], dtype=np.int64)
    order = np.lexsort([-hits, unstable])
    leading = min(EIGENVALUES, n)
    speed = norms / np.sqrt(n)
    slow = ~fixed & (gradients < FLAT * norms) & (speed < SLOW)
    slow_places, _ = _merged(ends[slow], SAME_SLOW * np.sqrt(n))
    slow_force = _force(network, J, drive, slow_places)
    return FixedPoints(
        input=u,
        states=places[order],
        outputs=network.readout(places[order], np.empty((len(places), 0))),
        residual=np.linalg.norm(_force(network, J, drive, places[order]), axis=1),
        unstable=unstable[order],
        hits=hits[order],
        eigenvalues=np.array([spectra[k][:leading] for k in order]).reshape(-1, leading),
        slow_states=slow_places,
        slow_outputs=network.readout(slow_places, np.empty((len(slow_places), 0))),
        slow_speed=np.linalg.norm(slow_force, axis=1) / np.sqrt(n),
        starts=len(starts),
        lost=int(np.sum(~fixed & ~slow)),
    )


def _force(network: FullRankNetwork, J: Array, drive: Array, x: Array) -> Array:
    """F (S, n) at states x (S, n)."""
    received = network.rates(x) @ J.T + drive
    return np.asarray((network.respond(received) if network.form == "rate" else received) - x)


def _jacobians(network: FullRankNetwork, J: Array, drive: Array, x: Array) -> Array:
    """A (S, n, n) at states x (S, n)."""
    if network.form == "rate":
        A = J * group_slopes(network.groups, x @ J.T + drive)[:, :, None]
    else:
        A = J * group_slopes(network.groups, x)[:, None, :]
    A[:, np.arange(len(J)), np.arange(len(J))] -= 1.0
    return np.asarray(A)


def _ends(network: FullRankNetwork, J: Array, drive: Array, starts: Array) -> tuple[Array, Array]:
    """Where starts end (S, n), and |A^T F| there (S,); as many at once as memory allows."""
    together = max(1, _MEMORY // (8 * J.size))
    parts = [
        _descended(network, J, drive, starts[k : k + together])
        for k in range(0, len(starts), together)
    ]
    return np.concatenate([x for x, _ in parts]), np.concatenate([g for _, g in parts])


def _descended(
    network: FullRankNetwork, J: Array, drive: Array, starts: Array
) -> tuple[Array, Array]:
    """Levenberg's steps; mu falls after a step that was taken and grows after one that was not."""
    x, n = starts.copy(), len(J)
    mu, gradients = np.full(len(x), 1e-2), np.zeros(len(x))
    F = _force(network, J, drive, x)
    size = np.linalg.norm(F, axis=1)
    active = np.arange(len(x))
    for _ in range(ITERATIONS):
        active = active[(size[active] > FINISHED) & (mu[active] < 1e8)]
        if not len(active):
            break
        A = _jacobians(network, J, drive, x[active])
        slope = np.einsum("sij,si->sj", A, F[active])
        gradients[active] = np.linalg.norm(slope, axis=1)
        normal = np.swapaxes(A, 1, 2) @ A
        # mu times |F|: quadratic convergence to a fixed point, also where A is nearly singular.
        normal[:, np.arange(n), np.arange(n)] += (mu[active] * size[active])[:, None]
        step = np.linalg.solve(normal, slope[:, :, None])[:, :, 0]
        tried = x[active] - step
        force = _force(network, J, drive, tried)
        length = np.linalg.norm(force, axis=1)
        better = length < size[active]
        taken = active[better]
        x[taken], F[taken], size[taken] = tried[better], force[better], length[better]
        mu[active] *= np.where(better, 0.2, 5.0)
        mu[active] = np.maximum(mu[active], 1e-8)
    return x, gradients


def _merged(points: Array, distance: float) -> tuple[Array, NDArray[np.int64]]:
    """Points that are further apart, and how many of those given each stands for."""
    kept: list[Array] = []
    hits: list[int] = []
    for point in points:
        near = [k for k, other in enumerate(kept) if np.linalg.norm(point - other) < distance]
        if near:
            hits[near[0]] += 1
        else:
            kept.append(point)
            hits.append(1)
    return np.array(kept).reshape(len(kept), points.shape[1]), np.array(hits, dtype=np.int64)


def _eigenvalues(
    network: FullRankNetwork, J: Array, drive: Array, x: Array
) -> NDArray[np.complex128]:
    """Of the linearised flow A/tau (n,), in 1/time, the largest real parts first."""
    A = _jacobians(network, J, drive, x[None])[0] / np.reshape(network.tau, (-1, 1))
    found = np.linalg.eigvals(A).astype(complex)
    return np.asarray(found[np.lexsort([-found.imag, -found.real])])


def _unstable(network: FullRankNetwork, eigenvalues: NDArray[np.complex128]) -> int:
    """Eigenvalues in whose directions small deviations grow."""
    if network.dt is None:
        return int(np.sum(eigenvalues.real > 0.0))
    return int(np.sum(np.abs(1.0 + network.dt * eigenvalues) > 1.0))


def starts_on(
    states: Array, count: int, generator: np.random.Generator, *, noise: float = 0.1
) -> Array:
    """Starts (count + 1, n): states (S, n) of trajectories with noise, and 0.

    noise : in rms values of the states.
    """
    chosen = states[generator.integers(0, len(states), count)]
    spread = noise * float(np.sqrt(np.mean(states**2)))
    noisy = chosen + spread * generator.normal(size=chosen.shape)
    return np.vstack([noisy, np.zeros((1, states.shape[1]))])


def levels_of(names: Sequence[str], given: Sequence[Mapping[str, float]]) -> Array:
    """Constant inputs (L, U) by name, those not named at zero; rest where none is given.

    Raises
    ------
    UsageError
        An input that the network does not have, or a value that is no number.
    """
    for level in given:
        require_numbers_by_name("each of the inputs", level)
        for name in level:
            if name not in names:
                known = did_you_mean(name, names)
                raise UsageError(f"the network has no input {shown(name, 60)!r}; {known}")
    rows = [[float(level.get(name, 0.0)) for name in names] for level in given or [{}]]
    return np.array(rows, dtype=np.float64).reshape(len(rows), len(names))
