"""The tree: immutable nodes, of which no two are equal.

Place in the flow: text -> `Expr` -> derivatives, parity, code. Every node is made once
(hash-consing, Ershov 1958): equal subexpressions are the same object, so that a tree is at
the same time its graph of common subexpressions, comparison is identity, and every pass is
a loop over `order(roots)` which costs one step per distinct subexpression. Nothing here
recurses: a sum of a thousand terms is a thousand levels deep.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary


@dataclass(frozen=True, kw_only=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Expr:
    """A node: a "constant" with its `value`, a "symbol" with its `name`, or `op` of `args`.

    Made by `constant`, `symbol` and `apply` only. `serial` orders nodes by age, children first.
    """

    op: str
    args: tuple[Expr, ...]
    value: float
    name: str
    serial: int

    @property
    def is_constant(self) -> bool:
        """Whether this is a number."""
        return self.op == "constant"

    @property
    def is_symbol(self) -> bool:
        """Whether this is a name."""
        return self.op == "symbol"

    def __repr__(self) -> str:
        leaf = {"constant": repr(self.value), "symbol": repr(self.name)}
        return f"<Expr {leaf.get(self.op, f'{self.op} of {len(self.args)}')}>"

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        # Flat, since pickle would recurse; copies and unpickled nodes are the node itself.
        nodes = order((self,))
        index = {node: k for k, node in enumerate(nodes)}
        return _restore, (
            [(n.op, n.value, n.name, tuple(index[arg] for arg in n.args)) for n in nodes],
        )


_nodes: WeakValueDictionary[tuple[Any, ...], Expr] = WeakValueDictionary()
_serial = itertools.count()
_lock = threading.RLock()  # re-entrant: a collection inside may run somebody's finalizer


def _intern(op: str, args: tuple[Expr, ...] = (), value: float = 0.0, name: str = "") -> Expr:
    key = (op, args, value.hex(), name)  # hex tells -0.0 from 0.0
    with _lock:
        node = _nodes.get(key)
        if node is None:
            node = Expr(op=op, args=args, value=value, name=name, serial=next(_serial))
            _nodes[key] = node
    return node


def constant(value: float) -> Expr:
    """Make the node of a finite number."""
    return _intern("constant", value=float(value))


def symbol(name: str) -> Expr:
    """Make the node of a name."""
    return _intern("symbol", name=name)


def apply(op: str, *args: Expr) -> Expr:
    """Make the node of an operation as it stands, nothing folded or simplified."""
    return _intern(op, args)


def _restore(flat: Sequence[tuple[str, float, str, tuple[int, ...]]]) -> Expr:
    nodes: list[Expr] = []
    for op, value, name, children in flat:
        nodes.append(_intern(op, tuple(nodes[k] for k in children), value, name))
    return nodes[-1]


def order(roots: Iterable[Expr]) -> list[Expr]:
    """Every distinct node below `roots` once, arguments before what uses them."""
    done: dict[Expr, None] = {}
    todo = [(root, False) for root in reversed(tuple(roots))]
    while todo:
        node, ready = todo.pop()
        if node in done:
            continue
        if ready or not node.args:
            done[node] = None
        else:
            todo.append((node, True))
            todo.extend((arg, False) for arg in reversed(node.args) if arg not in done)
    return list(done)


def transform(
    roots: Sequence[Expr], rule: Callable[[Expr, tuple[Expr, ...]], Expr]
) -> tuple[Expr, ...]:
    """Rebuild the roots from below: `rule(node, new_args)` gives the new node."""
    new: dict[Expr, Expr] = {}
    for node in order(roots):
        new[node] = rule(node, tuple(new[arg] for arg in node.args))
    return tuple(new[root] for root in roots)


def symbols(roots: Iterable[Expr]) -> frozenset[str]:
    """The names that occur below `roots`."""
    return frozenset(node.name for node in order(roots) if node.is_symbol)
