"""Which array of a file is which weight: by a map that the user gives, or by common names.

    J   (n, n)  connectivity            M, N  (n, R)  of J = M Nᵀ
    B   (n, U)  input weights           b     (n,)    constant input
    O   (K, n)  output weights          o     (K,)    constant output

Names are those of torch.nn.RNN, of Keras' SimpleRNN, of lrfit's own exports, and those that papers
and tutorials use. GRU and LSTM are refused: their neurons have gates, which no network here has.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from lrfit.core.errors import InputError, UsageError
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.io.weights_reader import WeightsFile

ROLES = ("J", "M", "N", "B", "b", "O", "o")
Layout = Literal["torch", "keras", "named"]
NOTHING = "none"
"""What the map says of a weight that the network does not have."""

_RECURRENT = "h2h|hh|hidden2hidden|hidden_to_hidden|h2r|recurrent|recurrent_layer|rec"
_INPUT = "i2h|ih|in2h|input2h|in2hidden|input2hidden|input_to_hidden|inputs?|in|input_layer|encoder"
_OUTPUT = "h2o|ho|fc|out|outputs?|readout|decoder|linear|dense|fc_out|output_layer|hidden2out"
_NAMES: Mapping[str, str] = {
    "O": rf"(?-i:O)|W_?out|W_?o|output_weights?|({_OUTPUT})\.(weight|kernel)",
    "o": rf"(?-i:o)|b_?out|output_offset|output_bias|({_OUTPUT})\.bias",
    "J": "(?-i:J|W)|W_?rec|J_?rec|W_?hh|W_?h|W_?r|recurrent_weights?|recurrent_kernel"
    rf"|weight_hh(_l0)?|({_RECURRENT})\.weight",
    "B": "(?-i:B|U)|W_?in|W_?ih|W_?i|W_?u|W_?x|input_weights?|kernel"
    rf"|weight_ih(_l0)?|({_INPUT})\.weight",
    "b": rf"(?-i:b)|bias|b_?rec|b_?h|bias_[hi]h(_l0)?|({_RECURRENT}|{_INPUT})\.bias",
    "M": "(?-i:M|m)",
    "N": "(?-i:N|n)",
}
"""In the order of asking: "fc.bias" is of the output, and any other "bias" of the neurons."""
_PATTERNS = {
    role: re.compile(rf"(?:^|.*\.)(?:{names})", re.IGNORECASE) for role, names in _NAMES.items()
}
_GATED = re.compile(r"(?:^|[._/])(gru|lstm)", re.IGNORECASE)
_SEVERAL = re.compile(r"weight_hh_l([1-9]\d*)$|_reverse$")
# Keras 3 numbers the variables of a layer: kernel, recurrent kernel, bias.
_NUMBERED = {
    r"(rnn[^.]*)\.cell\.vars\.0": "B",
    r"(rnn[^.]*)\.cell\.vars\.1": "J",
    r"(rnn[^.]*)\.cell\.vars\.2": "b",
    r"dense[^.]*\.vars\.0": "O",
    r"dense[^.]*\.vars\.1": "o",
}


@dataclass(frozen=True, kw_only=True)
class Found:
    """Names of arrays by role (several are added up), and whose names they are."""

    names: Mapping[str, tuple[str, ...]]
    layout: Layout

    def left_out(self, file: WeightsFile, neurons: int) -> tuple[str, ...]:
        """Arrays with an axis of neurons that stand for no weight, with their shapes."""
        taken = {name for names in self.names.values() for name in names}
        return tuple(
            f"{shown(name, 60)} {array.shape}"
            for name, array in file.arrays.items()
            if neurons in array.shape and name not in taken
        )


def find_roles(file: WeightsFile, given: Mapping[str, str]) -> Found:
    """Which arrays are which weights.

    Parameters
    ----------
    given : mapping of role to name
        What the user says; "a+b" adds two arrays, "none" leaves a weight out.

    Raises
    ------
    InputError
        A GRU or LSTM, several layers, an array that is not there, or no connectivity.
    UsageError
        An unknown role.
    """
    if "J" not in given:
        _refuse_gates(file)
    names = {**_guessed(file, given), **_mapped(file, given)}
    names = {role: each for role, each in names.items() if each}
    if "J" not in names and not {"M", "N"} <= names.keys():
        raise _unknown(file, "no array has a name that is known for the connectivity")
    if "J" in names:
        names = {role: each for role, each in names.items() if role not in ("M", "N")}
    return Found(names=names, layout=_layout(names))


def _layout(names: Mapping[str, tuple[str, ...]]) -> Layout:
    joined = " ".join(names.get("J", ()))
    if "recurrent_kernel" in joined or "cell/vars/" in joined:
        return "keras"
    return "torch" if re.search(r"weight_hh(_l0)?\b", joined) else "named"


def _mapped(file: WeightsFile, given: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for role, text in given.items():
        if role not in ROLES:
            raise UsageError(f"the map names {shown(role, 40)!r}; {did_you_mean(role, ROLES)}")
        found[role] = () if text == NOTHING else tuple(text.split("+"))
        for name in found[role]:
            if name in file.unread:
                raise InputError(file.unread[name], where=file.where)
            if name not in file.arrays:
                cure = did_you_mean(name, file.arrays)
                raise InputError(f"there is no array {shown(name)!r}; {cure}", where=file.where)
    return found


def _guessed(file: WeightsFile, given: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for name, array in file.arrays.items():
        role = role_of(name)
        if role is not None and role not in given and array.ndim:
            found.setdefault(role, []).append(name)
    if "J" in found or "J" in given:  # else m and n may be of an optimizer
        found = {role: names for role, names in found.items() if role not in ("M", "N")}
    return {role: _one(file, role, names) for role, names in found.items()}


def role_of(name: str) -> str | None:
    """The role that a name stands for, None where it is not known.

    Examples
    --------
    >>> from lrfit.exchange.roles import role_of
    >>> [role_of(name) for name in ("rnn.weight_hh_l0", "model.fc.weight", "W_in", "gain")]
    ['J', 'O', 'B', None]
    """
    plain = name.replace("/", ".").partition(":")[0]
    for pattern, role in _NUMBERED.items():
        if re.search(rf"(?:^|\.|_){pattern}$", plain, re.IGNORECASE):
            return role
    if re.search(r"dense[^.]*\.(kernel|bias)$", plain, re.IGNORECASE):
        return "O" if plain.endswith("kernel") else "o"
    return next((role for role, known in _PATTERNS.items() if known.fullmatch(plain)), None)


def _one(file: WeightsFile, role: str, names: list[str]) -> tuple[str, ...]:
    """The arrays of a role: one, or the two constant inputs of torch, which are added."""
    if len(names) == 1:
        return (names[0],)
    if role == "b" and len(names) == 2 and _are_halves(names):
        return tuple(names)
    listed = ", ".join(shown(name, 60) for name in names[:6])
    raise InputError(
        f"several arrays may be {role}: {listed}; say which with --map {role}={names[0]}",
        where=file.where,
    )


def _are_halves(names: Iterable[str]) -> bool:
    """Whether two arrays are the constant inputs of one layer, by the input's and its own side."""
    halves = [re.split(rf"bias_[ih]h|\b(?:{_INPUT}|{_RECURRENT})\.bias", each) for each in names]
    return halves[0] == halves[1]


