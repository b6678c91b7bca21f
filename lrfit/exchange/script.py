"""The parts that all exported scripts share: how numbers are written, phi, the reading, the check.

Place in the flow: `numpy_script` and the others put these parts together to one text. Every
number is written so that it comes back to the last bit: short arrays as decimal numbers, long ones
as base64 of their little-endian float64, so that one file runs by itself.
"""

from __future__ import annotations

import base64
import textwrap
from collections.abc import Mapping
from typing import Any

import numpy as np

import lrfit
from lrfit.core.arrays import Array
from lrfit.exchange.model import Model

_SHORT = 24
"""Numbers of an array that is written for people."""
_WIDTH = 96
NUMPY_PHI: Mapping[str, str] = {
    "tanh": "np.tanh({x})",
    "erf": "_erf({x})",
    "sigmoid": "0.5 * (1.0 + np.tanh(0.5 * {x}))",
    "relu": "np.maximum({x}, 0.0)",
    "softplus": "np.logaddexp(0.0, {x})",
    "sin": "np.sin({x})",
}
_ERF = "_erf = np.vectorize(math.erf, otypes=[float])\n"
_CURRENT = "x <- x + (dt / tau) (-x + J phi(x) + W u + b), rates phi(x)"
_RATE = "x <- x + (dt / tau) (-x + phi(J x + W u + b)), states x are rates"
RATES = {"current": "phi(x)", "rate": "x"}
"""Rates at states x, by the form of the network."""
CHECK = '''
def check(last, outputs):
    """Compare the last state and outputs of the run with those that lrfit computes."""
    pairs = ((last, LAST), (outputs, OUTPUTS))
    worst = max((float(np.max(np.abs(a - b))) for a, b in pairs if np.size(b)), default=0.0)
    size = 1.0 + max((float(np.max(np.abs(b))) for _, b in pairs if np.size(b)), default=0.0)
    print(f"largest difference from lrfit: {worst:.2g}")
    if not worst <= 1e-10 * size:
        raise SystemExit("this is not what lrfit computes; export the network again")
'''


def head(model: Model, program: str, imports: str, notes: str = "") -> str:
    """Docstring, imports, and how arrays are read."""
    J = "J" if model.J is not None else "J = M N^T"
    equation = _CURRENT if model.form == "current" else _RATE
    said = (
        f"A network of {model.neurons} rate neurons for {program}, exported by lrfit "
        f"{lrfit.__version__}."
    )
    names = ", ".join(model.inputs) or "none", ", ".join(model.outputs) or "none"
    about = (
        f"with {J}, inputs u: {names[0]}, outputs z: {names[1]}. Rows of J receive. Times are in "
        "the network's own unit. Run this file to compare it with what lrfit computes."
    )
    parts = [said, f"    {equation}", textwrap.fill(about, _WIDTH)]
    parts += [textwrap.fill(notes, _WIDTH)] if notes else []
    text = "\n\n".join(parts)
    return (
        f'"""{text}\n"""\n\nimport base64\nimport math\n\nimport numpy as np\n{imports}\n\n'
        "\ndef _array(text, *shape):\n"
        '    return np.frombuffer(base64.b64decode(text), "<f8").reshape(shape).copy()\n\n\n'
    )


def number(value: float) -> str:
    """A number that comes back exactly."""
    return repr(float(value))


def assigned(name: str, values: Array | float) -> str:
    """A line that gives a name to an array, or to a number."""
    array = np.asarray(values, dtype=np.float64)
    return f"{name} = {number(float(array)) if array.ndim == 0 else _array(array)}\n"


def _array(array: Array) -> str:
    if not array.size:
        return f"np.zeros({array.shape})"
    if array.size <= _SHORT:
        return f"np.array({array.tolist()!r})"
    text = base64.b64encode(np.ascontiguousarray(array, "<f8").tobytes()).decode("ascii")
    lines = "\n".join(textwrap.wrap(text, _WIDTH)) if len(text) < 10_000 else _broken(text)
    return f'_array("""\n{lines}\n""", {", ".join(map(str, array.shape))})'


