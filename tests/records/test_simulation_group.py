"""Defaults of a simulation in a network file: what is written comes back, and nonsense does not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.tree import Dataset, Group
from lrfit.records.simulation_group import simulation_from_group, simulation_group
from lrfit.systems.signals.input_signal import input_signal
from lrfit.systems.signals.sampled_signal import sampled_input
from lrfit.systems.system import Simulation

DOMAIN = Domain(
    variables=("x",),
    lower=np.array([-1.0]),
    upper=np.array([1.0]),
    inputs=("u",),
    input_lower=np.array([-1.0]),
    input_upper=np.array([1.0]),
)
T = np.linspace(0.0, 4.0, 50)


def simulation(**changes: object) -> Simulation:
    signal = sampled_input(DOMAIN, T, np.sin(T)[:, None], degree=3)
    whole = Simulation(initial=np.array([0.3]), duration=4.0, signal=signal, own=True)
    return dataclasses.replace(whole, **changes)  # type: ignore[arg-type]  # fields by name


def test_a_sampled_signal_comes_back_exactly() -> None:
    there = simulation()
    back = simulation_from_group(simulation_group(there, DOMAIN), DOMAIN)
    t = np.linspace(0.0, 4.0, 333)
    assert back.own
    assert (back.duration, back.initial.tolist()) == (4.0, [0.3])
    np.testing.assert_array_equal(back.signal.at(t), there.signal.at(t))


def test_a_constant_input_comes_back() -> None:
    there = simulation(signal=input_signal(DOMAIN, np.array([0.7])), duration=None)
    back = simulation_from_group(simulation_group(there, DOMAIN), DOMAIN)
    assert back.signal.constant
    assert (back.duration, back.signal.level.tolist()) == (None, [0.7])


def test_a_function_is_sampled_with_its_jumps() -> None:
    step = input_signal(DOMAIN, lambda t: np.where(t < 1.0, 0.0, t)[:, None], [1.0])
    back = simulation_from_group(simulation_group(simulation(signal=step), DOMAIN), DOMAIN)
    t = np.array([0.5, 1.0, 1.001, 3.3])
    np.testing.assert_allclose(back.signal.at(t), step.at(t), atol=1e-9)


@pytest.mark.parametrize(
    ("attribute", "value", "message"),
    [
        ("initial", np.array([1.0, 2.0]), "needs 1 finite numbers"),
        ("initial", np.array([np.nan]), "needs 1 finite numbers"),
        ("duration", -1.0, "give a positive number"),
        ("duration", float("nan"), "give a positive number"),
    ],
)
def test_defaults_that_make_no_sense_are_refused(
    attribute: str, value: object, message: str
) -> None:
    group = simulation_group(simulation(), DOMAIN)
    spoilt = dataclasses.replace(group, attributes={**group.attributes, attribute: value})
    with pytest.raises(InputError, match=message):
        simulation_from_group(spoilt, DOMAIN)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("t", T[::-1]),
        ("t", np.full(50, np.nan)),
        ("u", np.zeros((50, 2))),
        ("u", np.full((50, 1), np.inf)),
    ],
)
def test_samples_that_are_no_signal_are_refused(name: str, data: np.ndarray) -> None:
    group = simulation_group(simulation(), DOMAIN)
    signal = group.group("signal")
    children = {**signal.children, name: Dataset(data=data)}
    spoilt = Group(attributes=signal.attributes, children=children)
    with pytest.raises(InputError):
        simulation_from_group(dataclasses.replace(group, children={"signal": spoilt}), DOMAIN)


def test_a_constant_input_of_the_wrong_length_is_refused() -> None:
    group = simulation_group(simulation(), DOMAIN)
    with pytest.raises(InputError, match="or a signal"):
        simulation_from_group(dataclasses.replace(group, children={}), DOMAIN)
