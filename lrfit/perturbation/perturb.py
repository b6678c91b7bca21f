"""perturb(): networks that share a trajectory are pushed alike, and what separates them is told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lrfit.core.errors import InputError, UsageError
from lrfit.options.declare import replaced
from lrfit.perturbation.driven import Driven
from lrfit.perturbation.options import PushOptions
from lrfit.perturbation.push import pushes_for
from lrfit.perturbation.response import TIMES
from lrfit.perturbation.result import Perturbation
from lrfit.perturbation.study import measured
from lrfit.records.subject import Network, as_subject
from lrfit.simulation.curve import Curve, curve_of


def perturb(
    networks: Network | Driven | Sequence[Network | Driven],
    options: PushOptions | None = None,
    **changes: Any,
) -> Perturbation:
    """Push networks that share a trajectory, and tell what separates them.

    Parameters
    ----------
    networks : Fit, path or Driven, or several of them
        Each runs from its own start under its own input, as `simulate` would have it; names are
        those of their systems, with numbers where two are the same. A `Driven` is a network with
        start, duration and input of its own.
    options : PushOptions, optional
        The pushes, the noise, and the d' at which two networks are told apart.
    **changes
        Fields of `PushOptions`, in place of those of `options`: amplitudes, times, draw, kinds,
        width, window, noise, criterion, duration, seed.

    Returns
    -------
    Perturbation
        Return rates in 1/time, divergence in rms excursions of the trajectory, phase shifts in
        time, and d' for every pair of networks.

    Raises
    ------
    UsageError
        No network, or one that says no start and duration; or options that make no sense.
    InputError
        A file cannot be read, the networks have different variables, or one does not reach its
        end by itself.

    Notes
    -----
    d' is that of docs/theory, eq. 28, with the scatter of eq. 29; exponents are those of the
    linearised flow (Benettin et al. 1980).

    Examples
    --------
    A decaying network and one that holds its state, both led along x = sin(t) by their input:

    >>> import numpy as np
    >>> import lrfit
    >>> from lrfit.perturbation import Driven
    >>> from lrfit.systems.signals.sampled_signal import sampled_input
    >>> t = np.linspace(0.0, 6.0, 601)
    >>> def led(leak):
    ...     system = lrfit.from_expressions(
    ...         {"x": f"-{leak}*x + u"}, domain={"x": (-2, 2)}, inputs={"u": (-3, 3)}
    ...     )
    ...     network = lrfit.fit(system, neurons=8, drive={"u": "direct"}).network
    ...     signal = sampled_input(network.domain, t, (np.cos(t) + leak * np.sin(t))[:, None])
    ...     return Driven(
    ...         name=f"leak {leak}", network=network, signal=signal, initial=[0.0], duration=6.0
    ...     )
    >>> found = lrfit.perturb([led(0), led(2)], times=(1.0,), kinds=("state",))
    >>> found.separated
    True
    >>> found.return_rate[:, 0, 0].round(1).tolist()
    [0.0, 2.0]
    """
    chosen = replaced(PushOptions, options, changes)
    driven = _named_apart([_as_driven(each) for each in _several(networks)])
    curve = _shared(driven, chosen)
    return measured(driven, curve, pushes_for(curve, chosen), chosen)


def _several(
    networks: Network | Driven | Sequence[Network | Driven],
) -> Sequence[Network | Driven]:
    if isinstance(networks, Sequence) and not isinstance(networks, str):
        return networks
    return [networks]


def _as_driven(network: Network | Driven) -> Driven:
    """The network with the start, the duration and the input that its file gives it."""
    if isinstance(network, Driven):
        return network
    subject = as_subject(network)
    system = subject.system
    if system is None or system.simulation.duration is None:
        what = str(network) if isinstance(network, str | Path) else "a network"
        raise UsageError(
            f"{what} says no duration and start of its own; fit it to a system that does"
        )
    return Driven(
        name=system.name,
        network=subject.network,
        signal=system.simulation.signal,
        initial=system.simulation.initial,
        duration=system.simulation.duration,
    )


def _named_apart(networks: Sequence[Driven]) -> list[Driven]:
    """The same, with numbers behind names that occur twice."""
    counts, seen = Counter(each.name for each in networks), Counter[str]()
    renamed = []
    for each in networks:
        seen[each.name] += 1
        name = f"{each.name}_{seen[each.name]}" if counts[each.name] > 1 else each.name
        renamed.append(replace(each, name=name))
    return renamed


def _shared(networks: Sequence[Driven], options: PushOptions) -> Curve:
    """The free trajectory of the first network, over the time that all of them are meant for."""
    if not networks:
        raise UsageError("give at least one network")
    variables = networks[0].network.domain.variables
    for each in networks:
        if each.network.domain.variables != variables:
            raise InputError(
                f"{each.name} has the variables {', '.join(each.network.domain.variables)}, "
                f"{networks[0].name} {', '.join(variables)}; give networks of the same ones"
            )
    longest = min(each.duration for each in networks)
    duration = options.duration or longest
    if duration > longest * (1.0 + 1e-9):
        raise UsageError(
            f"the networks are meant for {longest:g}; a duration of {duration:g} is longer"
        )
    return curve_of(networks[0].run(duration, points=TIMES))
