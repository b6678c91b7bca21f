"""A network with the weights of every trial, and its derivatives by the weights that all share.

    tau dy/dt = -(y - c) + N_p^T (phi(A) + eta) + C u,       A = M_p (y - c) + B_p v + b_p
    z = offset + S y + K v + O_p phi(A)

A weight of trial p is the shared one times 1 + delta xi_p (`errors`), so that its derivative by the
shared one is that factor. A `Slope` holds what the derivatives (P, R, Theta) by all weights theta
(`weights`) are made of, until they are asked for along X = dy/dtheta (P, L, Theta).

Place in the flow: `closed_loop` steps these equations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from lrfit.core.arrays import Array
from lrfit.tuning.weights import Layout


class Weighted:
    """The equations of a network whose weights differ from trial to trial.

    layout : of theta. blocks : the shared weights by name. factors : of those that are wrong, by
    name, (P, *shape).
    """

    def __init__(
        self,
        layout: Layout,
        blocks: Mapping[str, Array],
        factors: Mapping[str, Array] = MappingProxyType({}),
    ) -> None:
        self.layout, self.factors, self.places = layout, factors, layout.places
        self.phi, self.tau = layout.like.nonlinearity, layout.like.tau
        self.w = {
            name: block * factors[name] if name in factors else block
            for name, block in blocks.items()
        }
        self.reads_rates = "O" in self.w

    def current(self, apart: Array, v: Array) -> Array:
        """A (P, n) at y - c (P, L) and filtered inputs v (P, U)."""
        w = self.w
        A = _times(w["M"], apart) + w["b"]
        return A + _times(w["B"], v) if v.shape[1] else A

    def velocity(self, y: Array, v: Array, u: Array, eta: Array | None) -> Array:
        """dy/dt (P, L) at y (P, L), filtered inputs v and inputs u (P, U), noise eta (P, n)."""
        apart = y - self.w["c"]
        rates = self.phi.phi(self.current(apart, v))
        return self._change(apart, u, rates if eta is None else rates + eta)

    def _change(self, apart: Array, u: Array, rates: Array) -> Array:
        w = self.w
        return np.asarray((_times(_turned(w["N"]), rates) - apart + u @ w["C"].T) / self.tau)

    def velocity_slope(
        self, y: Array, v: Array, u: Array, eta: Array | None
    ) -> tuple[Array, Slope]:
        """dy/dt (P, L), and tau times its derivative."""
        w, apart = self.w, y - self.w["c"]
        A = self.current(apart, v)
        rates = self.phi.phi(A)
        noisy = rates if eta is None else rates + eta
        slope = Slope(
            of=self,
            gain=_turned(w["N"]) * self.phi.slope(A, rates)[:, None, :],
            direct=-np.eye(y.shape[1]),
            apart=apart,
            v=v,
            columns={"N": noisy},
            rows={"C": u},
            centered=True,
        )
        return self._change(apart, u, noisy), slope

    def read(self, y: Array, v: Array) -> Array:
        """The state z (P, D)."""
        w = self.w
        if not self.reads_rates:
            return y
        rates = self.phi.phi(self.current(y - w["c"], v))
        return np.asarray(w["offset"] + y @ w["S"].T + v @ w["K"].T + _times(w["O"], rates))

    def read_slope(self, y: Array, v: Array) -> Slope:
        """The derivative of the state z, for networks whose output reads rates."""
        w, apart = self.w, y - self.w["c"]
        A = self.current(apart, v)
        rates = self.phi.phi(A)
        return Slope(
            of=self,
            gain=w["O"] * self.phi.slope(A, rates)[:, None, :],
            direct=w["S"],
            apart=apart,
            v=v,
            columns={},
            rows={"offset": np.ones(len(y)), "S": y, "K": v, "O": rates},
            centered=False,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Slope:
    """The derivative of R numbers of each trial, f_r = sum_i G_ri phi(A_i) + E (y - c) + ...

    gain : (P, R, n), G times phi'. direct : (R, L), E. apart, v : y - c (P, L) and filtered inputs
    (P, U), which M and B multiply. columns, rows : what multiplies column r, or row r, of a block
    of weights in f_r. centered : whether E multiplies y - c, or y.
    """

    of: Weighted
    gain: Array
    direct: Array
    apart: Array
    v: Array
    columns: Mapping[str, Array]
    rows: Mapping[str, Array]
    centered: bool

    def along(self, X: Array, times: Array | float, *, keep: float = 0.0) -> Array:
        """Keep X + times df/dtheta along X (P, L, Theta); times has one number, or one per f_r.

        X is gone through once for the product and once for what is added: its memory is what
        takes the time.
        """
        times = np.broadcast_to(times, self.gain.shape[1])[:, None]
        gain = times * self.gain
        by_state = gain @ self.of.w["M"]
        direct = times * self.direct
        out = np.asarray((by_state + direct + keep * np.eye(*direct.shape)) @ X)
        out[:, :, self.of.places["c"]] -= by_state + direct if self.centered else by_state
        for name, what in (("M", self.apart), ("B", self.v)):
            if what.shape[1]:
                self._block(out, name)[...] += self._wrong(
                    name, gain[..., None] * what[:, None, None, :]
                )
        out[:, :, self.of.places["b"]] += self._wrong("b", gain)
        self._add_own(out, times[:, 0])
        return out

    def _add_own(self, out: Array, times: Array) -> None:
        """What f_r depends on by column r, or by row r, of a block alone."""
        for name, what in self.columns.items():
            block, factor = self._block(out, name), self.of.factors.get(name)
            for r, scale in enumerate(times):
                block[:, r, :, r] += scale * (what if factor is None else what * factor[:, :, r])
        for name, what in self.rows.items():
            block, factor = self._block(out, name), self.of.factors.get(name)
            for r, scale in enumerate(times):
                block[:, r, r] += scale * (what if factor is None else what * factor[:, r])

    def _wrong(self, name: str, change: Array) -> Array:
        factor = self.of.factors.get(name)
        return change if factor is None else np.multiply(change, factor[:, None], out=change)

    def _block(self, slope: Array, name: str) -> Array:
        """A view (P, R, *shape) of the derivatives by one block."""
        shape = self.of.layout.shapes[name]
        return slope[:, :, self.of.places[name]].reshape(*slope.shape[:2], *shape)


def _times(weights: Array, rows: Array) -> Array:
    """Rows (P, k) by weights (n, k), or by those of each row's own trial (P, n, k)."""
    if weights.ndim == 2:
        return np.asarray(rows @ weights.T)
    return np.asarray((weights @ rows[:, :, None])[:, :, 0])


def _turned(weights: Array) -> Array:
    """Weights (..., n, L) as (..., L, n)."""
    return np.swapaxes(weights, -1, -2)
