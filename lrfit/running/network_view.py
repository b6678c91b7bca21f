"""What is said about a full-rank network, to a person and to a program."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.cli.console import Table
from lrfit.cli.text import number

if TYPE_CHECKING:
    from lrfit.networks.fullrank import FullRankNetwork


_FORMS = {
    "current": "current: tau dx/dt = -x + J phi(x) + W u + b",
    "rate": "rate: tau dr/dt = -r + phi(J r + W u + b)",
}


def fields(network: FullRankNetwork) -> dict[str, Any]:
    """Fields of the JSON object."""
    connections = _connections(network)
    tau = np.asarray(network.tau)
    return {
        "neurons": network.neurons,
        "input_names": list(network.inputs),
        "output_names": list(network.outputs),
        "reads": network.reads,
        "form": network.form,
        "trained": network.initial is not None,
        "nonlinearities": _counts(network),
        "tau_shortest": float(tau.min()),
        "tau_longest": float(tau.max()),
        "update": "continuous" if network.dt is None else "euler",
        "dt": network.dt,
        "connections": connections,
        "sparse": not isinstance(network.J, np.ndarray),
        "density": connections / network.neurons**2,
    }


def tables(network: FullRankNetwork, *, verbose: bool) -> list[Table]:
    """A description for a person."""
    told = fields(network)
    kinds = ", ".join(f"{count} {name}" for name, count in told["nonlinearities"].items())
    low, high = number(told["tau_shortest"]), number(told["tau_longest"])
    times = low if low == high else f"{low} to {high}"
    step = "" if network.dt is None else f", by Euler's method with dt {number(network.dt)}"
    rows = [
        ("neurons", f"{network.neurons} ({kinds})"),
        ("connections", f"{told['connections']} ({100 * told['density']:.3g} %)"),
        ("tau", f"{times}{step}"),
        ("form", _FORMS[network.form]),
        ("inputs", ", ".join(network.inputs) or "none"),
        (
            "outputs",
            f"{', '.join(network.outputs)}, of {network.reads}" if told["output_names"] else "none",
        ),
    ]
    if network.initial is not None:
        rows.append(("before training", f"connectivity kept; {_change(network)}"))
    return [Table(title="full-rank network", rows=rows)]


def _change(network: FullRankNetwork) -> str:
    """How far the connectivity is from the initial one."""
    trained: Any = network.J
    change = trained - network.initial
    size = np.sqrt(np.sum(np.square(change if isinstance(change, np.ndarray) else change.data)))
    return f"the norm of the change is {number(float(size))}"


def _connections(network: FullRankNetwork) -> int:
    """Entries of J that are not zero."""
    J = network.J
    return int(np.count_nonzero(J if isinstance(J, np.ndarray) else J.data))


def _counts(network: FullRankNetwork) -> dict[str, int]:
    """How many neurons there are of each nonlinearity."""
    sizes = {
        group.nonlinearity.name: len(np.arange(network.neurons)[group.index])
        for group in network.groups
    }
    return dict(sorted(sizes.items()))
