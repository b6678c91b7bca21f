"""Every number by which a search goes, as one frozen value that is passed in.

Place in the flow: `search_policy` makes the policy of an effort level from a base; `minimize`,
`fit` and `Explorer` take any other one instead. Below each number stands its reason; one for
which only its meaning is given is a choice that nobody has tuned. What is fixed by the arithmetic
of float64 stands beside its formula in `lrfit.regression`, and what defines the problem (bounds of
tau and of the centre) in `setting`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from lrfit.regression.refine import RefinePolicy


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Work of one search: sweeps, starts in each, and multiply-adds in all and at one size."""

    sweeps: int
    starts: int
    total: float
    stall: float


@dataclass(frozen=True, kw_only=True)
class EffortPolicy:
    """How much work a search may do, counted in multiply-adds (`elimination.cost`).

    The normal level took at most about 5, 12 and 20 seconds on two quiet cores for D up to 2, 3
    and more, and half of that where no smaller size was found soon.
    """

    sweeps: int = 2
    """Independent sweeps from above, so that no size rests on one draw of random neurons."""
    starts: int = 8
    """Networks with which a sweep begins."""
    units: tuple[float, ...] = (4e10, 8e10, 2.5e11, 3.5e11)
    """Multiply-adds for 1, 2, 3 and at least 4 state variables: sizes and samples grow with D."""
    per_input: float = 0.2
    """Every input that neurons see adds this share."""
    total: float = 2.4
    """Of the unit, for the whole search."""
    stall: float = 0.35
    """Of the unit, without success at one size before a search gives that size up."""

    def scaled(self, factor: float, *, sweeps: int | None = None) -> EffortPolicy:
        """The same with `factor` times the work, and as many sweeps unless told otherwise."""
        total, stall = self.total * factor, self.stall * factor
        return replace(self, total=total, stall=stall, sweeps=sweeps or self.sweeps)

    def budget(self, dimension: int, seen: int) -> Budget:
        """Work allowed for D state variables and so many inputs that neurons see."""
        unit = self.units[min(dimension, len(self.units)) - 1] * (1.0 + self.per_input * seen)
        return Budget(
            sweeps=self.sweeps,
            starts=self.starts,
            total=self.total * unit,
            stall=self.stall * unit,
        )


@dataclass(frozen=True, kw_only=True)
class SamplingPolicy:
    """How many points a search looks at."""

    least: int = 4096
    """Points of the last polish, at least; more where the training set has more."""
    values: float = 10.0
    """Values (points x outputs) for every parameter: with fewer the errors of refined networks
    were found 5 % and more below those on fresh points, and the smallest ones failed when
    confirmed."""
    first: tuple[int, int, int] = (256, 512, 1024)
    """Points to begin with, for 1, up to 4, and more coordinates that neurons see."""


