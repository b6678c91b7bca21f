"""Three sets of points: uniform, independent, seeded, finite, and held out in whole blocks."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError, NumericalError, UsageError
from lrfit.fields.box import BoxField
from lrfit.fields.held_out import split_blocks
from lrfit.integrate import rk4
from lrfit.systems.grid import grid_tree, scattered_tree
from lrfit.systems.open import load_system
from lrfit.systems.places import grid_points, sobol_points
from lrfit.systems.sampled_file import system_from_tree
from lrfit.systems.sampling import default_training, draw_samples, draw_set

OSCILLATOR = load_system("van_der_pol")
DRIVEN = load_system("fitzhugh_nagumo")


def everything(points):
    return np.hstack([points.state, points.input, points.drive, points.velocity])


def sets(samples):
    return samples.training, samples.validation, samples.test


@pytest.mark.parametrize("name", ["pitchfork_bistable", "van_der_pol", "flip_flop_3bit", "lorenz"])
def test_sobol_sets_are_uniform_powers_of_two_inside_the_box(name):
    samples = draw_samples(load_system(name))
    for points in sets(samples):
        places = np.hstack([points.state, points.input])
        assert points.count.bit_count() == 1
        assert np.all(np.abs(places) < 1)
        assert np.all(points.weight == 1)
        assert np.max(np.abs(places.mean(axis=0))) < 2e-3
        assert np.max(np.abs(np.mean(places**2, axis=0) - 1 / 3)) < 5e-3


def test_velocity_and_drive_are_those_of_the_field_in_box_units():
    points = draw_samples(DRIVEN, training=64).training
    v, w = (points.state * [2.5, 1.5] + [0, 0.5]).T
    current = 0.5 + 0.5 * points.input[:, 0]
    assert points.velocity[:, 0] * 2.5 == pytest.approx(v - v**3 / 3 - w + current)
    assert points.velocity[:, 1] * 1.5 == pytest.approx(0.08 * (v + 0.7 - 0.8 * w))
    assert points.drive[:, 0] * 0.5 == pytest.approx(current)


def test_equal_seeds_give_equal_points_and_others_none_in_common():
    first, again, other = (draw_samples(DRIVEN, training=256, seed=s) for s in (3, 3, 4))
    places = [everything(points) for points in (*sets(first), *sets(other))]
    assert all(
        np.array_equal(everything(a), everything(b))
        for a, b in zip(sets(first), sets(again), strict=True)
    )
    rows = np.vstack(places)
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_a_seed_sequence_is_a_seed_and_is_not_used_up():
    seed = np.random.SeedSequence([1, 2])
    first, again = (draw_samples(OSCILLATOR, training=16, seed=seed) for _ in range(2))
    assert np.array_equal(first.training.state, again.training.state)


@given(wanted=st.integers(1, 300))
@settings(max_examples=20, deadline=None)
def test_counts_are_rounded_up_to_powers_of_two_without_a_warning(wanted):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        points = draw_set(OSCILLATOR, wanted, 0)
    assert wanted <= points.count < 2 * wanted
    assert points.count.bit_count() == 1


@given(exponents=st.lists(st.integers(-30, 30), min_size=3, max_size=3))
@settings(max_examples=15, deadline=None)
def test_a_change_of_units_by_powers_of_two_changes_no_bit(exponents):
    x, y, u = (float(2.0**e) for e in exponents)
    text = """
name: s
parameters: {{x0: {x!r}, y0: {y!r}, u0: {u!r}}}
dynamics:
  x: x0*(y/y0)
  y: y0*((1 - (x/x0)**2)*(y/y0) - x/x0 + u/u0)
