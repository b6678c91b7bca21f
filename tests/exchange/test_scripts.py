"""Exported scripts run by themselves and compute what lrfit does.

Nengo and Brian 2 are run where they are installed. Where Nengo is not, its arithmetic is written
out here: synapses that start at zero, decay exactly, and pass on what they got one step later.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import runpy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from scipy.sparse import csr_array

import lrfit
from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.field import Domain
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, Nonlinearity, nonlinearity
from lrfit.networks.output import Output

N = 7
RNG = np.random.default_rng(3)
DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1.0, -2.0],
    upper=[1.0, 2.0],
    inputs=("u", "w"),
    input_lower=[-1.0, 0.0],
    input_upper=[1.0, 2.0],
)
LOW = LowRankNetwork(
    M=RNG.normal(size=(N, 2)),
    N=RNG.normal(size=(N, 2)) / 3,
    bias=RNG.normal(size=N),
    center=[0.1, 0.2],
    input_weights=RNG.normal(size=(N, 2)),
    direct_input=RNG.normal(size=(2, 2)),
    tau=0.1,
    nonlinearity=nonlinearity("tanh"),
    domain=DOMAIN,
)
READ = dataclasses.replace(
    LOW,
    output=Output(
        offset=RNG.normal(size=2),
        state=RNG.normal(size=(2, 2)),
        input=RNG.normal(size=(2, 2)),
        rates=RNG.normal(size=(2, N)),
        domain=DOMAIN,
    ),
)
FULL = FullRankNetwork(
    J=RNG.normal(size=(N, N)) / 2,
    tau=0.3,
    nonlinearity="tanh",
    input_weights=RNG.normal(size=(N, 2)),
    bias=RNG.normal(size=N),
    output_weights=RNG.normal(size=(3, N)),
    output_offset=RNG.normal(size=3),
    dt=0.02,
)
KINDS = [*NONLINEARITIES, "tanh"]
RATE = dataclasses.replace(FULL, form="rate", nonlinearity=KINDS)
BARE = FullRankNetwork(J=FULL.J, tau=0.3, nonlinearity="sigmoid")
SPARSE = dataclasses.replace(
    FULL,
    J=csr_array(FULL.J * (RNG.random((N, N)) < 0.4)),
    tau=RNG.uniform(0.2, 0.4, N),
    nonlinearity="softplus",
    reads="currents",
)
NETWORKS = {"low": LOW, "read": READ, "full": FULL, "rate": RATE, "bare": BARE, "sparse": SPARSE}
SAME_STEP = {
    "low": dataclasses.replace(LOW, dt=0.1),
    "read": dataclasses.replace(READ, dt=0.1),
    "full": dataclasses.replace(FULL, dt=0.3),
    "currents": dataclasses.replace(FULL, dt=0.3, reads="currents"),
    "rate": dataclasses.replace(FULL, dt=0.3, form="rate", nonlinearity="relu", J=FULL.J / 2),
}


def script(network: Any, to: str, path: Path) -> Path:
    file = path / f"a_{to}.py"
    lrfit.export(network, to=to, output=file)
    return file


def loaded(file: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def compared(network: Any, steps: int = 60) -> tuple[np.ndarray, np.ndarray, Any]:
    """Inputs, start, and lrfit's own run of another length than that in the script."""
    rng = np.random.default_rng(8)
    U = len(network.state_domain.inputs)
    u, x0 = rng.normal(size=(steps, U)), rng.normal(size=network.neurons)
    dt = network.dt or float(np.min(network.tau)) / 10
    run = lrfit.simulate(
        network,
        duration=steps * dt,
        points=steps + 1,
        currents=x0,
        signal=lambda t: u[np.minimum(np.rint(t / dt).astype(int), steps - 1)],
        solver="euler",
        dt=dt,
        space="full",
        store_rates=True,
    )
    return u, x0, run


