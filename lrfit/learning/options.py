"""What the user may choose about learning, each option declared once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from lrfit.core.errors import UsageError
from lrfit.options.declare import check, option
from lrfit.options.kinds import Choice, Number, Numbers, Several, Switch, Whole

Learned = Literal["W", "inputs", "outputs", "bias"]
Precision = Literal["float32", "float64"]
LEARNED: tuple[Learned, ...] = get_args(Learned)
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
NETWORK, LEARNING, PYTHON = "Network", "Learning", "In Python only"
"""Headings under which help lists the options; the last one has no flags of its own."""


@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """Options of `learn`.

    neurons : how many. g : W0 has independent entries of variance g^2/neurons. rank : of the
    change W - W0 = M N^T, None for any. learn : what is trained. epochs : steps of Adam, in all.
    rate : of Adam, times 1/neurons (of M and N 1/sqrt(neurons)). batch : trials of a step. fall :
    share of the epochs at the end over which the rate falls to zero. clip : a gradient longer than
    so many times the median of the last hundred is shortened to that. precision : of the
    computation. keep_best : the network is that of the smallest loss. tau, dt : of networks for a
    system's task. test_trials : on which the network is judged. seed : of all random numbers.

    Raises
    ------
    UsageError
        A value that makes no sense.
    """

    neurons: int = option(
        128, Whole(least=1, most=4096, metavar="N"), NETWORK, help="Number of neurons [128]."
    )
    g: float = option(
        1.0,
        Number(least=0.0, most=100.0, metavar="G"),
        PYTHON,
        help="Strength of the initial connectivity: entries of W0 have variance g^2/neurons [1].",
    )
    rank: int | None = option(
        None,
        Whole(least=1, metavar="R"),
        NETWORK,
        help="Rank of the change of W, which then is W0 + M N^T with M and N trained [any].",
    )
    tau: float | None = option(
        None,
        Number(above=0.0, metavar="T"),
        NETWORK,
        help="Time constant of the neurons, for a system's task [a fiftieth of a trial].",
    )
    dt: float | None = option(
        None,
        Number(above=0.0, metavar="DT"),
        NETWORK,
        help="Step of Euler's method, for a system's task [tau/10].",
    )
    epochs: int = option(
        1000,
        Whole(least=1, most=10**7, metavar="E"),
        LEARNING,
        help="Steps of gradient descent, those of a resumed file included [1000].",
    )
    rate: float = option(
        0.05,
        Number(above=0.0, metavar="ETA"),
        LEARNING,
        help="Rate of Adam times the number of neurons: each weight moves by about ETA/N in an "
        "epoch [0.05].",
    )
    learn: tuple[Learned, ...] = option(
        ("W", "inputs", "outputs"),
        Several(words=LEARNED, metavar="W,inputs,outputs,bias"),
        LEARNING,
        help="What is trained [W,inputs,outputs].",
    )
    batch: int = option(
        32,
        Whole(least=1, most=100_000, metavar="P"),
        LEARNING,
        help="Trials of an epoch, drawn anew [32].",
    )
    fall: float = option(
        0.0,
        Number(least=0.0, most=1.0, metavar="SHARE"),
        LEARNING,
        help="Share of the epochs, at the end, over which the rate falls to zero; 0.3 keeps large "
        "rates from losing a solution again [0].",
    )
    clip: float = option(
        10.0,
        Number(above=0.0, metavar="K"),
        LEARNING,
        help="Shorten a gradient of more than K times the median norm of the last 100 [10].",
    )
    precision: Precision = option(
        "float32",
        Choice(words=PRECISIONS, metavar="|".join(PRECISIONS)),
        LEARNING,
        help="Of the computation [float32].",
    )
    keep_best: bool = option(
        False,
        Switch(),
        LEARNING,
        help="Keep the network of the smallest loss (mean of 10 epochs), not the last one; when "
        "interrupted, write it too.",
    )
    test_trials: int = option(
        512,
        Whole(least=1, most=100_000, metavar="P"),
        LEARNING,
        help="New trials on which the network is judged [512].",
    )
    seed: int = option(0, Whole(), PYTHON, help="Of all random numbers [0].")

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
        if self.rank is not None and self.rank > self.neurons:
            raise UsageError(
                f"rank {self.rank} is more than the {self.neurons} neurons; give at most that"
            )
        if self.rank is not None and "W" not in self.learn:
            raise UsageError("rank is that of the change of W; let learn contain W")


@dataclass(frozen=True, kw_only=True)
class StudyOptions:
    """Options of `study_learning`: which networks are trained, beside `LearnOptions`.

    g : strengths of the initial connectivity. seeds : networks of each, with seeds from the
    options' own on. workers : processes; None: one per core.
    """

    g: tuple[float, ...] = option(
        (1.0,),
        Numbers(metavar="G[,G...]"),
        NETWORK,
        help="Strength of the initial connectivity: entries of W0 have variance g^2/neurons [1]. "
        "Of several (0,0.6,1.2) a table of learning against g is made.",
    )
    seeds: int = option(
        1,
        Whole(least=1, most=1000, metavar="S"),
        NETWORK,
        help="Networks of each g, with seeds from --seed on; of several a table is made [1].",
    )
    workers: int | None = option(
        None,
        Whole(least=1, metavar="N"),
        LEARNING,
        help="Processes that learn the networks of a table; they do not change it [one per core].",
    )

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        check(self)
        if min(self.g) < 0.0:
            raise UsageError(f"g is {min(self.g):g}; give numbers of at least zero")
