"""Systems made of what a program holds are those that a file with the same content gives."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.core.errors import InputError, UsageError
from lrfit.fields.expressions import ExpressionError
from lrfit.systems.build import from_expressions, from_field
from lrfit.systems.given import as_system
from lrfit.systems.grid import scattered_tree
from lrfit.systems.open import load_system
from lrfit.systems.points import from_samples, from_trajectories
from lrfit.systems.sampled_file import system_from_tree

GIVEN = {
    "dynamics": {"x": "r*y", "y": "(1 - x**2)*y - x + u"},
    "domain": {"x": (-3.0, 3.0), "y": (-1e-5, 4.0)},
    "inputs": {"u": (-1.0, 1.0)},
    "define": {"r": "k/2"},
    "parameters": {"k": 2.5},
}
FILE = b"""
name: expressions
parameters: {k: 2.5}
define: {r: k/2}
dynamics: {x: r*y, y: (1 - x**2)*y - x + u}
domain: {x: [-3, 3], y: [-1.0e-5, 4]}
inputs: {u: [-1, 1]}
"""


def places(system, count=50):
    points = np.random.default_rng(0).uniform(-1, 1, (count, 2 + system.domain.input_count))
    return system.domain.from_box(points)


def same(one, other):
    z, u = places(one)
    assert one.domain.variables + one.domain.inputs == other.domain.variables + other.domain.inputs
    np.testing.assert_array_equal(one.domain.upper, other.domain.upper)
    np.testing.assert_array_equal(one.velocity(z, u), other.velocity(z, u))
    np.testing.assert_array_equal(one.simulation.initial, other.simulation.initial)
    assert (one.name, one.parameters, one.drive) == (other.name, other.parameters, other.drive)


def test_expressions_give_the_system_of_the_same_file():
    same(from_expressions(**GIVEN), load_system(FILE))


def test_the_text_of_a_system_of_expressions_gives_the_system_again():
    made = from_expressions(
        **GIVEN,
        name="again",
        initial={"x": 0.5},
        duration=7.5,
        signals={"u": "pulse(t, 1, 2)"},
        reference='Nobody: "x" # 1900',
        time_unit="ms",
        drive={"u": "filtered"},
        network={"bias": False},
    )
    again = load_system(made.source.text)
    same(made, again)
    assert again.source.sha256 == made.source.sha256
    assert (again.reference, again.time_unit) == (made.reference, made.time_unit)
    assert (again.network, again.simulation.duration) == ({"bias": False}, 7.5)
    t = np.linspace(0, 3, 13)
    np.testing.assert_array_equal(again.simulation.signal.at(t), made.simulation.signal.at(t))


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"dynamics": {"x": "y", "y": "q"}}, ExpressionError, "dynamics.y"),
        ({"dynamics": {"x": "y"}}, UsageError, "'y' needs a right-hand side and a range"),
        ({"define": {"x": "1"}}, ExpressionError, "declared in dynamics already"),
        ({"inputs": {"x": (0, 1)}}, ExpressionError, "declared in"),
        ({"domain": {"x": (1.0, 1.0), "y": (0.0, 1.0)}}, InputError, "range of x"),
        ({"signals": {"v": "t"}}, UsageError, "'v', which is no input"),
        ({"signals": {"u": "t +"}}, ExpressionError, "signals.u"),
        ({"initial": {"q": 1.0}}, UsageError, "initial gives 'q'"),
        ({"name": "a b"}, UsageError, "cannot name a system"),
    ],
)
def test_expressions_that_make_no_sense_are_refused_by_name(changes, error, words):
    with pytest.raises(error, match=words):
        from_expressions(**GIVEN | changes)


def test_samples_give_the_system_of_their_file():
    exact = load_system(FILE)
    tree = scattered_tree(exact, 256, np.random.default_rng(1))
    stored = system_from_tree(tree, name="samples")
    z, u, velocity = (
        tree.dataset(f"samples/{name}").numbers() for name in ("state", "input", "velocity")
    )
    shuffled = np.random.default_rng(2).permutation(len(z))
    made = from_samples(
        z[shuffled],
        velocity[shuffled],
        variables=("x", "y"),
        input=u[shuffled],
        inputs=("u",),
        name=stored.name,
        initial=exact.simulation.initial,
    )
    same(made, stored)
    assert made.source.sha256 == stored.source.sha256
    assert (made.kind, made.interpolation) == ("scattered samples", "cubic")
    assert made.data is not None
    assert made.data.count == 256


SAMPLES = {"state": np.eye(4, 2), "velocity": np.ones((4, 2)), "variables": ("x", "y")}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"state": np.ones((4, 2))}, r"state has values of x from 1 to 1, a width"),
        ({"state": np.ones(4)}, r"state has shape \(4,\)"),
        ({"velocity": np.ones((3, 2))}, "4 states, 3 velocities"),
        ({"velocity": np.full((4, 2), np.nan)}, r"velocity is nan at index \(0, 0\)"),
        ({"variables": ("x", "x")}, "'x' is"),
        ({"input": np.ones((4, 1))}, "input has shape"),
        ({"initial": [1.0]}, "needs 2 finite numbers"),
    ],
)
def test_samples_that_make_no_sense_are_refused_by_name(changes, words):
    with pytest.raises(UsageError, match=words):
        from_samples(**SAMPLES | changes)


def test_two_samples_are_too_few():
    with pytest.raises(UsageError, match="holds 2 points; give at least 3"):
        from_samples(np.eye(2), np.eye(2), variables=("x", "y"))


def test_trajectories_of_a_driven_oscillator_give_its_field():
    """x' = y, y' = -x + u with u constant: circles about (u, 0)."""
    t = np.linspace(0.0, 6.0, 121)
    z, u = [], []
    for radius, level in ((0.5, 0.0), (1.0, 0.5), (1.5, 0.2), (0.2, 1.0)):
        z.append(np.stack([level + radius * np.sin(t), radius * np.cos(t)], axis=1))
        u.append(np.full((len(t), 1), level))
    system = from_trajectories(
        [t] * 4, z, variables=("x", "y"), u=u, inputs=("u",), duration=6.0, initial=z[0][0]
    )
    data = system.data
    assert data is not None
    x, y = data.state.T
    np.testing.assert_allclose(
        data.velocity, np.stack([y, data.input[:, 0] - x], axis=1), atol=1e-6
    )
    assert system.simulation.duration == 6.0


def test_velocities_of_short_trajectories_have_the_order_of_their_cubic_splines():
    errors = []
    for h in (0.1, 0.05, 0.025):
        t = h * np.arange(5)
        run = np.exp(-t)[:, None]
        data = from_trajectories([t], [run], variables=("x",)).data
        assert data is not None
        errors.append(np.abs(data.velocity + data.state).max())
    assert np.all(np.diff(np.log2(errors)) < -2.5)


@pytest.mark.parametrize(
    ("t", "z", "words"),
    [
        ([[0, 1, 2]], [np.ones((3, 1))], "at least 4"),
        ([[0, 1, 1, 2]], [np.ones((4, 1))], "must increase"),
        ([[0, 1, 2, 3]], [], "the same trajectories"),
        ([], [], "one at least"),
    ],
)
def test_trajectories_that_make_no_sense_are_refused(t, z, words):
    with pytest.raises(UsageError, match=words):
        from_trajectories(t, z, variables=("x",))


class Decay:
    """A field of a user, of no class that lrfit knows."""

    def velocity(self, z, u):
        return -z + u

    def jacobian(self, z, u):
        return np.broadcast_to(-np.eye(1), (len(z), 1, 1)), np.ones((len(z), 1, 1))


def test_any_object_with_velocity_and_jacobian_is_a_field():
    domain = load_system(b"name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\ninputs: {u: [0, 1]}\n")
    system = from_field(Decay(), domain=domain.domain, name="decay", signal=[0.5])
    assert as_system(system) is system
    assert system.affine_inputs == ()
    assert (system.enclosures, system.data, system.interpolation) == (None, None, None)
    assert system.simulation.signal.level.tolist() == [0.5]


def test_a_field_that_loses_an_axis_is_refused():
    class Wrong(Decay):
        def jacobian(self, z, u):
            return -np.ones((len(z), 1)), np.ones((len(z), 1, 1))

    domain = load_system(b"name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\ninputs: {u: [0, 1]}\n")
    with pytest.raises(UsageError, match="Jacobian by state has shape"):
        from_field(Wrong(), domain=domain.domain, name="wrong")


def test_tables_with_named_columns_go_by_their_names():
    import pandas

    x, y = np.random.default_rng(0).normal(size=(2, 40))
    state = pandas.DataFrame({"y": y, "x": x})
    velocity = pandas.DataFrame({"x": y, "y": -x})
    data = from_samples(state, velocity, variables=["x", "y"]).data
    assert np.array_equal(data.velocity, np.stack([data.state[:, 1], -data.state[:, 0]], axis=1))
    with pytest.raises(UsageError, match="the columns of the table are x, y; needed are x, z"):
        from_samples(velocity, velocity, variables=["x", "z"])


COMPLEX = np.exp(1j * np.linspace(0, 1, 20))[:, None]
PLAIN = np.linspace(0, 1, 20)[:, None]


@pytest.mark.parametrize("place", ["state", "velocity", "input"])
def test_complex_samples_are_refused_by_name(place):
    arrays = {"state": PLAIN, "velocity": PLAIN, "input": PLAIN} | {place: COMPLEX}
    with pytest.raises(UsageError, match=f"the array {place} holds complex numbers; give real"):
        from_samples(**arrays, variables=["x"], inputs=["u"])


def test_complex_or_masked_trajectories_and_dates_are_refused():
    t = np.linspace(0, 1, 20)
    with pytest.raises(UsageError, match="the array z holds complex numbers"):
        from_trajectories([t], [COMPLEX], variables=["x"])
    masked = np.ma.masked_greater(PLAIN, 0.9)
    with pytest.raises(UsageError, match="the array z has masked entries; leave these points out"):
        from_trajectories([t], [masked], variables=["x"])
    days = np.arange(20).astype("M8[D]")
    with pytest.raises(UsageError, match="the array t holds dates; give times as numbers"):
        from_trajectories([days], [PLAIN], variables=["x"])