@pytest.mark.parametrize("name", NETWORKS)
def test_the_numpy_script_computes_what_simulate_does(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    module = loaded(script(network, "numpy", tmp_path))
    u, x0, run = compared(network)
    states, outputs = module.simulate(u, x0)
    np.testing.assert_allclose(states, run.x[0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(outputs, run.z[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_torch_module_computes_what_simulate_does(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    network = NETWORKS[name]
    module = loaded(script(network, "torch", tmp_path))
    u, x0, run = compared(network)
    states, outputs = module.Network()(torch.from_numpy(u), torch.from_numpy(x0))
    assert states.dtype == torch.float64
    np.testing.assert_allclose(states.detach().numpy(), run.x[0], rtol=0, atol=1e-10)
    np.testing.assert_allclose(outputs.detach().numpy(), run.z[0], rtol=0, atol=1e-10)
    states.sum().backward()  # it can be trained on


@pytest.mark.parametrize("name", SAME_STEP)
def test_the_rnn_computes_what_simulate_does(name: str, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    network = SAME_STEP[name]
    module = loaded(script(network, "rnn", tmp_path))
    u, _, run = compared(network)
    rates = [module.rates(x) for x in run.x[0]]
    h, _ = module.network()(torch.from_numpy(u)[None], torch.tensor(rates[0])[None, None])
    np.testing.assert_allclose(h[0].detach().numpy(), rates[1:], rtol=0, atol=1e-10)
    outputs = module.outputs_of(np.array(rates[:-1]), u)
    np.testing.assert_allclose(outputs, run.z[0, 1:], rtol=0, atol=1e-10)


def test_the_rnn_can_be_imported_again(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    network = SAME_STEP["rate"]
    module = loaded(script(network, "rnn", tmp_path))
    torch.save(module.network().state_dict(), tmp_path / "a.pt")
    back = lrfit.import_network(tmp_path / "a.pt", tau=0.3, nonlinearity="relu")
    for name in ("J", "input_weights", "bias"):
        np.testing.assert_array_equal(getattr(back, name), getattr(network, name))


@pytest.mark.parametrize("to", ["numpy", "torch", "rnn", "nengo", "brian2"])
@pytest.mark.parametrize("name", ["low", "rate"])
@pytest.mark.filterwarnings("ignore")  # of the other programs
def test_a_script_compares_itself_when_it_is_run(
    name: str, to: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch" if to == "rnn" else to)
    file = script((SAME_STEP if to == "rnn" else NETWORKS)[name], to, tmp_path)
    runpy.run_path(str(file), run_name="__main__")  # raises SystemExit where it differs
    assert "largest difference" in capsys.readouterr().out


@pytest.mark.parametrize("part", ["LAST", "OUTPUTS", "INPUTS", "TAU"])
def test_a_script_that_was_changed_says_so(part: str, tmp_path: Path) -> None:
    file = script(LOW, "numpy", tmp_path)
    text = file.read_text().replace("\ndef check", f"\n{part} = {part} * (1 + 1e-8)\n\n\ndef check")
    text = (
        text.replace("simulate(INPUTS)", "simulate(INPUTS * (1 + 1e-6))")
        if (part == "INPUTS")
        else text
    )
    file.write_text(text.replace("dt / TAU", "dt / (TAU * (1 + 1e-6))") if part == "TAU" else text)
    done = subprocess.run([sys.executable, file], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "not what lrfit computes" in done.stderr


def test_a_script_holds_all_numbers_to_the_last_bit(tmp_path: Path) -> None:
    module = loaded(script(LOW, "numpy", tmp_path))
    for name, wanted in {"M": LOW.M, "N": LOW.N, "W": LOW.full_input_weights}.items():
        np.testing.assert_array_equal(getattr(module, name), wanted)
    assert LOW.tau == module.TAU
    assert LOW.tau / 10 == module.DT


class FakeNengo(ModuleType):
    """Nengo's arithmetic, as far as the script needs it, and nothing of its own."""

    def __init__(self) -> None:
        super().__init__("nengo")
        self.nodes: list[Any] = []
        self.links: list[Any] = []
        owner = self

        class Network:
            def __init__(self, **_: Any) -> None: ...
            def __enter__(self) -> Any:
                return self

            def __exit__(self, *_: object) -> None: ...

        class Thing:
            def __init__(self, output: Any = None, *, size_in: int = 0) -> None:
                self.output, self.size = output, size_in
                if output is not None:
                    self.size = len(np.atleast_1d(output(0.0)))
                self.value, self.got = np.zeros(self.size), np.zeros(self.size)
                owner.nodes.append(self)

        class Ensemble(Thing):
            def __init__(self, n: int, dimensions: int, **given: Any) -> None:
                super().__init__(size_in=n)
                self.given, self.neurons = given, self

        class Connection:
            def __init__(self, pre: Any, post: Any, transform: Any = 1.0, synapse: Any = 0) -> None:
                self.pre, self.post, self.synapse = pre, post, synapse
                self.transform, self.held = transform, np.zeros(post.size)
                owner.links.append(self)

        self.Network, self.Node, self.Ensemble = Network, Thing, Ensemble
        self.Connection, self.Probe = Connection, lambda target: target
        self.neurons = ModuleType("neurons")
        self.neurons.NeuronType = type("NeuronType", (), {})  # type: ignore[attr-defined]
        self.synapses = ModuleType("synapses")
        self.synapses.Lowpass = lambda tau: tau  # type: ignore[attr-defined]

    def run(self, steps: int, dt: float, probe: Any) -> np.ndarray:
        """Values of a node at steps 1, 2, ...; what passes no synapse arrives in the same step."""
        seen = []
        for k in range(1, steps + 1):
            for _ in range(len(self.nodes)):  # enough sweeps for what is joined without delay
                for node in self.nodes:
                    node.got = np.zeros(node.size)
                for link in self.links:
                    sent = np.dot(link.transform, link.pre.value)
                    link.post.got = link.post.got + (sent if link.synapse is None else link.held)
                for node in self.nodes:
                    self.settle(node, k * dt)
            seen.append(probe.value.copy())
            for link in self.links:
                if link.synapse is not None:
                    a = 1.0 - np.exp(-dt / link.synapse)
                    sent = np.dot(link.transform, link.pre.value)
                    link.held = (1.0 - a) * link.held + a * sent
        return np.array(seen)

    def settle(self, node: Any, t: float) -> None:
        given = getattr(node, "given", None)
        if given is not None:
            node.value = np.empty(node.size)
            given["neuron_type"].step(0.0, given["gain"] * node.got + given["bias"], node.value)
        else:
            node.value = node.got if node.output is None else np.atleast_1d(node.output(t))


@pytest.mark.parametrize("name", ["low", "read", "full", "rate", "bare"])
def test_the_nengo_script_is_right_by_nengos_arithmetic(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    network, fake = NETWORKS[name], FakeNengo()
    monkeypatch.setitem(sys.modules, "nengo", fake)
    module = loaded(script(network, "nengo", tmp_path))
    u, x0, run = compared(network, steps=25)
    _, states, _ = module.model(u, x0)
    offset = 0.0 if name == "rate" else network.bias
    found = fake.run(27, module.STEP, states)[1:] + offset
    np.testing.assert_allclose(found, run.x[0], rtol=0, atol=1e-10)


@pytest.mark.parametrize("name", NETWORKS)
def test_the_brian2_script_states_the_equation(name: str, tmp_path: Path) -> None:
    network = NETWORKS[name]
    text = script(network, "brian2", tmp_path).read_text()
    compile(text, "brian2", "exec")
    received = "drive = received + bias" + "".join(
        f" + W{j}*u{j}(t)" for j in range(len(network.state_domain.inputs))
    )
    assert f"{received} : 1\n" in text
    is_rate = getattr(network, "form", "current") == "rate"
    assert ("dx/dt = (-x + drive)/tau" in text) != is_rate
    assert ("received_post = w*x_pre : 1 (summed)" in text) == is_rate


@pytest.mark.parametrize(
    ("network", "to", "said"),
    [
        (FULL, "rnn", "no leak.*--to torch.*--update euler --dt T --tau T"),
        (dataclasses.replace(FULL, dt=0.3, nonlinearity="erf"), "rnn", "tanh or relu"),
        (SPARSE, "rnn", "one time constant"),
        (SPARSE, "nengo", "one time constant"),
        (SAME_STEP["full"], "nengo", "never at once"),
        (FULL, "nir", "NIR has no neurons with rates"),
        (FULL, "nump", "did you mean 'numpy'"),
    ],
)
def test_what_a_program_cannot_hold_is_refused(network: Any, to: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        lrfit.export(network, to=to)


def test_a_nonlinearity_without_a_formula_is_refused() -> None:
    own = Nonlinearity(name="mine", phi=np.tanh, slope=lambda _, r: 1 - r * r, parity="odd")
    with pytest.raises(UsageError, match="mine is a plugin's"):
        lrfit.export(dataclasses.replace(LOW, nonlinearity=own), to="numpy")


def test_a_state_that_cannot_be_read_from_the_neurons_is_refused() -> None:
    flat = dataclasses.replace(LOW, M=np.ones((N, 2)))
    with pytest.raises(NumericalError, match="cannot be read"):
        lrfit.export(flat, to="numpy")


def test_the_command_writes_a_script(run: Callable[..., Any], network_file: Path) -> None:
    done = run("export", network_file, "--to", "numpy")
    assert done.code == 0
    script_done = subprocess.run([sys.executable, "driven.numpy.py"], check=False)
    assert script_done.returncode == 0
    assert run("export", network_file, "--to", "rnn").code == 2
