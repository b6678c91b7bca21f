"""analyze() for users: what a system's trajectories do, and whether a network's do the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.dynamics import Anatomy
from lrfit.dynamics.faithful import (
    Faithfulness,
    examine,
    interpolation_error,
    target_anatomies,
    tonic_inputs,
)
from lrfit.fields.names import did_you_mean
from lrfit.io.text import shown
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.records.store import load
from lrfit.records.subject import HasNetwork, as_subject
from lrfit.systems.given import Target, as_system
from lrfit.systems.signals.input_signal import resting_input
from lrfit.systems.system import System

Levels = Sequence[Mapping[str, float]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Analysis:
    """The anatomy of a system, and of a network beside it.

    anatomies : of the system, one for each tonic input. network, faithfulness : None when a
    system alone was analyzed. interpolation_error : of a measured target, relative; else None.
    """

    system: System
    anatomies: tuple[Anatomy, ...]
    network: LowRankNetwork | None
    faithfulness: Faithfulness | None
    interpolation_error: float | None


def analyze(
    subject: Target | HasNetwork | LowRankNetwork,
    *,
    target: Target | None = None,
    inputs: Levels | None = None,
    overrides: Mapping[str, float] | None = None,
    seed: int = 0,
) -> Analysis:
    """Find fixed points, cycles, exponents and basins; compare a network with its target.

    Parameters
    ----------
    subject : System, path or name of a sample system; Fit, NetworkRecord, LowRankNetwork or path
        What to analyze. A network brings the target it was fitted to.
    target : System, path or name, optional
        What a network is compared with; needed for a bare LowRankNetwork.
    inputs : sequence of mappings of input to value, optional
        Tonic inputs to look at, inputs not named at rest; by default the values that the declared
        signals hold for at least 5 % of the time, at most three.
    overrides : mapping of parameter to number, optional
        Of a system.

    Raises
    ------
    UsageError
        No target, or an input that the system does not have.
    InputError, NumericalError
        The file cannot be read; the field is zero or not finite in the whole box.
    """
    system, network = _resolve(subject, target, overrides)
    levels = tonic_inputs(system) if inputs is None else _levels(system, inputs)
    anatomies = target_anatomies(system, inputs=levels, seed=seed)
    faithfulness = None
    if network is not None:
        faithfulness = examine(system, network, target=anatomies, seed=seed)
    return Analysis(
        system=system,
        anatomies=anatomies,
        network=network,
        faithfulness=faithfulness,
        interpolation_error=interpolation_error(system),
    )


def _resolve(
    subject: Target | HasNetwork | LowRankNetwork,
    target: Target | None,
    overrides: Mapping[str, float] | None,
) -> tuple[System, LowRankNetwork | None]:
    """The target, and the network if there is one."""
    if isinstance(subject, str | Path):
        record = load(subject)
        if isinstance(record, HasNetwork):
            subject = record
        elif not isinstance(record, System):
            name = shown(str(subject), 200)
            raise UsageError(f"{name} is neither a network nor a system; analyze one of those")
    if isinstance(subject, HasNetwork | LowRankNetwork):
        if overrides:
            raise UsageError("a network stands for its own target; parameters cannot be set")
        found = as_subject(subject)
        system = found.system if target is None else as_system(target)
        if system is None:
            raise UsageError("this network does not say what it stands for; give its target")
        return system, found.network
    return as_system(subject, overrides=overrides), None


def _levels(system: System, given: Levels) -> Array:
    domain = system.domain
    rest = dict(zip(domain.inputs, resting_input(domain), strict=True))
    rows = []
    for level in given:
        for name in level:
            if name not in domain.inputs:
                known = did_you_mean(name, domain.inputs)
                raise UsageError(f"the system has no input {shown(name, 60)!r}; {known}")
        rows.append([float({**rest, **level}[name]) for name in domain.inputs])
    return np.array(rows, dtype=np.float64).reshape(len(rows), domain.input_count)
