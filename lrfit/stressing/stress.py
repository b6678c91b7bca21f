"""stress() for users: any network, over the simulation that its system declares."""

from __future__ import annotations

import numpy as np

from lrfit.core.errors import UsageError
from lrfit.records.subject import Network, as_subject
from lrfit.running.simulate import Initial, Signals, simulation_arguments
from lrfit.stressing.study import Run, Stress
from lrfit.stressing.study import stress as stress_network
from lrfit.systems.signals.input_signal import input_signal


def stress(
    network: Network,
    *,
    relative: tuple[float, ...] = (1e-3, 1e-2),
    draws: int = 100,
    duration: float | None = None,
    initial: Initial | None = None,
    signal: Signals | None = None,
    seed: int = 0,
) -> Stress:
    """Put random relative errors into the weights of a network, and follow it in closed loop.

    Parameters
    ----------
    network : Fit, NetworkRecord, LowRankNetwork or path
        What to stress.
    relative : tuple of float
        Standard deviations of the relative errors of M, of N, of b, of all three, and of the
        entries of J.
    draws : int
        Networks drawn for each of these.
    duration, initial, signal
        As in `simulate`, one initial state; by default as the system's file says.
    seed : int
        Of the errors.

    Returns
    -------
    Stress
        Median and worst distances, in half-widths of the box, and how many draws were lost.

    Raises
    ------
    UsageError
        Numbers that make no sense, or no duration.
    """
    subject = as_subject(network)
    known = simulation_arguments(
        subject,
        duration=duration,
        initial=initial,
        signal=signal,
        rate_noise=0.0,
        trials=1,
        target=False,
        seed=seed,
        store_rates=False,
    )
    if len(known["initial"]) != 1:
        raise UsageError(f"{len(known['initial'])} initial states; give one")
    run = Run(
        initial=np.asarray(known["initial"][0]),
        signal=input_signal(subject.domain, known["signal"], known["breakpoints"]),
        duration=known["duration"],
    )
    return stress_network(
        subject.network, run, relative=relative, draws=draws, seed=seed, target=subject.system
    )
