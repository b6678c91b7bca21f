"""Systems made of measured points: scattered samples, regular grids, trajectories.

    from_samples         velocities at scattered states
    from_trajectories    states over time
    from_data            measured points as they are          (also those of an HDF5 file)

Place in the flow: arrays become a `System` whose field is an interpolation (`fields.interpolation`)
and whose box is the hull of the points.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.data import SampledData, hull, problem_of, scattered_data
from lrfit.fields.field import Domain
from lrfit.fields.interpolation import SampledField
from lrfit.io.text import shown
from lrfit.systems.parts import Start, check_names, start_of, titled
from lrfit.systems.signals.input_signal import input_signal
from lrfit.systems.system import Simulation, Source, System

_FEWEST_TIMES = 4
_LONG = 6
"""Points from which on a trajectory's spline has degree 5, not 3."""


def from_samples(
    state: ArrayLike,
    velocity: ArrayLike,
    *,
    variables: Sequence[str],
    input: ArrayLike | None = None,  # noqa: A002 - the name of this array in files too
    inputs: Sequence[str] = (),
    **said: Any,
) -> System:
    """Make a system of P velocities measured at scattered states, and smooth between them.

    Parameters
    ----------
    state, velocity : (P, D)
        The box is the hull of the states.
    variables : sequence of str
        Their D names.
    input, inputs : (P, U) and sequence of str, optional
        The inputs at every sample, and their U names.
    **said
        name, initial, duration, reference, time_unit, notes: as in `from_data`.

    Returns
    -------
    System
        With an interpolated field, in the units of the samples.

    Raises
    ------
    UsageError
        Shapes, names or numbers that make no sense; fewer than three samples.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> x = np.linspace(-1.0, 1.0, 41)[:, None]
    >>> system = lrfit.from_samples(x, -2.0 * x, variables=["x"])
    >>> system.velocity([[0.5]], [[]]).round(3).tolist()
    [[-1.0]]
    """
    z, slopes = _table("state", state, variables), _table("velocity", velocity, variables)
    u = _table("input", np.empty((len(z), 0)) if input is None else input, inputs)
    if not len(z) == len(slopes) == len(u):
        raise UsageError(
            f"there are {len(z)} states, {len(slopes)} velocities and {len(u)} inputs; give as "
            "many of each"
        )
    for what, values, names in (("state", z, variables), ("input", u, inputs)):
        if problem := problem_of(values, names):
            raise UsageError(f"the array {what} {problem}")
    if problem := problem_of(slopes):
        raise UsageError(f"the array velocity {problem}")
    data = scattered_data(z, u, slopes)
    return from_data(data, variables=variables, inputs=inputs, **said)


def from_trajectories(
    t: Sequence[ArrayLike],
    z: Sequence[ArrayLike],
    *,
    variables: Sequence[str],
    u: Sequence[ArrayLike] | None = None,
    inputs: Sequence[str] = (),
    **said: Any,
) -> System:
    """Make a system of trajectories: samples at their points, velocities from splines in time.

    The splines, of degree 5 (3 below six points), go through all points. Noise of states becomes
    noise of velocities, larger by about one over the spacing in time: smooth noisy states first.

    Parameters
    ----------
    t : sequence of (T,)
        Increasing times of every trajectory, four at least.
    z : sequence of (T, D)
        The states at these times.
    variables : sequence of str
        Their D names.
    u, inputs : sequence of (T, U) and sequence of str, optional
        The inputs at these times, and their U names.
    **said
        name, initial, duration, reference, time_unit, notes: as in `from_data`.

    Returns
    -------
    System
        With an interpolated field, in the units of states and times.

    Raises
    ------
    UsageError
        As `from_samples`; times that do not increase, or too few of them.

    Examples
    --------
    >>> import numpy as np
    >>> import lrfit
    >>> t = np.linspace(0.0, 2.0, 41)
    >>> runs = [start * np.exp(-2.0 * t)[:, None] for start in (1.0, -1.0)]
    >>> system = lrfit.from_trajectories([t, t], runs, variables=["x"])
    >>> system.velocity([[0.5]], [[]]).round(2).tolist()
    [[-1.0]]
    """
    if not len(t) == len(z) == (len(z) if u is None else len(u)) or not len(z):
        raise UsageError("give times, states and inputs of the same trajectories, one at least")
    states = [_table("z", each, variables) for each in z]
    slopes = [_slopes(real_numbers(a, "the array t"), b) for a, b in zip(t, states, strict=True)]
    return from_samples(
        np.concatenate(states),
        np.concatenate(slopes),
        variables=variables,
        input=None if u is None else np.concatenate([_table("u", each, inputs) for each in u]),
        inputs=inputs,
        **said,
    )


