"""perturb() for users: networks as their files hold them, pushed along and off their trajectory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lrfit.core.errors import UsageError
from lrfit.perturbation import Driven, Perturbation, PushOptions
from lrfit.perturbation.study import study
from lrfit.records.subject import Network, as_subject


def perturb(networks: Network | Sequence[Network], **options: Any) -> Perturbation:
    """Push networks that share a trajectory, and tell what separates them.

    Parameters
    ----------
    networks : Fit, NetworkRecord or path, or several of them
        Each runs from its own start under its own input, as `simulate` would have it; names are
        those of their systems.
    **options
        Fields of `PushOptions`.

    Returns
    -------
    Perturbation
        Return rates, divergence, phase shifts, and d' for every pair of networks.

    Raises
    ------
    UsageError
        No network, or one that says no start and duration; or options that make no sense.
    InputError
        A file cannot be read, the networks have different variables, or one does not reach its
        end by itself.
    """
    chosen = PushOptions(**options)
    many = networks if isinstance(networks, Sequence) and not isinstance(networks, str) else None
    given = [networks] if many is None else list(many)
    return study(named_apart([as_driven(each) for each in given]), chosen)  # type: ignore[arg-type]  # a sequence of networks


def as_driven(network: Network) -> Driven:
    """The network with the start, the duration and the input that its file gives it."""
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


def named_apart(networks: Sequence[Driven]) -> list[Driven]:
    """The same, with numbers behind names that occur twice."""
    counts, seen = Counter(each.name for each in networks), Counter[str]()
    renamed = []
    for each in networks:
        seen[each.name] += 1
        name = f"{each.name}_{seen[each.name]}" if counts[each.name] > 1 else each.name
        renamed.append(
            Driven(
                name=name,
                network=each.network,
                signal=each.signal,
                initial=each.initial,
                duration=each.duration,
            )
        )
    return renamed
