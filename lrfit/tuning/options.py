"""What the user may choose about tuning in closed loop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lrfit.core.errors import UsageError
from lrfit.networks.names import PLACES
from lrfit.options.declare import check, option
from lrfit.options.kinds import Choice, Number, Several, Switch, Whole

Place = Literal["M", "N", "B", "b", "O"]
TRIALS, ERRORS, DESCENT, GOAL = "Trials", "Errors in training", "Steps", "Right in closed loop"
"""Headings under which help lists the options."""


WEIGHT_NOISE = 0.01
"""Relative errors of weights in training, where nobody says another."""


@dataclass(frozen=True, kw_only=True)
class TuneOptions:
    """Options of `tune`.

    trials : for training; None for as many as there are weights, at least 256. validation_trials,
    test_trials : others, that decide when to stop and that the report is about. duration : of
    trajectories where the system has no task; None for what its file says. solver, dt : of the
    network; None for those it was fitted for, and tau / 10. weight_noise : relative errors of the
    weights `wrong` in training, and of the report's wrong weights. rate_noise : of every rate, in
    units of phi. draws : networks with wrong weights for the report. clones : copies of every
    neuron; training errors are weight_noise / sqrt(clones). iterations : rounds at most. mse : mean
    square to reach, for the exit code.

    Raises
    ------
    UsageError
        A value that makes no sense.

    Examples
    --------
    >>> import lrfit
    >>> lrfit.TuneOptions(weight_noise=0.02, clones=4).iterations
    60
    """

    trials: int | None = option(
        None,
        Whole(least=1),
        TRIALS,
        metavar="N",
        help="Training trials [one per weight, at least 256].",
    )
    validation_trials: int = option(
        256, Whole(least=1), TRIALS, metavar="N", help="Trials that say when to stop [256]."
    )
    test_trials: int = option(
        256, Whole(least=1), TRIALS, metavar="N", help="Trials that the report is about [256]."
    )
    duration: float | None = option(
        None,
        Number(above=0.0),
        TRIALS,
        metavar="T",
        help="Of trajectories, where the system has no task [as its file says].",
    )
    solver: str | None = option(
        None,
        Choice(words=("rk4", "euler")),
        TRIALS,
        help="Of the network [euler if it was fitted for that, else rk4].",
    )
    dt: float | None = option(
        None, Number(above=0.0), TRIALS, metavar="DT", help="Step [as it was fitted, or tau/10]."
    )
    weight_noise: float = option(
        WEIGHT_NOISE,
        Number(least=0.0, most=0.5),
        ERRORS,
        metavar="DELTA",
        help="Relative error of every weight, in training and in the report [0.01].",
    )
    wrong: tuple[Place, ...] = option(
        ("N",),
        Several(words=PLACES, metavar="BLOCK,BLOCK"),
        ERRORS,
        help="Which weights are wrong: of M, N, B, b, O (the output's of rates) [N].",
    )
    rate_noise: float = option(
        0.0,
        Number(least=0.0, most=1.0),
        ERRORS,
        metavar="SIGMA",
        help="Noise on every rate in training, correlated over tau [0].",
    )
    draws: int = option(
        100, Whole(least=1), ERRORS, metavar="N", help="Networks with wrong weights [100]."
    )
    clones: int = option(
        1,
        Whole(least=1),
        DESCENT,
        metavar="K",
        help="Make K copies of every neuron, with N/K, which average errors of weights [1].",
    )
    iterations: int = option(60, Whole(least=0), DESCENT, metavar="N", help="Rounds at most [60].")
    mse: float | None = option(
        None,
        Number(above=0.0),
        DESCENT,
        metavar="MSE",
        help="Mean square to reach on the test trials; exit code 4 where it is not.",
    )

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(self)


def require_robust(options: TuneOptions) -> None:
    """Refuse what a search for a robust network cannot take."""
    if options.mse is None:
        raise UsageError("--robust needs a mean square to stay within; give --mse X")
    if options.clones != 1:
        raise UsageError("--robust finds the number of clones; leave out --clones")


@dataclass(frozen=True, kw_only=True)
class TaskGoal:
    """What `minimize_for_task` is to reach: how right the network is on trials.

    task_tol : largest mean square, the user's units squared. score : least share of right trials.
    robust : relative error of the weights with which `task_tol` is to hold, in the median. tune :
    tune the network that a search for a field's tolerance found.

    Raises
    ------
    UsageError
        A value that makes no sense, or a robust network without a mean square.
    """

    task_tol: float | None = option(
        None,
        Number(above=0.0),
        GOAL,
        metavar="MSE",
        help="In place of --tol: the smallest network whose mean square on trials of the task, "
        "after tuning, is within this.",
    )
    score: float | None = option(
        None,
        Number(above=0.0, most=1.0),
        GOAL,
        metavar="SHARE",
        help="In place of --tol, or with --task-tol: least share of trials that end right.",
    )
    robust: float | None = option(
        None,
        Number(above=0.0, most=0.5),
        GOAL,
        metavar="DELTA",
        help="Reach --task-tol with weights wrong by this (relative, median of draws), with the "
        "fewest neurons times clones.",
    )

    tune: bool = option(
        False,
        Switch(),
        GOAL,
        help="With --tol: tune the network that was found on trials, as `lrfit tune` does.",
    )

    def __post_init__(self) -> None:
        """Refuse values that make no sense."""
        check(self)
        if self.robust is not None and self.task_tol is None:
            raise UsageError("robust needs a mean square to stay within; give --task-tol MSE")

    @property
    def is_asked(self) -> bool:
        """Whether anything is to be reached on trials."""
        return self.task_tol is not None or self.score is not None

    def require(self, *, has_task: bool) -> None:
        """Refuse a goal that is none, or that the system cannot be judged by."""
        if not self.is_asked:
            raise UsageError("say what to reach on trials: --task-tol MSE (mse=...) or --score")
        if self.score is not None and not has_task:
            raise UsageError(
                "the share of right trials needs a task; add a `task:` block to the system's "
                "file, or give --task-tol alone"
            )

    def met(self, mse: float, right: float) -> bool:
        """Whether a mean square and a share of right trials are enough."""
        enough = self.score is None or right >= self.score
        return bool(enough and (self.task_tol is None or mse <= self.task_tol))
