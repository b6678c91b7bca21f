"""Sampled fields as other programs write them: the velocities are those of the closed form.

The files are written with h5py in the manner of netCDF4, xarray, PyTables, MATLAB and Julia.
"""

from __future__ import annotations

import io

import h5py
import numpy as np
import pytest
import xarray

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.io.hdf5_dimensions import BARE_DIMENSION
from lrfit.systems.open import load_system
from lrfit.systems.sampled_file import system_from_tree
from tests.hdf5_files import parsed

X, Y = np.linspace(-2.0, 2.0, 9), np.linspace(-3.0, 3.0, 7)
SQUARE = np.linspace(-2.0, 2.0, 9)
NAMES = h5py.string_dtype("utf-8")


def field(x, y):
    """Van der Pol's oscillator, on the nodes of a grid: first x, then y."""
    x, y = np.meshgrid(x, y, indexing="ij")
    return {"x": y, "y": (1 - x**2) * y - x}


def written(fill):
    target = io.BytesIO()
    with h5py.File(target, "w") as file:
        fill(file)
    return target.getvalue()


def read(content, **options):
    return system_from_tree(parsed(content), name="f", **options)


def plain(file, x=X, y=Y, *, arrange=np.asarray, variables=("x", "y")):
    file.attrs["variables"] = variables
    for name, axis in (("x", x), ("y", y)):
        file[f"axes/{name}"] = axis
        file[f"velocity/{name}"] = arrange(field(x, y)[name])


def require_the_field(system, tolerance=1e-12):
    z = system.data.state
    x, y = z.T
    truth = np.stack([y, (1 - x**2) * y - x], axis=1)
    assert system.domain.variables == ("x", "y")
    assert np.abs(system.data.velocity - truth).max() <= tolerance


def netcdf(file, *, reverse=False, pack=0.0):
    """As netCDF4 writes: dimensions at the root, variables in groups, attributes of one number."""
    file.attrs["_NCProperties"] = b"version=2,netcdf=4.9.2,hdf5=1.14.2"
    file.attrs["variables"] = np.array(["x", "y"], dtype=NAMES)
    for k, (name, axis) in enumerate((("x", X), ("y", Y))):
        scale = file.create_dataset(name, (len(axis),), ">f4")
        scale.make_scale(f"{BARE_DIMENSION}{len(axis):10d}")
        scale.attrs["_Netcdf4Dimid"] = np.int32(k)
        file.create_dataset(f"axes/{name}", data=axis, fillvalue=9.969209968386869e36)
        file[f"axes/{name}"].dims[0].attach_scale(scale)
    for name, values in field(X, Y).items():
        dims = ["y", "x"] if reverse else ["x", "y"]
        stored = values.T if reverse else values
        if pack:
            stored = np.round((stored - 0.5) / pack).astype("i2")
        dataset = file.create_dataset(f"velocity/{name}", data=stored, fillvalue=-32767)
        for i, dimension in enumerate(dims):
            dataset.dims[i].attach_scale(file[dimension])
        dataset.attrs["_Netcdf4Coordinates"] = np.array([0, 1], np.int32)
        if pack:
            dataset.attrs["scale_factor"] = np.array([pack])
            dataset.attrs["add_offset"] = np.array([0.5])
            dataset.attrs["_FillValue"] = np.array([-32767], np.int16)


def test_a_file_of_netcdf_is_read():
    require_the_field(read(written(netcdf)))


def test_packed_velocities_have_their_size():
    """Once they came out as they were stored, 9,500 times too large."""
    system = load_system(written(lambda f: netcdf(f, pack=1 / 2000)))
    require_the_field(system, tolerance=0.5 / 2000 + 1e-12)


@pytest.mark.parametrize("pack", [0.0, 1 / 2000])
def test_named_dimensions_in_another_order_are_put_in_order_with_a_note(pack):
    system = read(written(lambda f: netcdf(f, reverse=True, pack=pack)))
    require_the_field(system, tolerance=pack)
    assert "the axes of /velocity/x are y, x by name, and were put in order" in system.notes