@dataclass(frozen=True, kw_only=True)
class PopulationPolicy:
    """Which networks a search keeps at every size."""

    kept: int = 8
    """The eighth is drawn as a parent with a chance of 2 % (`MovePolicy.rank_chance`)."""
    same: float = 1e-3
    """Relative difference of values from which two networks count as different: permuted or
    mirrored neurons give equal values, and refinement ends within this of a minimum."""


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How carefully a sweep goes down.

    kept : networks at every size. first, brief, long : refinement steps of the starts, of all
    children, of the children kept. removed : share of neurons removed at a time, at least one.
    """

    kept: int
    first: int
    brief: int
    long: int
    removed: float


@dataclass(frozen=True, kw_only=True)
class SweepPolicy:
    """Sweeps: from many neurons down, taking away the cheapest ones."""

    first_size: int = 20
    """Neurons at the start: twice the largest tanh network at 1 % in docs/search."""
    per_variable: int = 2
    """The start has at least so many neurons for every state variable."""
    careful: Pace = field(
        default_factory=lambda: Pace(kept=4, first=40, brief=8, long=25, removed=1 / 12)
    )
    """Of the first sweep, whose networks everything else starts from."""
    swift: Pace = field(
        default_factory=lambda: Pace(kept=3, first=25, brief=6, long=15, removed=1 / 8)
    )
    """Of sweeps from more neurons, where every step costs more."""
    one_by_one: Pace = field(
        default_factory=lambda: Pace(kept=4, first=8, brief=8, long=25, removed=0.0)
    )
    """Of pruning below the best size: single neurons, from networks that are refined already."""
    give_up: float = 1.2
    """Sweeps from more neurons than the first end at the size whose error is this many
    tolerances: smaller ones are of no use. The first goes to the bottom: where a target is a
    network of k neurons, larger ones are found only roughly, and those of k to all digits."""
    variants: int = 2
    """Children of a network beside the one without its cheapest neurons, for which other cheap
    neurons go: the scores are those before the rest is refined again."""
    least_growth: float = 1.25
    most_growth: float = 1.6
    """Bounds of the next start, in units of one that was too small. The lower one is also what is
    added to the size to which the errors point, and to a size that is asked for: a sweep needs
    some neurons to remove."""
    fitted: float = 0.8
    """Errors are extrapolated from half of the start up to this share of it: the largest networks
    of a sweep are the least refined."""
    least_sizes: int = 3
    """Sizes that such an extrapolation needs."""
    union_sizes: int = 3
    """Larger starts unite networks of this many sizes, the largest that fit twice."""


@dataclass(frozen=True, kw_only=True)
class TryPolicy:
    """One try of a move: propose, refine briefly, keep the better half, refine longer."""

    proposed: int = 8
    brief: int = 10
    """Refinement steps of all proposals, by which the better half is chosen."""
    better: int = 4
    long: int = 30
    """Further steps of the better ones."""
    kept: int = 3
    """Networks that differ and are handed to the population."""


@dataclass(frozen=True, kw_only=True)
class MovePolicy:
    """What moves propose; docs/search has what each of them earns."""

    names: tuple[str, ...] = ("step_down", "cross", "from_larger", "swap", "from_above", "hop")
    """Moves that a search may make, in turn (`moves.MOVES`)."""
    steeper: float = 4.0 / 3.0
    """Starts may be this much steeper than the candidates of a selection: refinement finds the
    right slope from above more easily than from below, while selection is best served where most
    candidates fit."""
    through: float = 1.3
    """Hyperplanes of random neurons pass through a box this many half-widths wide: some beyond
    the border bend the field at the border."""
    aside: float = 0.02
    """What a sparse direction keeps of the other coordinates, so that refinement can turn it."""
    offered: int = 300
    """Random neurons from which selection and swaps choose; half of a selection's are sparse."""
    offered_each: int = 4
    """Selection has at least so many to choose from for every neuron that it takes."""
    shaken: float = 0.05
    """Log-normal change of the second network of a union: of two equal neurons one is useless."""
    pruned: int = 6
    """Pruning takes away one neuron in so many at a time, and refines in between."""
    pruning_steps: int = 6
    """Refinement steps in between."""
    pruning_noise: float = 0.5
    """Log-normal change of the scores, so that equal parents give different children."""
    rank_chance: float = 0.35
    """Parents are drawn with this chance for the best, this chance of the rest for the next..."""
    larger: float = 1.5
    """Size of the parents of `from_larger`, in units of the size wanted."""
    above: int = 2
    """The same for the random networks of `from_above`."""
    swap_noise: float = 0.7
    """Log-normal change of the scores by which a neuron is given up."""
    swap_best: int = 3
    """A swap takes one of so many best neurons: always the best would repeat itself."""
    hop: tuple[float, float] = (0.05, 0.8)
    """Range of the relative change of all parameters, log-uniform: from a neighbour of the same
    minimum to a new start."""


@dataclass(frozen=True, kw_only=True)
class DescentPolicy:
    """How long moves go on below the best size, by how far its error is from the tolerance."""

    batch: int = 12
    """Tries between two looks at what was found: as many as cores that can work on them. Fixed,
    since results must not depend on cores; sizes were the same with 4 and with 12."""
    far: float = 2.0
    """From this many tolerances away..."""
    far_share: float = 0.25
    """...only this share of the effort for one size is spent."""
    near: float = 1.1
    """Nearer than this many tolerances..."""
    near_share: float = 1.5
    """...more is spent, ..."""
    near_tries: int = 48
    """...and large networks are tried at least as often, however much each try costs."""


