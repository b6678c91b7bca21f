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
from lrfit.networks.names import PLACES
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.wrong_weights import reported_errors, wrong_network
from lrfit.simulation.experiment import Experiment
from lrfit.simulation.resolve import resolve_for_network
from lrfit.stressing import draws
from lrfit.stressing import march as march_module
from lrfit.stressing import study as module
from lrfit.stressing.draws import wrong_couplings
from lrfit.stressing.march import March
from lrfit.stressing.result import Place, Stress
from lrfit.stressing.stress import stress

DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1, -3],
    upper=[2, 3],
    inputs=("u",),
    input_lower=[-1],
    input_upper=[1],
)


@pytest.fixture
def fewer_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few as accuracy needs; a short run has many more for the figures."""
    monkeypatch.setattr(march_module, "TIMES", 81)


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


def with_scipy(made: LowRankNetwork, J: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The full equations, integrated piece by piece between the jumps, read by pinv(M)."""

    def velocity(t: float, y: np.ndarray, u: float) -> np.ndarray:
        x, v = y[:5], y[5:]
        drive = (made.input_weights + made.M @ made.direct_input)[:, 0] * u
        change = -x + J @ np.tanh(x) + made.bias + drive
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


@pytest.mark.parametrize("place", ["M", "N", "B", "b", "all", "J"])
def test_perturbed_trajectories_are_those_of_the_full_equations(place: Place) -> None:
    made, size, seed = network(), 0.2, 5
    march = March(made, resolve_for_network(run(), made))
    found = module.trajectories(march, place, size, 3, seed)
    for k in range(3):
        one, J = made, wrong_couplings(made, size, seed, [k])[0]
        if place != "J":
            places = PLACES if place == "all" else (place,)
            one = wrong_network(made, reported_errors(size, places, seed), k)
            J = one.J
        assert (np.linalg.matrix_rank(J) == 5) == (place == "J")
        expected = with_scipy(one, J, march.times)
        np.testing.assert_allclose(found[k], expected, atol=1e-3)
        assert np.max(np.abs(found[k] - with_scipy(made, made.J, march.times))) > 3e-3


def test_entries_of_J_get_relative_errors_of_the_stated_size_from_a_stream_of_their_own() -> None:
    made, size = network(), 0.01
    relative = wrong_couplings(made, size, 2, range(4000)) / made.J - 1.0
    np.testing.assert_allclose(np.std(relative, axis=0), size, rtol=0.05)
    np.testing.assert_allclose(np.corrcoef(relative.reshape(4000, -1).T), np.eye(25), atol=0.08)
    of_M = wrong_network(made, reported_errors(size, ("M",), 2), 0).M / made.M - 1.0
    assert not np.any(np.isclose(relative[0].ravel()[:10], of_M.ravel()))


@pytest.mark.usefixtures("fewer_steps")
def test_small_errors_have_effects_in_proportion() -> None:
    found = stress(network(), run(1.0), relative=(1e-5, 1e-4), draws=5)
    small, large = found.effects[:6], found.effects[6:]
    assert [effect.where for effect in small] == ["M", "N", "B", "b", "all", "J"]
    for one, ten in zip(small, large, strict=True):  # the same draws, ten times as large
        assert ten.where == one.where
        assert ten.distance_median == pytest.approx(10 * one.distance_median, rel=1e-3)
        assert one.distance_median <= one.distance_worst
        assert one.lost == one.diverged == 0


@pytest.mark.usefixtures("fewer_steps")
def test_equal_seeds_give_equal_effects_and_memory_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def some(seed: int) -> Stress:
        return stress(network(), run(0.1), draws=2, relative=[0.01], seed=seed)

    first = some(4)
    assert some(4).effects == first.effects
    assert some(5).effects != first.effects
    monkeypatch.setattr(draws, "_CHUNK_BYTES", 1)
    one_by_one = some(4)
    assert one_by_one.fan is not None
    np.testing.assert_allclose(one_by_one.fan, first.fan, rtol=1e-12)  # type: ignore[arg-type]


@pytest.mark.usefixtures("fewer_steps")
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
    effects = {e.where: e for e in stress(switch, start, relative=(0.4,), draws=60).effects}
    assert 3 < effects["N"].lost < 57
    assert effects["b"].lost == 0
    linear = dataclasses.replace(switch, nonlinearity=nonlinearity("relu"), N=[[0.4], [0.0]])
    grown = {e.where: e for e in stress(linear, start, relative=(3.0,), draws=60).effects}
    assert 3 < grown["N"].diverged <= grown["N"].lost
    assert grown["N"].distance_worst == np.inf


def test_the_target_is_followed_beside() -> None:
    made = network()
    found = stress(made, run(2.0), draws=1, relative=[0.01], target=made)
    assert found.target_distance > 0.01  # a target sees u itself, the network v
    still = Experiment(initial=[0.5, 1.0], signal=[0.3], duration=3.0)
    same = stress(made, still, draws=1, relative=[0.01], target=made)
    assert same.target_distance < 1e-5
    assert np.isnan(stress(made, still, draws=1, relative=[0.01]).target_distance)


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
@pytest.mark.usefixtures("fewer_steps")
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
    found = stress(made, run(), relative=[0.01], draws=2)
    assert found.fan is not None
    assert found.t is not None
    assert found.fan.shape == (6, 5, len(found.t), 2)
    exact = DOMAIN.state_from_box(with_scipy(made, made.J, found.t[:-1]))
    np.testing.assert_allclose(found.unperturbed, exact, atol=1e-4)
    assert np.all(np.diff(found.fan, axis=1) >= 0)
    assert np.all(np.isnan(found.target))  # type: ignore[arg-type]  # nobody has said what it is
    # Without time nothing has happened yet: all draws begin where the run begins.
    np.testing.assert_allclose(found.fan[:, :, 0], np.broadcast_to([0.5, 1.0], (6, 5, 2)))
