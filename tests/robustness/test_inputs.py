"""Hostile files and expressions through the real command: exit 3, one line, nothing left."""

from __future__ import annotations

import os
import runpy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from lrfit.fields.expressions import ExpressionError, compile_field

Start = Callable[..., Any]
Lrfit = Callable[..., Any]
Outputs = Callable[[], dict[str, bytes]]

TESTS = Path(__file__).resolve().parents[1]
HOSTILE_HDF5 = runpy.run_path(str(TESTS / "io" / "test_hdf5_hostile.py"))["HOSTILE"]
"""Name -> (what fills an h5py file, words of the refusal)."""

EXPRESSIONS = {
    "attribute": "x.__class__",
    "subscript": "x[0]",
    "text": "'x'",
    "bytes": "b'x'",
    "f-string": "f'{x}'",
    "lambda": "(lambda: x)()",
    "comprehension": "[x for x in (1, 2)]",
    "generator": "sum(x for x in y)",
    "walrus": "(a := x)",
    "keyword": "sin(x=1)",
    "starred": "sin(*x)",
    "double starred": "sin(**x)",
    "comparison": "x < 1",
    "chained": "0 < x < 1",
    "logic": "x and y",
    "negation": "not x",
    "conditional": "x if y else 1",
    "bits": "x & 1",
    "shift": "1 << 10",
    "bitwise not": "~x",
    "matrix product": "x @ y",
    "modulo": "x % 2",
    "floor": "x // 2",
    "caret": "x ^ 2",
    "tuple": "x, y",
    "set": "{x}",
    "statement": "x; y",
    "assignment": "x = 1",
    "import": "__import__('os').system('true')",
    "builtin": "eval(x)",
    "unknown": "foo(x)",
    "unknown name": "q + 1",
    "await": "await x",
    "yield": "(yield x)",
    "ellipsis": "...",
    "none": "None",
    "true": "True",
    "complex": "1j",
    "hexadecimal": "0x10",
    "underscores": "1_000",
    "full-width x": "ｘ",
    "superscript": "x²",
    "Greek": "μ*x",
    "minus sign": "x − 1",
    "no-break space": "x\u00a0+ 1",
    "null byte": "x\0",
    "newline": "x\n+ 1",
    "tab": "x\t+ 1",
    "escape": "\x1b[2J",
    "comment": "x # y",
    "continuation": "x \\\n + 1",
    "empty": "",
    "blank": "   ",
    "unbalanced": "((x)",
    "surplus": "x))",
    "two arguments": "sin(x, y)",
    "no argument": "sin()",
    "one argument": "maximum(x)",
    "three arguments": "minimum(x, y, 1)",
    "function as value": "sin + 1",
    "call of a number": "2(x)",
    "call of a variable": "x(2)",
    "power tower": "9**9**9",
    "power tower of a variable": "x*9**9**9**9",
    "huge number": "1e999",
    "huge integer": "9" * 4000,
    "division by zero": "1/0",
    "root of a negative number": "sqrt(-1)",
    "logarithm of zero": "log(0)",
    "long": "x" + "+x" * 3000,
    "many terms": "+".join(["x"] * 1500),
    "deep": "(" * 2000 + "x" + ")" * 2000,
    "signs": "-" * 3000 + "x",
    "tower": "x" + "**x" * 500,
    "deep calls": "sin(" * 500 + "x" + ")" * 500,
    "reserved t": "t*x",
}

