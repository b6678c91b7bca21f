"""Every class of object that is not read, built with h5py, and the reason that is given.

It blocks nobody who does not need it. A few things refuse the whole file.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest

from lrfit.core.errors import InputError


def _soft(file):
    file["x"] = 1.0
    file["y"] = h5py.SoftLink("/x")


def _external_link(file):
    file["y"] = h5py.ExternalLink("/etc/hostname", "/x")


def _external_storage(file):
    secret = Path(file.filename).with_name("secret")
    secret.write_bytes(b"secret" * 100)
    file.create_dataset("y", (8,), "f8", external=[(str(secret), 0, 64)])


def _virtual(file):
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("y", layout)


def _unlimited_virtual(file):
    layout = h5py.VirtualLayout((4,), "f8", maxshape=(None,))
    source = h5py.VirtualSource("other.h5", "x", (4,), maxshape=(None,))
    layout[: h5py.h5s.UNLIMITED] = source[: h5py.h5s.UNLIMITED]
    file.create_virtual_dataset("y", layout)


def _plugin_filter(file):
    recipe = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    recipe.set_chunk((4,))
    recipe.set_filter(32015, h5py.h5z.FLAG_OPTIONAL)
    space = h5py.h5s.create_simple((4,))
    h5py.h5d.create(file.id, b"y", h5py.h5t.NATIVE_DOUBLE, space, recipe)


def _deflated_twice(file):
    recipe = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    recipe.set_chunk((2**23,))
    recipe.set_deflate(9)
    recipe.set_deflate(9)
    space = h5py.h5s.create_simple((2**23,))
    dataset = h5py.h5d.create(file.id, b"y", h5py.h5t.NATIVE_DOUBLE, space, recipe)
    dataset.write_direct_chunk((0,), zlib.compress(zlib.compress(bytes(2**26), 9), 9))
    assert dataset.get_storage_size() < 7000


def _giant_chunked(file):
    dataset = file.create_dataset("y", (2**27,), "f8", chunks=(2**17,), compression="gzip")
    dataset[0] = 0.0


def _half_written(file):
    file.create_dataset("y", (100,), "f8", chunks=(10,))[:50] = 1.0


def _cycle(file):
    group = file.create_group("a/b")
    group["c"] = file["a"]


def _laughs(file):
    group = file
    for _ in range(15):
        inner = group.create_group("a")
        group["b"] = inner
        group = inner


def _deep(file):
    file.create_group("/".join("a" * 20))


def _many(file):
    for i in range(4200):
        file.create_group(str(i))


def _attributes(file):
    for i in range(300):
        file.attrs[str(i)] = i


def _named_type(file):
    file["y"] = np.dtype("f8")


def _compound(file):
    file["y"] = np.zeros(2, dtype=[("a", "f8"), ("b", "i4")])


def _reference(file):
    file["y"] = file.ref


def _sequences(file):
    dataset = file.create_dataset("y", (1,), dtype=h5py.vlen_dtype(np.float64))
    dataset[0] = np.arange(3.0)


def _enumeration(file):
    file.create_dataset("y", data=[1], dtype=h5py.enum_dtype({"a": 0, "b": 1}))


def _bad_utf8(file):
    file.attrs.create("y", np.bytes_(b"\xff\xfe"))


HOSTILE = {
    "soft link": (_soft, "soft or external link"),
    "external link": (_external_link, "soft or external link"),
    "external storage": (_external_storage, "in other files"),
    "virtual dataset": (_virtual, "in other files"),
    "unlimited virtual dataset": (_unlimited_virtual, "in other files"),
    "plugin filter": (_plugin_filter, "filter 32015"),
    "scale-offset": (
        lambda f: f.create_dataset("y", data=np.arange(9), chunks=(9,), scaleoffset=0),
        "filter 6",
    ),
    "deflated twice": (_deflated_twice, "more than once"),
    "giant contiguous": (lambda f: f.create_dataset("y", (2**40,), "f8"), "never written"),
    "giant chunked": (_giant_chunked, "declares 1.0 GiB and stores"),
    "giant chunk": (
        lambda f: f.create_dataset("y", (2**25,), "f8", chunks=(2**25,)),
        "chunks of 256.0 MiB",
    ),
    "never written": (lambda f: f.create_dataset("y", (5,), "f8"), "never written"),
    "half written": (_half_written, "never written"),
    "cycle": (_cycle, "cycle"),
    "shared groups": (_laughs, "second name"),
    "deep": (_deep, "nested more than 16"),
    "long attribute": (lambda f: f.attrs.create("y", np.zeros(5000, "f4")), "too many values"),
    "null attribute": (lambda f: f.attrs.create("y", h5py.Empty("f8")), "null dataspace"),
    "null dataset": (lambda f: f.create_dataset("y", data=h5py.Empty("f8")), "null dataspace"),
    "named type": (_named_type, "neither a group nor a dataset"),
    "compound": (_compound, "a compound"),
    "complex": (lambda f: f.create_dataset("y", data=1j), "holds"),
    "reference": (_reference, "references"),
    "reference attribute": (lambda f: f.attrs.create("y", f.ref, dtype=h5py.ref_dtype), "refer"),
    "region reference": (
        lambda f: f.create_dataset("y", (1,), dtype=h5py.regionref_dtype),
        "references",
    ),
    "sequences": (_sequences, "variable length"),
    "enumeration": (_enumeration, "an enumeration"),
    "array elements": (lambda f: f.create_dataset("y", (2,), "(3,)f8"), "arrays as elements"),
    "opaque": (lambda f: f.create_dataset("y", data=np.void(b"abc")), "opaque"),
    "long double": (lambda f: f.create_dataset("y", data=np.ones(2, np.longdouble)), "bits"),
    "uint64": (lambda f: f.create_dataset("y", data=np.array([2**63], "u8")), "64 signed bits"),
    "text not UTF-8": (_bad_utf8, "not UTF-8"),
    "table of text": (lambda f: f.create_dataset("y", data=[[b"a"]]), "table of text"),
    "much text": (lambda f: f.create_dataset("y", data="a" * 2**24), "bytes of text"),
    "wide text": (
        lambda f: f.create_dataset("y", data=np.full(100_000, b"a" * 200)),
        "bytes of text",
    ),
}


WHOLE = {
    "many objects": (_many, "more than 4,096 objects"),
    "many attributes": (_attributes, "has 300 attributes"),
}
PLACES = {
    "cycle": "a/b/c",
    "shared groups": "b",
    "deep": "a/" * 17,
    "external storage": "y",
}


def asked_for(root, name):
    """The object or attribute `y` of a file, or what else the case is about."""
    if name in PLACES:
        return root[PLACES[name]]
    return root.attribute("y", str) if "y" in root.unread_attributes else root["y"]


def refusal_of(function, *arguments, reason):
    with pytest.raises(InputError, match=reason) as refusal:
        function(*arguments)
    message = str(refusal.value)
    assert message.startswith("f.h5: ")
    assert message.isprintable()
    assert len(message) < 500
    assert "damaged" not in message


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_not_read_blocks_only_who_asks_for_it_and_says_why(name, built, parse):
    fill, reason = HOSTILE[name]

    def beside(file):
        file["beside"] = np.arange(3.0)
        fill(file)

    root = parse(built(beside))
    assert root.numbers("beside").tolist() == [0.0, 1.0, 2.0]
    refusal_of(asked_for, root, name, reason=reason)


def test_an_attribute_that_is_not_read_is_no_missing_attribute(built, parse):
    root = parse(built(lambda f: f.attrs.create("y", h5py.Empty("f8"))))
    with pytest.raises(InputError, match="null dataspace"):
        root.attribute("y", str, "default")


def test_an_object_that_is_not_read_is_no_missing_object(built, parse):
    assert "y" in parse(built(_soft))


@pytest.mark.parametrize("name", WHOLE)
def test_a_hostile_file_is_refused_in_one_line(name, built, parse):
    fill, reason = WHOLE[name]
    refusal_of(parse, built(fill), reason=reason)


def test_a_name_with_control_characters_is_escaped_in_messages(built, parse):
    data = built(lambda f: f.create_dataset("a\n\x1b[31m", (5,), "f8"))
    with pytest.raises(InputError, match=r"/a\\n\\x1b\[31m was never") as refusal:
        parse(data)["a\n\x1b[31m"]
    assert str(refusal.value).isprintable()


def test_a_stream_that_inflates_beyond_its_chunk_is_an_error_not_data(built, parse):
    def bomb(file):
        dataset = file.create_dataset("y", (1000,), "f8", chunks=(1000,), compression="gzip")
        dataset.id.write_direct_chunk((0,), zlib.compress(bytes(2**25), 9))

    try:
        values = parse(built(bomb)).numbers("y")
    except InputError:
        return
    assert values.shape == (1000,)  # some versions of libhdf5 cut what is too long
    assert not values.any()


def test_data_beyond_the_limit_are_refused_by_their_sum(built, parse):
    def fill(file):
        file["a"] = np.zeros(100)
        file["b"] = np.zeros(100)

    data = built(fill)
    assert parse(data, data_bytes=1600).numbers("b").shape == (100,)
    with pytest.raises(InputError, match="with /b the file declares more"):
        parse(data, data_bytes=1599)


def test_a_name_that_is_a_path_is_not_followed(built, parse):
    def fill(file):
        file["aXb"] = 1.0
        file["a"] = h5py.SoftLink("/elsewhere")

    with pytest.raises(InputError, match="without a proper name"):
        parse(built(fill, libver="earliest").replace(b"aXb", b"a/b"))


def test_chunks_that_claim_more_than_the_file_holds_are_refused(built, parse):
    def fill(file):
        file.create_dataset("y", data=np.arange(500.0), chunks=(250,), compression="gzip")
        sizes.extend(file["y"].id.get_chunk_info(i).size for i in range(2))

    sizes = []
    data = built(fill, libver="earliest")
    for size in sizes:  # the B-tree's keys start with the size of a chunk
        data = data.replace(size.to_bytes(4, "little"), (2**31).to_bytes(4, "little"))
    with pytest.raises(InputError, match="claims more bytes than the file has"):
        parse(data)


@pytest.mark.parametrize("data", [b"x", b"PK\x03\x04" * 100, b"name: x\n" * 500, bytes(5000)])
def test_what_is_not_hdf5_is_said_so(data, parse):
    with pytest.raises(InputError, match="not an HDF5 file"):
        parse(data)


def test_a_truncated_file_is_damaged(built, parse):
    data = built(lambda f: f.create_dataset("y", data=np.arange(1000.0)))
    for length in (9, 60, 100, len(data) // 2, len(data) - 1):
        with pytest.raises(InputError, match="damaged"):
            parse(data[:length])


def test_a_wrong_checksum_is_an_error(built, parse):
    data = built(
        lambda f: f.create_dataset("y", data=np.arange(500.0), chunks=(500,), fletcher32=True)
    )
    place = data.index(np.arange(500.0).tobytes())
    with pytest.raises(InputError, match="damaged"):
        parse(data[:place] + b"\x01" + data[place + 1 :])
