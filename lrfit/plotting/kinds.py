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
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.options.python_values import require_numbers_by_name
from lrfit.plotting import (
    animation,
    bound,
    connectivity,
    error_map,
    family,
    fan,
    full_rank,
    learned,
    learned_change,
    learning_curves,
    line,
    outline,
    plane,
    populations,
    pushes,
    reduction,
    size_path,
    space,
    subspaces,
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
    "reduction": "a trained network and the small one that does the same",
    "trajectory": "trajectory",
    "animation": "animated trajectory",
}
KINDS = tuple(_WORDS)
_RESULTS: Mapping[str, tuple[Callable[[Any], Figure], str]] = {
    "analysis": (outline.draw, "fixed points and cycles"),
    "certificate": (bound.draw, "proved bound on the error"),
    "stress": (fan.draw, "trajectories under errors in the weights"),
    "degeneracy": (family.draw, "one trajectory, several flows"),
    "perturbation": (pushes.draw, "responses to pushes"),
    "populations": (populations.draw, "populations of the neurons"),
    "subspaces": (subspaces.draw, "subspaces of the activity"),
    "rate-network": (full_rank.draw, "connectivity"),
    "trained": (learned.draw, "how it was learned"),
    "trained-analysis": (learned_change.draw, "what learning changed"),
    "learning-study": (learned.draw_study, "learning against g"),
    "linear-learning": (learning_curves.draw, "learning by initial connectivity"),
}
"""Figures of results, by the words of their kinds of files."""
_OWN = {
    "rate-network": "connectivity",
    "trained": "learning",
    "trained-analysis": "change",
    "learning-study": "learning",
}
"""What such a figure is called, where that is not the word of the file."""
_FULL_RANK = "full-rank network"
"""The name in titles of a network of which no task is known."""
CHANGE = ("change", *learned_change.PANELS)
"""Figures of what learning changed."""
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
    "reduction": lambda subject, _: reduction.draw(subject),
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
    if kind in ("task", "reduction") and inputs:
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


def kinds_of_result(word: str) -> tuple[str, ...]:
    """Figures of a result, by the word of its kind of file; the first one is the usual one."""
    own = _OWN.get(word, word)
    more = {
        "rate-network": ("eigenvalues", "fixed-points"),
        "trained": CHANGE,
        "trained-analysis": CHANGE,
    }.get(word, ())
    return tuple(dict.fromkeys((own, *more)))


def draw_change(analysis: TrainedAnalysis, kind: str) -> Picture:
    """Draw what learning changed: all of it, or one panel."""
    if kind == _OWN["trained-analysis"]:
        return draw_result(analysis, "trained-analysis")
    with styled():
        figure = learned_change.draw_panel(analysis, kind)
    name = analysis.task or _FULL_RANK
    return Picture(figure=figure, kind=kind, title=f"{name}: {kind.replace('-', ' ')}")


def draw_result(value: Any, word: str) -> Picture:
    """Draw a result that is neither a network nor a trajectory; `word` is that of its kind of file.

    Raises
    ------
    InputError
        Its file is older than the figure, and lacks what that shows.
    """
    draw_figure, words = _RESULTS[word]
    with styled():
        figure = draw_figure(value)
    name = getattr(value, "system", "") or ", ".join(getattr(value, "names", ()))
    if isinstance(value, TrainedAnalysis) and value.change is None:
        words = "eigenvalues and fixed points"
    name = name or getattr(value, "task", "") or _FULL_RANK
    name = title_with(name, getattr(value, "overrides", {}))
    return Picture(figure=figure, kind=_OWN.get(word, word), title=f"{name}: {words}")


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
    if not isinstance(value, FigureSubject):
        return "portrait"
    if value.reduction is not None:
        return "reduction"
    return "path" if value.frontier else "portrait"
