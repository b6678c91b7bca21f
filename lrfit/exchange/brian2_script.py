"""A network as a script for Brian 2: equations as text, J as synapses, Euler's method."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrfit.exchange.model import Model, model_of
from lrfit.exchange.script import (
    CHECK,
    NUMPY_PHI,
    assigned,
    head,
    inputs_and_run,
    phi,
    rates,
    reading,
)
from lrfit.networks.rate_network import RateNetwork

_NOTES = (
    "One second of Brian is one unit of the network's time. Brian 2.9 needs a NumPy before version "
    "2. Each connection that is not zero is a synapse."
)
_PHI = {
    "tanh": "tanh({x})",
    "erf": "brian_erf({x})",
    "sigmoid": "0.5*(1.0 + tanh(0.5*{x}))",
    "relu": "{x}*int({x} > 0.0)",
    "softplus": "({x}*int({x} > 0.0) + log1p(exp(-abs({x}))))",
    "sin": "sin({x})",
}
_MODEL = '''

@brian2.check_units(x=1, result=1)
def brian_erf(x):
    """The error function, which Brian does not have."""
    return np.vectorize(math.erf, otypes=[float])(x)


brian2.prefs.codegen.target = "numpy"  # needs no compiler
EQUATIONS = """
{equations}
"""


def model(inputs=INPUTS, x=FIRST, dt=DT):
    """A network of Brian and its neurons, under inputs (T, U) from a state x (n,).

    Neurons have states x, and filtered inputs v0, v1, ... that are the same for all.
    """
    namespace = {{"brian_erf": brian_erf}}
    for j in range(W.shape[1]):
        namespace[f"u{{j}}"] = brian2.TimedArray(inputs[:, j], dt=dt * brian2.second)
    neurons = brian2.NeuronGroup(
        len(b), EQUATIONS, method="euler", dt=dt * brian2.second, namespace=namespace
    )
    neurons.x, neurons.bias, neurons.tau = x, b, TAU * brian2.second
{kinds}    for j in range(W.shape[1]):
        setattr(neurons, f"W{{j}}", W[:, j])
        setattr(neurons, f"v{{j}}", inputs[0, j])
    synapses = brian2.Synapses(
        neurons,
        neurons,
        "w : 1\\nreceived_post = w*{sent} : 1 (summed)",
        dt=dt * brian2.second,
        namespace=namespace,
    )
    synapses.connect(i=SENDER.astype(int), j=RECEIVER.astype(int))
    synapses.w = WEIGHT
    return brian2.Network(neurons, synapses), neurons

'''
_MAIN = """

if __name__ == "__main__":
    net, neurons = model()
    net.run(len(INPUTS) * DT * brian2.second)
    last = np.array(neurons.x)
    v = np.array([getattr(neurons, f"v{j}")[0] for j in range(W.shape[1])])
    check(last, read(last, v))
"""


def to_brian2(network: RateNetwork) -> bytes:
    """The text of the script.

    Raises
    ------
    UsageError, NumericalError
        As `model_of`.
    """
    model = model_of(network)
    text = head(model, "Brian 2", "import brian2\n", _NOTES) + _connections(model)
    text += assigned("TAU", model.tau) + assigned("DT", model.dt) + inputs_and_run(model)
    kinds = len(model.groups) > 1
    if kinds:
        text += assigned("KIND", _kinds(model))
    text += phi(model, NUMPY_PHI) + rates(model) + reading(model)
    text += _MODEL.format(
        equations=_equations(model),
        kinds="    neurons.kind = KIND.astype(int)\n" if kinds else "",
        sent="x_pre" if model.form == "rate" else _rate_of(model, "x_pre", "kind_pre"),
    )
    return (text + CHECK + _MAIN).encode()


def _connections(model: Model) -> str:
    """Neurons that receive and send, and the weight, for every connection that is not zero."""
    if model.J is not None and not isinstance(model.J, np.ndarray):
        J = model.J.tocoo()
        return _three(J.row, J.col, J.data)
    dense = model.dense()
    receiver, sender = np.nonzero(dense)
    return _three(receiver, sender, dense[receiver, sender])


def _three(receiver: Any, sender: Any, weight: Any) -> str:
    named = {"RECEIVER": receiver, "SENDER": sender, "WEIGHT": weight}
    return "".join(assigned(name, values) for name, values in named.items())


def _kinds(model: Model) -> np.ndarray:
    kinds = np.zeros(model.neurons)
    for i, group in enumerate(model.groups):
        kinds[group.index] = i
    return kinds


def _equations(model: Model) -> str:
    """The equations of a neuron in Brian's language."""
    U = len(model.inputs)
    drive = " + ".join(["received", "bias", *(f"W{j}*u{j}(t)" for j in range(U))])
    target = "drive" if model.form == "current" else _rate_of(model, "drive", "kind")
    lines = [
        f"dx/dt = (-x + {target})/tau : 1",
        f"drive = {drive} : 1",
        "received : 1",
        "bias : 1 (constant)",
        "tau : second (constant)",
        *(f"W{j} : 1 (constant)" for j in range(U)),
        *(f"dv{j}/dt = (-v{j} + u{j}(t))/tau : 1" for j in range(U)),
    ]
    if len(model.groups) > 1:
        lines.append("kind : integer (constant)")
    return "\n".join(lines)


def _rate_of(model: Model, x: str, kind: str) -> str:
    """Phi of a variable; of several kinds of neurons a sum with one term that is not zero."""
    names = [group.nonlinearity.name for group in model.groups]
    if len(names) == 1:
        return _PHI[names[0]].format(x=x)
    terms = [f"int({kind} == {i})*({_PHI[name].format(x=x)})" for i, name in enumerate(names)]
    return f"({' + '.join(terms)})"
