"""Measured targets: what is judged from samples, what is declined, and what is left open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lrfit.core.arrays import Array
from lrfit.dynamics.anatomies import Anatomy, Known
from lrfit.dynamics.budget import QUICK
from lrfit.dynamics.faithful import (
    Faithfulness,
    compare,
    examine,
    quick_look,
    target_anatomies,
)
from lrfit.dynamics.support import support_of
from lrfit.fields.data import scattered_data
from lrfit.fields.interpolation import SampledField
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.systems.places import sobol_points
from lrfit.systems.system import System

from .conftest import rotor, target_of

OSCILLATOR = rotor(1.5, 1.5)
BOX = 2.5
RADIUS = 1.55  # of its cycle, which goes from 1.476 to 1.615


def measured(
    network: LowRankNetwork, z: Array, *, noise: float = 0.0, start: float = 1.0
) -> System:
    """A network's field, known at states z (P, 2) alone, with noise relative to its rms speed."""
    exact = target_of(network)
    u = np.empty((len(z), 0))
    velocity = exact.velocity(z, u)
    added = noise * np.sqrt(np.mean(velocity**2)) * np.random.default_rng(0).normal(size=z.shape)
    data = scattered_data(z, u, velocity + added)
    simulation = replace(exact.simulation, initial=np.array([start, 0.0]))
    field = SampledField(data=data, domain=exact.domain)
    return replace(exact, field=field, simulation=simulation)


def everywhere(count: int = 256) -> Array:
    return BOX * sobol_points(2, count, np.random.default_rng(1))


@pytest.fixture(scope="module")
def uniform() -> System:
    return measured(OSCILLATOR, everywhere())


def test_a_network_is_judged_by_its_exact_samples(uniform: System) -> None:
    anatomies = target_anatomies(uniform, budget=QUICK)
    assert quick_look(uniform, OSCILLATOR, target=anatomies).verdict == "yes"
    slower = quick_look(uniform, rotor(1.5, 1.5, tau=1.2), target=anatomies)
    assert slower.faithful is False
    assert "has a period +20.0% off" in slower.verdict


@pytest.mark.parametrize("look", [quick_look, examine])
def test_noisy_samples_are_declined_and_the_reason_is_their_noise(look: object) -> None:
    assert callable(look)
    found: Faithfulness = look(measured(OSCILLATOR, everywhere(), noise=0.2), OSCILLATOR)
    assert found.faithful is None
    assert (found.run, found.comparisons, found.differences) == (None, (), ())
    assert found.verdict.startswith("not judged: the target is known only from 256 points")
    assert "with noise of" in found.verdict


def test_too_few_samples_are_declined_without_any_noise() -> None:
    turning = everywhere()
    velocity = np.stack([np.sin(9 * turning[:, 1]), np.cos(7 * turning[:, 0])], axis=1)
    exact = target_of(OSCILLATOR)
    data = scattered_data(turning[:64], np.empty((64, 0)), velocity[:64])
    few = replace(exact, field=SampledField(data=data, domain=exact.domain))
    found = quick_look(few, OSCILLATOR)
    assert found.faithful is None
    assert "known only from 64 points" in found.verdict


def near_cycle(width: float) -> Array:
    """Samples on a ring about the cycle: what is measured along trajectories that go round it."""
    rng = np.random.default_rng(2)
    radius = RADIUS + width * rng.uniform(-1, 1, 400)
    angle = rng.uniform(0, 2 * np.pi, 400)
    return radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)


@pytest.fixture(scope="module")
def ring() -> tuple[System, tuple[Anatomy, ...]]:
    system = measured(OSCILLATOR, near_cycle(0.3), start=RADIUS)
    return system, target_anatomies(system, budget=QUICK)


def test_where_most_starts_leave_what_is_known_there_is_no_yes(
    ring: tuple[System, tuple[Anatomy, ...]],
) -> None:
    system, anatomies = ring
    found = quick_look(system, OSCILLATOR, target=anatomies)
    assert found.differences == ()
    assert found.faithful is None
    (line,) = found.unjudged
    assert line.endswith("% of the target's starts leave the region in which it is known")
    (comparison,) = found.comparisons
    assert not comparison.target.known.all()
    assert len(comparison.pairs.cycles) == 1  # the cycle itself is known, and the same


def test_what_is_known_is_judged_even_where_most_is_not(
    ring: tuple[System, tuple[Anatomy, ...]],
) -> None:
    system, anatomies = ring
    slower = quick_look(system, rotor(1.5, 1.5, tau=1.2), target=anatomies)
    assert slower.faithful is False
    assert any("has a period +20.0% off" in line for line in slower.differences)


def with_hole() -> Array:
    """The whole box but for a disk on the cycle, a fifth of its length; the rest state is known."""
    z = everywhere(512)
    return z[np.linalg.norm(z - [RADIUS, 0.0], axis=1) > 1.0]


def test_a_cycle_and_a_run_through_a_hole_in_the_samples_are_not_judged() -> None:
    holed = measured(OSCILLATOR, with_hole())
    anatomies = target_anatomies(holed, budget=QUICK)
    for other in (OSCILLATOR, rotor(1.5, 1.5, tau=1.2)):
        found = quick_look(holed, other, target=anatomies)
        assert found.differences == ()  # the hole is smooth, but nobody measured there
        assert found.faithful is None
        lines = " / ".join(found.unjudged)
        assert "leaves the region in which the target is known" in lines
        assert "of the declared run lies where the target is not known" in lines
        assert found.run is not None
        assert 0.7 < found.run.known < 0.9


def test_rest_states_where_nobody_measured_are_no_difference(
    ring: tuple[System, tuple[Anatomy, ...]],
) -> None:
    system, (anatomy,) = ring
    support = support_of(system)
    assert support is not None
    assert len(anatomy.fixed.points) >= 1  # of the interpolation, inside the ring
    moved = replace(anatomy, fixed=replace(anatomy.fixed, points=anatomy.fixed.points + 0.1))

    def differences(known: Known | None) -> tuple[str, ...]:
        rng = np.random.default_rng(0)
        return compare(anatomy, moved, duration=10.0, generator=rng, known=known).differences

    assert differences(lambda zeta: support.known(zeta, np.empty(0))) == ()
    assert any("has moved by 0.14" in line for line in differences(None))


def test_targets_given_by_formulas_are_known_everywhere() -> None:
    found = quick_look(target_of(OSCILLATOR), OSCILLATOR)
    assert found.run is not None
    assert found.run.known == 1.0
    assert found.comparisons[0].target.known.all()
