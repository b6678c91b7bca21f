"""What to say of keys that other programs have, and of systems of another kind."""

from __future__ import annotations

import re
from collections.abc import Collection

_DERIVATIVE = re.compile(
    r"d\s*\(?(\w+?)\)?\s*/\s*dt|d(\w+?)_?dt|(\w+?)'+|(\w+?)_?dot|dot\((\w+)\)|(\w+)\(t\)|d(\w+)"
)
_ANGLE = (
    "lrfit does not join the ends of a range; for an angle theta use the variables c = cos(theta) "
    "and s = sin(theta), with dc/dt = -s*w and ds/dt = c*w for its speed w"
)
_DELAY = (
    "lrfit has no delays; a chain of n variables, dx1/dt = n*(x - x1)/tau, dx2/dt = "
    "n*(x1 - x2)/tau and so on, follows x(t - tau)"
)
_MAP = (
    "dynamics gives dx/dt, not the next state; for a map x -> f(x) write x: f(x) - x, fit with "
    "--tau 1 and run the network by --solver euler --dt 1"
)
_NOISE = "noise is no part of a system; give it to lrfit simulate (--process-noise, --rate-noise)"

UNKNOWN_KEYS = {
    **dict.fromkeys(("periodic", "angle", "angles", "wrap", "modulo"), _ANGLE),
    **dict.fromkeys(("delay", "delays", "lags", "history"), _DELAY),
    **dict.fromkeys(("map", "maps", "discrete", "next"), _MAP),
    **dict.fromkeys(("noise", "diffusion", "sigma"), _NOISE),
}
"""Keys at the top of a file that stand for something which lrfit does in another way."""
_MAPS = ("map", "maps", "discrete map", "iterated map", "difference equation", "discrete time")


def no_map(kind: str) -> str:
    """What to say where `kind` says that the system is a map; "" where it does not."""
    if kind.strip().lower() not in _MAPS:
        return ""
    return f"{_MAP}, and give kind another text, such as 'increments of a map'"


def derivative_key(key: str, variables: Collection[str]) -> str:
    """What to say of a key of `dynamics` that is written as a derivative; "" of any other."""
    match = _DERIVATIVE.fullmatch(key.strip())
    if match is None or key in variables:
        return ""
    name = next(group for group in match.groups() if group)
    if key.isidentifier() and name not in variables:
        return ""
    more = ""
    if "''" in key:
        more = f"; a second derivative is that of a variable of its own, {name}: v and v: ..."
    return f"the key is the variable alone: write {name}: ..., whose value is d{name}/dt{more}"
