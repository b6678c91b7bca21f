"""Where targets are odd, and whether finished networks have what they were asked to have."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.expressivity.structure import EXACT, even_part, odd_center, violation
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.systems.build import from_callable
from lrfit.systems.system import System

DOMAIN = Domain(
    variables=("x", "y"),
    lower=[-1, -1],
    upper=[3, 2],
    inputs=("u",),
    input_lower=[-1],
    input_upper=[2],
)


def shifted(center: float, even: float = 0.0) -> System:
    """A cubic that is odd about (center, 0.5), with as much of an even term as asked for."""

    def velocity(z: np.ndarray, u: np.ndarray) -> np.ndarray:
        y = z - np.array([center, 0.5])
        return np.stack([y[:, 1] + u[:, 0], y[:, 0] ** 3 + even * y[:, 1] ** 2], axis=1)

    bounds = {n: (low, high) for n, low, high in zip("xy", (-1, -1), (3, 2), strict=True)}
    return from_callable(velocity, domain=bounds, inputs={"u": (-1, 2)})


def network(bias: float = 0.0, name: str = "tanh") -> LowRankNetwork:
    generator = np.random.default_rng(0)
    return LowRankNetwork(
        M=generator.normal(size=(4, 2)),
        N=generator.normal(size=(4, 2)),
        bias=np.full(4, bias),
        center=np.array([0.9, 0.4]),
        input_weights=generator.normal(size=(4, 1)),
        direct_input=generator.normal(size=(2, 1)),
        tau=0.3,
        nonlinearity=nonlinearity(name),
        domain=DOMAIN,
    )


def test_the_even_part_is_measured_about_the_right_point() -> None:
    assert even_part(shifted(1.0), np.array([1.0, 0.5])) < 1e-14
    assert even_part(shifted(1.0), np.array([0.0, 0.0])) > 0.1
    small = even_part(shifted(1.0, even=1e-3), np.array([1.0, 0.5]))
    assert small == pytest.approx(even_part(shifted(1.0, 2e-3), np.array([1.0, 0.5])) / 2, rel=0.01)
    assert 1e-5 < small < 1e-3


def test_the_first_centre_that_fits_is_taken_and_none_where_none_does() -> None:
    candidates = [np.zeros(2), DOMAIN.middle]
    found = odd_center(shifted(1.0), candidates)
    assert found is candidates[1]
    assert odd_center(shifted(1.0, even=1e-3), candidates) is None
    assert odd_center(shifted(1.5), candidates) is None


def test_no_part_of_the_box_meets_a_mirror_image_outside() -> None:
    assert even_part(shifted(1.0), np.array([4.0, 0.5])) == np.inf


@pytest.mark.parametrize("name", list(NONLINEARITIES))
def test_a_network_is_symmetric_just_when_its_neurons_are_odd_without_bias(name: str) -> None:
    size = violation(network(name=name), "symmetric")
    assert (size <= EXACT) == (NONLINEARITIES[name].parity == "odd")
    assert violation(network(bias=1e-300, name=name), "symmetric") == np.inf


def test_one_bias_means_equal_to_the_last_bit() -> None:
    assert violation(network(bias=0.1 + 0.2), "shared_bias") == 0.0
    moved = np.full(4, 0.3)
    moved[2] = np.nextafter(0.3, 1.0)
    assert violation(dataclasses.replace(network(), bias=moved), "shared_bias") > 0.0


@pytest.mark.parametrize("name", list(NONLINEARITIES))
def test_rates_are_nonnegative_where_the_nonlinearity_says_so(name: str) -> None:
    low = violation(network(name=name), "nonnegative_rates")
    assert (low == 0.0) == NONLINEARITIES[name].nonnegative
