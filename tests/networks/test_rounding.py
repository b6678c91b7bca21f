"""Networks with shorter weights: exact where nothing is lost, honest where everything is."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.fields.field import Domain
from lrfit.fitting.field_error import FieldReport, field_report
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.rounding import rounded
from lrfit.systems.build import from_callable
from lrfit.systems.sampling import draw_set

DOMAIN = Domain(variables=("x", "y"), lower=[-1, -2], upper=[1, 2])


def network(seed: int = 0, digits: int | None = None, **changes: object) -> LowRankNetwork:
    generator = np.random.default_rng(seed)
    M, N, b = (generator.normal(size=shape) for shape in ((5, 2), (5, 2), 5))
    if digits is not None:
        M, N, b = (np.round(w * 2**digits) / 2**digits for w in (M, N, b))
    made = LowRankNetwork(
        M=M,
        N=N,
        bias=b,
        center=np.array([0.25, -0.5]),
        input_weights=np.empty((5, 0)),
        direct_input=np.empty((2, 0)),
        tau=0.5,
        nonlinearity=nonlinearity("tanh"),
        domain=DOMAIN,
    )
    return dataclasses.replace(made, **changes)  # type: ignore[arg-type]


def report_of(made: LowRankNetwork, exact: LowRankNetwork) -> FieldReport:
    target = from_callable(exact.velocity, domain={"x": (-1, 1), "y": (-2, 2)})
    return field_report(made, draw_set(target, 512, 0), criterion="overall", noise=0.0)


def test_weights_that_fit_into_the_format_are_not_changed() -> None:
    made = network(digits=5)
    for precision in ("float32", "float16"):
        short = rounded(made, precision)
        assert short is not None
        for name in ("M", "N", "bias", "center"):
            np.testing.assert_array_equal(getattr(short, name), getattr(made, name))
    report = report_of(made, made)
    assert report.error_float32 == report.error_float16 == report.error < 1e-15


@pytest.mark.parametrize(("precision", "bits"), [("float32", 24), ("float16", 11)])
def test_the_error_that_rounding_adds_is_that_of_the_format(precision: str, bits: int) -> None:
    made = network()
    added = getattr(report_of(made, made), f"error_{precision}")
    assert 2.0**-bits / 20 < added < 20 * 2.0**-bits


def test_overflow_is_an_infinite_error_and_not_a_crash() -> None:
    made = network(N=1e5 * np.ones((5, 2)))
    assert rounded(made, "float16") is None
    report = report_of(made, network())
    assert report.error_float16 == np.inf
    assert np.isfinite(report.error_float32)


def test_a_time_constant_that_becomes_zero_is_no_network() -> None:
    made = network(tau=1e-9)
    assert rounded(made, "float16") is None
    assert rounded(made, "float32") is not None
