"""Whether samples resolve a field: whether errors relative to its rms speed are to be believed.

Place in the flow: between drawing samples and all regression. A field with a pole in the box is
refused, one that is too steep for the samples is fitted with a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lrfit.fields.field import Domain
from lrfit.fitting.options import FitOptions
from lrfit.regression.noise_price import SLOWEST, mean_squares
from lrfit.systems.choices import Sampling
from lrfit.systems.divergence import SUSPECT, Divergence, find_divergence
from lrfit.systems.sampling import Samples, SampleSet, draw_set
from lrfit.systems.system import System

_RESOLVED = 1.1
"""Two sets of samples resolve a field whose rms speeds on them agree within this factor."""
_EXACT = 1e-9
"""Half-widths within which the place of a pole is known."""
_OWN_KIND: Mapping[str, Sampling] = {"trajectory": "trajectory", "mixed": "mixed"}
"""Kinds of samples whose test set is of the same kind; that of the others is uniform."""


def resolved(system: System, samples: Samples, options: FitOptions) -> Samples:
    """The samples, with a note where they do not resolve the field.

    Measured points are asked nothing. Errors of samples along trajectories are not about other
    places, where the field may have poles; nor does a flow map have any that can be followed.

    Raises
    ------
    InputError
        The field grows without limit at some place, so that the error does not converge.
    """
    if samples.kind == "data":
        return samples
    velocity = samples.test.velocity
    if not np.any(np.max(velocity**2, axis=0) > SUSPECT * np.mean(velocity**2, axis=0)):
        return samples
    anywhere = system.dt is None and samples.kind != "trajectory"
    found = find_divergence(system, samples.test) if anywhere else None
    if found is not None and (found.heavy or options.criterion == "worst"):
        what = "mean square over the domain" if found.heavy else "maximum"
        raise system.error(
            f"{_grows(system.domain, found)}: its {what} does not converge with the number of "
            "samples, so that no relative error exists; restrict the domain to one side of that "
            "place",
            ("dynamics", system.domain.variables[found.variable]),
        )
    note = (
        _unresolved(system, samples, options.seed)
        if found is None
        else (f"{_grows(system.domain, found)}: the worst error grows with the number of samples",)
    )
    return replace(samples, notes=(*samples.notes, *note))


def _grows(domain: Domain, found: Divergence) -> str:
    zeta, omega = np.split(found.place, [domain.dimension])
    values = [*domain.state_from_box(zeta), *domain.input_from_box(omega)]
    widths = [*domain.half_width, *domain.input_half_width]
    place = ", ".join(
        f"{name} = {value if abs(value) > _EXACT * width else 0.0:.4g}"
        for name, value, width in zip(domain.variables + domain.inputs, values, widths, strict=True)
    )
    return f"d{domain.variables[found.variable]}/dt grows without limit near {place}"


def _unresolved(system: System, samples: Samples, seed: int) -> tuple[str, ...]:
    """A note where as many fresh points give other rms speeds than the test set."""
    fresh = fresh_points(system, samples, seed)
    speeds = [np.sqrt(np.mean(each.velocity**2, axis=0)) for each in (samples.test, fresh)]
    known = zip(system.domain.variables, *speeds, strict=True)
    other = [
        f"{name} ({one:.3g} and {two:.3g})"
        for name, one, two in known
        if max(one, two) > _RESOLVED * min(one, two)
    ]
    if not other:
        return ()
    return (
        f"the samples do not resolve the field: rms speeds, in half-widths per unit of time, of "
        f"{samples.test.count:,} and {fresh.count:,} points differ for {', '.join(other)}, and "
        "relative errors as much; restrict the domain to where the field is less steep",
    )


def fresh_points(system: System, samples: Samples, seed: int) -> SampleSet:
    """Points independent of all samples, as many as in the test set, of its kind."""
    stream = np.random.SeedSequence(seed, spawn_key=(3,))  # `draw_samples` uses 0 to 2
    kind = _OWN_KIND.get(samples.kind, "sobol")
    return draw_set(system, samples.test.count, stream, kind=kind)


def at_rest(system: System, points: SampleSet, criterion: str) -> tuple[str, ...]:
    """A note on each variable so slow that its error is relative to a floor (theory, eq. 13)."""
    if criterion != "per-variable":
        return ()
    own = np.mean(points.weight[:, None] * points.velocity**2, axis=0)
    each, _ = mean_squares(points.velocity, points.weight)
    return tuple(
        f"the error of {name} is relative to {np.sqrt(SLOWEST):g} of the rms speed of all "
        "variables, since its own is zero or below that; --criterion overall weighs all alike"
        for name, slow in zip(system.domain.variables, own < each, strict=True)
        if slow
    )
