"""A shifted latent state, so that gated inputs reach the state without the membrane's lag.

Neurons see an input low-passed, tau dv/dt = u - v. A field that multiplies state and input,
dz/dt = F(z, u), is then run as F(z, v): late by tau. But u = v + tau dv/dt, so that what is missed
is a function of v, and can be put into the reading. Let the network's latent state be y, with

    z = T(y, v),    dy/dt = G(y, v)       T and G to be found; no u anywhere
    dz/dt = T_y G + T_v (u - v)/tau   must be   F(T, u) = F(T, v) + F_u(T, v) (u - v) + O((u - v)²)

for every u, hence

    T_v = tau F_u(T, v)                   (1)
    T_y G = F(T, v)                       (2)

These are docs/theory, eqs. 22 and 23. (1) is a flow in v: from T(y, v0) = y along a path from v0 to
v with dT = tau F_u(T, v) dv; (2) then gives G. At rest, u = v, the transform is exact whatever the
path: fixed points, cycles and their eigenvalues are those of F. Expanded, T = y + tau h with h(y,
v) = F(y, v) - F(y, v0) + O(tau): for F = f(z) + g(v) that is the shift z = y + tau (g(v) - g(v0)),
and for F = f + B(z) u it is the transform by which Doss (1977) and Sussmann (1978) turn a driven
equation into one without driving.

Where it is exact, and where it ends:
- one input, F affine in it (also with other inputs that do not change at the same time): exact,
  for any signal, to all orders in tau;
- several inputs: (1) can be met for all of them together only if the flows of dF/du_i and dF/du_j
  commute; otherwise what is left is tau [dF/du_i, dF/du_j] dv: first order in tau, times u - v;
  the path is chosen to make it small;
- F not affine in u, as the product of two inputs that jump at the same time: (1/2) F_uu (u - v)²
  is left, which no function of v can supply, since the square of u - v is no derivative of one;
- the box of y is larger than that of z by tau |F_u| |u|, and the reading adds the noise of its
  own weights: with tau |F_u| |u| of the order of the box there is nothing to gain.
`remainder` measures what is left, and what there was.

Place in the flow: `fitting.setting` fits the `shifted_system` in place of the system; the network
gets a reading of z from its currents and rates (`networks.output`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import permutations

import numpy as np

from lrfit.core.arrays import Array, freeze_fields
from lrfit.fields.callable_field import CallableField
from lrfit.fields.field import Domain
from lrfit.integrate import rk4_step
from lrfit.systems.places import sobol_points
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

STEPS = 6
"""Runge-Kutta steps of each leg of a path: error below 1e-6 for |tau dF_u/dz dv| up to 1."""
_STEP = 1e-4
_TRIED, _IMAGES, _CORNERS = 256, 2048, 1024
_MOST_ORDERS = 6


@dataclass(frozen=True, kw_only=True, eq=False)
class Shift:
    """The transform z = T(y, v) of a system for a membrane time constant.

    moved : inputs that are shifted, by index. order : the inputs one leg at a time in this order,
    or () for the straight path. start : (U,) v0, where T is the identity.
    """

    system: System
    tau: float
    moved: tuple[int, ...]
    order: tuple[int, ...]
    start: Array

    def __post_init__(self) -> None:
        """Freeze the array."""
        freeze_fields(self, start=(self.system.domain.input_count,))

    def to_state(self, y: Array, v: Array) -> Array:
        """Z = T(y, v), (P, D)."""
        for begin, change in self._legs(v):
            y = self._flow(y, begin, change)
        return y

    def from_state(self, z: Array, v: Array) -> Array:
        """Y with T(y, v) = z, (P, D)."""
        for begin, change in reversed(list(self._legs(v))):
            z = self._flow(z, begin + change, -change)
        return z

    def velocity(self, y: Array, v: Array) -> Array:
        """G(y, v): how the inverse transform changes along F(z, v), (2)."""
        z = self.to_state(y, v)
        h = self.system.domain.half_width
        pull = self.system.velocity(z, v)
        size = np.max(np.abs(pull) / h, axis=1, keepdims=True)
        step = _STEP / np.where(size > 0, size, 1.0)
        ahead = self.from_state(z + step * pull, v)
        behind = self.from_state(z - step * pull, v)
        return np.asarray((ahead - behind) / (2.0 * step))

    def _legs(self, v: Array) -> Iterator[tuple[Array, Array]]:
        """Where every leg of the path begins, and its change, (P, U) each."""
        begin = v.copy()
        begin[:, list(self.moved)] = self.start[list(self.moved)]
        if not self.order:
            yield begin, v - begin
            return
        for j in self.order:
            change = np.zeros_like(v)
            change[:, j] = v[:, j] - begin[:, j]
            yield begin, change
            begin = begin + change

    def _flow(self, z: Array, begin: Array, change: Array) -> Array:
        """The solution of (1) over one leg, by classical Runge-Kutta."""
        h = 1.0 / STEPS

        def slope(k: int, share: float, z: Array) -> Array:
            by_input = self.system.jacobian(z, begin + (k + share) * h * change)[1]
            return np.asarray(self.tau * np.einsum("pdu,pu->pd", by_input, change))

        for k in range(STEPS):
            z = rk4_step(partial(slope, k), z, h)
        return z


def shift_of(system: System, tau: float, moved: tuple[int, ...]) -> Shift:
    """Choose start and path: the smallest remainder, and of equal ones the smallest box of y."""
    orders: list[tuple[int, ...]] = [()]
    if len(moved) > 1:
        every = permutations(moved)
        orders += [order for order, _ in zip(every, range(_MOST_ORDERS), strict=False)]
    starts = [resting_input(system.domain), system.domain.input_middle]
    tried = [
        Shift(system=system, tau=tau, moved=moved, order=order, start=start)
        for start in starts
        for order in orders
    ]
    left = [remainder(shift)[0] for shift in tried]
    best = min(left)
    good = [s for s, value in zip(tried, left, strict=True) if value <= 1.1 * best + 1e-3]
    return min(good, key=lambda s: float(np.sum(image_box(s).half_width / _half_width(s))))


def _half_width(shift: Shift) -> Array:
    return shift.system.domain.half_width


def remainder(shift: Shift) -> tuple[float, float]:
    """What of F(z, u) - F(z, v) the shift leaves, and all of it, relative to the rms of F.

    Means over z, v and u independent and uniform over box and ranges, v and u alike in the inputs
    that are not shifted: the worst case of signals that jump all over their ranges at once.
    """
    system = shift.system
    domain, moved = system.domain, list(shift.moved)
    D, U = domain.dimension, domain.input_count
    points = sobol_points(D + 2 * U, _TRIED, np.random.default_rng(0))
    z, v = domain.state_from_box(points[:, :D]), domain.input_from_box(points[:, D : D + U])
    u = v.copy()
    u[:, moved] = domain.input_from_box(points[:, D + U :])[:, moved]
    y = shift.from_state(z, v)
    gained = np.zeros_like(z)
    for j in moved:
        step = np.zeros(U)
        step[j] = _STEP * domain.input_half_width[j]
        by_input = shift.to_state(y, v + step) - shift.to_state(y, v - step)
        gained += by_input / (2.0 * step[j]) * (u - v)[:, j : j + 1] / shift.tau
    whole = (system.velocity(z, u) - system.velocity(z, v)) / domain.half_width
    size = np.sqrt(np.mean((system.velocity(z, u) / domain.half_width) ** 2))
    left = whole - gained / domain.half_width
    return float(np.sqrt(np.mean(left**2)) / size), float(np.sqrt(np.mean(whole**2)) / size)


def image_box(shift: Shift) -> Domain:
    """The smallest box that holds y for every z and v of the system's box."""
    domain = shift.system.domain
    D, n = domain.dimension, domain.dimension + domain.input_count
    inside = sobol_points(n, _IMAGES, np.random.default_rng(0))
    corners = np.where(sobol_points(n, _CORNERS, np.random.default_rng(1)) > 0, 1.0, -1.0)
    points = np.concatenate([inside, corners])
    z, v = domain.state_from_box(points[:, :D]), domain.input_from_box(points[:, D:])
    y = shift.from_state(z, v)
    return replace(domain, lower=y.min(axis=0), upper=y.max(axis=0))


def shifted_system(shift: Shift) -> System:
    """The system dy/dt = G(y, v) on the box of y: what a network with this shift must do."""
    box = image_box(shift)
    field = CallableField(domain=box, function=shift.velocity)
    return replace(shift.system, domain=box, field=field, notes=())