def test_a_square_grid_of_xarray_with_other_dimensions_first_is_read_by_name(tmp_path):
    path = tmp_path / "x.h5"
    axes = {f"{name}_axis": (f"{name}_axis", SQUARE) for name in "xy"}
    truth = field(SQUARE, SQUARE)
    grid = xarray.Dataset({n: (("first", "second"), v) for n, v in truth.items()}, axes)
    grid.to_netcdf(path, group="velocity", engine="h5netcdf")
    with h5py.File(path, "a") as file:
        file.attrs["variables"] = ["x", "y"]
        file["axes/x"], file["axes/y"] = SQUARE, SQUARE
        for name in truth:  # dimensions called as the variables, reversed
            del file["velocity"][name]
            file[f"velocity/{name}"] = truth[name].T
            for i, dimension in enumerate("yx"):
                file[f"velocity/{name}"].dims[i].label = dimension
    require_the_field(load_system(path))


@pytest.mark.parametrize("place", ["axes/x", "velocity/y"])
def test_scaled_numbers_are_scaled_wherever_they_stand(place):
    def fill(file):
        plain(file)
        stored = file[place][()]
        del file[place]
        file[place] = stored / 0.25 - 8.0
        file[place].attrs.update(scale_factor=0.25, add_offset=2.0)

    require_the_field(read(written(fill)))


@pytest.mark.parametrize("name", ["state", "velocity", "input"])
def test_scaled_samples_are_scaled(name):
    rng = np.random.default_rng(0)
    z, u = rng.uniform(-2, 2, (50, 2)), rng.uniform(-1, 1, (50, 1))
    arrays = {"state": z, "velocity": np.stack([z[:, 1], u[:, 0] - z[:, 0]], 1), "input": u}

    def fill(file):
        file.attrs["variables"], file.attrs["inputs"] = ["x", "y"], ["u"]
        for each, values in arrays.items():
            scale = 1e-3 if each == name else 1.0
            file[f"samples/{each}"] = values / scale
            file[f"samples/{each}"].attrs["scale_factor"] = scale

    data = read(written(fill)).data
    assert data.velocity[:, 0] == pytest.approx(data.state[:, 1], abs=1e-12)
    assert data.velocity[:, 1] == pytest.approx(data.input[:, 0] - data.state[:, 0], abs=1e-12)


@pytest.mark.parametrize("place", ["/", "velocity", "axes"])
def test_packing_said_of_a_group_is_refused(place):
    def fill(file):
        plain(file)
        file[place].attrs["scale_factor"] = 0.001

    with pytest.raises(InputError, match="scale_factor, which is read at datasets alone"):
        read(written(fill))


def holes(file):
    plain(file)
    file["velocity/y"][2, 3] = -999.0
    file["velocity/y"].attrs["_FillValue"] = -999.0


def test_a_grid_with_a_hole_is_told_a_cure_and_the_cure_works():
    words = r"/velocity/y is marked as missing at index \(2, 3\), and has no number at 1 of 63 "
    with pytest.raises(InputError, match=rf"{words}.*lrfit\.from_samples"):
        read(written(holes))
    with h5py.File(io.BytesIO(written(holes))) as file:
        x, y = np.meshgrid(file["axes/x"], file["axes/y"], indexing="ij")
        velocity = np.stack([file["velocity/x"], file["velocity/y"]], axis=-1).reshape(-1, 2)
    state, kept = np.stack([x, y], axis=-1).reshape(-1, 2), velocity[:, 1] != -999.0

    def scattered(file):
        file.attrs["variables"] = ["x", "y"]
        file["samples/state"], file["samples/velocity"] = state[kept], velocity[kept]

    for system in (
        read(written(scattered)),
        lrfit.from_samples(state[kept], velocity[kept], variables=["x", "y"]),
    ):
        assert system.data.count == 62
        require_the_field(system)


def test_what_netcdf_never_wrote_is_missing():
    def fill(file):
        netcdf(file)
        del file["velocity/x"]
        file.create_dataset(
            "velocity/x", data=np.full((9, 7), 9.969209968386869e36), fillvalue=9.969209968386869e36
        )

    with pytest.raises(InputError, match="marked as missing"):
        read(written(fill))


def test_a_sample_marked_as_missing_is_to_be_left_out():
    def fill(file):
        file.attrs["variables"] = ["x"]
        file["samples/state"] = np.arange(9.0)[:, None]
        file["samples/velocity"] = np.arange(9.0)[:, None]
        file["samples/velocity"].attrs["missing_value"] = 4.0

    with pytest.raises(InputError, match=r"marked as missing at index \(4, 0\); leave such points"):
        read(written(fill))