def _broken(text: str) -> str:
    """Lines of a long text; textwrap takes minutes for megabytes."""
    return "\n".join(text[i : i + _WIDTH] for i in range(0, len(text), _WIDTH))


def weights(model: Model, *, dense: bool = False) -> str:
    """Assignments of all weights and of the run; J as M and N where it is low-rank."""
    lines = [assigned("TAU", model.tau), assigned("DT", model.dt)]
    if model.J is None and not dense:
        lines += [assigned("M", model.M), assigned("N", model.N)]
    else:
        lines.append(assigned("J", model.dense()))
    return "".join(lines) + inputs_and_run(model)


def inputs_and_run(model: Model) -> str:
    """Assignments of input weights, bias, reading, and of the run to compare with."""
    reading, run = model.reading, model.run
    arrays: dict[str, Any] = {"W": model.W, "b": model.b, "OFFSET": reading.offset}
    parts = ("by_state", "by_filtered", "by_rates")
    arrays |= {name.upper(): getattr(reading, name) for name in parts if _is_used(reading, name)}
    arrays |= {"INPUTS": run.inputs, "FIRST": run.first, "LAST": run.last, "OUTPUTS": run.outputs}
    comment = (
        "# What lrfit computes: INPUTS (steps, U), FIRST and LAST state, OUTPUTS at the end.\n"
    )
    texts = [
        (comment if name == "INPUTS" else "") + assigned(name, arrays[name]) for name in arrays
    ]
    return "".join(texts)


def _is_used(reading: Any, part: str) -> bool:
    return bool(np.any(getattr(reading, part)))


def phi(model: Model, formulas: Mapping[str, str], *, empty: str = "np.empty_like(x)") -> str:
    """A function phi(x) of currents (..., n); each group of neurons has its own formula."""
    names = [group.nonlinearity.name for group in model.groups]
    before = _ERF if "erf" in names and formulas is NUMPY_PHI else ""
    if len(names) == 1:
        return f"{before}\n\ndef phi(x):\n    return {formulas[names[0]].format(x='x')}\n"
    lines = [f"    rates = {empty}"]
    for i, name in enumerate(names):
        formula = formulas[name].format(x=f"x[..., GROUP_{i}]")
        lines.append(f"    rates[..., GROUP_{i}] = {formula}")
    groups = "".join(f"GROUP_{i} = {_members(model, i)}\n" for i in range(len(names)))
    return f"{groups}{before}\n\ndef phi(x):\n" + "\n".join(lines) + "\n    return rates\n"


def _members(model: Model, i: int) -> str:
    index = model.groups[i].index
    if isinstance(index, slice):
        return repr(index)
    return repr(index.tolist())


def reading(model: Model, *, rates: str = "rates(x)") -> str:
    """A function read(x, v): the outputs (..., K) at states x and filtered inputs v (..., U)."""
    terms = ["OFFSET"]
    if _is_used(model.reading, "by_state"):
        terms.append("x @ BY_STATE.T")
    if _is_used(model.reading, "by_filtered"):
        terms.append("v @ BY_FILTERED.T")
    if _is_used(model.reading, "by_rates"):
        terms.append(f"{rates} @ BY_RATES.T")
    about = '    """The outputs (..., K) at states x (..., n) and filtered inputs v (..., U)."""\n'
    total = " + ".join(terms)
    if len(terms) == 1:
        total = "OFFSET + np.zeros((*x.shape[:-1], 1))" if model.outputs else "x[..., :0]"
    return f"\n\ndef read(x, v):\n{about}    return {total}\n"


def rates(model: Model) -> str:
    """A function rates(x): of states (..., n)."""
    about = '    """Rates (..., n) at states x (..., n)."""\n'
    return f"\n\ndef rates(x):\n{about}    return {RATES[model.form]}\n"
