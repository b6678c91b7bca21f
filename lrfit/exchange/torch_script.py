"""A network as a module of PyTorch in float64, and as a `torch.nn.RNN` where it is one."""

from __future__ import annotations

from lrfit.core.errors import UsageError
from lrfit.exchange.model import Model, model_of
from lrfit.exchange.script import CHECK, RATES, head, phi, rates, reading, weights
from lrfit.networks.rate_network import RateNetwork

TORCH_PHI = {
    "tanh": "torch.tanh({x})",
    "erf": "torch.erf({x})",
    "sigmoid": "torch.sigmoid({x})",
    "relu": "torch.relu({x})",
    # torch's own softplus is linear from 20 on, which is wrong by 2e-9 there.
    "softplus": "torch.logaddexp({x}, torch.zeros_like({x}))",
    "sin": "torch.sin({x})",
}
_READING = ("OFFSET", "BY_STATE", "BY_FILTERED", "BY_RATES")
_MODULE = '''

class Network(torch.nn.Module):
    """x <- x + (dt / tau) (...), as above; weights are parameters in float64."""

    def __init__(self, dt=DT):
        super().__init__()
        self.dt = dt
        self.register_buffer("tau", torch.as_tensor(TAU, dtype=torch.float64))
        for name, values in {named}.items():
            setattr(self, name, torch.nn.Parameter(torch.from_numpy(values)))

    def recurrent(self, r):
        """Recurrent currents (..., n) of rates r (..., n)."""
        return {recurrent}

    def step(self, x, u):
        """The state (..., n) after one step of Euler's method from x under the input u (..., U)."""
        drive = self.recurrent({rates}) + u @ self.W.T + self.b
        return x + (self.dt / self.tau) * ({target} - x)

    def forward(self, inputs, x=None):
        """States (T + 1, ..., n) and outputs (T + 1, ..., K) under inputs (T, ..., U)."""
        x = torch.from_numpy(FIRST) if x is None else x
        v = inputs[0]
        states, outputs = [x], [read(x, v)]
        for u in inputs:
            x, v = self.step(x, u), v + (self.dt / {tau}) * (u - v)
            states.append(x)
            outputs.append(read(x, v))
        return torch.stack(states), torch.stack(outputs)

'''
_MAIN = """

if __name__ == "__main__":
    with torch.no_grad():
        states, outputs = Network()(torch.from_numpy(INPUTS))
    check(states[-1].numpy(), outputs[-1].numpy())
"""


def to_torch(network: RateNetwork) -> bytes:
    """The text of a script with a module.

    Raises
    ------
    UsageError, NumericalError
        As `model_of`.
    """
    model = model_of(network)
    names = ("M", "N", "W", "b") if model.J is None else ("J", "W", "b")
    text = head(model, "PyTorch", "import torch\n") + weights(model)
    text += phi(model, TORCH_PHI, empty="torch.empty_like(x)") + "\n" + rates(model)
    text += _torch_reading(model)
    text += _MODULE.format(
        named="{" + ", ".join(f'"{name}": {name}' for name in names) + "}",
        recurrent="(r @ self.N) @ self.M.T" if model.J is None else "r @ self.J.T",
        rates=RATES[model.form],
        target="drive" if model.form == "current" else "phi(drive)",
        tau="self.tau" if model.J is None else "1.0",
    )
    return (text + CHECK + _MAIN).encode()


def _torch_reading(model: Model) -> str:
    text = reading(model).replace("np.zeros((*x.shape[:-1], 1))", "x[..., :1] * 0.0")
    for name in _READING:
        text = text.replace(name, f"torch.from_numpy({name})")
    return text


_RNN = '''

def network():
    """The torch.nn.RNN: rates h (trials, T, n) of inputs (trials, T, U), in float64."""
    rnn = torch.nn.RNN(
        max(W.shape[1], 1), len(b), nonlinearity="{phi}", batch_first=True, dtype=torch.float64
    )
    with torch.no_grad():
        rnn.weight_hh_l0.copy_(torch.from_numpy(J))
        rnn.weight_ih_l0.zero_()
        rnn.weight_ih_l0[:, : W.shape[1]] = torch.from_numpy(W)
        rnn.bias_ih_l0.copy_(torch.from_numpy(b))
        rnn.bias_hh_l0.zero_()
    return rnn


def outputs_of(before, u):
    """Outputs (..., K) after a step from rates `before` (..., n) under inputs u (..., U)."""
    current = before @ J.T + u @ W.T + b
    return read({state}, u)


if __name__ == "__main__":
    inputs = torch.zeros(1, len(INPUTS), max(W.shape[1], 1), dtype=torch.float64)
    inputs[0, :, : W.shape[1]] = torch.from_numpy(INPUTS)
    start = torch.from_numpy({start})[None, None]
    with torch.no_grad():
        h = network()(inputs, start)[0][0].numpy()
    check_rates(h[-1], outputs_of(h[-2], INPUTS[-1]))
'''
_CHECK_RATES = """

def check_rates(rates, outputs):
    global LAST
    LAST = {last}
    check(rates, outputs)
"""
_NUMPY_PHI = {"tanh": "np.tanh({x})", "relu": "np.maximum({x}, 0.0)"}


def to_rnn(network: RateNetwork) -> bytes:
    """The text of a script with a `torch.nn.RNN`, whose states are rates.

    h[t+1] = phi(J h[t] + W u[t] + b) is the network where its step is its time constant.

    Raises
    ------
    UsageError
        The step is another one, or phi is neither tanh nor relu.
    NumericalError
        As `model_of`.
    """
    model = model_of(network)
    name = _require_rnn(model)
    notes = (
        "States of torch.nn.RNN are rates h = phi(x), and h[t] is the state after the input of "
        "row t. It is this network because dt = tau."
    )
    text = head(model, "torch.nn.RNN", "import torch\n", notes) + weights(model, dense=True)
    text += phi(model, _NUMPY_PHI) + "\n" + rates(model) + reading(model) + "\n" + CHECK
    is_current = model.form == "current"
    text += _CHECK_RATES.format(last="phi(LAST)" if is_current else "LAST")
    return (
        text
        + _RNN.format(
            phi=name,
            state="current" if is_current else "phi(current)",
            start="phi(FIRST)" if is_current else "FIRST",
        )
    ).encode()


def _require_rnn(model: Model) -> str:
    tau = model.one_tau("torch.nn.RNN")
    if abs(model.dt - tau) > 1e-12 * tau:
        raise UsageError(
            f"torch.nn.RNN has no leak: it is a network whose step is its time constant, and this "
            f"one has dt = {model.dt:g} and tau = {tau:g}; export the module with --to torch, or "
            "fit with --update euler --dt T --tau T"
        )
    names = [group.nonlinearity.name for group in model.groups]
    if len(names) > 1 or names[0] not in _NUMPY_PHI:
        raise UsageError(
            f"torch.nn.RNN has tanh or relu for all neurons, not {', '.join(names)}; export the "
            "module with --to torch"
        )
    return names[0]
