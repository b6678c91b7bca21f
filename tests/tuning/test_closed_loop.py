"""Derivatives of trajectories by every weight, against an implementation in complex numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from numpy.typing import NDArray

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.networks.output import Output
from lrfit.networks.wrong_weights import PLACES, Errors
from lrfit.simulation.field_trials import FixedSolver
from lrfit.tuning.closed_loop import FAR, STRIDE, Loop, normal_equations, residuals, squared_slopes
from lrfit.tuning.trials import TrialSet
from lrfit.tuning.weights import layout_of

Complex = NDArray[np.complex128]
TAU, DT, STEPS, TRIALS = 0.5, 0.1, 9, 3
STEP = 1e-30
"""Of the complex step: derivatives are exact to rounding."""


def network(*, copied: bool, output: bool, seed: int = 0) -> LowRankNetwork:
    """Two variables, two inputs, four neurons; perhaps with an output, and a copied input."""
    generator = np.random.default_rng(seed)
    D, U, n = 2, 2, 4
    L = D + 1 if copied else D
    draw = generator.normal
    own = Domain(
        variables=("x", "y"), lower=[-2.0, -1.0], upper=[2.0, 3.0],
        inputs=("u", "w"), input_lower=[-1.0, -1.0], input_upper=[1.0, 1.0],
    )  # fmt: skip
    latent = own if L == D else Domain(
        variables=("x", "y", "u_copy"), lower=[-2.0, -1.0, -1.0], upper=[2.0, 3.0, 1.0],
        inputs=("u", "w"), input_lower=[-1.0, -1.0], input_upper=[1.0, 1.0],
    )  # fmt: skip
    reading = Output(
        offset=0.1 * draw(size=D), state=np.eye(D, L) + 0.1 * draw(size=(D, L)),
        input=0.1 * draw(size=(D, U)), rates=0.1 * draw(size=(D, n)),
        domain=own, copied=(0,) if copied else (),
    )  # fmt: skip
    return LowRankNetwork(
        M=draw(size=(n, L)), N=0.5 * draw(size=(n, L)), bias=draw(size=n), center=draw(size=L),
        input_weights=draw(size=(n, U)), direct_input=draw(size=(L, U)), tau=TAU,
        nonlinearity=nonlinearity("tanh"), domain=latent,
        output=reading if output or copied else None,
    )  # fmt: skip


def trials(seed: int = 1) -> TrialSet:
    generator = np.random.default_rng(seed)
    return TrialSet(
        start=generator.normal(size=(TRIALS, 2)),
        inputs=generator.normal(size=(STEPS, TRIALS, 2)),
        states=generator.normal(size=(TRIALS, STEPS, 2)),
        dt=DT,
        streams=np.arange(TRIALS),
    )


def velocity(
    w: Mapping[str, Complex], y: Complex, v: Array, u: Array, eta: Array | float
) -> Complex:
    """One trial's latent velocity, written out."""
    current = w["M"] @ (y - w["c"]) + w["B"] @ v + w["b"]
    pull = w["N"].T @ (np.tanh(current) + eta)
    return np.asarray((-(y - w["c"]) + pull + w["C"] @ u) / TAU)


def read(w: Mapping[str, Complex], y: Complex, v: Array) -> Complex:
    if "O" not in w:
        return y
    current = w["M"] @ (y - w["c"]) + w["B"] @ v + w["b"]
    return np.asarray(w["offset"] + w["S"] @ y + w["K"] @ v + w["O"] @ np.tanh(current))


def latent(w: Mapping[str, Complex], z: Array, v: Array, guess: Array) -> Complex:
    """The latent state that is read as z, by Newton's method with a differenced Jacobian."""
    y, D = guess.astype(complex), len(z)
    if "O" not in w:
        return z.astype(complex)
    for _ in range(60):
        off = z - read(w, y, v)
        steps = 1e-6 * np.eye(len(y))[:D]
        slope = np.stack([(read(w, y + e, v) - read(w, y - e, v)) / 2e-6 for e in steps], axis=1)
        y[:D] += np.linalg.solve(slope, off)
    return y


