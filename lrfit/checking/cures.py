"""What lifts an error floor, measured: the same system fitted with each cure.

    bias              phi(M (z - c) + B v + b): no symmetry is left
    constant input    an input held at u0 adds B u0 to every current: it is a bias, b = B u0
    center            c outside of the box: the box and its mirror image no longer overlap, and
                      any field on the box is half of one with the symmetry (not with relu, whose
                      field still grows in proportion along every ray from c)

Place in the flow: `check` shows floor and error of a quick fit (random neurons) without and with
every cure, so that the price of the symmetry is seen, not argued.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from lrfit.core.arrays import Array
from lrfit.fields.field import Domain
from lrfit.fitting.fit import fit
from lrfit.fitting.options import FitOptions
from lrfit.fitting.result import Fit
from lrfit.systems.system import System

NEURONS, SAMPLES = 64, 1024
"""Random neurons of a quick fit: enough to come near the floor of the sample systems."""
_OUTSIDE = 1.1
"""How far from the middle of the box the center is moved, in half-widths."""
_CORNERS = 4


@dataclass(frozen=True, kw_only=True)
class Cure:
    """One way out. `flags`: how to ask for it; `floor`, `error`: by the criterion of the options,
    the error of a quick fit on its test set.
    """

    name: str
    flags: str
    floor: float
    error: float


def cures(system: System, options: FitOptions) -> tuple[Cure, ...]:
    """Measure what a network without bias loses, and what each cure gives back.

    Returns
    -------
    tuple of Cure
        First "none": the network as asked for. The shifted center is the best of the corners
        tried.
    """
    plain = _quick(system, options)
    biased = _quick(system, replace(options, bias=True))
    moved = [
        (_quick(system, replace(options, center=center)), center)
        for center in _corners(system.domain)
    ]
    best, center = min(moved, key=lambda each: each[0].report.error)
    place = ",".join(f"{name}={value:g}" for name, value in center.items())
    return (
        _cure("none", "--no-bias", plain),
        _cure("bias", "--bias", biased),
        _cure("constant input", "--bias: an input held at u0 is a bias B u0", biased),
        _cure("center", f"--no-bias --center {place}", best),
    )


def _cure(name: str, flags: str, found: Fit) -> Cure:
    criterion = found.options.criterion
    floor = found.floor.by_criterion(criterion) if found.floor else 0.0
    return Cure(name=name, flags=flags, floor=floor, error=found.report.error)


def _quick(system: System, options: FitOptions) -> Fit:
    count = max(NEURONS, system.domain.dimension)
    asked = replace(options, samples=SAMPLES)
    return fit(system, neurons=count, method="lstsq", options=asked, look=False)


def _corners(domain: Domain) -> Iterator[Mapping[str, float]]:
    """A few points beyond corners of the box, rounded to three digits."""
    every = product((-1.0, 1.0), repeat=domain.dimension)
    for _, signs in zip(range(_CORNERS), every, strict=False):
        corner: Array = domain.middle + _OUTSIDE * domain.half_width * np.array(signs)
        yield {n: float(f"{c:.3g}") for n, c in zip(domain.variables, corner, strict=True)}