def _slopes(t: Array, z: Array) -> Array:
    """dz/dt (T, D) of the spline through states z (T, D) at times t (T,)."""
    from scipy.interpolate import make_interp_spline  # noqa: PLC0415 - a slow import

    if t.shape != (len(z),) or len(t) < _FEWEST_TIMES:
        raise UsageError(
            f"{np.size(t)} times and {len(z)} states of a trajectory; give as many of each, and "
            f"at least {_FEWEST_TIMES}"
        )
    if not (np.all(np.isfinite(t)) and np.all(t[1:] > t[:-1]) and np.all(np.isfinite(z))):
        raise UsageError("the times of a trajectory must increase, and all numbers be finite")
    spline = make_interp_spline(t, z, k=5 if len(t) >= _LONG else 3)
    return np.asarray(spline.derivative()(t))


def from_data(
    data: SampledData,
    *,
    variables: Sequence[str],
    inputs: Sequence[str] = (),
    name: str = "samples",
    label: str = "",
    initial: Start = None,
    duration: float | None = None,
    reference: str = "",
    time_unit: str = "",
    notes: tuple[str, ...] = (),
) -> System:
    """Make a system of measured points, whose box is their hull.

    Parameters
    ----------
    data : SampledData
        On a regular grid (with axes) or scattered.
    variables, inputs : sequence of str
        D and U names.
    label : str, optional
        Where the points came from, for messages; by default the name.
    name, initial, duration, reference, time_unit, notes : optional
        As in `System` and `Simulation`.

    Raises
    ------
    UsageError
        Names that make no sense.
    """
    check_names(variables, inputs)
    domain = hull(data, tuple(variables), tuple(inputs))
    return System(
        name=titled(name),
        domain=domain,
        field=SampledField(data=data, domain=domain),
        source=Source(label=label or name, kind="samples", sha256=_digest(data, domain)),
        simulation=Simulation(
            initial=start_of(domain, initial), signal=input_signal(domain), duration=duration
        ),
        reference=reference,
        kind="sampled grid" if data.axes is not None else "scattered samples",
        time_unit=time_unit,
        drive=dict.fromkeys(domain.inputs, "filtered"),
        notes=notes,
    )


def _digest(data: SampledData, domain: Domain) -> str:
    """sha256 of names and numbers in canonical order: the order in the file does not matter."""
    digest = hashlib.sha256(repr((domain.variables, domain.inputs)).encode())
    for array in (data.state, data.input, data.velocity):
        digest.update(repr(array.shape).encode())
        digest.update(array.astype("<f8", copy=False).data)
    return digest.hexdigest()


def _by_name(values: Any, names: Sequence[str]) -> Any:
    """A table (of pandas, polars) with its columns in the order of `names`, if it has these."""
    columns = getattr(values, "columns", None)
    if columns is None or isinstance(values, np.ndarray):
        return values
    if sorted(map(str, columns)) != sorted(names):
        told = ", ".join(shown(column, 40) for column in list(columns)[:8])
        raise UsageError(
            f"the columns of the table are {told}; needed are {', '.join(names)}, in any order"
        )
    return values[list(names)]


def _table(what: str, values: ArrayLike, names: Sequence[str]) -> Array:
    """Numbers of a user as an array (P, names); the columns of a table go by their names."""
    array = real_numbers(_by_name(values, names), f"the array {what}")
    if array.ndim != 2 or array.shape[1] != len(names):
        raise UsageError(
            f"the array {what} has shape {array.shape}; give one column for each of "
            f"{len(names)} names"
        )
    return array