TEXTS: dict[str, bytes] = {
    "anchor": b"name: &a x\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n",
    "alias": b"name: x\ndynamics: {x: -x}\ndomain: {x: *a}\n",
    "merge key": b"name: x\n<<: {a: 1}\ndynamics: {x: -x}\n",
    "merge bomb": b"a0: &a0 {k: 1}\n"
    + b"".join(b"a%d: &a%d {<<: [*a%d, *a%d]}\n" % (n, n, n - 1, n - 1) for n in range(1, 40)),
    "laughs": b"a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n",
    "tag": b"name: !!python/object/apply:os.system ['true']\n",
    "local tag": b"name: !x y\n",
    "repeated key": b"name: x\nname: y\n",
    "repeated deep key": b"name: x\ndynamics: {x: -x, x: x}\ndomain: {x: [-1, 1]}\n",
    "two documents": b"name: x\n---\nname: y\n",
    "deep": b"name: " + b"[" * 5000 + b"]" * 5000 + b"\n",
    "deep block": b"".join(b" " * n + b"a:\n" for n in range(400)),
    "latin 1": "name: caf\xe9\n".encode("latin-1"),
    "UTF-16": "name: x\n".encode("utf-16"),
    "binary": bytes(range(256)) * 8,
    "null": b"name: x\0\n",
    "control": b"name: x\x1b[2J\n",
    "empty": b"",
    "blank": b"   \n\n",
    "only a comment": b"# nothing\n",
    "a list": b"- 1\n- 2\n",
    "a scalar": b"42\n",
    "tabs": b"name: x\ndynamics:\n\tx: -x\n",
    "huge integer": b"name: x\nparameters: {a: %s}\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n"
    % (b"9" * 5000),
    "not a number": b"name: x\ndynamics: {x: -x}\ndomain: {x: [.nan, 1]}\n",
    "infinite": b"name: x\ndynamics: {x: -x}\ndomain: {x: [-1, .inf]}\n",
    "reversed": b"name: x\ndynamics: {x: -x}\ndomain: {x: [1, -1]}\n",
    "equal": b"name: x\ndynamics: {x: -x}\ndomain: {x: [1, 1]}\n",
    "one bound": b"name: x\ndynamics: {x: -x}\ndomain: {x: [1]}\n",
    "text as bound": b"name: x\ndynamics: {x: -x}\ndomain: {x: [a, b]}\n",
    "no domain": b"name: x\ndynamics: {x: -x}\n",
    "domain of another": b"name: x\ndynamics: {x: -x}\ndomain: {y: [-1, 1]}\n",
    "no dynamics": b"name: x\ndomain: {x: [-1, 1]}\n",
    "empty dynamics": b"name: x\ndynamics: {}\ndomain: {}\n",
    "dynamics as list": b"name: x\ndynamics: [-x]\ndomain: {x: [-1, 1]}\n",
    "unknown key": b"name: x\ndynamic: {x: -x}\ndomain: {x: [-1, 1]}\n",
    "unknown inner key": b"name: x\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\nnetwork: {ta: 1}\n",
    "reserved name": b"name: x\ndynamics: {sin: -1}\ndomain: {sin: [-1, 1]}\n",
    "name that is a path": b"name: ../x\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n",
    "name not ASCII": "name: x\ndynamics: {é: 1}\ndomain: {é: [-1, 1]}\n".encode(),
    "more than a mebibyte": b"# " + b"x" * 2**20 + b"\nname: x\n",
}


def refused(done: Any, name: str, outputs: dict[str, bytes]) -> None:
    """Exit 3 with one line that names the file, and nothing else."""
    assert (done.code, done.out) == (3, "")
    assert name in done.line
    assert outputs == {}


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_outside_the_grammar_is_refused_within_50_ms(name: str) -> None:
    equations = {"x": EXPRESSIONS[name], "y": "x"}
    took = []
    for _ in range(3):  # the least counts: others use this machine too
        began = time.thread_time()
        with pytest.raises(ExpressionError) as refusal:
            compile_field(equations=equations, inputs=[])
        took.append(time.thread_time() - began)
    assert min(took) < 0.05
    assert str(refusal.value).isprintable()
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize("name", ["attribute", "full-width x", "power tower", "deep", "null byte"])
def test_a_hostile_expression_in_a_file_is_one_line(
    lrfit: Lrfit, folder: Path, outputs: Outputs, name: str
) -> None:
    text = EXPRESSIONS[name].replace("\0", "\\0")
    (folder / "s.yaml").write_text(f'dynamics: {{x: "{text}"}}\ndomain: {{x: [-1, 1]}}\n')
    refused(lrfit("check", "s.yaml"), "s.yaml:1", outputs())


