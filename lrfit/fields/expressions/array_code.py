"""Code for many points: one numpy call per distinct subexpression, in as few buffers as go.

The generated function works on one block of points, small enough for all its buffers to stay
in the cache; every call writes into a buffer given to it (no temporaries are allocated), and
a buffer is used again as soon as its value is no longer needed (linear-scan register
allocation, Poletto & Sarkar 1999, on straight-line code).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.expressions.removable_arrays import exprel_slopes, sinc_slopes
from lrfit.fields.expressions.tree import Expr, order

BlockCode = Callable[[Sequence[Array], Sequence[Array], Sequence[Array]], None]


@dataclass(frozen=True, kw_only=True, eq=False)
class ArrayCode:
    """`run(inputs, outputs, buffers)` on arrays of one length; `buffers` of them are needed."""

    run: BlockCode
    buffers: int


def array_code(roots: Sequence[Expr], symbols: Sequence[str]) -> ArrayCode:
    """Compile lowered expressions to a function that fills one output per root."""
    writer = _Writer(roots=roots, symbols=symbols)
    source = "\n".join(["def run(i, o, w):", *writer.unpacking(), *writer.lines, "    return"])
    namespace = writer.namespace
    exec(compile(source, "<lrfit array code>", "exec"), namespace)
    return ArrayCode(run=namespace["run"], buffers=writer.buffers)


@dataclass(kw_only=True, eq=False)
class _Writer:
    """The code so far: where every value lives, which buffers are free."""

    roots: Sequence[Expr]
    symbols: Sequence[str]
    lines: list[str] = field(default_factory=list)
    namespace: dict[str, Any] = field(default_factory=dict)
    place: dict[Expr, str] = field(default_factory=dict)
    free: list[str] = field(default_factory=list)
    buffers: int = 0

    def __post_init__(self) -> None:
        nodes = order(self.roots)
        outputs = {root: f"o{k}" for k, root in reversed(list(enumerate(self.roots)))}
        last_use = {arg: node for node in nodes for arg in node.args}
        for node in nodes:
            if node.args:
                self._operation(node, outputs, last_use)
            else:
                self.place[node] = self._leaf(node)
        for k, root in enumerate(self.roots):
            if self.place[root] != f"o{k}":
                self._call("copy", [self.place[root]], f"o{k}")

    def _leaf(self, node: Expr) -> str:
        if node.is_symbol:
            return f"i{self.symbols.index(node.name)}"
        name = f"c{len(self.place)}"
        # An array without dimensions: numpy takes it twice as fast as a Python float.
        self.namespace[name] = np.array(node.value)
        return name

    def _operation(self, node: Expr, outputs: dict[Expr, str], last_use: dict[Expr, Expr]) -> None:
        args = [self.place[arg] for arg in node.args]
        for arg in dict.fromkeys(node.args):
            if last_use[arg] is node and self.place[arg].startswith("w"):
                self.free.append(self.place[arg])
        self.place[node] = outputs.get(node) or self._buffer()
        self._call(node.op, args, self.place[node])

    def _buffer(self) -> str:
        if self.free:
            return self.free.pop()
        self.buffers += 1
        return f"w{self.buffers - 1}"

    def _call(self, op: str, args: list[str], out: str) -> None:
        self.namespace[f"f_{op}"] = _function(op)
        self.lines.append(f"    f_{op}({', '.join(args)}, out={out})")

    def unpacking(self) -> list[str]:
        """Lines that name inputs, outputs and buffers."""
        counts = {"i": len(self.symbols), "o": len(self.roots), "w": self.buffers}
        return [
            f"    {''.join(f'{letter}{k}, ' for k in range(count))} = {letter}"
            for letter, count in counts.items()
            if count
        ]


def _function(op: str) -> Callable[..., Any]:
    """Return the array function of an operation; it writes into its argument `out`."""
    if op in ("erf", "exprel"):
        from scipy import special  # noqa: PLC0415 - scipy only where it is used

        found: Callable[..., Any] = getattr(special, op)
        return found
    function: Callable[..., Any] = _SPECIAL.get(op) or getattr(np, op)
    return function


# `out` may be the buffer of an argument: after writing to it, none of these reads an argument.


def _sigmoid(x: Array, *, out: Array) -> None:
    np.negative(x, out=out)
    np.exp(out, out=out)  # overflow to inf is right: 1 / inf = 0
    np.add(out, 1.0, out=out)
    np.divide(1.0, out, out=out)


def _pulse(t: Array, start: Array, stop: Array, *, out: Array) -> None:
    np.copyto(out, (t >= start) & (t < stop))


def _select(condition: Array, a: Array, b: Array, *, out: Array) -> None:
    np.copyto(out, np.where(condition, a, b))


def _sinc(x: Array, *, out: Array) -> None:
    np.copyto(out, np.where(x == 0.0, 1.0, np.sin(x) / x))


def _cut(y: Array, x: Array, *, out: Array) -> None:
    np.multiply(y, x, out=out)
    np.multiply(out, 0.0, out=out)


_SPECIAL: dict[str, Callable[..., Any]] = {
    "copy": lambda x, *, out: np.copyto(out, x),
    "relu": lambda x, *, out: np.maximum(x, 0.0, out=out),
    "sigmoid": _sigmoid,
    "step": np.greater_equal,
    "side": np.sign,
    "heaviside": lambda x, *, out: np.heaviside(x, 1.0, out=out),
    "flat": lambda x, *, out: np.multiply(x, 0.0, out=out),
    "cut": _cut,
    "atan2": np.arctan2,
    "sinc": _sinc,
    "sinc_slope": lambda x, k, *, out: np.copyto(out, sinc_slopes(x, k)),
    "exprel_slope": lambda x, k, *, out: np.copyto(out, exprel_slopes(x, k)),
    "pulse": _pulse,
    "select": _select,
}
