"""Grid and scattered files: what is written is read back as the same field; the rest is refused."""

import io

import h5py
import numpy as np
import pytest

from lrfit.core.errors import InputError, UsageError
from lrfit.io.hdf5_writer import to_bytes
from lrfit.io.tree import Dataset, Group
from lrfit.systems.grid import data_tree, grid_shape, grid_tree, scattered_tree
from lrfit.systems.open import load_system
from lrfit.systems.sampled_file import system_from_tree
from lrfit.systems.sampling import draw_samples

OSCILLATOR = load_system("van_der_pol")
DRIVEN = load_system("fitzhugh_nagumo")


def grid(axes, velocity=None, **attributes):
    """The tree of a grid file; velocity is drawn at random where it is not given."""
    shape = tuple(len(axis) for axis in axes.values())
    drawn = {n: np.random.default_rng(0).normal(size=shape) for n in axes}
    values = drawn | (velocity or {})
    return Group(
        attributes={"variables": list(axes)} | attributes,
        children={
            "axes": Group(children={n: Dataset(data=np.asarray(a)) for n, a in axes.items()}),
            "velocity": Group(children={n: Dataset(data=np.asarray(v)) for n, v in values.items()}),
        },
    )


def scattered(state, velocity, driven=None, **attributes):
    arrays = {"state": state, "velocity": velocity} | ({} if driven is None else {"input": driven})
    children = {name: Dataset(data=np.asarray(array)) for name, array in arrays.items()}
    names = [f"x{k}" for k in range(np.shape(state)[1])]
    return Group(
        attributes={"variables": names} | attributes, children={"samples": Group(children=children)}
    )


def read(tree):
    return system_from_tree(tree, name="some file")


def test_a_written_grid_is_read_back_with_the_same_field_and_description():
    system = load_system(to_bytes(grid_tree(DRIVEN, {"v": 7, "w": 5}, input_values={"I": 0.5})))
    v, w = np.meshgrid(np.linspace(-2.5, 2.5, 7), np.linspace(-1, 2, 5), indexing="ij")
    assert system.data.state.tolist() == np.stack([v.ravel(), w.ravel()], axis=1).tolist()
    expected = np.stack([v - v**3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)], axis=-1)
    assert np.allclose(system.data.velocity, expected.reshape(-1, 2), rtol=1e-14)
    assert system.domain.variables == ("v", "w")
    assert system.domain.inputs == ()
    assert system.name == "fitzhugh_nagumo"
    assert system.reference == DRIVEN.reference
    assert system.notes == ("the field was sampled with its inputs held at I = 0.5",)
    assert (system.kind, system.interpolation) == ("sampled grid", "cubic")
    assert system.simulation.initial.tolist() == [-1.0, 1.0]
    assert system.simulation.duration == 200.0


def test_inputs_rest_on_a_grid_where_no_value_is_given():
    tree = grid_tree(DRIVEN, 4)
    assert tree.attributes["input_names"] == ["I"]
    assert tree.attributes["input_values"].tolist() == [0.0]


def test_the_grid_of_a_box_ends_exactly_at_its_borders():
    pendulum = load_system("damped_pendulum")
    domain = read(grid_tree(pendulum, 11)).domain
    assert domain.lower.tolist() == pendulum.domain.lower.tolist()
    assert domain.upper.tolist() == pendulum.domain.upper.tolist()


def test_a_grid_larger_than_a_block_is_evaluated_in_order():
    tree = grid_tree(OSCILLATOR, 300)
    x = tree.numbers("axes/x")[:, None]
    y = tree.numbers("axes/y")[None, :]
    assert np.allclose(tree.numbers("velocity/y"), (1 - x**2) * y - x, atol=1e-12)


def test_scattered_samples_hold_state_and_input():
    tree = scattered_tree(DRIVEN, 100, np.random.default_rng(0))
    system = load_system(to_bytes(tree))
    data = system.data
    assert data.count == 128
    assert system.domain.inputs == ("I",)
    assert system.kind == "scattered samples"
    assert np.allclose(data.velocity, DRIVEN.velocity(data.state, data.input))
    assert np.all(data.input >= 0)


