"""plot() for users: the right figure of any fit, system, trajectory, or lrfit file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.core.provenance import Result
from lrfit.dynamics import Flow
from lrfit.fitting.result import Fit
from lrfit.io.text import shown
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.records.kinds import FileKind, kind_of_value
from lrfit.records.store import load
from lrfit.running.simulate import simulate
from lrfit.simulation.trajectory import Trajectory, simulate_target
from lrfit.systems.about import title_with
from lrfit.systems.system import StandsForSystem, System

if TYPE_CHECKING:
    from lrfit.plotting.picture import Picture

Plottable = Fit | System | Result | str | Path
_TIMES = 12.0
"""How long a system is followed whose file does not say, in crossings of its box."""


def plot(
    what: Plottable,
    *,
    kind: str | None = None,
    inputs: Sequence[Mapping[str, float]] = (),
    output: str | Path | None = None,
    force: bool = False,
) -> Picture:
    """Draw a figure.

    Parameters
    ----------
    what : Fit, System, Trajectory, another result or path
        What to draw; a path may be any lrfit file, or the name of a sample system.
    kind : str, optional
        "portrait", "error", "path", "connectivity", "tuning", "task", "reduction", "trajectory" or
        "animation"; by default the portrait; the path of a file with a frontier; of a reduced
        network both portraits in their shared latent space ("reduction"); the trajectory of a
        trajectory. Of a trained network "learning", "change" (what learning changed) or one part
        of that: "singular-values", "loss-by-rank", "eigenvalues", "fixed-points", "subspaces",
        "overlaps". A full-rank network has "connectivity", "eigenvalues" and "fixed-points"; an
        analysis, a certificate, a stress test, a table of solutions, a study of pushes and the
        learning of linear networks have one figure each.
    inputs : sequence of mappings, optional
        Tonic inputs, such as [{"I": 0.0}, {"I": 0.5}]: a row or panel of the portrait for each.
    output : path, optional
        Write the figure there too, as its ending says: .png, .svg or .pdf; an animation also
        .gif or .apng.
    force : bool
        Replace a file that exists.

    Returns
    -------
    Picture
        `.figure` is matplotlib's; `.save(path)` writes it; notebooks show it.

    Raises
    ------
    UsageError
        matplotlib is not installed, or there is no such figure of this.
    InputError
        The file cannot be read, or has not what the figure shows.
    OutputError
        The output exists or cannot be written.

    Notes
    -----
    Portraits show fixed points and cycles as `analyze` finds them (Strogatz 1994, chapter 6);
    axes are in the user's units, errors relative to the target's rms speed (docs/theory, eq. 11).

    Examples
    --------
    >>> import lrfit
    >>> fit = lrfit.fit("pitchfork_bistable", neurons=8)
    >>> picture = lrfit.plot(fit, kind="tuning", output="tuning.png")
    >>> picture.figure.get_size_inches().shape
    (2,)
    """
    require_matplotlib()
    picture = _drawn(what, kind, inputs)
    if output is not None:
        picture.save(output, force=force)
    return picture


def require_matplotlib() -> None:
    """Refuse, in one line, to draw without it."""
    if find_spec("matplotlib") is None:
        raise UsageError(
            "figures need matplotlib, which is not installed; install it: pip install matplotlib "
            "(or lrfit with its extra: pip install 'lrfit[plot]')"
        )


def _drawn(what: Plottable, kind: str | None, inputs: Sequence[Mapping[str, float]]) -> Picture:
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib
    from lrfit.plotting.subject import subject_of  # noqa: PLC0415

    value: Any = load(what) if isinstance(what, str | Path) else what
    of_file = kind_of_value(value)
    if isinstance(value, StandsForSystem) and not (of_file and of_file.draws(kind)):
        value, of_file = value.as_system(), None
    if of_file is not None and not of_file.has_figure:
        raise UsageError(f"{of_file.name} has no figure; plot the network that it is about")
    if isinstance(value, Trajectory):
        return _of_trajectory(value, kind, inputs)
    if of_file is not None and not isinstance(value, Fit):
        return _of_result(value, of_file, kind, inputs)
    subject = subject_of(value)
    kind = kind or kinds.default_kind(subject)
    if kind in kinds.OVER_TIME:
        if inputs:
            raise UsageError("--input is for portraits and tuning; use `lrfit simulate --signal`")
        return drawn_simulation(value, subject.name, kind)
    return kinds.draw(subject, kind, inputs)


def _of_result(
    value: Any, of_file: FileKind, kind: str | None, inputs: Sequence[Mapping[str, float]]
) -> Picture:
    """The figure of another result; of a full-rank network also those of its analysis."""
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib

    own, *more = kinds.kinds_of_result(of_file.word)
    if inputs or kind not in (None, of_file.word, own, *more):
        has = f"the figures {', '.join([own, *more])}" if more else "one figure"
        without = "--input" if more else "--kind and --input"
        raise UsageError(f"{of_file.name} has {has}; leave {without} out")
    if kind not in more:
        return kinds.draw_result(value, of_file.word)
    analysis = of_file.analyze(value, inputs=(), seed=0) if of_file.analysis else value
    return kinds.draw_change(analysis, str(kind))


def _of_trajectory(
    value: Trajectory, kind: str | None, inputs: Sequence[Mapping[str, float]]
) -> Picture:
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib

    if kind not in (None, *kinds.OVER_TIME):
        raise UsageError(f"a trajectory has no {kind!r}; plot its network")
    if inputs:
        raise UsageError("a trajectory has the inputs that it was made with; leave --input out")
    name, phi = value.experiment.get("system"), value.experiment.get("nonlinearity")
    known = NONLINEARITIES.get(phi) if isinstance(phi, str) else None
    return kinds.draw_trajectory(
        value,
        name=title_with(
            shown(name, 64) if isinstance(name, str) and name else "trajectory", value.overrides
        ),
        phi=known.phi if known else None,
        kind=kind or "trajectory",
    )


def drawn_simulation(value: Fit | System, name: str, kind: str = "trajectory") -> Picture:
    """The system's own simulation, of the network with the target beside it."""
    from lrfit.plotting import kinds  # noqa: PLC0415 - needs matplotlib

    if isinstance(value, System):
        return kinds.draw_trajectory(_target_alone(value), name=name, kind=kind)
    trajectory = simulate(value, duration=_duration(value.system), target=True, store_rates=True)
    phi = value.network.nonlinearity.phi
    return kinds.draw_trajectory(trajectory, name=name, phi=phi, kind=kind)


def _target_alone(system: System) -> Trajectory:
    simulation = system.simulation
    return simulate_target(
        system.continuous,
        duration=_duration(system),
        initial=simulation.initial,
        signal=simulation.signal.function or simulation.signal.level,
        breakpoints=simulation.signal.breakpoints,
        time_unit=system.time_unit,
    )


def _duration(system: System) -> float:
    """As the system's file says, or as long as it takes to cross the box twelve times."""
    if system.simulation.duration:
        return system.simulation.duration
    u = system.simulation.signal.at(np.zeros(1))[0]
    return _TIMES * Flow(field=system.continuous, input=u).natural_time
