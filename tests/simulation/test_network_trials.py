"""Many trials, each under its own input, are what each would be alone."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import march
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.simulation.field_trials import TrialPlan, plan_trials
from lrfit.simulation.forms import FullForm
from lrfit.simulation.network_trials import run_network
from lrfit.simulation.simulate import simulate
from lrfit.systems.signals.input_signal import InputSignal, input_signal

BOX = Domain(
    variables=("x", "y"),
    lower=np.full(2, -1.0),
    upper=np.full(2, 1.0),
    inputs=("u", "w"),
    input_lower=np.full(2, -1.0),
    input_upper=np.full(2, 1.0),
)
DT, DURATION = 0.02, 2.0


@pytest.fixture(scope="module")
def network() -> LowRankNetwork:
    rng = np.random.default_rng(4)
    return LowRankNetwork(
        M=rng.normal(size=(7, 2)),
        N=0.4 * rng.normal(size=(7, 2)),
        bias=rng.normal(size=7),
        center=np.array([0.1, -0.2]),
        input_weights=rng.normal(size=(7, 2)),
        direct_input=np.array([[0.5, 0.0], [0.0, -0.7]]),
        tau=0.2,
        nonlinearity=nonlinearity("tanh"),
        domain=BOX,
    )


def signal_of(trial: int) -> InputSignal:
    """Jumps at times of its own, on no step."""
    edge = 0.3137 + 0.211 * trial

    def levels(t: np.ndarray) -> np.ndarray:
        on = t >= edge
        return np.stack([np.where(on, 0.8, -0.1 * trial), np.where(on, -0.5, 0.3)], axis=1)

    return input_signal(BOX, levels, [edge])


@pytest.fixture(scope="module")
def plan() -> TrialPlan:
    signals = [signal_of(trial) for trial in range(5)]
    return plan_trials(signals, duration=DURATION, dt=DT, dimension=2, points=21)


START = np.linspace(-0.5, 0.5, 10).reshape(5, 2)


@pytest.mark.parametrize("solver", ["euler", "rk4"])
def test_each_trial_is_what_it_is_alone(
    network: LowRankNetwork, plan: TrialPlan, solver: str
) -> None:
    together = run_network(network, START, plan, solver=solver)  # type: ignore[arg-type]
    for trial in range(5):
        alone = simulate(
            network,
            duration=DURATION,
            initial=START[trial],
            signal=plan.signals[trial].function,
            breakpoints=plan.signals[trial].breakpoints,
            points=21,
            **({"solver": "euler", "dt": DT} if solver == "euler" else {}),  # type: ignore[arg-type]
        )
        tolerance = 1e-12 if solver == "euler" else 2e-3  # the mean over the step of the jump
        assert np.allclose(together.y[trial], alone.z[0], rtol=0, atol=tolerance)


def test_the_full_form_takes_an_input_for_each_trial_too(
    network: LowRankNetwork, plan: TrialPlan
) -> None:
    form, inputs = FullForm(network=network, store_x=False), plan.inputs()
    step = form.step(inputs, DT, None)
    full = march(step, form.start(START, inputs[0]), dt=DT, keep=plan.keep, observe=form.observe)
    latent = run_network(network, START, plan, solver="euler")
    assert np.allclose(full.y[..., :2], latent.y, rtol=0, atol=1e-10)


@pytest.mark.parametrize("solver", ["euler", "rk4"])
def test_a_trial_that_ends_leaves_the_inputs_of_the_others_in_place(
    network: LowRankNetwork, plan: TrialPlan, solver: str
) -> None:
    whole = run_network(network, START, plan, solver=solver)  # type: ignore[arg-type]
    start = START.copy()
    start[1] = 1e6  # beyond every bound
    found = run_network(network, start, plan, solver=solver)  # type: ignore[arg-type]
    assert [ending.kind == "done" for ending in found.endings] == [True, False, True, True, True]
    others = [0, 2, 3, 4]
    assert np.allclose(found.y[others], whole.y[others], rtol=0, atol=1e-13)


def test_noise_needs_euler_and_steps_must_be_short(
    network: LowRankNetwork, plan: TrialPlan
) -> None:
    generator = np.random.default_rng(0)
    with pytest.raises(UsageError, match="solver euler"):
        run_network(network, START, plan, rate_noise=0.1, generator=generator)
    noisy = run_network(network, START, plan, solver="euler", rate_noise=0.1, generator=generator)
    assert np.max(np.abs(noisy.y - run_network(network, START, plan, solver="euler").y)) > 1e-3
    coarse = plan_trials(plan.signals, duration=2.0, dt=0.4, dimension=2)
    with pytest.raises(UsageError, match="tau"):
        run_network(network, START, coarse)


def test_more_than_memory_holds_is_refused() -> None:
    with pytest.raises(UsageError, match="GiB"):
        plan_trials([signal_of(0)] * 100_000, duration=100.0, dt=0.01, dimension=20)
