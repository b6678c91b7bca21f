"""Networks whose states are rates: tau dr/dt = -r + phi(J r + W u + b)."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import lrfit
from lrfit.core.errors import InputError
from lrfit.networks.fullrank import FullRankNetwork

several = settings(max_examples=15, deadline=None)
seeds = st.integers(0, 2**32 - 1)


def drawn(seed: int, *, dt: float | None = None, sparse: bool = False) -> FullRankNetwork:
    rng = np.random.default_rng(seed)
    n = 6
    J = rng.normal(size=(n, n)) * (rng.random((n, n)) < 0.6)
    return FullRankNetwork(
        J=sp.csr_array(J) if sparse else J,
        tau=0.5 if dt else rng.uniform(0.3, 2.0, n),
        nonlinearity=["tanh", "sigmoid", "softplus"] * 2,
        input_weights=rng.normal(size=(n, 2)),
        bias=rng.normal(size=n),
        output_weights=rng.normal(size=(1, n)),
        output_offset=[0.25],
        form="rate",
        dt=dt,
    )


def phi(x: np.ndarray) -> np.ndarray:
    """Of neurons tanh, sigmoid, softplus, tanh, sigmoid, softplus; written anew."""
    rates = np.empty_like(x)
    rates[0::3] = np.tanh(x[0::3])
    rates[1::3] = 1.0 / (1.0 + np.exp(-x[1::3]))
    rates[2::3] = np.log1p(np.exp(x[2::3]))
    return rates


@several
@given(seed=seeds, sparse=st.booleans())
def test_the_velocity_is_that_of_the_rate_form(seed: int, sparse: bool) -> None:
    network = drawn(seed, sparse=sparse)
    rng = np.random.default_rng([seed, 1])
    r, u = rng.normal(size=(3, 6)), rng.normal(size=(3, 2))
    J = network.J.toarray() if sparse else network.J
    for row in range(3):
        current = J @ r[row] + network.input_weights @ u[row] + network.bias
        expected = (phi(current) - r[row]) / network.tau
        np.testing.assert_allclose(network.full_velocity(r, u)[row], expected, rtol=1e-12)
    np.testing.assert_array_equal(network.rates(r), r)
    z = r @ network.output_weights.T + 0.25
    np.testing.assert_allclose(network.readout(r, u), z)


@several
@given(seed=seeds, sparse=st.booleans())
def test_the_jacobian_is_the_derivative_of_the_velocity(seed: int, sparse: bool) -> None:
    network = drawn(seed, sparse=sparse)
    rng = np.random.default_rng([seed, 1])
    r, u, h = rng.normal(size=6), rng.normal(size=2), 1e-6
    found = network.full_jacobian(r, u)
    steps = h * np.eye(6)
    both = [network.full_velocity(r + sign * steps, np.tile(u, (6, 1))) for sign in (1, -1)]
    numeric = (both[0] - both[1]).T / (2 * h)
    np.testing.assert_allclose(found.toarray() if sparse else found, numeric, atol=1e-7)


@several
@given(seed=seeds)
def test_euler_steps_are_those_of_the_equation(seed: int) -> None:
    network = drawn(seed, dt=0.2)
    start = np.random.default_rng([seed, 1]).normal(size=6)
    run = lrfit.simulate(
        network, duration=2.0, currents=start, signal=[0.3, -0.4], points=11, store_rates=True
    )
    r = start.copy()
    for k in range(10):
        np.testing.assert_allclose(run.x[0, k], r, rtol=1e-12, atol=1e-12)
        current = network.J @ r + network.input_weights @ [0.3, -0.4] + network.bias
        r += 0.4 * (phi(current) - r)
    np.testing.assert_allclose(run.z[0, -1], network.output_weights @ run.x[0, -1] + 0.25)


@several
@given(seed=seeds)
def test_the_current_form_follows_it_under_the_input_that_is_ahead(seed: int) -> None:
    """x = J r + W u + b obeys the current form with the input w[k] = (u[k+1] - (1-a) u[k]) / a."""
    network = dataclasses.replace(drawn(seed, dt=0.2), nonlinearity="tanh")
    rng, a = np.random.default_rng([seed, 1]), 0.4
    u = np.cumsum(rng.normal(size=(30, 2)), axis=0) / 4
    r = np.tanh(rng.normal(size=(1, 6)))
    current = dataclasses.replace(network, form="current")
    x = r @ network.J.T + u[:1] @ network.input_weights.T + network.bias
    for k in range(29):
        r = r + 0.2 * network.full_velocity(r, u[k : k + 1])
        ahead = (u[k + 1 : k + 2] - (1 - a) * u[k : k + 1]) / a
        x = x + 0.2 * current.full_velocity(x, ahead)
        expected = r @ network.J.T + u[k + 1] @ network.input_weights.T + network.bias
        np.testing.assert_allclose(x, expected, rtol=1e-9, atol=1e-9)


def test_where_the_step_is_tau_both_forms_are_one() -> None:
    network = dataclasses.replace(drawn(3, dt=0.2), tau=0.2)
    options = {"duration": 2.0, "signal": [0.3, -0.4], "points": 11, "store_rates": True}
    x0 = np.linspace(-1, 1, 6)
    rates = lrfit.simulate(network, currents=phi(x0), **options)
    currents = lrfit.simulate(dataclasses.replace(network, form="current"), currents=x0, **options)
    np.testing.assert_allclose(phi(currents.x[0].T).T, rates.x[0], rtol=1e-10, atol=1e-12)


def test_noise_on_the_rates_passes_through_the_connectivity() -> None:
    network = FullRankNetwork(J=np.zeros((3, 3)), tau=1.0, nonlinearity="tanh", form="rate")
    options = {"duration": 1.0, "currents": [0.0] * 3, "solver": "euler", "rate_noise": 0.1}
    assert not np.any(lrfit.simulate(network, **options).x)
    kicked = lrfit.simulate(network, **{**options, "rate_noise": 0.0}, process_noise=0.1)
    assert np.std(kicked.x[0, -1]) > 0


def test_its_file_keeps_form_and_initial_connectivity(tmp_path: Path) -> None:
    network = dataclasses.replace(drawn(1), initial=np.eye(6))
    lrfit.save(network, tmp_path / "a.h5")
    back = lrfit.load(tmp_path / "a.h5")
    assert back.form == "rate"
    np.testing.assert_array_equal(back.initial, np.eye(6))
    lrfit.save(dataclasses.replace(network, initial=None), tmp_path / "b.h5")
    assert lrfit.load(tmp_path / "b.h5").initial is None


def test_a_file_without_form_is_in_the_current_form(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "old.h5"
    lrfit.save(dataclasses.replace(drawn(1), form="current"), path)
    with h5py.File(path, "r+") as file:
        holder = next(each for each in (file, *file.values()) if "form" in each.attrs)
        del holder.attrs["form"]
    assert lrfit.load(path).form == "current"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"form": "rates"}, "give current or rate"),
        ({"form": "rate", "reads": "currents"}, "no currents to read"),
        ({"initial": np.zeros((2, 2))}, "initial has shape"),
        ({"initial": np.full((6, 6), np.nan)}, r"initial\[0, 0\] is nan"),
    ],
)
def test_what_does_not_fit_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        dataclasses.replace(drawn(1), **given)