def _refuse_gates(file: WeightsFile) -> None:
    for name, array in file.arrays.items():
        plain = name.replace("/", ".")
        if _GATED.search(plain) or (role_of(name) == "J" and _is_stacked(array.shape)):
            raise InputError(
                f"{shown(name, 100)} of shape {array.shape} is of a GRU or LSTM, whose neurons "
                "have gates; lrfit has networks of one rate per neuron, such as torch.nn.RNN",
                where=file.where,
            )
        if _SEVERAL.search(plain):
            raise InputError(
                f"{shown(name, 100)} is of a network of several layers or directions; lrfit has "
                "networks of one; train one of one layer, or map its arrays with --map",
                where=file.where,
            )


def _is_stacked(shape: tuple[int, ...]) -> bool:
    """Whether gates lie one after the other: (3 n, n) or (4 n, n), or the other way round."""
    if len(shape) != 2 or 0 in shape:
        return False
    low, high = sorted(shape)
    return high in (3 * low, 4 * low)


def _unknown(file: WeightsFile, why: str) -> InputError:
    listed = ", ".join(f"{shown(name, 60)} {array.shape}" for name, array in file.arrays.items())
    arrays = f"it holds {listed}" if listed else "it holds no arrays"
    if file.unread:
        arrays += f"; not read: {shown(next(iter(file.unread.values())), 200)}"
    return InputError(
        f"{why}; say which array is which, as in --map J=NAME,B=NAME,O=NAME; {shown(arrays, 1200)}",
        where=file.where,
    )
