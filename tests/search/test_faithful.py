"""minimize(faithful=True): landmarks join the samples until the verdict is good."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from lrfit.errors import UsageError
from lrfit.network.lowrank import LowRankNetwork
from lrfit.search import faithful
from lrfit.search.emphasis import emphasis
from lrfit.search.minimize import minimize
from lrfit.search.options import FitOptions
from lrfit.search.setting import prepare
from lrfit.targets.system import System, load_system

PAIR = b"""
name: pair
dynamics: {x: -(x + 1.3)*(x - 0.4)*(x - 0.7)*(1 + 0.5*x)}
domain: {x: [-2, 2]}
simulate: {initial: {x: 0.1}, duration: 30}
"""
POINTS = np.array([[-1.3], [0.4], [0.7]])
Options = Callable[..., FitOptions]


@pytest.fixture(scope="module")
def pair() -> System:
    return load_system(PAIR)


def zeros(network: LowRankNetwork) -> np.ndarray:
    """Where the network's field changes its sign: an oracle that knows nothing of Newton."""
    x = np.linspace(-1.9, 1.9, 40_001)
    f = network.velocity(x[:, None], np.empty((len(x), 0)))[:, 0]
    return x[:-1][np.sign(f[:-1]) != np.sign(f[1:])]


def strict(error: float) -> Callable[..., tuple[str, ...]]:
    """A verdict that asks for fixed points this exact."""

    def check(system: System, network: LowRankNetwork, **_: Any) -> tuple[str, ...]:
        found = zeros(network)
        good = len(found) == 3 and np.abs(found - POINTS[:, 0]).max() <= error
        return () if good else ("the fixed points are off",)

    return check


def agree(*_: Any, **__: Any) -> Any:
    return SimpleNamespace(differences=())


def test_the_faithful_network_has_the_fixed_points_of_its_target(
    pair: System, quick: Options
) -> None:
    found = minimize(pair, tol=0.05, options=quick(), faithful=True)
    assert found.met
    assert found.faithful == "yes"
    assert found.report.error <= 0.05
    np.testing.assert_allclose(zeros(found.network), POINTS[:, 0], atol=0.1)


def test_landmarks_join_the_samples_with_growing_weight_until_the_verdict_is_good(
    pair: System, quick: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    used: list[float] = []

    def recorded(system: System, scale: np.ndarray, seed: int, strictness: float, **more: bool):
        used.append(strictness)
        return emphasis(system, scale, seed, strictness, **more)

    def at_the_second(system: System, network: LowRankNetwork, **_: Any) -> tuple[str, ...]:
        return strict(5e-3)(system, network) if len(used) > 1 else ("not yet",)

    monkeypatch.setattr(faithful, "emphasis", recorded)
    monkeypatch.setattr(faithful, "quick_check", at_the_second)
    monkeypatch.setattr(faithful, "examine", agree)
    found = minimize(pair, tol=0.05, options=quick(), faithful=True)
    assert found.met
    assert np.abs(zeros(found.network) - POINTS[:, 0]).max() <= 5e-3
    assert tuple(used) == faithful.STRICTNESS[: len(used)]
    assert found.evidence["strictness"] in used[1:]
    assert "separatrices joined the samples" in found.warnings[-1]


def test_what_cannot_be_made_faithful_is_told_and_not_met(
    pair: System, quick: Options, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faithful, "quick_check", strict(-1.0))
    monkeypatch.setattr(faithful, "STRICTNESS", (1.0,))
    found = minimize(pair, tol=0.05, options=quick(), faithful=True)
    assert found.met is False
    assert found.report.error <= 0.05
    assert found.faithful.startswith("no (")
    assert "the fixed points are off" in found.warnings[-1]


def test_faithful_needs_the_refining_search(pair: System) -> None:
    with pytest.raises(UsageError, match="--faithful needs the method refine"):
        minimize(pair, tol=0.1, method="ols", faithful=True)


def test_an_emphasis_alternates_box_and_landmarks_and_weighs_them_by_the_local_speed(
    pair: System,
) -> None:
    setting = prepare(pair, FitOptions())
    marks = emphasis(pair, setting.scale, 0, 2.0)
    assert marks is not None
    box = setting.samples.training
    mixed = marks.mixed(box)
    np.testing.assert_array_equal(mixed.state[0::2], box.state)
    np.testing.assert_array_equal(mixed.weight[0::2], box.weight)
    np.testing.assert_array_equal(mixed.state[1::2], marks.points.state[: box.count])
    # Near a fixed point of slope s the speed within the blur is 0.03 s / sqrt(3).
    z = 2.0 * mixed.state[1::2, 0]
    nearest = np.argmin(np.abs(z[:, None] - POINTS[:, 0]), axis=1)
    slopes = pair.jacobian(POINTS, np.empty((3, 0)))[0][:, 0, 0]
    speeds = np.abs(slopes[nearest]) * np.hypot(0.03 / np.sqrt(3.0), (z - POINTS[nearest, 0]) / 2)
    wanted = np.minimum((setting.scale[0] / speeds) ** 2, 1e4) * 2.0**2
    close = np.abs(z - POINTS[nearest, 0]) < 0.03
    np.testing.assert_allclose(mixed.weight[1::2][close], wanted[close], rtol=0.4)


def test_the_error_at_landmarks_is_relative_to_the_local_speed(pair: System) -> None:
    setting = prepare(pair, FitOptions())
    neurons = setting.draw(3, np.random.default_rng(0))
    readout = setting.solve(neurons)
    loose, tight = (emphasis(pair, setting.scale, 0, s) for s in (1.0, 3.0))
    assert loose is not None
    assert tight is not None
    checks = loose.checks
    Phi = neurons.activity(checks.state, checks.input)
    off = checks.velocity - readout.velocity(Phi, checks.state, checks.drive)
    z = 2.0 * checks.state
    slopes = pair.jacobian(z, np.empty((len(z), 0)))[0][:, 0, 0]
    speeds = np.hypot(checks.velocity[:, 0], 0.03 * slopes / np.sqrt(3.0))
    capped = np.maximum(speeds, setting.scale[0] / 100.0)
    expected = np.sqrt(np.mean((off[:, 0] / capped) ** 2))
    assert loose.error(neurons, readout, setting.scale) == pytest.approx(expected, rel=1e-9)
    assert tight.error(neurons, readout, setting.scale) == pytest.approx(3 * expected, rel=1e-9)
