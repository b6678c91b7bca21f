"""analyze(): what a system's trajectories do, and whether a network's do the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, overload

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.core.provenance import Result
from lrfit.dynamics.analysis import Analysis
from lrfit.dynamics.faithful import (
    Faithfulness,
    examine,
    interpolation_error,
    target_anatomies,
    tonic_inputs,
)
from lrfit.dynamics.sampled import beside, draw
from lrfit.dynamics.user_units import at_input
from lrfit.fields.knowledge import symmetry_of
from lrfit.fields.names import did_you_mean
from lrfit.fields.point_groups import equivariance_error
from lrfit.io.text import shown
from lrfit.networks.clones import merged
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.networks.read_field import field_of
from lrfit.options.kinds import Whole
from lrfit.options.python_values import require_numbers_by_name
from lrfit.records.kinds import kind_of_value
from lrfit.records.store import load
from lrfit.records.subject import HasNetwork, as_subject
from lrfit.systems.about import about
from lrfit.systems.given import Ranges, Target, as_system
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import StandsForSystem, System

Levels = Mapping[str, float] | Sequence[Mapping[str, float]]
_ANSWERS = {True: "yes", False: "no", None: "not judged"}


@overload
def analyze(
    subject: Target | HasNetwork | LowRankNetwork,
    *,
    target: Target | None = None,
    inputs: Levels | None = None,
    overrides: Mapping[str, float] | None = None,
    seed: int = 0,
    domain: Ranges | None = None,
    sampled: int | None = None,
    draws: int = 20,
    orbits: str = "",
) -> Analysis: ...


@overload
def analyze(subject: Result, *, inputs: Levels | None = None, seed: int = 0) -> Any: ...


def analyze(
    subject: Target | HasNetwork | LowRankNetwork | Result,
    *,
    target: Target | None = None,
    inputs: Levels | None = None,
    overrides: Mapping[str, float] | None = None,
    seed: int = 0,
    domain: Ranges | None = None,
    sampled: int | None = None,
    draws: int = 20,
    orbits: str = "",
) -> Any:
    r"""Find fixed points, cycles, exponents and basins; compare a network with its target.

    Parameters
    ----------
    subject : System, path or name of a sample system, or function; Fit, LowRankNetwork or path
        What to analyze. A network brings the target it was fitted to. Of a TrainedNetwork, or the
        path of one, is told what learning changed (a `TrainedAnalysis`); of a FullRankNetwork its
        eigenvalues and fixed points (another one, without that change). A Python function
        velocity(z (P, D), u (P, 0)) -> (P, D) needs `domain`; one with inputs is given as
        `lrfit.from_callable(function, domain=..., inputs=...)`.
    target : System, path or name, optional
        What a network is compared with; needed for a bare LowRankNetwork.
    inputs : mapping of input to value, or several of them, optional
        Constant inputs to look at, in the user's units, inputs not named at rest; by default the
        values that the declared signals hold for at least half a percent of the time, at most six.
    overrides : mapping of parameter to number, optional
        Of a system.
    seed : int
        Of the starts, and of random directions in comparisons.
    domain : mapping of variable to (lowest, highest), optional
        Of a Python function.
    sampled : int, optional
        Neurons of networks that are drawn from a mixture and set beside its mean field, with the
        scatter that the theory predicts.
    draws : int
        How many of these networks.
    orbits : str
        Name of a group of which each of them has whole orbits, so that it is exactly equivariant.

    Returns
    -------
    Analysis
        What was found at each constant input (`at`), states in the user's units, times in the
        system's unit; of a network also the declared run, and the verdict (`faithful`).

    Raises
    ------
    UsageError
        No target, an input that the system does not have, or parameters of a network.
    InputError
        The file cannot be read, or a name is not that of a sample system.
    NumericalError
        The field is not finite anywhere in the box.

    Notes
    -----
    Fixed points in the box are proved complete by interval arithmetic where bounds of the field
    are known. Limit cycles are found from returns and made exact by shooting (Seydel 2010,
    sections 7.2 to 7.5); exponents are those of the linearised flow (Benettin et al. 1980).

    Examples
    --------
    >>> import lrfit
    >>> text = b"name: wells\ndynamics: {x: x - x**3}\ndomain: {x: [-2, 2]}\n"
    >>> target = lrfit.analyze(text).at[0].target
    >>> target.kinds, target.points[:, 0].round(6).tolist(), target.complete.status
    (('stable node', 'unstable node', 'stable node'), [-1.0, 0.0, 1.0], 'proved')
    """
    Whole().check("seed", seed)
    Whole(least=1).check("draws", draws)
    record = load(subject) if isinstance(subject, str | Path) else subject
    kind = kind_of_value(record)
    if kind is not None and kind.analysis:
        if target is not None or overrides or domain or sampled:
            raise UsageError(f"{kind.name} has no target and no parameters; leave them out")
        return kind.analyze(record, inputs=_several(inputs), seed=seed)
    system, network, tuned = _resolve(subject, record, target, overrides, domain)
    sample = None
    if sampled is not None:
        sample = draw(system, neurons=sampled, draws=draws, orbits=orbits, seed=seed)
    levels = _levels(system, inputs) if inputs else tonic_inputs(system)
    anatomies = target_anatomies(system, inputs=levels, seed=seed)
    if network is None:
        found, neurons = None, None
    else:
        neurons = network.neurons
        # Equal neurons together have the field of one, which takes less time.
        found = examine(system, merged(network), target=anatomies, seed=seed)
    comparisons = found.comparisons if found and found.comparisons else [None] * len(anatomies)
    drawn = [None if sample is None else beside(sample, one, seed=seed) for one in anatomies]
    return Analysis(
        **about(system),
        system=system.name,
        variables=system.domain.variables,
        inputs=system.domain.inputs,
        domain=system.domain,
        neurons=neurons,
        **_verdict(found),
        tuned=tuned,
        at=tuple(map(at_input, anatomies, comparisons, drawn)),
        interpolation_error=interpolation_error(system),
        **_symmetry(system, network),
        seed=seed,
        notes=system.notes,
        anatomies=anatomies,
    )


def _symmetry(system: System, network: LowRankNetwork | None) -> dict[str, Any]:
    """Fields of an `Analysis` that say whether what was analyzed has the system's symmetry."""
    if (symmetry := symmetry_of(system.field)) is None:
        return {}
    field = system.field if network is None else field_of(network)
    return {
        "symmetry": symmetry.name,
        "equivariance_error": equivariance_error(field, symmetry, system.domain),
    }