@pytest.mark.parametrize(
    "tree",
    [grid_tree(OSCILLATOR, 6), scattered_tree(DRIVEN, 64, np.random.default_rng(0))],
    ids=["grid", "scattered"],
)
def test_measured_points_go_into_a_tree_and_come_out_unchanged(tree):
    first = read(tree)
    second = read(data_tree(first))
    assert second.source.sha256 == first.source.sha256
    for name in ("state", "input", "velocity", "weight"):
        assert np.array_equal(getattr(second.data, name), getattr(first.data, name))


def test_permuting_the_samples_of_a_file_changes_nothing():
    generator = np.random.default_rng(0)
    z, u = generator.normal(size=(90, 2)), generator.normal(size=(90, 1))
    order = generator.permutation(90)
    first = read(scattered(z, z**2, u, inputs=["u"]))
    other = read(scattered(z[order], z[order] ** 2, u[order], inputs=["u"]))
    assert first.source.sha256 == other.source.sha256
    a, b = draw_samples(first), draw_samples(other)
    assert np.array_equal(a.training.velocity, b.training.velocity)
    assert np.array_equal(a.test.state, b.test.state)


def test_different_numbers_have_different_digests():
    axes = {"x": np.arange(5.0)}
    digests = {
        read(grid(axes, {"x": np.arange(5) + shift})).source.sha256 for shift in (0, 1e-15, 1)
    }
    assert len(digests) == 3


@pytest.mark.parametrize("place", ["file", "group", "dataset"])
def test_the_names_of_inputs_may_stand_at_the_file_the_group_or_the_dataset(place):
    target = io.BytesIO()
    with h5py.File(target, "w") as file:
        file.attrs["variables"] = ["x"]
        file["samples/state"] = np.arange(9)[:, None]
        file["samples/velocity"] = np.arange(9)[:, None]
        file["samples/input"] = np.arange(9)[:, None] % 4
        nodes = {"file": file, "group": file["samples"], "dataset": file["samples/input"]}
        nodes[place].attrs["inputs"] = ["u"]
    assert load_system(target.getvalue()).domain.inputs == ("u",)


def test_integers_single_precision_and_one_plain_name_are_fine():
    whole = read(grid({"x": np.arange(6)}, {"x": np.arange(6) ** 2}, variables="x"))
    single = read(grid({"x": np.arange(6, dtype="f4")}, {"x": np.arange(6, dtype="f4") ** 2}))
    assert np.array_equal(whole.data.velocity, single.data.velocity)
    assert whole.name == "some_file"


@pytest.mark.parametrize("count", [2, 3])
def test_short_axes_are_interpolated_linearly(count):
    system = read(grid({"x": np.arange(4.0), "y": np.arange(float(count))}))
    assert system.interpolation == "linear"
    data = system.data
    middle = data.state[:1] + np.array([0.5, 0.0])
    expected = 0.5 * (data.velocity[0] + data.velocity[count])
    assert system.velocity(middle, np.empty((1, 0)))[0] == pytest.approx(expected)