def test_hostile_texts_are_refused_in_one_line_that_names_the_file(
    lrfit: Lrfit, folder: Path, outputs: Outputs
) -> None:
    for name, text in TEXTS.items():
        (folder / "s.yaml").write_bytes(text)
        done = lrfit("check", "s.yaml")
        assert done.code == 3, name
        refused(done, "s.yaml", outputs())
        assert done.cpu < 3.0, name  # the forked interpreter and the check; a bomb takes for ever


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_byte_order_mark_and_any_line_end_are_read(
    lrfit: Lrfit, folder: Path, ending: str, mark: str
) -> None:
    text = mark + (folder / "s.yaml").read_text().replace("\n", ending)
    (folder / "s.yaml").write_bytes(text.encode())
    assert lrfit("show", "s.yaml", "--json").summary["system"] == "pendulum"


@pytest.mark.parametrize("name", HOSTILE_HDF5)
def test_a_hostile_hdf5_file_is_refused_through_the_real_child(
    lrfit: Lrfit, folder: Path, outputs: Outputs, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill, _ = HOSTILE_HDF5[name]  # the reasons are tested where files are read
    monkeypatch.chdir(folder)
    with h5py.File("n.h5", "w", libver="latest") as file:
        file["first"] = np.arange(3.0)
        fill(file)
    (folder / "s.yaml").unlink()
    extra = {path.name for path in folder.iterdir()} - {"n.h5"}
    done = lrfit("show", "n.h5")
    refused(done, "n.h5", {k: v for k, v in outputs().items() if k not in extra})


def test_the_bytes_of_another_file_never_come_through(lrfit: Lrfit, folder: Path) -> None:
    secret = folder / "secret"
    secret.write_bytes(np.arange(100.0).tobytes())
    axis = np.linspace(0.0, 1.0, 100)
    with h5py.File(folder / "n.h5", "w") as file:
        file.attrs["variables"] = ["x"]
        file["axes/x"] = axis
        file.create_dataset("velocity/x", (100,), "f8", external=[(str(secret), 0, 800)])
    done = lrfit("fit", "n.h5", "--neurons", "5", "-o", "out.h5")
    refused(done, "n.h5", {})
    assert not (folder / "out.h5").exists()


def test_what_is_no_regular_file_is_refused_without_waiting(lrfit: Lrfit, folder: Path) -> None:
    os.mkfifo(folder / "pipe.h5")
    (folder / "folder.h5").mkdir()
    (folder / "round.h5").symlink_to("round.h5")
    for name in ("pipe.h5", "folder.h5", "round.h5", "/dev/zero", "/dev/tty", "no.h5", "a\nb.h5"):
        for command in ("show", "simulate", "check"):
            done = lrfit(command, name)
            assert (done.code, done.out) == (3, "")
            assert done.line


@pytest.mark.parametrize("place", [0.02, 0.3, 0.6, 0.95])
def test_a_truncated_network_is_refused(lrfit: Lrfit, folder: Path, place: float) -> None:
    data = (folder / "n.h5").read_bytes()
    (folder / "n.h5").write_bytes(data[: int(len(data) * place)])
    for command in ("show", "simulate"):
        refused(lrfit(command, "n.h5"), "n.h5", {})


def damage(start: Start, folder: Path, count: int) -> dict[int, int]:
    """Show files with flipped bits, two at a time; how often each exit code came."""
    data, rng = (folder / "n.h5").read_bytes(), np.random.default_rng(0)
    codes: dict[int, int] = {}
    for _ in range(count):
        running = []
        for name in ("a.h5", "b.h5"):
            changed = bytearray(data)
            for place in rng.integers(0, len(data), rng.integers(1, 9)):
                changed[place] ^= 1 << int(rng.integers(8))
            (folder / name).write_bytes(changed)
            running.append(start("show", name, "--json"))
        for done in [each.wait() for each in running]:
            codes[done.code] = codes.get(done.code, 0) + 1
            assert done.code in (0, 3)
            assert done.summary if done.code == 0 else done.line
    return codes


def test_bit_flipped_networks_are_described_or_refused(start: Start, folder: Path) -> None:
    assert sum(damage(start, folder, 10).values()) == 20


@pytest.mark.soak
def test_a_thousand_bit_flipped_networks(
    start: Start, folder: Path, tell: Callable[[str, object], None]
) -> None:
    codes = damage(start, folder, 500)
    tell("exit codes of damaged files", codes)
    assert codes[3] > 50
