"""From what a user gives as a network to the network, and the system that it stands for.

Place in the flow: every command and function about a network begins here. A fit, and a network
file in memory, have both; a bare network has no system, and neither has the file of one that was
fitted to a Python function.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lrfit.core.errors import UsageError
from lrfit.core.provenance import Result
from lrfit.fields.field import Domain
from lrfit.io.text import shown
from lrfit.networks.fullrank import FullRankNetwork
from lrfit.networks.lowrank import LowRankNetwork
from lrfit.options.python_values import told
from lrfit.records.store import load, load_network
from lrfit.systems.system import Defaults, System


class HasFullNetwork(Result):
    """Base of a result that holds a network of any connectivity, which is run as such."""

    network: FullRankNetwork


class HasNetwork:
    """Base of a fit and of a network file in memory: a network, and what it was fitted to."""

    network: LowRankNetwork

    @property
    def target(self) -> System | None:
        """The system that the network stands for, None where that is not known."""
        raise NotImplementedError

    @property
    def tuned(self) -> str | None:
        """On what it was tuned in closed loop, and how right it is there; None where it was not."""
        return None

    @property
    def defaults(self) -> Defaults | None:
        """What simulations take that are not told otherwise, where no system says it."""
        return None


Network = HasNetwork | LowRankNetwork | str | Path
"""A fit, a network file in memory, a network, or the path of a network file."""


def as_rate_network(
    network: Network | FullRankNetwork | HasFullNetwork,
) -> LowRankNetwork | FullRankNetwork:
    """Return the network that the user means, of any connectivity.

    Raises
    ------
    InputError
        The path cannot be read.
    UsageError
        Its file holds no network.
    """
    found = load(network) if isinstance(network, str | Path) else network
    if isinstance(found, LowRankNetwork | FullRankNetwork):
        return found
    if isinstance(found, HasNetwork | HasFullNetwork):
        return found.network
    raise UsageError(f"{shown(network, 200)} holds no network; give one of those")


@dataclass(frozen=True, kw_only=True, eq=False)
class Subject:
    """A network to simulate, and the system it stands for, where that is known.

    tuned : on what it was tuned in closed loop, in one line; None where it was not. defaults : of
    simulations, where no system says them.
    """

    network: LowRankNetwork
    system: System | None
    tuned: str | None = None
    defaults: Defaults | None = None

    @property
    def domain(self) -> Domain:
        """The box and the names."""
        return self.network.state_domain


def as_subject(network: Network) -> Subject:
    """Return the network that the user means, with its system if it has one.

    Raises
    ------
    InputError
        The path is not that of a network file.
    """
    if isinstance(network, LowRankNetwork):
        return Subject(network=network, system=None)
    found = load_network(network) if isinstance(network, str | Path) else network
    if not isinstance(found, HasNetwork):
        raise UsageError(f"{told(found)} is no network; give a Fit, a network or the path of one")
    return Subject(
        network=found.network, system=found.target, tuned=found.tuned, defaults=found.defaults
    )
