"""A network as a Nengo model: neurons of a type of their own, joined neuron to neuron.

Four things differ between Nengo and the equation, and the script takes care of each:

    gain      Nengo multiplies direct input of neurons by their gain, which is 1 here
    low-pass  its synapses follow the equation exactly: a = 1 - exp(-step/tau) where Euler's method
              has dt/tau; at step = -tau log(1 - dt/tau) both are the same
    start     synapses start at zero; one input in the first step, divided by a, sets the state
    delay     what is given at step 1 arrives at step 2, where the run of the script begins
"""

from __future__ import annotations

from lrfit.core.errors import UsageError
from lrfit.exchange.model import model_of
from lrfit.exchange.script import CHECK, NUMPY_PHI, head, phi, rates, reading, weights
from lrfit.networks.rate_network import RateNetwork

_NOTES = (
    "Neurons have gain 1 and bias b and receive currents directly. Membranes are Nengo's synapses, "
    "which follow the equation exactly, so that a smaller step may be chosen; at STEP they do what "
    "Euler's method does at DT, and there the script compares itself. The state that the model "
    "starts from, and the first row of the inputs, are there at its second step."
)
_MODEL = '''

class Rate(nengo.neurons.NeuronType):
    """Neurons whose rate is phi of their current."""

    probeable = ("rates",)
    negative = True
    spiking = False

    def max_rates_intercepts(self, gain, bias):
        """Of no use: nothing is decoded."""
        return np.ones_like(gain), np.zeros_like(bias)

    def step(self, dt, J, output):
        """Rates at currents J."""
        output[...] = phi(J)


STEP = -TAU * math.log1p(-DT / TAU)


def model(inputs=INPUTS, x=FIRST, step=STEP):
    """A model, with probes of its states and filtered inputs.

    inputs : (T, U), a row for each step. x : (n,), the state it starts from.
    """
    a, n, U = -math.expm1(-step / TAU), len(b), W.shape[1]
    membrane = nengo.synapses.Lowpass(TAU)

    def row(t):
        return inputs[min(max(round(t / step) - 2, 0), len(inputs) - 1)]

    def once(value):
        return lambda t: value if round(t / step) == 1 else np.zeros(len(value))

    with nengo.Network(seed=0) as net:
        neurons = nengo.Ensemble(
            n,
            1,
            neuron_type=Rate(),
            gain=np.ones(n),
            bias=b,
            encoders=np.ones((n, 1)),
            normalize_encoders=False,
        )
        state = nengo.Node(size_in=n)
        before_membrane = nengo.Node(size_in=n)
        nengo.Connection(before_membrane, state, synapse=membrane)
{connections}
        filtered = nengo.Node(size_in=max(U, 1))
        if U:
            stimulus = nengo.Node(row)
            settled = nengo.Node(once(inputs[0] / a - inputs[0]))
            nengo.Connection(stimulus, {driven}, transform=W, synapse=None)
            nengo.Connection(stimulus, filtered, synapse=membrane)
            nengo.Connection(settled, filtered, synapse=membrane)
        probes = nengo.Probe(state), nengo.Probe(filtered)
    return net, *probes

'''
_CURRENT = """        # The state is what neurons receive: x - b.
        start = nengo.Node(once((x - b) / a - recurrent(phi(b)) - W @ inputs[0]))
        nengo.Connection(start, before_membrane, synapse=None)
        nengo.Connection(state, neurons.neurons, synapse=None)
{joins}"""
_RATE = """        # The state is what membranes make of the neurons' output: their rates.
        start = nengo.Node(once(x / a - phi(W @ inputs[0] + b)))
        nengo.Connection(start, before_membrane, synapse=None)
        nengo.Connection(neurons.neurons, before_membrane, synapse=None)
        nengo.Connection(state, neurons.neurons, transform=J, synapse=None)"""
_DENSE = """\
        nengo.Connection(neurons.neurons, before_membrane, transform=J, synapse=None)"""
_LOW_RANK = """\
        latent = nengo.Node(size_in=M.shape[1])
        nengo.Connection(neurons.neurons, latent, transform=N.T, synapse=None)
        nengo.Connection(latent, before_membrane, transform=M, synapse=None)"""
_RECURRENT = """

def recurrent(r):
    return {recurrent}
"""
_MAIN = """

if __name__ == "__main__":
    net, states, filtered = model()
    with nengo.Simulator(net, dt=STEP, progress_bar=False) as simulator:
        simulator.run_steps(len(INPUTS) + 2)
    last = simulator.data[states][-1] + {offset}
    v = simulator.data[filtered][-1, : W.shape[1]]
    check(last, read(last, v))
"""


def to_nengo(network: RateNetwork) -> bytes:
    """The text of the script.

    Raises
    ------
    UsageError
        Neurons of different time constants, or a step that is the time constant.
    NumericalError
        As `model_of`.
    """
    model = model_of(network)
    tau = model.one_tau("Nengo's membrane")
    if model.dt >= tau:
        raise UsageError(
            f"Nengo's synapses decay by exp(-step/tau), never at once as with dt = {model.dt:g} "
            f"and tau = {tau:g}; export to torch or numpy"
        )
    is_current, is_low_rank = model.form == "current", model.J is None
    text = head(model, "Nengo", "import nengo\n", _NOTES) + weights(model)
    text += phi(model, NUMPY_PHI) + rates(model) + reading(model)
    text += _RECURRENT.format(recurrent="M @ (N.T @ r)" if is_low_rank else "J @ r")
    joins = _LOW_RANK if is_low_rank else _DENSE
    text += _MODEL.format(
        connections=_CURRENT.format(joins=joins) if is_current else _RATE,
        driven="before_membrane" if is_current else "neurons.neurons",
    )
    text += CHECK + _MAIN.format(offset="b" if is_current else "0.0")
    return text.encode()