@dataclass(frozen=True, kw_only=True)
class ConfirmPolicy:
    """How the networks of a search are settled and judged."""

    margin: float = 0.998
    """A network counts only when it is this much inside the tolerance on the validation set, so
    that the test set, which nothing looks at, agrees."""
    promising: float = 1.03
    """A network within so many tolerances on the search's points is worth settling."""
    worst_ratio: float = 1.0 / 1.5
    """Least ratio of the mean error, which the search sees, to the largest one (criterion worst):
    of thousands of points it was never less than 1.5 times the mean, even after reweighting."""
    networks: int = 2
    """Networks of a size that are polished on all points."""
    steps: int = 25
    """Refinement steps of that polish."""
    powers: tuple[float, ...] = (32.0, 128.0)
    """Powers p by which it goes on under the criterion per-variable: with the 8 of the search
    (`ObjectivePolicy.sharpness`) the largest error of four searches' networks was 0.2 to 0.8 %
    larger, which costs about a hundredth of a search. From 8 to 128 at once steps are short."""
    worst_rounds: int = 12
    """Rounds of Lawson's reweighting in it, under the criterion worst."""
    needed: int = 3
    """Networks that are settled beside the best one when the time is up."""


@dataclass(frozen=True, kw_only=True)
class ObjectivePolicy:
    """What is refined in place of the criterion."""

    sharpness: float = 8.0
    """Power p by which sum_d o_d^p stands for max_d in the per-variable criterion (docs/theory,
    eq. 18): 2^(1/16) - 1 = 4 % in error for two variables, and still smooth enough for
    Gauss-Newton steps."""
    least_price: float = 1e-14
    """Noise variance below which normal equations lose the weights; reports use the true noise."""


@dataclass(frozen=True, kw_only=True)
class SelectPolicy:
    """Networks of random neurons (methods ols and omp)."""

    in_memory: int = 2**30
    """Larger activity matrices (bytes) are generated in blocks, once per pass."""
    draws: int = 10
    """Random orders of the candidates in which a smaller subset is looked for."""


@dataclass(frozen=True, kw_only=True)
class FaithfulPolicy:
    """The search for a network with the dynamics of its target."""

    strictness: tuple[float, ...] = (0.03, 0.1, 0.3, 1.0, 3.0)
    """Weights of the landmarks in one search after another; 1 asks for an error within the
    tolerance of the local speed."""
    share: float = 0.6
    """Of the time left that each search may use: what it finds has to be judged as well, and
    judged networks may call for another search."""
    verdicts: int = 12
    """Networks of one search that are judged at most: the smallest ones."""
    landmarks: int = 4096
    """Points on and around attractors, fixed points and separatrices."""
    heaviest: float = 1e4
    """Most that a landmark may count against a point of the box, so that none counts alone."""


@dataclass(frozen=True, kw_only=True)
class SearchPolicy:
    """All of it. `replace` makes another one; equal policies and seeds give equal networks."""

    effort: EffortPolicy = field(default_factory=EffortPolicy)
    sampling: SamplingPolicy = field(default_factory=SamplingPolicy)
    population: PopulationPolicy = field(default_factory=PopulationPolicy)
    sweep: SweepPolicy = field(default_factory=SweepPolicy)
    tries: TryPolicy = field(default_factory=TryPolicy)
    moves: MovePolicy = field(default_factory=MovePolicy)
    descent: DescentPolicy = field(default_factory=DescentPolicy)
    confirm: ConfirmPolicy = field(default_factory=ConfirmPolicy)
    objective: ObjectivePolicy = field(default_factory=ObjectivePolicy)
    refine: RefinePolicy = field(default_factory=RefinePolicy)
    select: SelectPolicy = field(default_factory=SelectPolicy)
    faithful: FaithfulPolicy = field(default_factory=FaithfulPolicy)


BASE = SearchPolicy()


def search_policy(level: str, base: SearchPolicy = BASE) -> SearchPolicy:
    """The policy of an effort level: `quick` a quarter of the work, `exhaustive` ten times."""
    effort = {
        "quick": base.effort.scaled(0.25),
        "normal": base.effort,
        "exhaustive": base.effort.scaled(10.0, sweeps=4 * base.effort.sweeps),
    }[level]
    return replace(base, effort=effort)
