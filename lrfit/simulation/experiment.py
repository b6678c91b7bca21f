"""What is done to a network or a system in a simulation: start, input, duration, solver, noise.

Place in the flow: an `Experiment` is what a user asks for, of any network or system; states and
signals may be given by name. `resolve` makes of it what is done to one network or system in
particular. Keyword options of `simulate` are the fields of an `Experiment`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict, Unpack

from numpy.typing import ArrayLike

from lrfit.core.arrays import Array, frozen
from lrfit.core.errors import UsageError
from lrfit.core.numbers import real_numbers
from lrfit.fields.field import VectorField
from lrfit.integrate import Limits
from lrfit.options.declare import check, replaced
from lrfit.simulation.options import ExperimentFields, NetworkSpace, Solver

Initial = Mapping[str, float] | Sequence[Mapping[str, float]] | ArrayLike
Signals = Mapping[str, str | float] | Callable[[Array], Array] | ArrayLike


class ExperimentOptions(TypedDict, total=False):
    """The fields of an `Experiment` as keyword options."""

    duration: float | None
    initial: Initial | None
    currents: ArrayLike | None
    spread: float
    signal: Signals | None
    breakpoints: Sequence[float] | Array
    solver: Solver | None
    dt: float | None
    space: NetworkSpace | None
    points: int
    process_noise: ArrayLike
    rate_noise: float
    noise_time: float | None
    trials: int
    seed: int
    target: bool | VectorField | None
    store_rates: bool
    rtol: float
    atol: float
    limits: Limits | None


@dataclass(frozen=True, kw_only=True, eq=False)
class Experiment(ExperimentFields):
    """What is done to a network or a system in a simulation.

    Nothing must be given that the system's file says. A value, which is not changed by being
    used: the same experiment can be done to many networks.

    Parameters
    ----------
    duration : float
        In the unit of tau, or the system's own unit of time; by default as the system's file says.
    initial : mapping of variable to number, several of them, (D,) or (runs, D)
        Initial states z. Variables that a mapping leaves out start as the system's file says, or
        in the middle of the domain, which is also the default.
    currents : (n,) or (runs, n)
        Initial currents x of all neurons, in place of states. A network without a latent state
        starts from these, by default zero.
    spread : float
        Standard deviation of normal numbers, drawn from the seed, that are added to every
        neuron's initial current.
    signal : mapping of input to expression of t (or number), t (T,) -> u (T, U), or (U,)
        By default as the system's file says; inputs that are left out keep that. Else inputs rest
        at zero where their range contains it, and in its middle otherwise.
    breakpoints : sequence of float
        Times at which a signal that is a function jumps.
    solver : {"dop853", "lsoda", "rk45", "euler"}
        Error control with rtol and atol, each run by itself; or Euler's method with steps of `dt`,
        all runs at once. By default dop853, of a network that was made for Euler's steps euler.
    dt : float
        Step of euler; by default the network's own, else tau / 10.
    space : {"latent", "full"}
        Integrate the latent variables, or the currents of all neurons. By default latent where
        the network has a latent state.
    points : int
        Number of output times, evenly spaced; with euler the steps nearest to them.
    process_noise : float, (D,) or (n,)
        s of the white noise s dW on the state z, in its units per square root of time; on the
        currents x where there is no latent state. Solver euler only.
    rate_noise, noise_time : float
        Standard deviation, in units of phi, and correlation time (default tau, the mean of
        several) of Ornstein-Uhlenbeck noise on every neuron's rate. Solver euler only.
    trials : int
        Runs from each initial state; they differ by noise and spread.
    seed : int
        Of noise and spread.
    target : bool or VectorField
        Follow the target too, from the same states under the input itself (not low-passed) with
        error control: True for the system that the network stands for.
    store_rates : bool
        Keep the currents x of all neurons (their rates are phi(x)). They are always kept of a
        network without outputs.
    rtol, atol : float
        Relative tolerance; absolute one in half-widths of the domain, or of a neuron's range.
    limits : Limits
        Bound in the same units, steps per run, seconds of computation for each network or target.

    Raises
    ------
    UsageError
        A value that is out of range, or values that contradict each other.

    Examples
    --------
    >>> import lrfit
    >>> experiment = lrfit.Experiment(duration=5.0, initial={"x": 0.5}, points=6)
    >>> run = lrfit.simulate(lrfit.load_system("van_der_pol"), experiment)
    >>> run.t.tolist()
    [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    """

    def __post_init__(self) -> None:
        """Freeze the arrays; refuse what makes no sense for any network."""
        for name, what in _ARRAYS.items():
            value = getattr(self, name)
            if value is not None and not callable(value) and not _by_name(value):
                object.__setattr__(self, name, frozen(real_numbers(value, what)))
        check(self)
        if self.initial is not None and self.currents is not None:
            raise UsageError("initial states and initial currents; give one of the two")
        if self.noise_time is not None and not self.rate_noise:
            raise UsageError("a correlation time needs noise on the rates; give --rate-noise")


_ARRAYS = {
    "initial": "the initial state",
    "currents": "the array of initial currents",
    "signal": "the constant input",
    "breakpoints": "the breakpoints",
    "process_noise": "the process noise",
}


def _by_name(value: Any) -> bool:
    """Whether it is a mapping of names, or several of them."""
    rows = value if isinstance(value, Sequence) and not isinstance(value, str) else [value]
    return len(rows) > 0 and all(isinstance(row, Mapping) for row in rows)


def experiment_of(
    experiment: Experiment | None, **options: Unpack[ExperimentOptions]
) -> Experiment:
    """The experiment with some of its fields replaced; None is an experiment of defaults.

    Raises
    ------
    UsageError
        An option that is no field of an `Experiment`.
    """
    return replaced(Experiment, experiment, options, name="experiment")