domain: {{x: [{a!r}, {b!r}], y: [{c!r}, {d!r}]}}
inputs: {{u: [{e!r}, {f!r}]}}
"""
    scaled, plain = (
        load_system(text.format(x=p, y=q, u=r, a=-3 * p, b=2 * p, c=-4 * q, d=5 * q, e=-r, f=3 * r))
        for p, q, r in ((x, y, u), (1.0, 1.0, 1.0))
    )
    for a, b in zip(sets(draw_samples(scaled)), sets(draw_samples(plain)), strict=True):
        assert np.array_equal(everything(a), everything(b))


def test_a_field_that_is_not_finite_somewhere_is_refused_with_the_place():
    text = "name: s\ndynamics: {x: sqrt(x)}\ndomain: {x: [-1, 1]}\n"
    with pytest.raises(InputError, match=r"<text>:2: dx/dt is nan at x = -0\.\d+ .*domain"):
        draw_samples(load_system(text))


def test_removable_singularities_at_round_places_are_never_hit():
    text = "name: s\ndynamics: {x: sin(x)/x + (y - 0.5)/(2*y - 1), y: y/y}\n"
    samples = draw_samples(load_system(text + "domain: {x: [-1, 1], y: [0, 1]}\n"))
    assert all(np.all(np.isfinite(points.velocity)) for points in sets(samples))


def test_a_field_that_vanishes_is_a_numerical_error():
    with pytest.raises(NumericalError, match="zero at every sample"):
        draw_samples(load_system("name: s\ndynamics: {x: 0}\ndomain: {x: [-1, 1]}\n"))


@pytest.mark.parametrize("count", [0, -1, 2**25])
def test_a_count_out_of_range_is_a_usage_error(count):
    with pytest.raises(UsageError, match="give from 1"):
        draw_samples(OSCILLATOR, training=count)


def test_an_unknown_kind_is_a_usage_error():
    with pytest.raises(UsageError, match="choose sobol"):
        draw_set(OSCILLATOR, 8, 0, kind="soblo")


def test_default_counts_grow_with_the_dimension_and_stay_affordable():
    counts = [default_training(n) for n in range(1, 9)]
    assert counts == sorted(counts)
    assert counts[1] >= 4 * 2**8
    assert counts[-1] == 2**13


def test_a_grid_is_even_and_its_held_out_points_are_not_on_it():
    samples = draw_samples(OSCILLATOR, training=100, kind="grid")
    assert samples.training.count == 100
    assert np.allclose(np.unique(samples.training.state[:, 0]), np.linspace(-0.9, 0.9, 10))
    assert samples.test.count == 2**14
    assert len(np.unique(samples.test.state[:, 0])) > 1000


def test_midpoints_average_a_square_to_second_order():
    errors = [abs(np.mean(grid_points(1, n) ** 2) - 1 / 3) for n in (10, 20, 40)]
    assert errors[0] / errors[1] == pytest.approx(4, rel=1e-6)
    assert errors[1] / errors[2] == pytest.approx(4, rel=1e-6)


def test_sobol_points_are_centers_of_cells_and_so_never_round():
    points = sobol_points(3, 4096, np.random.default_rng(0))
    assert np.all(points * 2**29 % 1 == 0.5)


def test_sobol_points_average_better_than_random_ones():
    generator = np.random.default_rng(0)
    errors = [np.mean(np.exp(sobol_points(3, 1024, generator).sum(axis=1))) for _ in range(8)]
    assert np.std(errors) < 0.2 * np.sinh(1) ** 3 / np.sqrt(1024)


def test_trajectory_places_lie_on_the_attractor_up_to_the_jitter():
    text = "name: s\ndynamics: {x: -5*x, y: 1 - y**2}\ndomain: {x: [-1, 1], y: [-2, 2]}\n"
    system = load_system(text + "simulate: {duration: 40}\n")
    samples = draw_samples(system, training=128, kind="trajectory")
    assert [points.count for points in sets(samples)] == [128, 2**13, 2**14]
    for points in sets(samples):
        near = np.max(np.abs(points.state - [0, 0.5]), axis=1) < 0.05
        assert np.mean(near) > 0.9
        assert np.all(np.abs(points.state) <= 1)


def test_trajectory_places_hold_constant_inputs():
    text = "name: s\ndynamics: {x: 50*(u - x)}\ndomain: {x: [-1, 1]}\ninputs: {u: [-1, 1]}\n"
    system = load_system(text + "simulate: {duration: 4}\n")
    points = draw_set(system, 512, 0, kind="trajectory")
    assert np.mean(np.abs(points.state - points.input) < 0.05) > 0.9
    assert np.ptp(points.input) > 1.5
    assert len(np.unique(points.input)) <= 2 * 512 / 32


def test_trajectories_are_followed_to_fourth_order():
    text = "name: s\ndynamics: {x: 4*y, y: -x + u}\ndomain: {x: [-2, 2], y: [-1, 1]}\n"
    system = load_system(text + "inputs: {u: [0, 2]}\n")
    start, errors = np.array([[0.3, -0.2, 0.5]]), []
    for steps in (8, 16, 32):
        zeta, advance = start.copy(), rk4(BoxField(field=system).flow(), 1.0 / steps)
        for k in range(steps):
            advance(k, zeta)
        # x'' = -4 (x - u) about x = u = 1.5, from x = 0.6, x' = 4 y = -0.8
        errors.append(abs(2 * zeta[0, 0] - (1.5 - 0.9 * np.cos(2) - 0.4 * np.sin(2))))
        assert zeta[0, 2] == 0.5
    assert np.log2(errors[0] / errors[2]) / 2 == pytest.approx(4, abs=0.3)


def test_mixed_sets_are_half_box_half_trajectory():
    text = "name: s\ndynamics: {x: -5*x}\ndomain: {x: [-1, 1]}\nsimulate: {duration: 100}\n"
    points = draw_set(load_system(text), 512, 0, kind="mixed")
    assert points.count == 512
    assert np.mean(np.abs(points.state) < 0.05) == pytest.approx(0.525, abs=0.05)


def test_trajectories_that_leave_the_box_at_once_are_an_error():
    text = "name: s\ndynamics: {x: 1000}\ndomain: {x: [0, 1]}\nsimulate: {duration: 1000}\n"
    with pytest.raises(InputError, match="leave the box at once"):
        draw_set(load_system(text), 4096, 0, kind="trajectory")


def grid_of(system, points):
    return system_from_tree(grid_tree(system, points), name="grid")


def test_every_node_of_a_grid_is_in_exactly_one_set_with_its_own_velocity():
    grid = grid_of(OSCILLATOR, {"x": 20, "y": 16})
    samples = draw_samples(grid)
    rows = np.vstack([np.hstack([p.state, p.velocity]) for p in sets(samples)])
    wanted = np.hstack([grid.domain.state_to_box(grid.data.state), grid.data.velocity / [3, 4]])
    assert samples.kind == "data"
    assert np.allclose(rows[np.lexsort(rows.T)], wanted[np.lexsort(wanted.T)], atol=1e-14)


def test_held_out_parts_are_blocks_not_every_other_node():
    training, validation, test = sets(draw_samples(grid_of(OSCILLATOR, 32)))
    for points in (validation, test):
        assert points.count == pytest.approx(0.15 * 32 * 32, rel=0.15)
        apart = np.max(np.abs(points.state[:, None] - training.state), axis=2).min(axis=1)
        # At least 1 in 4 held-out nodes has no training node among its eight neighbors.
        assert np.mean(apart > 1.5 * 2 / 31) > 0.25


def test_the_split_depends_on_the_seed_alone():
    grid = grid_of(OSCILLATOR, 16)
    first, again, other = (draw_samples(grid, seed=s).test.state for s in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_weights_average_over_the_box_on_an_uneven_grid():
    tree = grid_tree(OSCILLATOR, 5)
    uneven = {"x": np.array([-3, -2.9, -2.8, -1, 3.0]), "y": np.array([-4, 0, 1, 1.5, 4.0])}
    axes = {name: type(tree["axes/x"])(data=values) for name, values in uneven.items()}
    tree = type(tree)(
        attributes=tree.attributes,
        children={"axes": type(tree)(children=axes), "velocity": tree["velocity"]},
    )
    data = system_from_tree(tree, name="uneven").data
    x, y = data.state.T
    assert np.sum(data.weight) == pytest.approx(1)
    assert np.sum(data.weight * (2 + x) * (y - 1)) == pytest.approx(2 * -1, abs=1e-12)
    training = draw_samples(system_from_tree(tree, name="uneven")).training
    assert np.mean(training.weight) == pytest.approx(1)
    assert np.ptp(training.weight) > 1


def test_more_nodes_than_a_fit_can_use_are_thinned_out_and_said_so():
    samples = draw_samples(grid_of(OSCILLATOR, 128))
    assert samples.training.count == 2**13
    assert "8,192 of 11," in samples.notes[0]
    assert draw_samples(grid_of(OSCILLATOR, 128), training=100).training.count == 100


def test_further_sets_of_measured_points_are_training_points_only():
    samples = draw_samples(grid_of(OSCILLATOR, 16))
    further = draw_set(grid_of(OSCILLATOR, 16), 50, 7, samples=samples)
    allowed = {tuple(row) for row in samples.training.state}
    assert further.count == 50
    assert {tuple(row) for row in further.state} < allowed
    assert np.mean(further.weight) == pytest.approx(1)


def test_measured_points_have_neither_further_ones_nor_trajectories():
    grid = grid_of(OSCILLATOR, 8)
    with pytest.raises(UsageError, match="no further ones"):
        draw_set(grid, 10, 0)
    with pytest.raises(UsageError, match="needs formulas"):
        draw_samples(grid, kind="trajectory")


@given(
    count=st.integers(3, 200),
    dimension=st.integers(1, 4),
    repeats=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
@settings(max_examples=40, deadline=None)
def test_blocks_are_disjoint_complete_and_keep_equal_points_together(
    count, dimension, repeats, seed
):
    generator = np.random.default_rng(seed)
    different = np.unique(generator.integers(-9, 9, (count, dimension)), axis=0)
    points = np.repeat(different, repeats, axis=0).astype(float)
    parts = split_blocks(points, generator)
    if len(different) < 3:
        assert parts is None
        return
    assert sorted(np.concatenate(parts)) == list(range(len(points)))
    owners = [{tuple(row) for row in points[part]} for part in parts]
    assert all(owners)
    assert not owners[0] & owners[1] | owners[0] & owners[2] | owners[1] & owners[2]


def test_blocks_are_cut_even_where_most_points_are_one():
    points = np.array([[0.0]] * 10 + [[1.0], [2.0]])
    parts = split_blocks(points, np.random.default_rng(0))
    assert sorted(len(part) for part in parts) == [1, 1, 10]


def test_scattered_samples_split_into_blocks_of_state_and_input():
    system = system_from_tree(scattered_tree(DRIVEN, 512, np.random.default_rng(0)), name="s")
    samples = draw_samples(system)
    assert sum(points.count for points in sets(samples)) == 512
    assert np.all(samples.training.weight == 1)
