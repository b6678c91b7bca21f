"""Which figure for what: names, defaults, and why something has none.

Place in the flow: what an lrfit file holds becomes one `Picture`. The only module of this room
that the floors above need.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.options.python_values import require_numbers_by_name
from lrfit.plotting import (
    animation,
    bound,
    connectivity,
    error_map,
    family,
    fan,
    line,
    outline,
    plane,
    pushes,
    size_path,
    space,
    task,
    time_course,
    tuning,
)
from lrfit.plotting.picture import Picture
from lrfit.plotting.style import styled
from lrfit.plotting.subject import FigureSubject
from lrfit.simulation.trajectory import Trajectory
from lrfit.systems.about import title_with

_WORDS = {
    "portrait": "phase portrait",
    "error": "field error over the box",
    "path": "size against error",
    "connectivity": "connectivity and loadings",
    "tuning": "rates of the neurons over the box",
    "task": "test trials, with and without errors in the weights",
    "trajectory": "trajectory",
    "animation": "animated trajectory",
}
KINDS = tuple(_WORDS)
_RESULTS: Mapping[str, tuple[Any, str]] = {
    "analysis": (outline, "fixed points and cycles"),
    "certificate": (bound, "proved bound on the error"),
    "stress": (fan, "trajectories under errors in the weights"),
    "degeneracy": (family, "one trajectory, several flows"),
    "perturbation": (pushes, "responses to pushes"),
}
"""Figures of results, by the words of their kinds of files."""
OVER_TIME = ("trajectory", "animation")


def portrait(subject: FigureSubject, inputs: Sequence[Array]) -> Figure:
    """The portrait that suits the dimension."""
    by_dimension = {1: line.draw, 2: plane.draw}
    return by_dimension.get(subject.domain.dimension, space.draw)(subject, inputs)


_DRAW: Mapping[str, Callable[[FigureSubject, Sequence[Array]], Figure]] = {
    "portrait": portrait,
    "error": lambda subject, _: error_map.draw(subject),
    "path": lambda subject, _: size_path.draw(subject),
    "connectivity": lambda subject, _: connectivity.draw(subject),
    "tuning": tuning.draw,
    "task": lambda subject, _: task.draw(subject),
}


def draw(subject: FigureSubject, kind: str, inputs: Sequence[Mapping[str, float]] = ()) -> Picture:
    """Draw a figure of a target or a network.

    Parameters
    ----------
    kind : str
        One of `KINDS` but "trajectory" and "animation".
    inputs : sequence of mappings
        Tonic inputs by name, a panel or row each; by default that with which the system's own
        simulation starts (portraits in one dimension: also the ends of the range).

    Raises
    ------
    UsageError
        An unknown kind or input.
    InputError
        The subject has not what the figure shows.
    """
    if kind not in _DRAW:
        raise UsageError(f"unknown kind {kind!r}; choose {', '.join(KINDS)}")
    if kind == "task" and inputs:
        raise UsageError("the trials of a task have inputs of their own; leave --input out")
    with styled():
        figure = _DRAW[kind](subject, tonic_inputs(subject, kind, inputs))
    return picture(figure, kind, subject.name)


def draw_trajectory(
    trajectory: Trajectory,
    *,
    name: str,
    phi: Callable[[Array], Array] | None = None,
    kind: str = "trajectory",
) -> Picture:
    """Draw a trajectory, still or moving; `phi` turns currents into rates, where it is known."""
    with styled():
        if kind == "animation":
            parts = animation.draw(trajectory, title=name, phi=phi)
            return animation.Motion(kind=kind, title=f"{name}: {_WORDS[kind]}", **parts)
        figure = time_course.draw(trajectory, title=name, phi=phi)
    return picture(figure, "trajectory", name)


def draw_result(value: Any, word: str) -> Picture:
    """Draw a result that is neither a network nor a trajectory; `word` is that of its kind of file.

    Raises
    ------
    InputError
        Its file is older than the figure, and lacks what that shows.
    """
    module, words = _RESULTS[word]
    with styled():
        figure = module.draw(value)
    name = getattr(value, "system", "") or ", ".join(getattr(value, "names", ())) or word
    name = title_with(name, getattr(value, "overrides", {}))
    return Picture(figure=figure, kind=word, title=f"{name}: {words}")


def picture(figure: Figure, kind: str, name: str) -> Picture:
    """A figure with its title."""
    return Picture(figure=figure, kind=kind, title=f"{name}: {_WORDS[kind]}")


def tonic_inputs(
    subject: FigureSubject, kind: str, given: Sequence[Mapping[str, float]]
) -> list[Array]:
    """Inputs (U,) to draw at; those that are left out of a mapping are as usual."""
    domain, usual = subject.domain, subject.usual_input
    if not given:
        if kind == "portrait" and (domain.dimension, domain.input_count) == (1, 1):
            return _three(domain.input_lower, usual, domain.input_upper)
        return [usual]
    chosen = []
    for values in given:
        require_numbers_by_name("each of the inputs", values)
        u = usual.copy()
        for name, value in values.items():
            if name not in domain.inputs:
                known = ", ".join(domain.inputs) or "there are none"
                raise UsageError(f"unknown input {name!r}; {known}")
            u[domain.inputs.index(name)] = value
        chosen.append(u)
    return chosen


def _three(low: Array, usual: Array, high: Array) -> list[Array]:
    """Both ends and what lies between, each once."""
    return [np.array([value]) for value in sorted({float(low[0]), float(usual[0]), float(high[0])})]


def default_kind(value: Any) -> str:
    """The figure that a thing gets when nobody asks for another."""
    if isinstance(value, Trajectory):
        return "trajectory"
    return "path" if isinstance(value, FigureSubject) and value.frontier else "portrait"
