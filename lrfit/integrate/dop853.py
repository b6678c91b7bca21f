"""DOP853 for one trajectory: the numbers of `scipy.integrate.DOP853`, to the last bit.

    y_new = y + h sum_i b_i k_i,   k_i = f(t + c_i h, y + h sum_j a_ij k_j)

Importing `scipy.integrate` takes longer than most simulations. Operations and their order are
those of scipy (BSD licence), so that it stays the oracle of the tests.

References: Hairer, Norsett & Wanner (1993), sections II.4 (step size), II.5 and II.6.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lrfit.core.arrays import Array
from lrfit.integrate.dop853_tableau import (
    A_MORE,
    C_MORE,
    E3,
    E5,
    STAGES,
    STAGES_OF_INTERPOLATION,
    A,
    B,
    C,
    D,
)

_SAFETY, _SHRINK, _GROW = 0.9, 0.2, 10.0
_EXPONENT = -1 / 8
"""The error of a step goes like h^8."""


class Dop853:
    """A trajectory on its way from t to t_bound > t.

    Attributes
    ----------
    t, y : float and (n,), where it is. status : "running", "finished" or "failed".
    """

    def __init__(
        self,
        velocity: Callable[[float, Array], Array],
        t: float,
        y: Array,
        t_bound: float,
        *,
        rtol: float,
        atol: Array,
        max_step: float,
    ) -> None:
        self.velocity, self.t, self.y, self.t_bound = velocity, t, y, t_bound
        self.rtol, self.atol, self.max_step = rtol, atol, max_step
        self.status = "running"
        self._t_old, self._y_old, self._h = t, y, 0.0
        self._f = velocity(t, y)
        self._next = self._first_step()
        self._extended = np.empty((STAGES_OF_INTERPOLATION, len(y)))
        self._stages = self._extended[: STAGES + 1]

    def _first_step(self) -> float:
        """A step that moves little: Hairer, Norsett & Wanner 1993, II.4, "starting step size"."""
        length = abs(self.t_bound - self.t)
        if length == 0.0:
            return 0.0
        scale = self.atol + np.abs(self.y) * self.rtol
        d0, d1 = _norm(self.y / scale), _norm(self._f / scale)
        h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
        h0 = min(h0, length)
        f1 = self.velocity(self.t + h0, self.y + h0 * self._f)
        d2 = _norm((f1 - self._f) / scale) / h0
        flat = d1 <= 1e-15 and d2 <= 1e-15
        h1 = max(1e-6, h0 * 1e-3) if flat else (0.01 / max(d1, d2)) ** (1 / 8)
        return min(100 * h0, h1, length, self.max_step)

    def step(self) -> None:
        """Go on by one step that the tolerance allows, or fail; sets `status`."""
        self._t_old = self.t
        if self.t == self.t_bound:
            self.status = "finished"
            return
        shortest = 10 * np.abs(np.nextafter(self.t, np.inf) - self.t)
        size = self.max_step if self._next > self.max_step else max(self._next, shortest)
        rejected = False
        while size >= shortest:
            t = min(self.t + size, self.t_bound)
            h = t - self.t
            y, f, error = self._attempt(h)
            if error < 1.0:
                growth = _GROW if error == 0.0 else min(_GROW, _SAFETY * error**_EXPONENT)
                self._next = h * (min(1.0, growth) if rejected else growth)
                self._accept(t, y, f, h)
                return
            size, rejected = h * max(_SHRINK, _SAFETY * error**_EXPONENT), True
        self.status = "failed"

    def _attempt(self, h: float) -> tuple[Array, Array, float]:
        """State and velocity (n,) after a step h, and its error in units of what is allowed."""
        K = self._stages
        K[0] = self._f
        for s in range(1, STAGES):
            K[s] = self.velocity(self.t + C[s] * h, self.y + np.dot(K[:s].T, A[s, :s]) * h)
        y = self.y + h * np.dot(K[:-1].T, B)
        K[-1] = f = self.velocity(self.t + h, y)
        scale = self.atol + np.maximum(np.abs(self.y), np.abs(y)) * self.rtol
        return y, f, _error(np.dot(K.T, E5) / scale, np.dot(K.T, E3) / scale, h)

    def _accept(self, t: float, y: Array, f: Array, h: float) -> None:
        self._y_old, self._h = self.y, h
        self.t, self.y, self._f = t, y, f
        if t >= self.t_bound:
            self.status = "finished"

    def dense_output(self) -> Callable[[Array], Array]:
        """The interpolation, times (T,) -> states (n, T), over the step just made."""
        if self.t == self._t_old:
            return lambda t: np.repeat(self.y[:, None], len(t), axis=1)
        K, h, t_old, y_old = self._extended, self._h, self._t_old, self._y_old
        for s, (a, c) in enumerate(zip(A_MORE, C_MORE, strict=True), start=STAGES + 1):
            K[s] = self.velocity(t_old + c * h, y_old + np.dot(K[:s].T, a[:s]) * h)
        d, f_old = self.y - y_old, K[0]
        F = np.empty((3 + len(D), len(d)))
        F[0], F[1], F[2] = d, h * f_old - d, 2 * d - h * (self._f + f_old)
        F[3:] = h * np.dot(D, K)
        return lambda t: (_interpolated((t - t_old) / h, F) + y_old).T


def _norm(x: Array) -> float:
    """Root of the mean square."""
    return float(np.linalg.norm(x) / x.size**0.5)


def _error(fifth: Array, third: Array, h: float) -> float:
    """Hairer, Norsett & Wanner 1993, II.10: the third-order estimate damps the fifth-order one."""
    five, three = np.linalg.norm(fifth) ** 2, np.linalg.norm(third) ** 2
    if five == 0.0 and three == 0.0:
        return 0.0
    return float(h * five / np.sqrt((five + 0.01 * three) * len(fifth)))


def _interpolated(x: Array, F: Array) -> Array:
    """Displacements (T, n) at the parts x (T,) of the step: nested products of x and 1 - x."""
    x = x[:, None]
    y = np.zeros((len(x), F.shape[1]))
    for i, f in enumerate(reversed(F)):
        y += f
        y *= x if i % 2 == 0 else 1 - x
    return y
