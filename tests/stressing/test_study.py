"""Random errors in the weights: against scipy, one network at a time, and the laws of scaling."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lrfit.core.errors import NumericalError, UsageError
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.resolve import resolve_for_network
from lrfit.stressing import study as module
from lrfit.stressing.result import PLACES, Place
from lrfit.stressing.stress import stress

DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1, -3],
    upper=[2, 3],
    inputs=("u",),
    input_lower=[-1],
    input_upper=[1],
)


def network(**changes: Any) -> LowRankNetwork:
    generator = np.random.default_rng(3)
    made = LowRankNetwork(
        M=generator.normal(size=(5, 2)),
        N=0.6 * generator.normal(size=(5, 2)),
        bias=generator.normal(size=5),
        center=np.array([0.2, -0.4]),
        input_weights=generator.normal(size=(5, 1)),
        direct_input=generator.normal(size=(2, 1)),
        tau=0.7,
        nonlinearity=nonlinearity("tanh"),
        domain=DOMAIN,
    )
    return dataclasses.replace(made, **changes)


def pulse(t: np.ndarray) -> np.ndarray:
    return np.where((t >= 1.0) & (t < 2.5), 0.8, -0.2)[:, None]


def run(duration: float = 6.0) -> Experiment:
    jumps = [1.0, 2.5]
    return Experiment(initial=[0.5, 1.0], signal=pulse, breakpoints=jumps, duration=duration)


def with_scipy(
    made: LowRankNetwork, J: np.ndarray, bias: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """The full equations, integrated piece by piece between the jumps, read by pinv(M)."""

    def velocity(t: float, y: np.ndarray, u: float) -> np.ndarray:
        x, v = y[:5], y[5:]
        drive = (made.input_weights + made.M @ made.direct_input)[:, 0] * u
        change = -x + J @ np.tanh(x) + bias + drive
        return np.concatenate([change, u - v]) / made.tau

    v0 = pulse(np.zeros(1))[0]
    x0 = made.M @ (np.array([0.5, 1.0]) - made.center) + made.input_weights @ v0 + made.bias
    y, states = np.concatenate([x0, v0]), []
    for low, high, u in ((0.0, 1.0, -0.2), (1.0, 2.5, 0.8), (2.5, 6.0, -0.2)):
        inside = times[(times >= low) & (times < high)]
        t = np.append(inside, high)
        found = solve_ivp(
            velocity, (low, high), y, t_eval=t, args=(u,), method="DOP853", rtol=1e-10, atol=1e-12
        )
        states.append(found.y[:, : len(inside)].T)
        y = found.y[:, -1]
    y = np.vstack([*states, y])
    read = (y[:, :5] - y[:, 5:] @ made.input_weights.T - made.bias) @ np.linalg.pinv(made.M).T
    return DOMAIN.state_to_box(read + made.center)


@pytest.mark.parametrize("place", PLACES)
def test_perturbed_trajectories_are_those_of_the_full_equations(place: Place) -> None:
    made = network()
    march = module.March(made, resolve_for_network(run(), made))
    couple, bias = module._perturbed(made, place, 0.2, 3, np.random.default_rng(1))
    found = march.follow(couple, bias)
    for row in range(3):
        columns = [couple(np.tile(unit, (3, 1)))[row] for unit in np.eye(5)]
        J = np.array(columns).T
        assert (np.linalg.matrix_rank(J) == 5) == (place == "J")
        expected = with_scipy(made, J, bias[row], march.kept * march.step)
        np.testing.assert_allclose(found[row], expected, atol=1e-3)


def test_each_weight_gets_its_own_relative_error_of_the_stated_size() -> None:
    made, size, count = network(), 0.01, 4000
    for place in PLACES:
        couple, bias = module._perturbed(made, place, size, count, np.random.default_rng(2))
        J = np.stack([couple(np.tile(unit, (count, 1))) for unit in np.eye(5)], axis=2)
        of_bias = np.std(bias / made.bias - 1.0, axis=0)
        moved = "b" in place
        np.testing.assert_allclose(of_bias, size if moved else 0.0, rtol=0.05, atol=1e-15)
        variance = np.var(J - made.J, axis=0)
        products = (made.M**2) @ (made.N**2).T
        expected = {"J": made.J**2, "M": products, "N": products, "b": 0 * products}
        wanted = size**2 * expected.get(place, 2 * products)
        np.testing.assert_allclose(variance, wanted, rtol=0.2, atol=1e-18)


def test_small_errors_have_effects_in_proportion() -> None:
    found = stress(network(), run(), relative=(1e-5, 1e-4), draws=80)
    small, large = found.effects[: len(PLACES)], found.effects[len(PLACES) :]
    for one, ten in zip(small, large, strict=True):
        assert ten.distance_median == pytest.approx(10 * one.distance_median, rel=0.4)
        assert one.distance_median <= one.distance_worst
        assert one.lost == one.diverged == 0


def test_equal_seeds_give_equal_effects_and_memory_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = stress(network(), run(0.1), draws=3, seed=4)
    assert stress(network(), run(0.1), draws=3, seed=4).effects == first.effects
    assert stress(network(), run(0.1), draws=3, seed=5).effects != first.effects
    monkeypatch.setattr(module, "_CHUNK_BYTES", 1)
    one_by_one = stress(network(), run(0.1), draws=3, seed=4)
    assert len(one_by_one.effects) == len(first.effects)
    assert all(np.isfinite(e.distance_worst) for e in one_by_one.effects)


def test_a_network_that_loses_its_state_and_one_that_diverges_are_counted() -> None:
    box = Domain(variables=("x",), lower=[-2], upper=[2])
    switch = LowRankNetwork(
        M=[[2.0], [1.0]],
        N=[[1.2], [-0.2]],
        bias=[0.0, 0.0],
        center=[0.0],
        input_weights=np.empty((2, 0)),
        direct_input=np.empty((1, 0)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=box,
    )
    start = Experiment(initial=[1.0], duration=20.0)
    effects = {e.where: e for e in stress(switch, start, relative=(0.4,), draws=100).effects}
    assert 5 < effects["N"].lost < 95
    assert effects["b"].lost == 0
    linear = dataclasses.replace(switch, nonlinearity=nonlinearity("relu"), N=[[0.4], [0.0]])
    grown = {e.where: e for e in stress(linear, start, relative=(3.0,), draws=100).effects}
    assert 5 < grown["N"].diverged <= grown["N"].lost
    assert grown["N"].distance_worst == np.inf


def test_the_target_is_followed_beside() -> None:
    made = network()
    found = stress(made, run(2.0), draws=1, target=made)
    assert found.target_distance > 0.01  # a target sees u itself, the network v
    still = Experiment(initial=[0.5, 1.0], signal=[0.3], duration=3.0)
    same = stress(made, still, draws=1, target=made)
    assert same.target_distance < 1e-5
    assert np.isnan(stress(made, still, draws=1).target_distance)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"draws": 0}, "draws"),
        ({"relative": (0.0,)}, "positive"),
        ({"relative": ()}, "positive"),
        ({"rate_noise": 0.1}, "no noise"),
        ({"process_noise": [0.0, 0.1]}, "no noise"),
        ({"initial": [[0.5, 1.0], [0.0, 0.0]]}, "2 initial states"),
    ],
)
def test_impossible_numbers_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        stress(network(), run(), **arguments)


def test_what_cannot_be_read_or_takes_for_ever_is_refused() -> None:
    flat = network(M=np.ones((5, 2)))
    with pytest.raises(NumericalError, match="rank"):
        stress(flat, run())
    with pytest.raises(UsageError, match="steps"):
        stress(network(), run(1e9))


def test_the_fan_has_the_quantiles_of_the_draws_that_have_not_diverged() -> None:
    drawn = np.random.default_rng(0).normal(size=(23, 9, 2))
    drawn[4, 3:], drawn[7, 5:], drawn[:, 8] = np.nan, np.nan, np.nan
    found = module.fan(drawn)
    expected = np.nanquantile(drawn[:, :8], module.LEVELS, axis=0)
    np.testing.assert_allclose(found[:, :8], expected, rtol=1e-13)
    assert np.all(np.isnan(found[:, 8]))


def test_what_is_stored_of_the_run_is_the_run_itself() -> None:
    made = network()
    found = stress(made, run(), relative=[0.01], draws=7)
    assert found.fan is not None
    assert found.t is not None
    assert found.fan.shape == (5, 5, len(found.t), 2)
    exact = DOMAIN.state_from_box(with_scipy(made, made.J, made.bias, found.t[:-1]))
    np.testing.assert_allclose(found.unperturbed, exact, atol=1e-4)
    assert np.all(np.diff(found.fan, axis=1) >= 0)
    assert np.all(np.isnan(found.target))  # type: ignore[arg-type]  # nobody has said what it is
    # Without time nothing has happened yet: all draws begin where the run begins.
    np.testing.assert_allclose(found.fan[:, :, 0], np.broadcast_to([0.5, 1.0], (5, 5, 2)), atol=0.2)
