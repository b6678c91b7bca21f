"""Gradient descent of a linear network whose output is read at rest.

The network of docs/theory, eq. 34, learns W = W0 + dW by eq. 35:

    z = o^T (1 - W)^-1 w,       dW <- dW + rate (target - z) b a^T
    a = (1 - W)^-1 w,           b = (1 - W)^-T o

That is back-propagation through time once all transients have decayed. Nothing of size N x N is
solved again while it learns: with orthonormal bases Q_a and Q_b of all a and b so far,
dW = Q_b C Q_a^T with a small C, and by Woodbury (eq. 36), G = (1 - W0)^-1,

    (1 - W)^-1 = G + G Q_b (1 - C Q_a^T G Q_b)^-1 C Q_a^T G

needs one LU decomposition of 1 - W0, and two solutions for every new direction of the bases.

Place in the flow: `learn_linear` draws a `LinearNetwork` for every g and seed, and descends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lu_factor, lu_solve

from lrfit.core.arrays import Array
from lrfit.core.errors import NumericalError
from lrfit.learning.linear_theory import expected_beta

KEPT = 4
"""Singular values of dW that are kept; later ones are of higher order in s."""
LEARNED = 0.01
"""Learning is over where the loss is this part of the first."""
BEYOND = 1.5
"""Networks of one g differ by less in when they have learned, so that all are known until then."""
GRID = 0.01
"""Distance in s of the points that are kept."""
_LONGEST = 10.0
"""A loss exp(-2 s) is learned at s = 2.3, and terms of higher order make it faster."""
_NEW = 1e-14
"""Relative to a and b: what the bases may lack of them."""
_ROUNDING = 1e-12
"""Relative to a vector: less of it outside of a span is not told from rounding."""


Factors = tuple[Array, NDArray[np.int32]]
"""An LU decomposition: both triangles, and the exchanges of rows."""


@dataclass(frozen=True, kw_only=True, eq=False)
class LinearNetwork:
    """Initial connectivity W0 (decomposed), input weights and readout.

    g : strength of W0. factors : LU decomposition of 1 - W0, None for W0 = 0. w, o : (N,).
    a, b : (N,), G w and G^T o.
    """

    g: float
    factors: Factors | None
    w: Array
    o: Array
    a: Array
    b: Array

    @property
    def beta(self) -> float:
        """|G w| |G^T o|, which tends to 1/(1 - g^2) (docs/theory, eq. 38)."""
        return float(np.linalg.norm(self.a) * np.linalg.norm(self.b))

    def solve(self, x: Array, *, transposed: bool = False) -> Array:
        """G x, or G^T x, of a vector (N,)."""
        return _solve(self.factors, x, transposed=transposed)


def linear_network(W0: Array | None, w: Array, o: Array, *, g: float) -> LinearNetwork:
    """A network of given weights: W0 (N, N) or None for zero, w (N,), o (N,)."""
    factors = None
    if W0 is not None:
        factors = lu_factor(np.eye(len(w)) - W0, overwrite_a=True, check_finite=False)
    b = _solve(factors, o, transposed=True)
    return LinearNetwork(g=g, factors=factors, w=w, o=o, a=_solve(factors, w), b=b)


def draw_network(neurons: int, g: float, seed: tuple[int, ...]) -> LinearNetwork:
    """A random network of docs/theory, eq. 34, with z = 0 before learning.

    One seed gives the same w and the same matrix times g at every g. o is made orthogonal to G w:
    an overlap of order N^-1/2 would add to z what very large networks lack (eq. 38).
    """
    rng = np.random.default_rng(seed)
    w, o = rng.standard_normal((2, neurons))
    w *= np.sqrt(neurons) / np.linalg.norm(w)
    W0 = rng.standard_normal((neurons, neurons)) * (g / np.sqrt(neurons)) if g > 0.0 else None
    drawn = linear_network(W0, w, o, g=g)
    o = o - (drawn.a @ o) / (drawn.a @ drawn.a) * drawn.a
    o /= np.sqrt(neurons) * np.linalg.norm(o)
    b = drawn.solve(o, transposed=True)
    return LinearNetwork(g=g, factors=drawn.factors, w=w, o=o, a=drawn.a, b=b)


def _solve(factors: Factors | None, x: Array, *, transposed: bool = False) -> Array:
    if factors is None:
        return x
    return np.asarray(lu_solve(factors, x, trans=1 if transposed else 0, check_finite=False))


class Change:
    """dW = Q_b C Q_a^T of a network that learns, in bases that grow when a or b leaves them.

    Q_a begins with G w and goes on with G times the columns of Q_b, Q_b with G^T o and G^T times
    those of Q_a. What a lacks in Q_a is therefore along the image of the newest column of Q_b, and
    an epoch computes with matrices of the size of C alone. K = Q_a^T G Q_b.
    """

    def __init__(self, network: LinearNetwork) -> None:
        self.network = network
        self.Qa, self.Qb = np.empty((2, len(network.w), 0))
        self.C, self.K = np.zeros((2, 0, 0))
        self._rest_a, self._rest_b = network.a[:, None], network.b[:, None]
        self._z = float(network.o @ network.a)
        self._size_a = float(np.linalg.norm(network.a))
        self._size_b = float(np.linalg.norm(network.b))
        self._widen()

    def point(self) -> tuple[float, Array, Array]:
        """z, and a and b in the bases, at the present dW (docs/theory, eq. 36).

        The bases are widened until they hold a and b.
        """
        while True:
            z, of_a, of_b = self._response(self.C)
            a: Array = self.K @ of_a
            b: Array = of_b @ self.K
            a[0] += self._size_a  # G w and G^T o are the first directions of the bases
            b[0] += self._size_b
            lacks_a = abs(of_a[-1]) * np.linalg.norm(self._rest_a) > _NEW * np.linalg.norm(a)
            lacks_b = abs(of_b[-1]) * np.linalg.norm(self._rest_b) > _NEW * np.linalg.norm(b)
            if not (lacks_a or lacks_b):
                return z, a, b
            self._widen()

    def output(self, C: Array) -> float:
        """The output z at another C."""
        return self._response(C)[0]

    def _response(self, C: Array) -> tuple[float, Array, Array]:
        """z; a = G w + G Q_b times the second, b = G^T o + G^T Q_a times the third."""
        middle = np.linalg.solve(np.eye(len(C)) - C @ self.K, C)
        of_a: Array = np.asarray(self._size_a * middle[:, 0], dtype=np.float64)
        of_b: Array = np.asarray(self._size_b * middle[0], dtype=np.float64)
        return self._z + self._size_b * float(of_a[0]), of_a, of_b

    def matrix(self) -> Array:
        """The change of W, (N, N)."""
        return np.asarray(self.Qb @ self.C @ self.Qa.T)

    def _widen(self) -> None:
        """Put what is known to be outside of the bases into them; none where there is nothing."""
        rows, columns = self.K.shape
        new_a, new_b = _unit(self._rest_a), _unit(self._rest_b)
        self.Qa, self.Qb = np.hstack([self.Qa, new_a]), np.hstack([self.Qb, new_b])
        image_a, image_b = self.network.solve(new_a, transposed=True), self.network.solve(new_b)
        K = np.empty((self.Qa.shape[1], self.Qb.shape[1]))
        K[:rows, :columns], K[:, columns:] = self.K, self.Qa.T @ image_b
        K[rows:] = image_a.T @ self.Qb
        self.K = K
        self.C = np.pad(self.C, ((0, new_b.shape[1]), (0, new_a.shape[1])))
        self._rest_a, self._rest_b = _outside(image_b, self.Qa), _outside(image_a, self.Qb)


def _unit(x: Array) -> Array:
    """A vector (N, 1) of length 1, or none (N, 0)."""
    return x / np.linalg.norm(x) if x.size else x


def _outside(x: Array, Q: Array) -> Array:
    """The part (N, 1) of a vector x (N, 1) outside of the span of Q; none (N, 0) for rounding."""
    rest = x - Q @ (Q.T @ x)
    rest = rest - Q @ (Q.T @ rest)  # again: rounding errors of the first pass lie in the span
    nothing = np.linalg.norm(rest) <= _ROUNDING * np.linalg.norm(x)
    return rest[:, :0] if nothing else rest


def _singular_values(C: Array) -> Array:
    """The largest singular values (KEPT,), zero where there are fewer."""
    values = np.zeros(KEPT)
    found = np.linalg.svd(C, compute_uv=False)[:KEPT]
    values[: len(found)] = found
    return values


@dataclass(frozen=True, kw_only=True, eq=False)
class Descent:
    """One network while it learned, at s = 0, GRID, 2 GRID, ...

    z : (S,). values : (S, KEPT), singular values of dW. epochs : until the loss was `LEARNED` of
    the first. learned_values : (KEPT,) singular values then.
    """

    z: Array
    values: Array
    epochs: int
    learned_values: Array


def descend(network: LinearNetwork, target: float, rate: float) -> Descent:
    """Follow gradient descent until the loss is `LEARNED` of the first, and on to `BEYOND` times s.

    Between two epochs dW moves along a line; where s = beta^2 rate epoch passes a point, dW is
    taken there.

    Raises
    ------
    NumericalError
        The loss grows, or does not fall: the rate is too large.
    """
    change, step, learned, epoch = Change(network), network.beta**2 * rate, 0, 0
    z, values, learned_values = [change.output(change.C)], [np.zeros(KEPT)], np.zeros(KEPT)
    while not learned or len(z) * GRID < BEYOND * learned * step:
        now, a, b = change.point()
        left = ((target - now) / (target - z[0])) ** 2
        _require_falling(left, epoch * step, network.g)
        if not learned and left <= LEARNED:
            learned, learned_values = epoch, _singular_values(change.C)
        way = rate * (target - now) * np.outer(b, a)
        while (point := len(z) * GRID) <= (epoch + 1) * step:
            partly = change.C + (point / step - epoch) * way
            z.append(change.output(partly))
            values.append(_singular_values(partly))
        change.C = change.C + way
        epoch += 1
    return Descent(
        z=np.array(z), values=np.array(values), epochs=learned, learned_values=learned_values
    )


def _require_falling(left: float, s: float, g: float) -> None:
    """Refuse a loss, as part of the first, that is larger than at the start or never falls."""
    if not left <= 1.0 + 1e-9 or s > _LONGEST:
        most = 1.0 / expected_beta(g) ** 2
        raise NumericalError(
            f"learning diverges at g = {g:g}: the rate must fall as (1 - g^2)^2; give a rate far "
            f"below {most:.2g}, or a smaller target"
        )
