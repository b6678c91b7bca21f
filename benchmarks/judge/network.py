"""A network file as a flow, read with h5py: its latent equation in the latent box.

    tau dy/dt = -(y - c) + Nᵀ phi(M (y - c) + B v + b) + C u,      tau dv/dt = -v + u
    z = offset + S y + K v + O phi(M (y - c) + B v + b)             with /network/output, else z = y

(Beiran et al. 2021, eq. 6, with an input C u through span(M).) At a constant input v = u.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import h5py  # type: ignore[import-untyped]
import numpy as np
from scipy.optimize import root
from scipy.special import erf, expit

from benchmarks.judge.expressions import function, jumps, translate
from benchmarks.judge.flow import BOUND, Flow, guarded
from benchmarks.judge.target import Target
from lrfit.core.arrays import Array

_PHI: Final[dict[str, Callable[[Array], Array]]] = {
    "tanh": np.tanh,
    "erf": erf,
    "sigmoid": expit,
    "relu": lambda x: np.maximum(x, 0.0),
    "softplus": lambda x: np.logaddexp(0.0, x),
    "sin": np.sin,
}
_WRITTEN_OUT = 240
"""Weights up to which written-out sums are faster than calls of numpy."""
_ARRAYS = ("M", "N", "bias", "center", "input_weights", "direct_input")
_OUTPUT = ("offset", "state", "input", "rates")


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """The weights of a file, the user's units; `output` is empty where z = y."""

    weights: Mapping[str, Array]
    output: Mapping[str, Array]
    tau: float
    phi: str
    box: tuple[Array, Array]
    discrete: bool
    says: str
    text: str

    @classmethod
    def read(cls, path: Path) -> Network:
        """Read a network file."""
        with h5py.File(path) as file:
            group, report = file["network"], file["report"].attrs
            output = group.get("output", {})
            lower, upper = (np.array(group[f"domain/{name}"]) for name in ("lower", "upper"))
            return cls(
                weights={name: np.array(group[name], dtype=float) for name in _ARRAYS},
                output={name: np.array(output[name]) for name in (*_OUTPUT, "copied")}
                if output
                else {},
                tau=float(group.attrs["tau"]),
                phi=str(group.attrs["nonlinearity"]),
                box=(0.5 * (lower + upper), 0.5 * (upper - lower)),
                discrete=str(group.attrs.get("update", "continuous")) != "continuous",
                says=str(report.get("faithful", "")),
                text=file["system/text"].asstr()[()] if "text" in file["system"] else "",
            )

    def constant(self, target: Target, level: Mapping[str, float]) -> Flow:
        """The flow at a constant input, v = u: L latent variables."""
        u = np.array([level[name] for name in target.input_ranges])
        M, N, bias, center, drive = self._in_box(u)
        if M.size + N.size <= _WRITTEN_OUT:
            velocity = _written_out(self.phi, M, N, bias, center, drive, self.tau)
        else:
            velocity = _by_arrays(self.phi, M, N, bias, center, drive, self.tau)
        return Flow(
            velocity=velocity,
            read=lambda y: self._read(target, y, np.broadcast_to(u, (len(y), len(u)))),
            begin=lambda zeta: self._begin(target, zeta, u),
            watched=len(center),
        )

    def driven(self, target: Target) -> Flow:
        """The flow under the declared signals: y and then v, which starts at u(0)."""
        signals = target.signals
        U, D = len(signals), len(self.weights["center"])
        none = np.zeros(U)
        M, N, bias, center, _ = self._in_box(none)
        direct = self.weights["direct_input"] / self.box[1][:, None]
        inputs = [
            function(f"def u(t): return {translate(text, {'t': 't'})}", "u")
            for text in signals.values()
        ]
        B, phi, tau = self.weights["input_weights"], _PHI[self.phi], self.tau

        def velocity(y: Array, t: float) -> list[float]:
            state, v = y[:D], y[D:]
            if not np.all(np.abs(state) < BOUND):
                return [0.0] * (D + U)
            u = np.array([signal(t) for signal in inputs])
            rates = phi(M.dot(state) + bias + B.dot(v))
            change = center - state + N.T.dot(rates) + direct.dot(u)
            return (np.concatenate([change, u - v]) / tau).tolist()  # type: ignore[no-any-return]

        def begin(zeta: Array) -> Array:
            first = np.array([signal(0.0) for signal in inputs])
            return np.concatenate([self._begin(target, zeta, first), first])

        return Flow(
            velocity=velocity,
            read=lambda y: self._read(target, y[:, :D], y[:, D:]),
            begin=begin,
            jumps=tuple(sorted({t for text in signals.values() for t in jumps(text)})),
            watched=D,
        )

    def _in_box(self, u: Array) -> tuple[Array, ...]:
        """M, N, bias, center and drive for y in half-widths of the latent box, at v = u."""
        middle, half = self.box
        w = self.weights
        bias = w["bias"] + w["M"] @ (middle - w["center"]) + w["input_weights"] @ u
        center = (w["center"] - middle) / half
        return w["M"] * half, w["N"] / half, bias, center, (w["direct_input"] @ u) / half

    def _read(self, target: Target, y: Array, v: Array) -> Array:
        """The target's variables (n, D) in half-widths, from latent states (n, L)."""
        if not self.output:
            return y
        middle, half = self.box
        z = self._output(middle + half * y, v)
        return np.asarray((z - target.box[0]) / target.box[1])

    def _output(self, y: Array, v: Array) -> Array:
        w, out = self.weights, self.output
        current = (y - w["center"]) @ w["M"].T + v @ w["input_weights"].T + w["bias"]
        read = out["offset"] + y @ out["state"].T + v @ out["input"].T
        return np.asarray(read + _PHI[self.phi](current) @ out["rates"].T)

    def _begin(self, target: Target, zeta: Array, u: Array) -> Array:
        """The latent state (L,) that is read as `zeta`; copies of inputs start at their input."""
        if not self.output:
            return np.array(zeta, dtype=float)
        middle, half = self.box
        z = target.box[0] + target.box[1] * zeta
        D, L = self.output["state"].shape
        copies = np.array(self._copied(u))[: L - D]

        def off(y: Array) -> Array:
            full = np.concatenate([y, copies])[None]
            return np.asarray((self._output(full, u[None])[0] - z) / target.box[1])

        found = root(off, z, method="hybr", tol=1e-12).x
        return np.asarray((np.concatenate([found, copies]) - middle) / half)

    def _copied(self, u: Array) -> list[float]:
        return [float(u[int(j)]) for j in self.output.get("copied", np.empty(0))]