LINE = np.linspace(0, 1, 5)
POINTS = np.random.default_rng(0).normal(size=(20, 2))


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (Group(attributes={"variables": ["x"]}), "holds neither /axes and /velocity"),
        (Group(), "no attribute `variables`"),
        (grid({"x": LINE}, variables=[]), "no attribute `variables`"),
        (grid({"x": LINE}, variables=np.array([1, 2])), "needs a list of at most 100 names"),
        (grid({"x": LINE}, variables=["x", "x"]), "'x' is there twice"),
        (grid({"x y": LINE}), "'x y' is not a name"),
        (grid({"x": LINE}, variables=["y"]), "/ holds 'x', which is not in `variables`"),
        (grid({"x": LINE, "y": LINE}, variables=["x"]), "holds 'y', which is not in"),
        (grid({"x": LINE[:1]}), "has the length 1; give at least 2 nodes"),
        (grid({"x": LINE[:2]}), "holds 2 points; give at least 3"),
        (grid({"x": LINE[::-1]}), "not strictly increasing: 1 is followed by 0.75"),
        (grid({"x": np.array([0, 1, 1, 2.0])}), "not strictly increasing: 1 is followed by 1"),
        (grid({"x": np.array([0, 1, np.nan])}), "is nan at index"),
        (grid({"x": np.array([-1e308, 0, 1e308])}), "choose another unit"),
        (grid({"x": LINE}, {"x": np.append(LINE[:4], np.inf)}), "is inf at index"),
        (grid({"x": LINE}, {"x": LINE[:4]}), r"has the shape \(4,\); needed is \(5,\)"),
        (grid({"x": LINE}, {"x": np.array(list("abcde"))}), "holds text"),
        (grid({"x": np.zeros((2, 2))}, {"x": LINE}), "has the shape"),
        (grid({"x": LINE}, name="a/b"), "cannot name a system"),
        (grid({"x": LINE}, name=3), "needed is text"),
        (grid({"x": LINE}, initial=np.zeros(2)), "needs 1 finite numbers as attribute 'initial'"),
        (grid({"x": LINE}, initial=np.array([np.nan])), "needs 1 finite numbers"),
        (grid({"x": LINE}, duration=-1.0), "has -1 as attribute 'duration'"),
        (scattered(POINTS, POINTS[:9]), "has the shape"),
        (scattered(POINTS, POINTS * np.nan), "is nan at index"),
        (scattered(POINTS[:2], POINTS[:2]), "holds 2 points"),
        (scattered(POINTS * [1, 0], POINTS), "values of x1 from"),
        (scattered(POINTS, POINTS, POINTS), "needs both the dataset `input` and the attribute"),
        (scattered(POINTS, POINTS, inputs=["u"]), "needs both the dataset `input` and"),
        (scattered(POINTS, POINTS, POINTS, inputs=["u"]), r"needed is \(samples, 1\)"),
        (scattered(POINTS, POINTS, POINTS[:, :1], inputs=["x1"]), "as a variable and as an input"),
    ],
)
def test_files_that_make_no_sense_are_refused_in_one_line(tree, words):
    with pytest.raises(InputError, match=words) as caught:
        read(tree)
    assert "\n" not in str(caught.value)


def test_samples_at_fewer_than_three_places_cannot_be_split():
    system = read(scattered(np.repeat(POINTS[:2], 10, axis=0), POINTS))
    with pytest.raises(InputError, match="fewer than 3 different places"):
        draw_samples(system)


@pytest.mark.parametrize("count", [3, 4, 7, 20])
def test_a_few_samples_can_be_split(count):
    samples = draw_samples(read(scattered(POINTS[:count], POINTS[:count])))
    parts = [samples.training, samples.validation, samples.test]
    assert sum(part.count for part in parts) == count
    assert min(part.count for part in parts) >= 1


def test_samples_have_no_parameters_to_set():
    with pytest.raises(UsageError, match="'mu' cannot be set: samples have no parameters"):
        system_from_tree(grid({"x": LINE}), name="s", overrides={"mu": 1.0})


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (1, "points along x is 1; give at least 2"),
        (5000, "5000 x 5000 points are more than 16,777,216; give at most 4096 along each"),
        ({"x": 5}, "number of points of every variable: x, y"),
        ({"x": 5, "z": 5}, "number of points of every variable: x, y"),
    ],
)
def test_grids_of_impossible_size_are_usage_errors(points, words):
    with pytest.raises(UsageError, match=words):
        grid_tree(OSCILLATOR, points)


def test_the_largest_grid_that_a_message_recommends_is_accepted():
    assert grid_shape(OSCILLATOR, 4096) == (4096, 4096)


@pytest.mark.parametrize(
    ("values", "words"),
    [({"J": 1.0}, "no input 'J'; choose from I"), ({"I": np.nan}, "held at nan")],
)
def test_inputs_held_at_nonsense_are_usage_errors(values, words):
    with pytest.raises(UsageError, match=words):
        grid_tree(DRIVEN, 4, input_values=values)


def test_a_field_that_is_not_finite_at_a_node_is_not_written():
    system = load_system("name: s\ndynamics: {x: 1/x}\ndomain: {x: [-1, 1]}\n")
    with pytest.raises(InputError, match="dx/dt is inf at x = 0"):
        grid_tree(system, 5)
    assert grid_tree(system, 4)["velocity/x"].shape == (4,)


def test_a_system_of_expressions_has_no_measured_points_to_write():
    with pytest.raises(UsageError, match="no measured points"):
        data_tree(OSCILLATOR)
