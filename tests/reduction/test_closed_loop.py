"""Tuning from given latent states, on the outputs alone."""

from __future__ import annotations

import numpy as np

from lrfit.networks.wrong_weights import Errors
from lrfit.reduction.closed_loop import latent_path, outputs_of, trial_set
from lrfit.tuning.closed_loop import STRIDE, Loop, normal_equations, residuals
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import layout_of
from tests.reduction.test_latent import small

START = np.array([0.2, -0.1, 0.3])


def trials(seed: int = 1) -> TrialSet:
    generator = np.random.default_rng(seed)
    return trial_set(
        0.5 * generator.normal(size=(7, 4, 1)), generator.normal(size=(7, 4, 2)), START, 0.5
    )


def test_residuals_are_those_of_the_outputs_and_leave_latent_variables_out() -> None:
    network, layout = small(), layout_of(small())
    loop = Loop(layout=layout, solver="euler", errors=Errors())
    off = residuals(loop, layout.vector(network), trials())
    read = outputs_of(network, trials()).transpose(1, 0, 2)
    wanted = (read - trials().states) / network.state_domain.half_width
    np.testing.assert_allclose(off[:, :, :2], wanted[:, :, :2], atol=1e-12)
    assert np.all(off[:, :, 2] == 0.0)


def test_derivatives_are_those_of_the_residuals_from_given_latent_states() -> None:
    layout = layout_of(small())
    loop = Loop(layout=layout, solver="euler", errors=Errors())
    theta, offset = layout.vector(small()), 1
    found = normal_equations(loop, theta, trials(), offset)

    def half_squares(theta: np.ndarray) -> float:
        off = residuals(loop, theta, trials())[:, offset::STRIDE]
        return 0.5 * float(np.sum(off**2))

    steps = 1e-6 * np.eye(layout.size)
    slope = [(half_squares(theta + h) - half_squares(theta - h)) / 2e-6 for h in steps]
    np.testing.assert_allclose(found.slope, slope, atol=1e-6)


def test_the_path_begins_at_the_given_latent_state() -> None:
    network = small()
    u = trials().inputs[0]
    first = START + 0.5 * network.latent_velocity(np.tile(START, (4, 1)), u, u)
    np.testing.assert_allclose(latent_path(network, trials())[0], first, atol=1e-14)
