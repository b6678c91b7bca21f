"""Gaussian averages agree with closed forms and with integration that is known to be right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.mixtures import averages
from lrfit.networks.nonlinearity import NONLINEARITIES, Nonlinearity

MEANS = np.array([0.0, 0.7, -2.3, 0.7, 0.1])


def integrated(f: object, h: float, s: float) -> float:
    """By adaptive quadrature."""
    return float(quad(lambda x: f(h + s * x) * norm.pdf(x), -12, 12, limit=400, epsabs=1e-13)[0])


@pytest.mark.parametrize("name", sorted(NONLINEARITIES))
def test_averages_are_those_of_adaptive_quadrature(name: str) -> None:
    phi = NONLINEARITIES[name]
    for h, s in ((0.7, 0.5), (-0.4, 3.0)):
        value, slope = averages.gaussian_averages(phi, np.array([h]), np.array([s]))
        wanted = integrated(lambda x, phi=phi: float(phi.phi(np.array(x))), h, s)
        assert value[0] == pytest.approx(wanted, abs=1e-9)
        if name != "relu":  # its slope jumps, where quadrature is not that exact
            sloped = integrated(
                lambda x, phi=phi: float(phi.slope(np.array(x), phi.phi(np.array(x)))), h, s
            )
            assert slope[0] == pytest.approx(sloped, abs=1e-9)


def test_the_trapezoid_rule_has_the_closed_form_of_erf() -> None:
    """The rule is that of tanh, with the averages of erf, whose poles are nowhere: to rounding."""
    erf, sd = NONLINEARITIES["erf"], np.array([0.0, 0.3, 1.0, 4.0, 30.0])
    wanted = averages._CLOSED["erf"](MEANS, sd)

    def integrand(x: Array, _: Array) -> tuple[Array, ...]:
        rate = erf.phi(x)
        return rate, erf.slope(x, rate)

    found = averages.averaged(integrand, 2, MEANS, sd)
    for value, exact in zip(found, wanted, strict=False):
        np.testing.assert_allclose(value, exact, atol=1e-14)


@pytest.mark.parametrize("name", sorted(NONLINEARITIES))
def test_higher_derivatives_are_those_of_the_averages(name: str) -> None:
    """d<f>/dh = <f'>, by central differences of <phi> and of <phi'>; and Stein in the variance."""
    phi, h, s, step = NONLINEARITIES[name], MEANS, np.full(5, 0.8), 1e-5
    slope, second, third = averages.gaussian_derivatives(phi, h, s)
    up, down = (averages.gaussian_averages(phi, h + e, s) for e in (step, -step))
    np.testing.assert_allclose((up[0] - down[0]) / (2 * step), slope, atol=1e-9)
    np.testing.assert_allclose((up[1] - down[1]) / (2 * step), second, atol=1e-9)
    above, below = (averages.gaussian_averages(phi, h, np.sqrt(s**2 + e)) for e in (step, -step))
    np.testing.assert_allclose((above[0] - below[0]) / (2 * step), second / 2, atol=1e-9)
    np.testing.assert_allclose((above[1] - below[1]) / (2 * step), third / 2, atol=1e-9)


@pytest.mark.parametrize("name", sorted(NONLINEARITIES))
def test_without_variance_an_average_is_the_value_itself(name: str) -> None:
    phi, h = NONLINEARITIES[name], MEANS + 0.05
    value, slope = averages.gaussian_averages(phi, h, np.zeros(5))
    np.testing.assert_allclose(value, phi.phi(h), atol=1e-15)
    np.testing.assert_allclose(slope, phi.slope(h, phi.phi(h)), atol=1e-15)
    assert all(np.all(np.isfinite(x)) for x in averages.gaussian_derivatives(phi, h, np.zeros(5)))


def test_no_average_depends_on_what_is_asked_for_with_it() -> None:
    phi, s = NONLINEARITIES["tanh"], np.array([0.1, 1.0, 3.0, 9.0, 40.0])
    together = averages.gaussian_averages(phi, MEANS, s)
    alone = [averages.gaussian_averages(phi, MEANS[i : i + 1], s[i : i + 1]) for i in range(5)]
    for k in range(2):
        # Products of matrices of different sizes round differently, and nothing else may differ.
        np.testing.assert_allclose(
            together[k], np.concatenate([one[k] for one in alone]), rtol=1e-13, atol=1e-16
        )


def test_a_nonlinearity_without_known_averages_is_refused() -> None:
    own: Nonlinearity = replace(NONLINEARITIES["tanh"], name="own")
    with pytest.raises(UsageError, match="the mean field of 'own' is not known"):
        averages.require_known(own)
