"""Ground floor: what one YAML scalar means, by the core rules of YAML 1.2.2 (section 10.3.2).

Only unquoted text is typed. `y`, `n`, `on`, `off`, `yes`, `no` and `1:30` are text, unlike in
YAML 1.1, since `y` and `n` are variables of half of all systems; `1e-4` is a number.
"""

from __future__ import annotations

import math
import re

_WORDS: dict[str, bool | float | None] = {
    "": None,
    "~": None,
    **dict.fromkeys(("null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
# Longer ones become floats: 64 bits hold every integer of 18 digits.
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_OTHER_BASE = re.compile(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


def plain_scalar(text: str) -> str | int | float | bool | None:
    """Return the value of an unquoted scalar.

    Raises
    ------
    OverflowError
        A number beyond the largest float (1.8e308); infinity is written `.inf`.
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return _finite(float(text))
    if other := _OTHER_BASE.fullmatch(text):
        return _other_base(other[1], other[2])
    return text


def _other_base(octal: str | None, hexadecimal: str | None) -> int | float:
    # Bases that are powers of two are exempt from CPython's digit limit, and linear in time.
    value = int(octal, 8) if octal else int(hexadecimal or "0", 16)
    return value if value.bit_length() < 64 else float(value)


def _finite(value: float) -> float:
    if math.isinf(value):
        raise OverflowError
    return value
