"""Defaults of a simulation inside a network file.

    attributes   initial (D,), duration
    signal/...   t (T,), u (T, U), attribute degree: the input over time, sampled; absent when
                 the inputs are constant (attribute level (U,))

Place in the flow: part of /system; `StoredSystem.load` puts them into the System again, and
`StoredSystem.defaults` reads them without it. Signals that were given as texts are not sampled
here: the text of the system says them.
"""

from __future__ import annotations

import numpy as np

from lrfit.core.errors import InputError
from lrfit.fields.field import Domain
from lrfit.io.tree import Dataset, Group, Value
from lrfit.records.provenance import encoded, require_kind
from lrfit.systems.signals.input_signal import InputSignal, input_signal
from lrfit.systems.signals.sampled_signal import SampledSignal, sampled_input
from lrfit.systems.system import Simulation

KIND = "lrfit-simulation"
_SIGNAL_KIND = "lrfit-signal"
_POINTS = 4096
"""Samples of a signal that was given as a function."""


def simulation_group(simulation: Simulation, domain: Domain) -> Group:
    """Return /system/simulation."""
    attributes: dict[str, Value] = {**encoded(KIND), "initial": simulation.initial}
    if simulation.duration is not None:
        attributes["duration"] = float(simulation.duration)
    signal = simulation.signal
    if signal.constant:
        return Group(attributes=attributes | {"level": signal.level})
    return Group(
        attributes=attributes,
        children={"signal": _signal_group(_sampled(signal, simulation.duration), domain)},
    )


def _sampled(signal: InputSignal, duration: float | None) -> SampledSignal:
    if isinstance(signal.function, SampledSignal):
        return signal.function
    events = signal.within(duration or 1.0).events
    before = np.nextafter(events, -np.inf)  # a jump is a ramp as short as can be
    t = np.unique(np.concatenate([np.linspace(0.0, duration or 1.0, _POINTS), events, before]))
    return SampledSignal(t=t, u=signal.at(t), degree=1)


def _signal_group(signal: SampledSignal, domain: Domain) -> Group:
    return Group(
        attributes={
            **encoded(_SIGNAL_KIND),
            "inputs": list(domain.inputs),
            "degree": signal.degree,
        },
        children={
            "t": Dataset(data=signal.t, dimensions=("t",)),
            "u": Dataset(data=signal.u, dimensions=("t", "input")),
        },
    )


def simulation_from_group(group: Group, domain: Domain) -> Simulation:
    """Read what `simulation_group` wrote.

    Raises
    ------
    InputError
        Anything missing, of the wrong shape or not finite.
    """
    require_kind(group, KIND)
    initial = group.attribute("initial", np.ndarray)
    duration = group.attribute("duration", float, None)
    if initial.shape != (domain.dimension,) or not np.all(np.isfinite(initial)):
        raise group.error(f"needs {domain.dimension} finite numbers as attribute 'initial'")
    if duration is not None and not 0.0 < duration < np.inf:
        raise group.error(f"has {duration:g} as attribute 'duration'; give a positive number")
    return Simulation(
        initial=initial, duration=duration, signal=_read_signal(group, domain), own=True
    )


def _read_signal(group: Group, domain: Domain) -> InputSignal:
    U = domain.input_count
    if "signal" not in group:
        level = group.attribute("level", np.ndarray, np.empty(0))
        if level.shape != (U,) or not np.all(np.isfinite(level)):
            raise group.error(f"needs {U} finite numbers as attribute 'level', or a signal")
        return input_signal(domain, level)
    signal = group.group("signal")
    require_kind(signal, _SIGNAL_KIND)
    t = signal.numbers("t", shape=(None,))
    try:
        return sampled_input(
            domain,
            t,
            signal.numbers("u", shape=(len(t), U)),
            degree=signal.attribute("degree", int),
        )
    except InputError as error:
        raise signal.error(f"is no signal: {error.message}") from None
