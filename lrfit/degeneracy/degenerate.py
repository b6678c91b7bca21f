"""degenerate(): one trajectory, several networks that produce it by different dynamics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.core.progress import Progress, silent
from lrfit.degeneracy.build import build
from lrfit.degeneracy.compare import difference, likeness
from lrfit.degeneracy.options import DegenerateOptions
from lrfit.degeneracy.path import Source, reference_path
from lrfit.degeneracy.recipes import recipe_for
from lrfit.degeneracy.result import Degeneracy
from lrfit.degeneracy.tube import Tube
from lrfit.io.text import counted
from lrfit.options.declare import replaced
from lrfit.options.kinds import Whole
from lrfit.options.python_values import require_function
from lrfit.simulation.experiment import Experiment, Initial, Signals, experiment_of


def degenerate(
    source: Source,
    experiment: Experiment | None = None,
    *,
    duration: float | None = None,
    initial: Initial | None = None,
    signal: Signals | None = None,
    trial: int = 0,
    overrides: Mapping[str, float] | None = None,
    progress: Progress | None = None,
    options: DegenerateOptions | None = None,
    **changes: Any,
) -> Degeneracy:
    """Build networks that all produce one trajectory, by different dynamics.

    Parameters
    ----------
    source : System, Trajectory, path, name of a sample system, or ReferencePath
        A system, whose trajectory is that of its file's simulation, or a trajectory. A
        `ReferencePath` is taken as it is.
    experiment : Experiment, optional
        Start, input, duration and solver of a system's trajectory, without noise; by default as
        the system's file says. Of a trajectory only the duration, which cuts it short.
    duration, initial, signal : optional
        In place of these fields of `experiment`.
    trial : int
        Which run of a trajectory.
    overrides : mapping of parameter to number, optional
        Set beside the system's file.
    progress : callable, optional
        progress(stage, done, total, neurons, error), called now and then.
    options : DegenerateOptions, optional
        Which solutions, how close and at which rates, and how they are looked for.
    **changes
        Fields of `DegenerateOptions`, in place of those of `options`: kinds, tol, tube,
        clock_rate, weak_rate, unstable_rate, nonlinearity, noise, candidates, samples,
        max_neurons, seed.

    Returns
    -------
    Degeneracy
        A network for every kind of solution, with its measured exponents in 1/time; how alike
        their trajectories are, in rms excursions, and how different their fields, relative to the
        rms speed.

    Raises
    ------
    InputError
        The source cannot be read, or its trajectory does not reach its end.
    UsageError
        Options that make no sense for it, or fewer neurons than variables.
    NumericalError
        No neuron could be selected.

    Notes
    -----
    The fields of the kinds are docs/theory, eqs. 25 to 27. Exponents are those of the Jacobians
    along the trajectory (Benettin et al. 1980).

    Examples
    --------
    >>> import lrfit
    >>> found = lrfit.degenerate(
    ...     "pitchfork_bistable", duration=8.0, kinds=("driven", "unstable"),
    ...     candidates=100, samples=512,
    ... )
    >>> [(each.kind, each.met) for each in found.solutions]
    [('driven', True), ('unstable', True)]
    >>> bool(found.difference[0, 1] > 0.2 > found.likeness[0, 1])
    True
    """
    chosen = replaced(DegenerateOptions, options, changes)
    Whole().check("trial", trial)
    require_function("progress", progress)
    said = {"duration": duration, "initial": initial, "signal": signal}
    experiment = experiment_of(experiment, **{k: v for k, v in said.items() if v is not None})  # type: ignore[arg-type]  # three fields of an experiment
    path = reference_path(source, experiment, trial=trial, overrides=overrides)
    if chosen.max_neurons < (D := len(path.curve.scale)):
        raise UsageError(
            f"{counted(chosen.max_neurons, 'neuron')} cannot carry {counted(D, 'variable')}; "
            "allow more"
        )
    tell, tube = progress or silent, Tube(curve=path.curve, radius=chosen.tube)
    solutions = tuple(
        build(recipe_for(kind, path, chosen), path.curve, chosen, tell) for kind in chosen.kinds
    )
    return Degeneracy(
        name=path.name,
        parameters=path.parameters,
        overrides=path.overrides,
        curve=path.curve,
        options=chosen,
        solutions=solutions,
        likeness=likeness(solutions, tube),
        difference=difference(solutions, tube, chosen.seed),
    )