def pytables(file):
    """As PyTables writes: CLASS, VERSION and an empty TITLE at every node; tables, enumerations."""
    plain(file)
    file.attrs["PYTABLES_FORMAT_VERSION"] = np.bytes_("2.1")
    nodes = [file, *(file[name] for name in ("axes", "velocity"))]
    nodes += [file[f"{group}/{name}"] for group in ("axes", "velocity") for name in "xy"]
    for node in nodes:
        node.attrs["CLASS"] = np.bytes_("GROUP" if isinstance(node, h5py.Group) else "ARRAY")
        node.attrs["VERSION"] = np.bytes_("2.4")
        node.attrs["TITLE"] = h5py.Empty("S1")
    file["velocity/x"].attrs["FLAVOR"] = np.bytes_("numpy")
    file["log"] = np.zeros(3, dtype=[("t", "f8"), ("trial", "i4")])
    file["state"] = np.zeros(3, dtype=h5py.enum_dtype({"rest": 0, "spike": 1}))


def beside(file):
    """Things that nobody needs, beside the data and in their groups."""
    plain(file)
    file["velocity/again"] = h5py.SoftLink("/velocity/x")
    file["axes/elsewhere"] = h5py.ExternalLink("/etc/hostname", "/x")
    file["complex"] = np.zeros(3, complex)
    file.attrs["parent"] = file["axes"].ref
    file["velocity/speed"] = np.hypot(*field(X, Y).values())


@pytest.mark.parametrize(
    ("fill", "words"),
    [
        (
            pytables,
            ["the attribute TITLE of / has no value at all", "/log holds a compound", "more"],
        ),
        (beside, ["/complex holds complex numbers", "/velocity/again is a soft or external link"]),
    ],
)
def test_what_the_field_does_not_need_is_left_out_with_a_note(fill, words):
    system = read(written(fill))
    require_the_field(system)
    note = next(note for note in system.notes if note.startswith("not read, since"))
    assert all(word in note for word in words)
    assert note.isprintable()
    assert len(note) < 700


def test_a_readable_dataset_that_is_no_variable_is_named_as_not_used():
    notes = read(written(beside)).notes
    assert "not used, being no variable: speed in /velocity" in notes


def test_a_variable_that_was_forgotten_is_not_left_out():
    with pytest.raises(InputError, match="/axes holds 'y', which is not in `variables`"):
        read(written(lambda f: plain(f, variables=["x"])))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (lambda f: h5py.SoftLink("/axes/x"), "/velocity/x is a soft or external link; copy"),
        (lambda f: np.zeros((9, 7), complex), "/velocity/x holds complex numbers; store real"),
        (lambda f: np.zeros((9, 7), [("a", "f8")]), "/velocity/x holds a compound"),
    ],
)
def test_what_the_field_does_need_is_refused_with_the_reason(kind, words):
    def fill(file):
        plain(file)
        del file["velocity/x"]
        file["velocity/x"] = kind(file)

    with pytest.raises(InputError, match=words):
        read(written(fill))


def julia(file, x=X, y=Y):
    """As Julia's HDF5.jl and MATLAB's h5write: plain arrays, the first index written last."""
    plain(file, x, y, arrange=np.transpose)


def matlab(file, x=X, y=Y):
    """As MATLAB's save -v7.3: vectors have two dimensions, and structures name their fields."""
    file.attrs["variables"] = np.bytes_("x,y")
    for group in ("axes", "velocity"):
        file.create_group(group).attrs["MATLAB_class"] = np.bytes_("struct")
        letters = np.empty(2, dtype=object)
        letters[:] = [np.array([name], "S1") for name in (b"x", b"y")]
        kind = h5py.vlen_dtype(np.dtype("S1"))
        file[group].attrs.create("MATLAB_fields", letters, dtype=kind)
    for name, axis in (("x", x), ("y", y)):
        file[f"axes/{name}"] = axis[:, None]
        file[f"velocity/{name}"] = field(x, y)[name].T
        file[f"axes/{name}"].attrs["MATLAB_class"] = np.bytes_("double")
        file[f"velocity/{name}"].attrs["MATLAB_class"] = np.bytes_("double")