def trajectory(
    exact: Mapping[str, Complex],
    wrong: Mapping[str, Complex],
    one: TrialSet,
    noise: Array,
    guess: Array,
    solver: FixedSolver,
) -> Complex:
    """States (T, D) of one trial."""
    v, found = one.inputs[0, 0].copy(), []
    y = latent(exact, one.start[0], v, guess)
    for u, eta in zip(one.inputs[:, 0], noise, strict=True):
        if solver == "euler":
            y = y + DT * velocity(wrong, y, v, u, eta)
            v = v + DT / TAU * (u - v)
        else:
            k, g = [], []
            for share in (0.0, 0.5, 0.5, 1.0):
                at = y + share * DT * k[-1] if k else y
                filtered = v + share * DT * g[-1] if g else v
                k.append(velocity(wrong, at, filtered, u, eta))
                g.append((u - filtered) / TAU)
            y = y + DT / 6 * (k[0] + 2 * k[1] + 2 * k[2] + k[3])
            v = v + DT / 6 * (g[0] + 2 * g[1] + 2 * g[2] + g[3])
        found.append(read(wrong, y, v))
    return np.array(found)


@pytest.mark.parametrize("solver", ["euler", "rk4"])
@pytest.mark.parametrize(
    "kind", [{}, {"output": True}, {"copied": True}], ids=["plain", "output", "copied"]
)
@pytest.mark.parametrize("wrong", [False, True], ids=["exact", "wrong weights and noise"])
def test_derivatives_are_those_of_a_complex_step(
    kind: dict[str, bool], wrong: bool, solver: FixedSolver
) -> None:
    made = network(**{"copied": False, "output": False, **kind})
    layout, given = layout_of(made), trials()
    theta = layout.vector(made)
    errors = Errors(weights=0.1, places=PLACES, rates=0.05, time=TAU) if wrong else Errors()
    loop = Loop(layout=layout, solver=solver, errors=errors)
    factors = errors.factors(layout.shapes, given.streams)
    offset, size = 1, layout.size
    square, slope = np.zeros((size, size)), np.zeros(size)
    half = made.state_domain.half_width
    for p in range(TRIALS):
        one = given.part(p, p + 1)
        stream = errors.noise(made.neurons, one.streams, DT)
        noise = np.array([next(stream)[0] if wrong else np.zeros(4) for _ in range(STEPS)])
        guess = made.latent(one.start, one.inputs[0])[0]

        def run(t: Complex, p: int = p, one: TrialSet = one, noise: Array = noise,
                guess: Array = guess) -> Complex:  # fmt: skip
            exact = {n: t[s].reshape(layout.shapes[n]) for n, s in layout.places.items()}
            bad = {n: b * factors[n][p] if n in factors else b for n, b in exact.items()}
            return trajectory(exact, bad, one, noise, guess, solver)

        plain = run(theta.astype(complex)).real
        rows = np.stack(
            [run(theta + 1j * STEP * e).imag / STEP / half for e in np.eye(size)], axis=-1
        )[offset::STRIDE].reshape(-1, size)
        off = ((plain - one.states[0]) / half)[offset::STRIDE].ravel()
        square += rows.T @ rows
        slope += rows.T @ off
        np.testing.assert_allclose(
            residuals(loop, theta, one)[0], (plain - one.states[0]) / half, rtol=0, atol=1e-10
        )
    found = normal_equations(loop, theta, given, offset)
    scale = np.sqrt(np.maximum(np.diag(square), 1e-12 * np.max(np.diag(square))))
    assert np.max(np.abs(found.square - square) / scale / scale[:, None]) < 1e-10
    assert np.max(np.abs(found.slope - slope) / scale) < 1e-10 * np.linalg.norm(slope / scale)
    squares = squared_slopes(loop, theta, given, range(offset, STEPS, STRIDE))
    assert np.max(np.abs(squares - np.diag(square)) / scale**2) < 1e-10


def test_a_trial_that_runs_away_counts_as_far_and_pulls_at_nothing() -> None:
    made = network(copied=False, output=False)
    layout, given = layout_of(made), trials()
    theta = layout.vector(made)
    theta[layout.places["N"]] *= 1e6
    loop = Loop(layout=layout, solver="euler", errors=Errors())
    off = residuals(loop, theta, given)
    assert np.all(np.isfinite(off))
    assert np.all(off[:, -1] == FAR)
    found = normal_equations(loop, theta, given, STEPS % STRIDE)
    assert np.all(np.isfinite(found.square))


def test_residuals_of_a_trial_do_not_depend_on_the_trials_beside_it() -> None:
    made = network(copied=False, output=True)
    layout, given = layout_of(made), trials()
    errors = Errors(weights=0.1, places=("N", "b"), rates=0.1, time=TAU)
    loop = Loop(layout=layout, solver="euler", errors=errors)
    theta = layout.vector(made)
    together = residuals(loop, theta, given)
    alone = [residuals(loop, theta, given.part(p, p + 1))[0] for p in range(TRIALS)]
    np.testing.assert_allclose(together, np.array(alone), rtol=1e-12, atol=1e-12)