def _verdict(found: Faithfulness | None) -> dict[str, Any]:
    """Fields of an `Analysis` that say whether a network is faithful; none without a network."""
    if found is None:
        return {}
    return {
        "answer": _ANSWERS[found.faithful],
        "verdict": found.verdict,
        "differences": found.differences,
        "unjudged": found.unjudged,
        "run": found.run,
        "lyapunov_time": found.lyapunov_time,
        "faithfulness": found,
    }


def _several(inputs: Levels | None) -> Sequence[Mapping[str, float]]:
    return [inputs] if isinstance(inputs, Mapping) else inputs or []


def _resolve(
    subject: Any,
    record: Any,
    target: Target | None,
    overrides: Mapping[str, float] | None,
    domain: Ranges | None,
) -> tuple[System, LowRankNetwork | None, str | None]:
    """The target, the network if there is one, and on what that was tuned.

    record : what the subject is, or what the file holds that it names.
    """
    if isinstance(subject, str | Path):
        if isinstance(record, HasNetwork):
            subject = record
        elif not isinstance(record, System | StandsForSystem):
            name = shown(str(subject), 200)
            raise UsageError(f"{name} is neither a network nor a system; analyze one of those")
    if isinstance(subject, HasNetwork | LowRankNetwork):
        if overrides or domain:
            raise UsageError(
                "a network stands for its own target; its parameters and domain cannot be set"
            )
        found = as_subject(subject)
        system = found.system if target is None else as_system(target)
        if system is None:
            raise UsageError("this network does not say what it stands for; give its target")
        return system, found.network, found.tuned
    return as_system(subject, domain=domain, overrides=overrides), None, None


def _levels(system: System, given: Levels) -> Array:
    domain = system.domain
    rest = dict(zip(domain.inputs, resting_input(domain), strict=True))
    rows = []
    for level in _several(given):
        require_numbers_by_name("each of the inputs", level)
        for name in level:
            if name not in domain.inputs:
                known = did_you_mean(name, domain.inputs)
                raise UsageError(f"the system has no input {shown(name, 60)!r}; {known}")
        rows.append([float({**rest, **level}[name]) for name in domain.inputs])
    return np.array(rows, dtype=np.float64).reshape(len(rows), domain.input_count)
