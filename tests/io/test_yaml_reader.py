from __future__ import annotations

import math
import time

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError
from lrfit.io import yaml_reader
from lrfit.io.yaml_reader import MAX_BYTES, read_yaml, read_yaml_file
from lrfit.io.yaml_scalars import plain_scalar

# What is refused: text, line of the message, words of it.
REFUSED = {
    "anchor": ("a: 1\nb: &x 2", 2, "anchors"),
    "anchor on a mapping": ("a: &x\n  b: 1", 1, "anchors"),
    "alias": ("a: 1\nb: *x", 2, "aliases"),
    "merge key": ("a:\n  <<: {b: 1}", 2, "merge keys"),
    "quoted merge key": ("'<<': {b: 1}", 1, "merge keys"),
    "tag": ("a: 1\nb: !!int 3", 2, "tags"),
    "python tag": ("a: !!python/object/apply:os.system [ls]", 1, "tags"),
    "lone tag": ("a: ! 3", 1, "tags"),
    "tag on a key": ("!x a: 1", 1, "tags"),
    "repeated key": ("a: 1\nb: 2\na: 3", 3, r"a is repeated \(first on line 1\)"),
    "repeated in another spelling": ("a: 1\n'a': 3", 2, "repeated"),
    "two documents": ("a: 1\n---\nb: 2", 2, "second document"),
    "directive": ("# c\n%YAML 1.1\n---\na: 1", 2, "directives"),
    "unknown directive": ("%FOO\n---\na: 1", 1, "directives"),
    "list as key": ("? [a]\n: 2", 1, "plain text"),
    "mapping as key": ("{a: b}: 1", 1, "plain text"),
    "empty key": ("? \n: 1", 1, "printable"),
    "control character in a key": ('"a\\n": 1', 1, "printable"),
    "deep list": ("a: " + "[" * 25 + "]" * 25, 1, "nested"),
    "deep mapping": ("".join(" " * i + "a:\n" for i in range(30)), 21, "nested"),
    "many values": ("a: [" + "1, " * 30_000 + "]", 1, "more than 20,000"),
    "not a mapping": ("\n- 1", 2, "top level"),
    "scalar": ("3", 1, "top level"),
    "empty": ("", 1, "empty"),
    "only a comment": ("# nothing\n", 1, "empty"),
    "NUL": ("a: 1\nb: \x00", 2, r"character \\x00"),
    "escape sequence": ("a: \x1b[31m", 1, r"\\x1b"),
    "tab": ("a:\n\tb: 1", 2, "use spaces"),
    "next line": ("a: 1\x85", 1, r"\\x85"),
    "line separator": ("a: 1\u2028", 1, r"\\u2028"),
    "BOM inside": ("a: \ufeff1", 1, r"\\ufeff"),
    "escaped NUL": ('a: 1\nb: "\\0"', 2, r"\\x00"),
    "open bracket": ("a: [1, 2", None, "not YAML"),
    "colon in text": ("a: 1\nb: c: d", 2, "quotes"),
    "bad indentation": ("a: 1\n b: 2", 2, "not YAML"),
    "too large a number": ("a: 1\nb: 1e999", 2, "1.8e308"),
    "huge integer": ("a: " + "9" * 5000, 1, "1.8e308"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_yaml_has_too_much_of_is_refused_with_its_line(name):
    text, line, words = REFUSED[name]
    with pytest.raises(InputError, match=words) as refusal:
        read_yaml(text, where="s.yaml")
    assert line is None or refusal.value.line == line
    assert str(refusal.value).startswith("s.yaml:")
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 300


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a: 1".encode("utf-16"), "UTF-8"),
        ("a: é".encode("latin-1"), "UTF-8"),
        (b"a: 1\nb: \xff", "UTF-8"),
        (b"\x89HDF\r\n\x1a\n", "UTF-8"),
        (b"a" * (MAX_BYTES + 1), "1.0 MiB"),
    ],
)
def test_bytes_that_are_no_text_of_ours_are_refused(data, words):
    with pytest.raises(InputError, match=words):
        read_yaml(data, where="s.yaml")


def test_the_line_of_a_wrong_byte_is_told():
    with pytest.raises(InputError) as refusal:
        read_yaml(b"a: 1\r\nb: \xff", where="s.yaml")
    assert refusal.value.line == 2


def test_a_system_file_is_read_as_written():
    text = """\
name: van_der_pol
parameters: {mu: 1.0, n: 3}
dynamics: {x: y, y: mu*(1 - x**2)*y - x}
domain:
  x: [-3, 3]
  y: [-3, .5]
network: {noise: 1e-4, bias: true, tau: auto}
simulate: {signals: {u: "pulse(t, 5, 7)"}}
"""
    document = read_yaml(text, where="s.yaml")
    assert document.value == {
        "name": "van_der_pol",
        "parameters": {"mu": 1.0, "n": 3},
        "dynamics": {"x": "y", "y": "mu*(1 - x**2)*y - x"},
        "domain": {"x": [-3, 3], "y": [-3, 0.5]},
        "network": {"noise": 1e-4, "bias": True, "tau": "auto"},
        "simulate": {"signals": {"u": "pulse(t, 5, 7)"}},
    }


