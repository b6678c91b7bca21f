"""What the next epoch needs, as a file holds it, and the state made of it again.

Numbers of float32 are exact in the float64 of files, so that nothing is lost on the way.

Place in the flow: `learn` puts these arrays into a `LearningCourse`, and goes on from them.
"""

from __future__ import annotations

from collections.abc import Mapping

from lrfit.core.arrays import Array
from lrfit.core.errors import InputError
from lrfit.learning.adam import Arrays, Moments
from lrfit.learning.result import LearningCourse, StateArray, TrainedNetwork
from lrfit.learning.training import (
    SINGULAR_VALUES,
    Checkpoint,
    LearningState,
    Training,
    is_checkpoint,
)
from lrfit.learning.trials import Floats


def stored_arrays(state: LearningState, *, keep_best: bool) -> tuple[StateArray, ...]:
    """What the next epoch needs."""
    parts = {"": state.trained, ".mean": state.moments.mean, ".square": state.moments.square}
    if keep_best:
        parts[".best"] = state.best
    return tuple(
        StateArray(name=f"{name}{suffix}", values=each.reshape(len(each), -1))
        for suffix, arrays in parts.items()
        for name, each in arrays.items()
    )


def state_of(before: TrainedNetwork, training: Training) -> LearningState:
    """The state in which a trained network was left, from which learning goes on.

    Raises
    ------
    InputError
        The file does not hold it.
    """
    course = before.training
    held = {each.name: each.values for each in course.state}
    start = training.parameters.start()

    def arrays(suffix: str) -> Arrays:
        return {name: _restored(held, f"{name}{suffix}", each) for name, each in start.items()}

    trained = arrays("")
    options = training.options
    return LearningState(
        epoch=course.epochs,
        trained=trained,
        moments=Moments(mean=arrays(".mean"), square=arrays(".square")),
        losses=course.loss.tolist(),
        norms=course.gradient_norm.tolist(),
        clipped=course.clipped,
        best=arrays(".best") if options.keep_best else trained,
        best_epoch=course.best_epoch,
        best_loss=course.best_loss,
        checkpoints=_checkpoints(course),
    )


def _restored(held: Mapping[str, Array], name: str, like: Floats) -> Floats:
    """An array of the state, of the shape and precision of another one."""
    found = held.get(name)
    if found is None or found.size != like.size:
        raise InputError(f"the file does not hold {name} as learning left it; learn anew")
    return found.reshape(like.shape).astype(like.dtype)


def _checkpoints(course: LearningCourse) -> tuple[Checkpoint, ...]:
    """Those that an uninterrupted run would have; the last one is there only for the file."""
    rows = zip(course.checkpoint, course.change_norm, course.singular_values, strict=True)
    return tuple(
        Checkpoint(epoch=int(epoch), norm=float(norm), values=values[:SINGULAR_VALUES])
        for epoch, norm, values in rows
        if is_checkpoint(int(epoch))
    )