def _written_out(
    phi: str, M: Array, N: Array, bias: Array, center: Array, drive: Array, tau: float
) -> Any:
    """The velocity as generated source: sums written out term by term."""
    states = [f"s{j}" for j in range(M.shape[1])]
    body = []
    for i, row in enumerate(M.tolist()):
        terms = " + ".join(f"{m!r}*{s}" for m, s in zip(row, states, strict=True))
        body.append(f"r{i} = {phi}({float(bias[i])!r} + {terms})")
    rates = []
    for j, column in enumerate(N.T.tolist()):
        terms = " + ".join(f"{n!r}*r{i}" for i, n in enumerate(column))
        constant = float(center[j] + drive[j])
        rates.append(f"({constant!r} - s{j} + {terms})/{tau!r}")
    return function(guarded(states, body, rates), "velocity")


def _by_arrays(
    phi: str, M: Array, N: Array, bias: Array, center: Array, drive: Array, tau: float
) -> Any:
    """The velocity by matrix products, for large networks."""
    function_of, still, readout = _PHI[phi], center + drive, np.ascontiguousarray(N.T)

    def velocity(y: Array, _: float) -> list[float]:
        if not np.all(np.abs(y) < BOUND):
            return [0.0] * len(y)
        return ((still - y + readout.dot(function_of(M.dot(y) + bias))) / tau).tolist()  # type: ignore[no-any-return]

    return velocity