def test_the_line_of_every_path_is_known_and_of_unknown_ones_its_ancestor():
    document = read_yaml("a: 1\nb:\n  c: [1,\n    2]\n", where="s.yaml")
    lines = {(): 1, ("a",): 1, ("b",): 2, ("b", "c"): 3, ("b", "c", 0): 3, ("b", "c", 1): 4}
    assert {path: document.line(path) for path in lines} == lines
    assert document.line(("b", "c", 7, "x")) == 3
    assert document.line(("z",)) == 1
    assert str(document.error("is wrong", ("b", "c"))) == "s.yaml:3: is wrong"


def test_keys_are_text_as_written_and_quoted_values_are_text():
    text = "y: y\nn: no\non: off\n1: '1'\ntrue: \"true\"\nnull: |\n  text\n"
    assert read_yaml(text, where="").value == {
        "y": "y",
        "n": "no",
        "on": "off",
        "1": "1",
        "true": "true",
        "null": "text\n",
    }


def test_infinities_and_nan_reach_the_caller():
    value = read_yaml("a: [.inf, -.inf, .nan]", where="").value["a"]
    assert value[:2] == [math.inf, -math.inf]
    assert math.isnan(value[2])


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\r"])
def test_a_byte_order_mark_and_any_line_break_are_accepted(break_):
    data = ("\ufeff" + break_.join(["# c", "a: 1", "b: 2"]) + break_).encode()
    document = read_yaml(data, where="")
    assert document.value == {"a": 1, "b": 2}
    assert document.line(("b",)) == 3


def test_a_file_is_read_with_its_text(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_bytes(b"a: 1\r\n")
    document, text = read_yaml_file(path)
    assert (document.value, text, document.where) == ({"a": 1}, "a: 1\r\n", str(path))


def test_a_large_file_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "s.yaml"
    with path.open("wb") as file:
        file.truncate(2**40)  # sparse: reading it would take all memory
    with pytest.raises(InputError, match=r"1024\.0 GiB, more than the 1\.0 MiB"):
        read_yaml_file(path)


KEYS = st.text("abcxyz_019", min_size=1, max_size=5)


def _is_text(text: str) -> bool:
    """Whether unquoted text stays text; PyYAML quotes by the rules of YAML 1.1."""
    try:
        return plain_scalar(text) == text and yaml_reader._FORBIDDEN.search(text) is None
    except OverflowError:
        return False


LEAVES = st.one_of(
    st.integers(-(10**17), 10**17),
    st.floats(),
    st.booleans(),
    st.none(),
    st.text(st.characters(codec="utf-8", exclude_characters="\t\r"), max_size=20).filter(_is_text),
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        LEAVES,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=8,
    ),
    max_size=4,
)


@settings(deadline=None, max_examples=80)
@given(TREES, st.booleans())
def test_what_pyyaml_dumps_is_read_back(tree, flow):
    text = yaml.safe_dump(tree, default_flow_style=flow, allow_unicode=True, sort_keys=False)
    assert repr(read_yaml(text, where="").value) == repr(tree)


WORDS = "a;b: ;x: 1;[;];{;}; , ;: ;:;? ; # c;';\";\\;>;&a;*a;!;!!str;<<: ;%;---;...;~;1e-3;é;- ;@;`"
PIECES = [*WORDS.split(";"), "|\n", "\n", "\n  ", "\n- ", "\t", "\r\n", "\ufeff", "\0", "😀"]


def _outcome(text: str) -> tuple[object, ...]:
    try:
        document = read_yaml(text, where="f")
    except InputError:
        return ("refused",)
    return repr(document.value), repr(document.lines)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_any_text_gives_a_value_or_one_error_and_the_two_parsers_agree(text):
    fast = _outcome(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_reader, "_events", lambda text: yaml.parse(text, yaml.SafeLoader))
        assert _outcome(text) == fast


@settings(deadline=None, max_examples=100)
@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_one_error(data):
    try:
        message = type(read_yaml(data, where="f").value).__name__
    except InputError as error:
        message = str(error)
    assert message == "dict" or (message.startswith("f") and message.isprintable())


def test_a_merge_bomb_takes_no_time():
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i} {{<<: [{', '.join([f'*a{i - 1}'] * 9)}]}}" for i in range(1, 30)]
    start = time.process_time()
    with pytest.raises(InputError):
        read_yaml("\n".join(lines), where="f")
    assert time.process_time() - start < 1.0


@pytest.mark.parametrize("piece", ["[", "{", "- ", "? ", "a: ", "!", "|\n", '"', "'a' ", "a,"])
def test_a_mebibyte_of_anything_is_refused_within_seconds(piece):
    text = ("a: [" + piece * MAX_BYTES)[:MAX_BYTES]
    start = time.process_time()
    with pytest.raises(InputError):
        read_yaml(text, where="f")
    assert time.process_time() - start < 3.0
