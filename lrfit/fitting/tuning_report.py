"""What a network file says about a network that was tuned in closed loop.

Place in the flow: `tuning.tune` makes it, a `Fit` carries it, its file and its views show it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from lrfit.core.arrays import Array
from lrfit.core.shapes import Axes, Rows, freeze_shaped


@dataclass(frozen=True, kw_only=True)
class Size:
    """A size that was tried for a task: its mean square on validation trials decides.

    copies : clones of each of its neurons. mse : with wrong weights where the goal is about these,
    the user's units squared. right : share of trials that end right, NaN where not asked. met :
    whether that is enough.
    """

    neurons: int
    copies: int
    mse: float
    right: float
    met: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Tuning:
    """How a network was tuned, and how right it is in closed loop on trials that are new to it.

    Mean squares are over test trials, times and variables, the user's units squared. With wrong
    weights each of `draws` networks has errors of its own, of `weight_noise` relative to every
    weight of `wrong` (before and after with the same draws of the same size).

    Attributes
    ----------
    on : "task", "box" or "own": trials of the system's task, trajectories from all over its box,
        or trials that a program gave.
    trials, validation_trials, test_trials, duration, dt, solver : how it was measured.
    weight_noise, wrong, rate_noise : errors that the trials had in training; sizes relative to
        each weight, and in units of phi.
    rounds, stop : of the descent, and why it ended. best_round : whose weights are kept.
    copies : of every neuron (`clones`).
    mse_before, mse : of the network as it was, and as it is.
    wrong_before, wrong_median, wrong_worst : with wrong weights, of draws (`wrong_before` and the
        two below: of the first 20 of them), each on the first `wrong_trials` test trials.
    wrong_single, wrong_untuned : medians without the clones, and with them but without the tuning;
        None where there are no clones. (Without both: `wrong_before`.)
    right, target_right : share of test trials that end right, NaN without a task.
    goal, goal_right, robust, met : mean square and share of right trials that were asked for, None
        without; whether the goal is about the median with wrong weights; whether it is reached on
        the test trials.
    system : whose task it is, where it is not the network's own.
    tried : sizes that a search for the smallest network tried, in its order.
    training, validation : (rounds + 1,) mean squares, half-widths squared.
    """

    ENCODING: ClassVar = "lrfit-tuning"

    on: str
    trials: int
    validation_trials: int
    test_trials: int
    duration: float
    dt: float
    solver: str
    weight_noise: float
    wrong: tuple[str, ...]
    rate_noise: float
    rounds: int
    stop: str
    best_round: int
    copies: int
    mse_before: float
    mse: float
    wrong_before: float
    wrong_median: float
    wrong_worst: float
    draws: int
    right: float
    target_right: float
    seed: int
    training: Annotated[Array, Axes("round")]
    validation: Annotated[Array, Axes("round")]
    goal: float | None = None
    met: bool | None = None
    wrong_single: float | None = None
    wrong_untuned: float | None = None
    goal_right: float | None = None
    robust: bool = False
    system: str = ""
    wrong_trials: int = 0
    tried: Annotated[tuple[Size, ...], Rows("size")] = ()

    def __post_init__(self) -> None:
        """Freeze the arrays, each of the shape that its annotation says."""
        freeze_shaped(self)

    @property
    def what(self) -> str:
        """What it was tuned on, in words."""
        return {"task": f"trials of {self.system or 'its'} task", "own": "given trials"}.get(
            self.on, "trajectories from all over its box"
        )

    @property
    def wrong_text(self) -> str:
        """Which weights are wrong, and by how much."""
        return f"{' and '.join(self.wrong)} wrong by {100 * self.weight_noise:g} %"

    @property
    def summary(self) -> str:
        """Both truths about it in closed loop, in one line."""
        plain = (
            f"on {self.trials} {self.what}: mean square {self.mse:.3g} on {self.test_trials} new "
            "ones"
        )
        if not self.weight_noise:
            return plain
        return (
            f"{plain}, {self.wrong_median:.3g} with {self.wrong_text} (median of {self.draws}; at "
            f"worst {self.wrong_worst:.3g})"
        )
