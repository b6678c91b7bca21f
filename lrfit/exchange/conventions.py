"""Whether a network reproduces activity, and under which conventions it would.

A file of weights does not say whether rows or columns receive, nor whether states are currents
or rates; J is square either way. One step of activity does, with a = dt / tau:

    current    x[t+1] = (1 - a) x[t] + a (J phi(x[t]) + B u + b)
    rate       r[t+1] = (1 - a) r[t] + a phi(J r[t] + B u + b)

Place in the flow: `import_network` asks, where the user gives activity. u of a step is the row at
its beginning (as Euler's method has it) or at its end (as the outputs of torch.nn.RNN do).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError, UsageError
from lrfit.io.text import shown
from lrfit.io.weights_reader import WeightsFile
from lrfit.networks.fullrank import FullRankNetwork

_FORMS: tuple[Literal["current", "rate"], ...] = ("current", "rate")
TOLERANCE = 1e-2
"""Error of a step over the change in it. float32 has 1e-5, another convention 0.3 and more."""
_RATES = ("rates", "r", "h", "hidden", "hiddens", "states", "activity", "output", "outputs")
_CURRENTS = ("currents", "x")
_INPUTS = ("inputs", "input", "u", "stimulus", "stimuli")


@dataclass(frozen=True, kw_only=True, eq=False)
class Activity:
    """Activity: states (trials, T, n), either rates or currents, inputs (trials, T or T-1, U)."""

    states: Array
    inputs: Array
    of: Literal["rates", "currents"]


def check_activity(network: FullRankNetwork, file: WeightsFile) -> str:
    """What the activity of a file says about the conventions of a network, in one line.

    Raises
    ------
    InputError
        The network does not reproduce it; the message says what would.
    UsageError
        The network is in continuous time.
    """
    if network.dt is None:
        raise UsageError("activity is checked step by step; give the step dt that it was made with")
    activity = read_activity(file, network)
    errors = {
        _words(form, turned=turned): _error(_variant(network, form, turned=turned), activity)
        for turned in (False, True)
        for form in _FORMS
    }
    own = _words(network.form, turned=False)
    told = ", ".join(f"{words} {error:.2g}" for words, error in errors.items() if error < np.inf)
    if errors[own] <= TOLERANCE:
        return f"error of a step over its change: {told}"
    right = [words for words, error in errors.items() if error <= TOLERANCE]
    if right:  # where dt = tau both forms are: the one that was chosen then stays
        best = min(right, key=lambda words: network.form not in words)
        raise InputError(
            f"the activity is not that of the network as it is given ({own}: error "
            f"{errors[own]:.2g} of a step's change), but of this: {best} (error "
            f"{errors[best]:.2g}); {_cure(best, network.form)}",
            where=file.where,
        )
    raise InputError(
        f"the activity is not that of this network, whether transposed or not, in neither form "
        f"({told} of a step's change); check tau, dt, the nonlinearity, the factor and the map, "
        "and that the activity has no noise",
        where=file.where,
    )


def _words(form: str, *, turned: bool) -> str:
    return f"{'transposed' if turned else 'as is'}, {form} form"


def _cure(words: str, form: str) -> str:
    turned, right = words.split(", ")
    changes = [f"--form {right.split()[0]}"] if right.split()[0] != form else []
    if turned == "transposed":
        changes.append("--transposed (--not-transposed, where it is given or the file is Keras')")
    return f"give {' and '.join(changes)}"


def _variant(
    network: FullRankNetwork, form: Literal["current", "rate"], *, turned: bool
) -> FullRankNetwork:
    """The network in a form, with its square weights the other way round where asked."""
    J: Any = network.J
    B, n = network.input_weights, network.neurons
    return replace(
        network,
        J=J.T if turned else J,
        input_weights=B.T if turned and B.shape == (n, n) else B,
        form=form,
        reads="rates",
    )


def read_activity(file: WeightsFile, network: FullRankNetwork) -> Activity:
    """The activity of a file, checked against the size of a network.

    Raises
    ------
    InputError
        Arrays that are missing, or do not fit.
    """
    n, U = network.neurons, len(network.inputs)
    named = _first(file, _CURRENTS, n), _first(file, _RATES, n)
    states = named[0] if named[0] is not None else named[1]
    if states is None or states.shape[1] < 3:
        raise InputError(
            f"it has no activity of {n} neurons; store rates (times, {n}) or currents, at least "
            f"three times, and inputs (times, {U})",
            where=file.where,
        )
    inputs = _first(file, _INPUTS, U) if U else np.empty((*states.shape[:2], 0))
    if (
        inputs is None
        or inputs.shape[0] != states.shape[0]
        or (inputs.shape[1] not in (states.shape[1], states.shape[1] - 1))
    ):
        found = "none" if inputs is None else f"of shape {inputs.shape}"
        raise InputError(
            f"it needs inputs of shape (trials, times, {U}) beside activity of shape "
            f"{states.shape}; there are {found}",
            where=file.where,
        )
    if not (np.all(np.isfinite(states)) and np.all(np.isfinite(inputs))):
        raise InputError("the activity is not finite; store finite numbers", where=file.where)
    of: Literal["rates", "currents"] = "currents" if named[0] is not None else "rates"
    return Activity(states=states, inputs=inputs, of=of)


def _first(file: WeightsFile, names: tuple[str, ...], width: int) -> Array | None:
    """The first array of one of these names with so many columns, as (trials, T, columns)."""
    for name in names:
        for each, array in file.arrays.items():
            if each.replace("/", ".").rpartition(".")[2] != name:
                continue
            values = np.asarray(array, dtype=np.float64)
            if values.ndim == 1 and width == 1:
                values = values[:, None]
            if values.ndim == 2 and values.shape[1] != width and values.shape[0] == width:
                raise InputError(
                    f"{shown(each)} has shape {values.shape}; store times along the rows, "
                    f"(times, {width})",
                    where=file.where,
                )
            if values.ndim in (2, 3) and values.shape[-1] == width:
                return values if values.ndim == 3 else values[None]
    return None


def _error(network: FullRankNetwork, activity: Activity) -> float:
    """Rms error of a step over its rms change, at the better of both alignments of the input."""
    if network.form == "rate" and activity.of == "currents":
        return float("inf")
    states = activity.states
    half = states.shape[1] // 2  # what is not known of the start is forgotten by then
    size = np.sqrt(np.mean(np.diff(states[:, half:], axis=1) ** 2))
    if size == 0.0:
        return float("inf")
    errors = [
        np.sqrt(np.mean((predicted - states[:, 1:])[:, half:] ** 2)) / size
        for inputs in _aligned(activity)
        for predicted in [_predicted(network, activity, inputs)]
    ]
    return float(min(errors))


def _aligned(activity: Activity) -> Iterator[Array]:
    """The input of each of the T - 1 steps: that at its beginning, that at its end."""
    steps = activity.states.shape[1] - 1
    yield activity.inputs[:, :steps]
    if activity.inputs.shape[1] > steps:
        yield activity.inputs[:, 1:]


def _predicted(network: FullRankNetwork, activity: Activity, inputs: Array) -> Array:
    """What follows each state but the last, (trials, T - 1, n), in the kind that was recorded.

    Each step begins at the recorded state; currents behind recorded rates are followed from the
    first, through the recorded rates.
    """
    dt = network.dt or 0.0
    states, steps = activity.states, activity.states.shape[1] - 1
    follow = network.form == "current" and activity.of == "rates"
    x = _currents_of(network, states[:, 0]) if follow else states[:, 0]
    found = np.empty_like(states[:, 1:])
    a = dt / np.asarray(network.tau)
    for t in range(steps):
        u = inputs[:, t]
        if not follow:
            found[:, t] = states[:, t] + dt * network.full_velocity(states[:, t], u)
            continue
        received = network.recurrent(states[:, t]) + u @ network.input_weights.T + network.bias
        x = (1.0 - a) * x + a * received
        found[:, t] = network.rates(x)
    return found


def _currents_of(network: FullRankNetwork, rates: Array) -> Array:
    """Currents that have these rates, by bisection; 0 where a range of them has.

    Every nonlinearity rises from -40 to 40 but sin, of which the branch around 0 is taken.
    """
    top = np.pi / 2 if network.nonlinearity == "sin" else 40.0
    low, high = np.full(rates.shape, -top), np.full(rates.shape, top)
    at_zero = network.respond(np.zeros(rates.shape))
    for _ in range(60):
        middle = (low + high) / 2
        below = network.respond(middle) < rates
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.where(at_zero == rates, 0.0, (low + high) / 2)
