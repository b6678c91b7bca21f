"""Networks from weights of other programs: names, conventions, and what activity decides."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.exchange.import_network import imported
from lrfit.exchange.import_options import ImportOptions
from lrfit.exchange.roles import role_of
from tests.io.weights.pickles import state_dict

N, U, K = 6, 2, 3
RNG = np.random.default_rng(5)
J = RNG.normal(size=(N, N)) / 2
B = RNG.normal(size=(N, U))
b1, b2 = RNG.normal(size=(2, N)) / 4
OUT, o = RNG.normal(size=(K, N)), RNG.normal(size=K)
TORCH = {
    "rnn.weight_ih_l0": B,
    "rnn.weight_hh_l0": J,
    "rnn.bias_ih_l0": b1,
    "rnn.bias_hh_l0": b2,
    "fc.weight": OUT,
    "fc.bias": o,
}
NAMED = {"W_rec": J, "W_in": B, "b_rec": b1 + b2, "W_out": OUT, "b_out": o}


def saved(path: Path, **arrays: Any) -> Path:
    np.savez(path, **arrays)
    return path


def assert_weights(network: Any) -> None:
    np.testing.assert_allclose(network.J, J, rtol=1e-15)
    np.testing.assert_allclose(network.input_weights, B, rtol=1e-15)
    np.testing.assert_allclose(network.bias, b1 + b2, rtol=1e-15)
    np.testing.assert_allclose(network.output_weights, OUT, rtol=1e-15)
    np.testing.assert_allclose(network.output_offset, o, rtol=1e-15)


def activity(
    *,
    form: str = "rate",
    a: float = 0.25,
    phi: Any = np.tanh,
    steps: int = 12,
    by_end: bool = False,
) -> dict[str, np.ndarray]:
    """Two trials of the equations, written anew: inputs, and rates or currents."""
    rng = np.random.default_rng(0)
    u = rng.normal(size=(2, steps, U))
    x = np.tanh(rng.normal(size=(2, N)))
    states = [x]
    for t in range(steps - 1):
        drive = u[:, t + 1 if by_end else t] @ B.T + b1 + b2
        if form == "rate":
            x = (1 - a) * x + a * phi(x @ J.T + drive)
        else:
            x = (1 - a) * x + a * (phi(x) @ J.T + drive)
        states.append(x)
    return {"inputs": u, "rates": np.stack(states, axis=1)}


def test_a_state_dict_of_torch_becomes_the_network_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.pt"
    path.write_bytes(state_dict(TORCH))
    network = lrfit.import_network(path, tau=0.1)
    assert_weights(network)
    assert (network.form, network.dt, network.tau, network.nonlinearity) == (
        "rate",
        0.1,
        0.1,
        "tanh",
    )


def test_an_imported_rnn_does_what_torch_does(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    rnn = torch.nn.RNN(U, N, nonlinearity="relu", batch_first=True).double()
    torch.save({"model": rnn.state_dict()}, tmp_path / "a.pth")
    network = lrfit.import_network(tmp_path / "a.pth", tau=0.5, nonlinearity="relu")
    u = np.random.default_rng(0).normal(size=(40, U))
    out = rnn(torch.tensor(u)[None])[0][0].detach().numpy()
    run = lrfit.simulate(
        network,
        duration=20.0,
        points=41,
        signal=lambda t: u[np.minimum(np.rint(t / 0.5).astype(int), 39)],
    )
    np.testing.assert_allclose(run.x[0, 1:], out, atol=1e-12)


def test_common_names_in_an_npz_are_known(tmp_path: Path) -> None:
    network = lrfit.import_network(saved(tmp_path / "a.npz", **NAMED), tau=1.0, dt=0.1)
    assert_weights(network)
    assert network.form == "current"


def test_the_file_may_say_the_conventions(tmp_path: Path) -> None:
    told = {"tau": 0.2, "alpha": 0.1, "activation": "relu", "form": "rate"}
    network = lrfit.import_network(saved(tmp_path / "a.npz", **NAMED, **told))
    assert (network.tau, network.nonlinearity, network.form) == (0.2, "relu", "rate")
    assert network.dt == pytest.approx(0.02)


def test_weights_that_act_from_the_right_are_turned(tmp_path: Path) -> None:
    turned = {name: array.T for name, array in NAMED.items()}
    path = saved(tmp_path / "a.npz", **turned)
    assert_weights(lrfit.import_network(path, tau=1.0, dt=1.0, transposed=True))
    as_is = lrfit.import_network(path, tau=1.0, dt=1.0)
    np.testing.assert_array_equal(as_is.J, J.T)
    np.testing.assert_array_equal(as_is.input_weights, B)  # its shape tells


def test_keras_weights_act_from_the_right(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        cell = "model_weights/simple_rnn/simple_rnn/simple_rnn_cell"
        file[f"{cell}/kernel:0"] = B.T
        file[f"{cell}/recurrent_kernel:0"] = J.T
        file[f"{cell}/bias:0"] = b1 + b2
        file["model_weights/dense/dense/kernel:0"] = OUT.T
        file["model_weights/dense/dense/bias:0"] = o
        file["optimizer_weights/adam/m:0"] = np.zeros((N, N))
    network = lrfit.import_network(path, tau=1.0)
    assert_weights(network)
    assert (network.form, network.dt) == ("rate", 1.0)


def test_keras_3_numbers_the_variables(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        for i, array in enumerate((B.T, J.T, b1 + b2)):
            file[f"layers/simple_rnn/cell/vars/{i}"] = array
        file["layers/dense/vars/0"], file["layers/dense/vars/1"] = OUT.T, o
    assert_weights(lrfit.import_network(path, tau=1.0))


def test_low_rank_weights_and_a_factor(tmp_path: Path) -> None:
    m, n = RNG.normal(size=(2, N, 2))
    path = saved(tmp_path / "a.npz", m=m, n=n, wi=B.T, wo=OUT.T)
    network = lrfit.import_network(path, tau=1.0, dt=0.2, factor="1/N")
    np.testing.assert_allclose(network.J, m @ n.T / N)
    np.testing.assert_array_equal(network.input_weights, B)
    np.testing.assert_array_equal(network.output_weights, OUT)


def test_a_map_says_what_names_do_not(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", first=J, second=B, c=b1, d=b2, W_out=OUT, b_out=o)
    given = {"J": "first", "B": "second", "b": "c+d"}
    assert_weights(lrfit.import_network(path, tau=1.0, dt=1.0, map=given))
    without = lrfit.import_network(path, tau=1.0, dt=1.0, map={**given, "O": "none", "o": "none"})
    assert without.outputs == ()


def test_the_connectivity_before_training_is_kept(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npz", **{name: array.T for name, array in NAMED.items()})
    before = saved(tmp_path / "b.npz", W_rec=J / 2)
    network = lrfit.import_network(path, tau=1.0, dt=1.0, transposed=True, initial=before)
    np.testing.assert_array_equal(network.initial, J.T / 2)
    with pytest.raises(InputError, match=r"c\.npz.*initial has shape"):
        lrfit.import_network(
            path, tau=1.0, dt=1.0, initial=saved(tmp_path / "c.npz", J=np.eye(N + 1))
        )


@pytest.mark.parametrize("form", ["rate", "current"])
@pytest.mark.parametrize("by_end", [True, False])
@pytest.mark.parametrize("phi", ["tanh", "relu", "softplus"])
def test_activity_decides_between_the_conventions(
    tmp_path: Path, form: Any, by_end: bool, phi: str
) -> None:
    functions = {"tanh": np.tanh, "relu": lambda x: np.maximum(x, 0), "softplus": softplus}
    run = activity(form=form, phi=functions[phi], by_end=by_end, steps=60)
    if form == "current":
        run["rates"] = functions[phi](run["rates"])
    check = saved(tmp_path / "act.npz", **run)
    path = saved(tmp_path / "a.npz", **NAMED)
    right: Any = {"tau": 0.4, "dt": 0.1, "nonlinearity": phi}
    lrfit.import_network(path, **right, form=form, check=check)
    other: Any = "current" if form == "rate" else "rate"
    with pytest.raises(InputError, match=f"as is, {form} form.*give --form {form}"):
        lrfit.import_network(path, **right, form=other, check=check)
    with pytest.raises(InputError, match="give --transposed"):
        lrfit.import_network(
            saved(tmp_path / "t.npz", **{**NAMED, "W_rec": J.T}), **right, form=form, check=check
        )
    with pytest.raises(InputError, match="in neither form"):
        lrfit.import_network(path, **{**right, "dt": 0.3}, form=form, check=check)


def softplus(x: np.ndarray) -> np.ndarray:
    return np.log1p(np.exp(x))


def test_currents_may_be_given_in_place_of_rates(tmp_path: Path) -> None:
    run = activity(form="current")
    check = saved(tmp_path / "act.npz", inputs=run["inputs"], currents=run["rates"])
    path = saved(tmp_path / "a.npz", **NAMED)
    lrfit.import_network(path, tau=0.4, dt=0.1, check=check)
    with pytest.raises(InputError, match="as is, current form"):
        lrfit.import_network(path, tau=0.4, dt=0.1, form="rate", check=check)


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"rates": np.zeros((9, N + 1)), "inputs": np.zeros((9, U))}, "no activity of 6 neurons"),
        ({"rates": np.zeros((2, N)), "inputs": np.zeros((2, U))}, "at least three times"),
        ({"rates": np.zeros((9, N))}, "needs inputs"),
        ({"rates": np.zeros((9, N)), "inputs": np.zeros((4, U))}, "needs inputs"),
        ({"rates": np.zeros((N, 9)), "inputs": np.zeros((9, U))}, "times along the rows"),
        ({"rates": np.full((9, N), np.nan), "inputs": np.zeros((9, U))}, "not finite"),
        ({"rates": np.zeros((9, N)), "inputs": np.zeros((9, U))}, "in neither form"),
    ],
)
def test_activity_that_says_nothing_is_refused(
    tmp_path: Path, arrays: dict[str, np.ndarray], said: str
) -> None:
    path = saved(tmp_path / "a.npz", **NAMED)
    with pytest.raises(InputError, match=said):
        lrfit.import_network(path, tau=1.0, dt=0.1, check=saved(tmp_path / "act.npz", **arrays))


REFUSED: dict[str, tuple[dict[str, np.ndarray], dict[str, Any], str]] = {
    "a GRU by its name": ({"gru.weight_hh_l0": J}, {}, "GRU or LSTM"),
    "a GRU by its shape": ({"weight_hh_l0": np.zeros((3 * N, N))}, {}, "GRU or LSTM"),
    "an LSTM of Keras": ({"recurrent_kernel": np.zeros((N, 4 * N))}, {}, "GRU or LSTM"),
    "several layers": ({**TORCH, "rnn.weight_hh_l1": J}, {}, "several layers"),
    "both directions": ({**TORCH, "rnn.weight_hh_l0_reverse": J}, {}, "several layers"),
    "unknown names": ({"first": J, "second": B}, {}, r"--map J=NAME.*first \(6, 6\)"),
    "two of a kind": ({"a.W_rec": J, "b.W_rec": J}, {}, r"several.*--map J=a\.W_rec"),
    "not square": ({"W_rec": np.zeros((6, 5))}, {}, "not square"),
    "input that does not fit": ({**NAMED, "W_in": np.zeros((5, 2))}, {}, "does not fit 6"),
    "a map to nothing": (NAMED, {"map": {"J": "W_recc"}}, "did you mean 'W_rec'"),
    "no finite number": ({"W_rec": J * np.nan}, {}, "finite"),
    "no tau": (NAMED, {"tau": None}, "give --tau"),
    "no dt": (NAMED, {"dt": None}, "give --dt"),
    "a step beyond tau": (NAMED, {"dt": 3.0}, "below twice tau"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_network_is_refused_with_the_cure(tmp_path: Path, case: str) -> None:
    arrays, options, said = REFUSED[case]
    path = saved(tmp_path / "a.npz", **arrays)
    with pytest.raises(InputError, match=said):
        lrfit.import_network(path, **{"tau": 1.0, "dt": 0.5, **options})


@pytest.mark.parametrize(
    "options",
    [
        {"tau": 0},
        {"tau": "x"},
        {"dt": -1},
        {"form": "rates"},
        {"nonlinearity": "gelu"},
        {"factor": "1/M"},
        {"factor": 0},
        {"map": {"Q": "W_rec"}},
        {"map": "J=W_rec"},
        {"transposed": 1},
    ],
)
def test_options_that_make_no_sense_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    path = saved(tmp_path / "a.npz", **NAMED)
    with pytest.raises(UsageError):
        lrfit.import_network(path, **{"tau": 1.0, "dt": 0.5, **options})


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("J", "J"),
        ("W", "J"),
        ("model.h2h.weight", "J"),
        ("h2h.bias", "b"),
        ("input2h.weight", "B"),
        ("readout.weight", "O"),
        ("output_layer.bias", "o"),
        ("rnn.bias", "b"),
        ("B", "B"),
        ("b", "b"),
        ("n", "N"),
        ("layer_norm.weight", None),
        ("Jacobian", None),
    ],
)
def test_names_stand_for_weights(name: str, role: str | None) -> None:
    assert role_of(name) == role


def test_the_command_writes_a_network_that_simulates(
    run: Callable[..., Any], tmp_path: Path
) -> None:
    (tmp_path / "my.pt").write_bytes(state_dict(TORCH))
    saved(tmp_path / "act.npz", **activity(a=1.0))
    done = run("import", "my.pt", "--tau", 0.1, "--check", "act.npz", "--json")
    said = json.loads(done.out)
    assert (done.code, said["output"], said["neurons"]) == (0, "my.network.h5", N)
    assert said["roles"]["b"] == "rnn.bias_ih_l0 (6,) + rnn.bias_hh_l0 (6,)"
    assert "as is, rate form" in said["reproduced"]
    assert "assumed: the nonlinearity is tanh" in done.err
    assert run("simulate", "my.network.h5", "--duration", 1, "-o", "t.h5").code == 0
    shown = json.loads(run("show", "my.network.h5", "--json").out)
    assert (shown["form"], shown["dt"]) == ("rate", 0.1)
    assert run("import", "my.pt", "--tau", 0.1).code == 5


def test_the_command_takes_a_map_and_dry_runs(run: Callable[..., Any], tmp_path: Path) -> None:
    saved(tmp_path / "a.npz", first=J.T, second=B)
    arguments = ("--tau", 1, "--dt", "continuous", "--map", "J=first,B=second", "--transposed")
    assert run("import", "a.npz", *arguments, "--dry-run").code == 0
    assert not (tmp_path / "a.network.h5").exists()
    assert run("import", "a.npz", *arguments, "--factor", "1/sqrt(N)", "-q").err == ""
    network = lrfit.load(tmp_path / "a.network.h5")
    np.testing.assert_allclose(network.J, J / np.sqrt(N))
    assert network.dt is None
    assert run("import", "a.npz", "--tau", 1, "--dt", "soon").code == 2


def test_arrays_that_stand_for_no_weight_are_told(tmp_path: Path) -> None:
    path = saved(tmp_path / "odd.npz", W_rec=J, stimulus=B, W_out=OUT, steps=np.arange(5.0))
    found = imported(path, ImportOptions(tau=1, dt=0.5))
    assert found.left_out == ("stimulus (6, 2)",)
    (told,) = [each for each in found.assumed if "input weights" in each]
    assert "stimulus (6, 2)" in told
    mapped = imported(path, ImportOptions(tau=1, dt=0.5, map={"B": "stimulus"}))
    assert mapped.left_out == ()
    assert not [each for each in mapped.assumed if "weights" in each]