@pytest.mark.parametrize("fill", [julia, matlab])
def test_reversed_axes_of_unequal_lengths_get_a_hint_and_the_hint_works(fill):
    with pytest.raises(
        InputError, match=r"has the shape \(7, 9\), the reverse of \(9, 7\)"
    ) as hint:
        read(written(fill))
    assert "--order F (reversed, as MATLAB, Julia and Fortran write)" in str(hint.value)
    require_the_field(read(written(fill), order="F"))

    def marked(file):
        fill(file)
        file.attrs["order"] = "F"

    require_the_field(read(written(marked)))
    with pytest.raises(InputError, match="has the shape"):
        read(written(fill), order="C")


def test_a_square_grid_of_matlab_is_not_read_until_its_order_is_said():
    content = written(lambda f: matlab(f, SQUARE, SQUARE))
    with pytest.raises(InputError, match=r"was written by MATLAB, and its shape .* fits both"):
        read(content)
    require_the_field(read(content, order="F"))


def test_a_square_grid_without_names_is_read_as_documented_and_says_so():
    content = written(lambda f: plain(f, SQUARE, SQUARE))
    system = read(content)
    require_the_field(system)
    assert [
        note for note in system.notes if "in which order the axes" in note and "order F" in note
    ]
    confirmed = read(content, order="C")
    require_the_field(confirmed)
    assert confirmed.notes == ()


@pytest.mark.parametrize("attribute", ["C", "F"])
def test_the_attribute_order_decides_for_a_square_grid(attribute):
    def fill(file):
        plain(file, SQUARE, SQUARE, arrange=np.transpose if attribute == "F" else np.asarray)
        file.attrs["order"] = attribute

    system = read(written(fill))
    require_the_field(system)
    assert system.notes == ()


def test_three_axes_are_reversed_whole():
    axes = {name: np.linspace(0, 1, n) for name, n in zip("xyz", (4, 5, 6), strict=True)}
    x, y, z = np.meshgrid(*axes.values(), indexing="ij")

    def fill(file):
        file.attrs["variables"], file.attrs["order"] = list("xyz"), "F"
        for name, values in zip("xyz", (y * z, x + z, x * y), strict=True):
            file[f"axes/{name}"], file[f"velocity/{name}"] = axes[name], values.T

    data = read(written(fill)).data
    a, b, c = data.state.T
    assert data.velocity == pytest.approx(np.stack([b * c, a + c, a * b], axis=1), abs=1e-15)


def test_names_of_dimensions_that_contradict_the_order_are_refused():
    def fill(file):
        netcdf(file, reverse=True)
        file.attrs["order"] = "C"

    with pytest.raises(InputError, match="names its dimensions y, x, which is not the order 'C'"):
        read(written(fill))


def test_reversed_samples_get_a_hint_and_the_hint_works():
    z = np.random.default_rng(0).normal(size=(30, 2))

    def fill(file):
        file.attrs["variables"] = ["x", "y"]
        file["samples/state"], file["samples/velocity"] = z.T, -2 * z.T

    with pytest.raises(InputError, match="this is the reverse, as MATLAB, Julia"):
        read(written(fill))
    data = read(written(fill), order="F").data
    assert np.array_equal(data.velocity, -2 * data.state)


def test_an_order_that_is_none_is_refused():
    def fill(file):
        plain(file)
        file.attrs["order"] = "MATLAB"

    with pytest.raises(InputError, match="'MATLAB' as attribute `order`; give 'C' or 'F'"):
        read(written(fill))
    with pytest.raises(UsageError, match="order is 'x'; give 'C' or 'F'"):
        read(written(plain), order="x")
    with pytest.raises(UsageError, match="order is that of the arrays of a sampled field"):
        load_system("van_der_pol", order="C")


def test_grids_that_lrfit_writes_need_no_order(tmp_path):
    lrfit.save(lrfit.sample("van_der_pol", points=8), tmp_path / "grid.h5")
    assert load_system(tmp_path / "grid.h5").notes == ()


@pytest.mark.parametrize(
    ("place", "speed", "told"),
    [("mV", "mV ms-1", False), ("mV", "V/s", True), ("1", "s-1", False), ("", "V/s", False)],
)
def test_units_that_do_not_fit_are_told(place, speed, told):
    def fill(file):
        plain(file)
        file["axes/x"].attrs["units"], file["velocity/x"].attrs["units"] = place, speed

    notes = read(written(fill)).notes
    assert bool([note for note in notes if "units are not converted" in note]) == told
