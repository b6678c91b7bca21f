"""The network's latent system written out with its numbers, term by term.

tau dz/dt = -(z - c) + sum_i n_i phi(m_i·(z - c) + B_i·v + b_i) + C u
"""

from __future__ import annotations

import numpy as np

from lrfit.core.arrays import Array
from lrfit.networks.lowrank import LowRankNetwork

_PLACES = 6
_NOTHING = 1e-13


def equations(network: LowRankNetwork) -> str:
    """One block of lines for every variable; neurons are named r1, r2, ..., and said once."""
    names, inputs = network.domain.variables, network.domain.inputs
    phi, c = network.nonlinearity.name, network.center
    offset = network.bias - network.M @ c
    lines = [
        f"{_number(network.tau)} d{name}/dt = " + _row(network, i) for i, name in enumerate(names)
    ]
    lines.append("")
    for k in range(network.neurons):
        terms = [
            *_terms(network.M[k], names),
            *_terms(network.input_weights[k], [f"v_{n}" for n in inputs]),
        ]
        lines.append(f"r{k + 1} = {phi}({_sum([*terms, *_terms(offset[k : k + 1], [''])])})")
    if np.any(network.input_weights):
        lines += ["", *(f"{_number(network.tau)} dv_{n}/dt = -v_{n} + {n}" for n in inputs)]
    if network.dt is not None:
        lines += ["", f"run by Euler's method with dt = {_number(network.dt)}"]
    return "\n".join(lines)


def _row(network: LowRankNetwork, i: int) -> str:
    names, inputs = network.domain.variables, network.domain.inputs
    rates = [f"r{k + 1}" for k in range(network.neurons)]
    terms = [f"-{names[i]}", *_terms(network.center[i : i + 1], [""])]
    terms += _terms(network.N[:, i], rates) + _terms(network.direct_input[i], inputs)
    return _sum(terms)


def _terms(values: Array, names: list[str] | tuple[str, ...]) -> list[str]:
    """Products of numbers and names, without those that are zero."""
    largest = np.abs(values).max(initial=0.0)
    return [
        f"{_number(value)}*{name}" if name else _number(value)
        for value, name in zip(values, names, strict=True)
        if abs(value) > _NOTHING * max(largest, 1.0)
    ]


def _number(value: float) -> str:
    return f"{value:.{_PLACES}g}"


def _sum(terms: list[str]) -> str:
    """Terms with their signs between them."""
    if not terms:
        return "0"
    rest = "".join(f" - {t[1:]}" if t.startswith("-") else f" + {t}" for t in terms[1:])
    return terms[0] + rest
