"""Certificates hold on dense grids, are tight, catch what samples miss, and refuse with reasons."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.certification import error_model
from lrfit.certification.certify import certify
from lrfit.core.errors import InputError, UsageError
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.nonlinearity import NONLINEARITIES, nonlinearity
from lrfit.systems.build import from_callable
from lrfit.systems.grid import grid_tree
from lrfit.systems.open import load_system
from lrfit.systems.sampled_file import system_from_tree

DRIVEN = """
name: driven
dynamics: {x: "y - 0.3*sin(2*x)", y: -x*y + u}
domain: {x: [-1, 3], y: [-2, 1]}
inputs: {u: [-1, 0.5]}
"""
PLANE = """
name: plane
dynamics: {x: "y - x**3 + %s", y: -x - 0.5*y}
domain: {x: [-1, 1], y: [-1, 1]}
"""


def random_network(system, phi="tanh", neurons=7, seed=0, slope=1.0, readout=0.4):
    rng = np.random.default_rng(seed)
    D, U = system.domain.dimension, system.domain.input_count
    return LowRankNetwork(
        M=slope * rng.normal(size=(neurons, D)),
        N=readout * rng.normal(size=(neurons, D)),
        bias=rng.normal(size=neurons),
        center=0.1 * rng.normal(size=D),
        input_weights=slope * rng.normal(size=(neurons, U)),
        direct_input=0.2 * rng.normal(size=(D, U)),
        tau=0.8,
        nonlinearity=nonlinearity(phi),
        domain=system.domain,
    )


def fitted(system, neurons=25, seed=1):
    """Random neurons with least-squares readout: a small error with a complicated shape."""
    network = random_network(system, neurons=neurons, seed=seed)
    z, u = grid(system, 15)
    rates = network.nonlinearity.phi(network.current(z, u))
    wanted = network.tau * system.velocity(z, u) + z - network.center - u @ network.direct_input.T
    return dataclasses.replace(network, N=np.linalg.lstsq(rates, wanted, rcond=1e-6)[0])


def grid(system, points):
    domain = system.domain
    lower = [*domain.lower, *domain.input_lower]
    upper = [*domain.upper, *domain.input_upper]
    axes = [np.linspace(a, b, points) for a, b in zip(lower, upper, strict=True)]
    nodes = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(lower))
    return nodes[:, : domain.dimension], nodes[:, domain.dimension :]


def errors(network, system, z, u):
    """|e| (P,) and |e_d| (P, D), box units, absolute."""
    error = (network.velocity(z, u) - system.velocity(z, u)) / system.domain.half_width
    return np.linalg.norm(error, axis=1), np.abs(error)


def assert_sound(found, network, system, points):
    """Nothing on a dense grid is above the bounds; the worst point is as bad as it is said."""
    whole, each = errors(network, system, *grid(system, points))
    assert whole.max() <= found.upper * found.rms_speed
    assert np.all(each.max(axis=0) <= found.upper_by_variable * found.rms_by_variable)
    worst = errors(network, system, found.worst_point[None], found.worst_input[None])[0][0]
    assert worst >= found.lower * found.rms_speed * (1.0 - 1e-12)
    assert found.lower <= found.upper
    assert found.sampled <= found.upper


@pytest.mark.parametrize("phi", sorted(NONLINEARITIES))
def test_bounds_hold_on_a_dense_grid_and_are_within_the_gap(phi):
    system = load_system(DRIVEN)
    network = random_network(system, phi)
    found = certify(network, target=system, gap=0.02)
    assert found.status == "certified"
    assert found.upper <= 1.02 * found.lower
    np.testing.assert_array_less(found.upper_by_variable, 1.02001 * found.lower_by_variable)
    assert_sound(found, network, system, 41)


@pytest.mark.parametrize("seed", range(4))
def test_bounds_of_fitted_networks_hold_and_are_tight(seed):
    system = load_system(PLANE % "0.2*exp(-x*y)")
    network = fitted(system, seed=seed)
    found = certify(network, target=system)
    assert found.upper <= 1.01 * found.lower
    assert found.upper < 0.2
    assert_sound(found, network, system, 401)


@pytest.mark.parametrize(
    "term", ["abs(x - 0.3)", "maximum(x*y, 0.1)", "sqrt(x**2 + y**2)", "relu(y)"]
)
def test_bounds_hold_across_kinks_of_the_target(term):
    system = load_system(PLANE % term)
    network = fitted(system)
    found = certify(network, target=system, gap=0.05)
    assert found.status == "certified"
    assert_sound(found, network, system, 401)


def test_a_spike_between_all_samples_is_caught():
    flat, spiked = (
        load_system(PLANE % spike)
        for spike in ("0", "0.5*exp(-((x - 0.1234567)**2 + (y - 0.3)**2)/1e-9)")
    )
    network = fitted(flat)
    found = certify(network, target=spiked)
    assert found.sampled < 0.05  # what any sampling would have said
    assert found.lower * found.rms_speed > 0.48
    assert found.worst_point == pytest.approx([0.1234567, 0.3], abs=1e-4)
    assert certify(network, target=flat).upper < 0.05


def test_a_narrow_ridge_between_the_points_of_a_grid_is_caught():
    system = load_system(PLANE % "0.5*exp(-((x - 0.123)/0.003)**2)")
    network = fitted(load_system(PLANE % "0"))
    found = certify(network, target=system, tol=0.4)
    assert found.status == "refuted"
    assert "at least" in found.reason


def test_the_error_of_a_linear_network_is_that_of_the_worst_corner():
    system = load_system("name: l\ndynamics: {x: y, y: -x}\ndomain: {x: [-1, 3], y: [-2, 1]}\n")
    network = dataclasses.replace(random_network(system), N=np.zeros((7, 2)))
    found = certify(network, target=system, gap=1e-6)
    corners, each = errors(network, system, *grid(system, 2))
    assert found.upper * found.rms_speed == pytest.approx(corners.max(), rel=2e-6)
    assert found.upper_by_variable * found.rms_by_variable == pytest.approx(
        each.max(axis=0), rel=2e-6
    )


def test_a_network_without_error_is_certified_to_have_next_to_none():
    system = load_system("name: l\ndynamics: {x: 2*x}\ndomain: {x: [-1, 1]}\n")
    network = LowRankNetwork(  # 3 relu(x) - 3 relu(-x) - x = 2 x
        M=[[1.0], [-1.0]],
        N=[[3.0], [-3.0]],
        bias=[0.0, 0.0],
        center=[0.0],
        input_weights=np.zeros((2, 0)),
        direct_input=np.zeros((1, 0)),
        tau=1.0,
        nonlinearity=nonlinearity("relu"),
        domain=system.domain,
    )
    found = certify(network, target=system)
    assert found.status == "certified"
    assert found.upper <= 1e-9


def test_steep_neurons_hide_nothing():
    system = load_system(PLANE % "0")
    network = fitted(system)
    step = dataclasses.replace(
        network,
        M=np.vstack([network.M, [[3e6, 0.0], [3e6, 0.0]]]),
        N=np.vstack([network.N, [[0.3, 0.0], [-0.3, 0.0]]]),
        bias=np.append(network.bias, [10.0, 9.0]),  # together they are zero but for a thin strip
        input_weights=np.zeros((27, 0)),
    )
    found = certify(step, target=system, gap=0.05)
    assert found.sampled < 0.05
    assert found.lower > 0.1
    assert found.status == "certified"


def test_tolerances_are_proved_or_refuted():
    system = load_system(DRIVEN)
    network = random_network(system)
    truth = certify(network, target=system, gap=1e-3)
    proved = certify(network, target=system, tol=1.002 * truth.lower)
    assert (proved.status, proved.success) == ("proved", True)
    assert proved.upper <= 1.002 * truth.lower
    refuted = certify(network, target=system, tol=0.999 * truth.lower)
    assert (refuted.status, refuted.success) == ("refuted", False)
    assert refuted.lower > 0.999 * truth.lower


@pytest.mark.parametrize("limit", [{"max_boxes": 40}, {"time_limit": 1e-9}])
def test_a_bound_cut_short_is_still_a_bound(limit):
    system = load_system(DRIVEN)
    network = random_network(system, slope=2.0, neurons=20)
    found = certify(network, target=system, gap=1e-4, **limit)
    assert found.status == "undecided"
    assert "limit" in found.reason
    assert found.gap > 1e-4
    assert_sound(found, network, system, 31)


def test_many_small_batches_lose_no_box_and_cut_the_worst_first(monkeypatch):
    monkeypatch.setattr(error_model, "_BATCH", (8, 8))
    system = load_system(DRIVEN)
    network = random_network(system, slope=2.0, neurons=20)
    whole = certify(network, target=system)
    assert whole.status == "certified"
    assert_sound(whole, network, system, 31)
    cut = [
        certify(network, target=system, max_boxes=count)
        for count in (whole.boxes // 4, whole.boxes)
    ]
    assert whole.upper < cut[0].upper < 2.0 * whole.upper
    assert cut[1].upper <= cut[0].upper


@pytest.mark.parametrize("size", [1e200, 1e300])
def test_a_network_that_overflows_is_never_certified(size):
    system = load_system(DRIVEN)
    network = random_network(system, readout=size)
    for question in ({}, {"tol": 1e100}):
        found = certify(network, target=system, max_boxes=3000, **question)
        assert found.status == "undecided"
        assert found.upper == np.inf


def test_equal_questions_have_equal_answers():
    system = load_system(DRIVEN)
    network = random_network(system)
    one, two = (certify(network, target=system) for _ in range(2))
    for field in dataclasses.fields(one):
        if field.name not in ("seconds", "domain"):
            np.testing.assert_array_equal(getattr(one, field.name), getattr(two, field.name))


def test_units_do_not_matter():
    system = load_system(PLANE % "0")
    scaled = load_system(
        "name: s\ndynamics: {x: 1000*(y/1e-3 - (x/1000)**3), y: 1e-3*(-x/1000 - 0.5*y/1e-3)}\n"
        "domain: {x: [-1000, 1000], y: [-1e-3, 1e-3]}\n"
    )
    network = fitted(system)
    units = np.array([1000.0, 1e-3])
    same = dataclasses.replace(
        network,
        M=network.M / units,
        N=network.N * units,
        center=network.center * units,
        domain=scaled.domain,
    )
    one, two = certify(network, target=system), certify(same, target=scaled)
    assert two.lower == pytest.approx(one.lower, rel=1e-6)
    assert two.upper == pytest.approx(one.upper, rel=1e-2)


# --------------------------------------------------------------------------------- refusals


def test_a_removable_singularity_is_refused_with_its_place():
    system = load_system(
        "name: w\ndynamics:\n  x: -x\n  y: x/(1 - exp(-2*(x - 0.3*y)))\n"
        "domain: {x: [0, 1], y: [0, 1]}\n"
    )
    with pytest.raises(InputError, match=r"4: dy/dt has no bounds near x = [\d.]+, y = ") as caught:
        certify(random_network(system), target=system)
    x, y = (float(part.split(" = ")[1].split(":")[0]) for part in str(caught.value).split(",")[:2])
    assert x == pytest.approx(0.3 * y, abs=1e-5)


def test_what_only_coarse_intervals_cannot_bound_is_not_refused():
    system = load_system("name: c\ndynamics: {x: 1/(x**2 - 1.9*x + 0.91)}\ndomain: {x: [0, 2]}\n")
    network = random_network(system)
    found = certify(network, target=system)
    assert found.status == "certified"
    assert_sound(found, network, system, 2001)


def test_samples_and_functions_are_refused():
    exact = load_system(PLANE % "0")
    sampled = system_from_tree(grid_tree(exact, 9), name="grid")
    called = from_callable(lambda z, u: -z, domain={"x": (-1, 1), "y": (-1, 1)})
    network = random_network(exact)
    for system, what in ((sampled, "samples"), (called, "a Python function")):
        with pytest.raises(InputError, match=f"is given by {what}: nothing is certain"):
            certify(network, target=system)


def test_another_domain_is_refused():
    system, other = load_system(PLANE % "0"), load_system((PLANE % "0").replace("-1, 1", "-1, 2"))
    with pytest.raises(InputError, match="belongs to another domain than plane"):
        certify(random_network(system), target=other)


@pytest.mark.parametrize(
    "bad", [{"gap": 0.0}, {"gap": np.nan}, {"tol": -1.0}, {"max_boxes": 0}, {"time_limit": 0.0}]
)
def test_numbers_that_are_not_positive_are_refused(bad):
    system = load_system(PLANE % "0")
    with pytest.raises(UsageError, match=r"give (a positive number|at least 1)"):
        certify(random_network(system), target=system, **bad)
