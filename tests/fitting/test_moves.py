"""The moves of the search: what each proposes, against brute force on small problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from lrfit.fitting import moves
from lrfit.fitting.moves import (
    MOVES,
    MoveContext,
    Proposal,
    greedy_starts,
    prune,
    random_starts,
    unions,
)
from lrfit.fitting.policy import BASE, SearchPolicy
from lrfit.networks.nonlinearity import nonlinearity
from lrfit.regression.elimination import cost
from lrfit.regression.problem import RefinementProblem
from lrfit.regression.refine import Polished, RefinePolicy
from lrfit.regression.variable_projection import evaluate

SCALE = (0.2, 3.0)


def make_problem(*, states: int = 2, points: int = 80, bias: bool = True) -> RefinementProblem:
    """A smooth field of `states` variables with a fixed leak, hardly any price."""
    generator = np.random.default_rng(0)
    zeta = generator.uniform(-1, 1, (states, points))
    root = np.full(points, points**-0.5)
    velocity = np.sin(3 * zeta) - np.roll(zeta, 1, axis=0) ** 2
    return RefinementProblem(
        design=np.vstack([zeta, np.ones(points)]) if bias else zeta,
        free=root[None],
        leak=zeta * root,
        target=velocity * root,
        root=root,
        price=1e-10,
        weight_price=0.0,
        kappa=(0.7, 0.7),
        reach=np.full(states, np.inf),
        power=1.0,
        nonlinearity=nonlinearity("tanh"),
        slopes=states,
        states=states,
    )


def scene(
    problem: RefinementProblem,
    parents: Mapping[int, np.ndarray] | None = None,
    *,
    size: int = 3,
    count: int = 8,
    seed: int = 0,
    bias: bool = True,
    policy: SearchPolicy = BASE,
) -> MoveContext:
    return MoveContext(
        problem=problem,
        parents=parents or {},
        size=size,
        count=count,
        generator=np.random.default_rng(seed),
        scale=SCALE,
        bias=bias,
        policy=policy,
    )


def offering(count: int) -> SearchPolicy:
    """Moves that choose among so many random neurons."""
    return replace(BASE, moves=replace(BASE.moves, offered=count))


def pool(size: int, *, count: int = 4, parameters: int = 3, seed: int = 1) -> np.ndarray:
    """Networks in hand, (count, size, q)."""
    return np.random.default_rng([seed, size]).normal(0, 1.2, (count, size, parameters))


def planted(neurons: int, *, seed: int = 5) -> tuple[RefinementProblem, np.ndarray]:
    """A problem whose target is a network without leak, and that network (neurons, q)."""
    problem = make_problem()
    generator = np.random.default_rng(seed)
    theta = generator.normal(0, 1.5, (neurons, 3))
    A = generator.choice([-1.0, 1.0], (2, neurons)) * generator.uniform(1, 2, (2, neurons))
    rates = np.tanh(theta @ problem.design) * problem.root
    return replace(problem, target=A @ rates - 0.7 * problem.leak), theta


@pytest.fixture
def pruned(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What moves hand to `prune`, which then is not carried out."""
    given: list[np.ndarray] = []

    def record(_: MoveContext, theta: np.ndarray) -> Proposal:
        given.append(theta)
        return Proposal(theta=theta)

    monkeypatch.setattr(moves, "prune", record)
    return given


# --- random neurons ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn() -> np.ndarray:
    """Random networks of six coordinates and a bias, (40, 50, 7)."""
    return random_starts(scene(make_problem(states=6)), 50, 40)


def test_slopes_of_random_neurons_are_log_uniform_on_their_range(drawn: np.ndarray) -> None:
    slopes = np.linalg.norm(drawn[..., :6], axis=-1)
    assert SCALE[0] <= slopes.min() < slopes.max() <= SCALE[1]
    share = np.log(slopes / SCALE[0]) / np.log(SCALE[1] / SCALE[0])
    for networks in (share[::2], share[1::2]):
        assert stats.kstest(networks.ravel(), "uniform").pvalue > 1e-3


def test_hyperplanes_of_random_neurons_pass_through_the_widened_box(drawn: np.ndarray) -> None:
    """-b = m'p for a point p with coordinates uniform in [-1.3, 1.3]: mean 0, variance known."""
    M, b = drawn[..., :6], drawn[..., 6]
    assert np.all(np.abs(b) <= 1.3 * np.sum(np.abs(M), axis=-1))
    through = (b / np.linalg.norm(M, axis=-1)).ravel()
    assert np.mean(through**2) == pytest.approx(1.3**2 / 3, rel=0.1)
    assert abs(np.mean(through)) < 0.1


def test_every_other_random_network_is_sparse(drawn: np.ndarray) -> None:
    """A neuron's number of coordinates is then uniform; a sixth sees only one of six."""
    sizes = np.sort(np.abs(drawn[..., :6]), axis=-1)
    alone = sizes[..., -2] < 0.15 * sizes[..., -1]
    assert np.mean(alone[::2]) < 0.02
    assert 0.1 < np.mean(alone[1::2]) < 0.25
    whole = sizes[..., 0] > 0.03 * sizes[..., -1]  # few dense neurons have a weight this small
    assert np.mean(whole[1::2]) < 0.5 < np.mean(whole[::2])


def test_directions_of_random_neurons_prefer_no_coordinate_and_no_sign(drawn: np.ndarray) -> None:
    directions = drawn[..., :6] / np.linalg.norm(drawn[..., :6], axis=-1, keepdims=True)
    for networks in (directions[::2], directions[1::2]):
        flat = networks.reshape(-1, 6)
        np.testing.assert_allclose(flat.T @ flat / len(flat), np.eye(6) / 6, atol=0.03)
        np.testing.assert_allclose(flat.mean(axis=0), 0.0, atol=0.05)


def test_random_neurons_have_a_bias_only_where_neurons_have_one() -> None:
    problem = make_problem(bias=False)
    assert random_starts(scene(problem, bias=False), 5, 4).shape == (4, 5, 2)
    assert random_starts(scene(make_problem()), 5, 4).shape == (4, 5, 3)


# --- selected neurons and unions -----------------------------------------------------------------


def best_by_refitting(
    problem: RefinementProblem, offered: np.ndarray, size: int, kappa: float
) -> np.ndarray:
    """Orthogonal least squares by a separate fit for every candidate in every step."""
    wanted = (problem.target + kappa * problem.leak).T
    rates = (np.tanh(offered @ problem.design) * problem.root).T

    def left(columns: list[int]) -> float:
        system = np.hstack([rates[:, columns], problem.free.T])
        return float(np.sum((wanted - system @ np.linalg.lstsq(system, wanted)[0]) ** 2))

    taken: list[int] = []
    for _ in range(size):
        taken.append(min(set(range(len(offered))) - set(taken), key=lambda i: left([*taken, i])))
    return offered[taken]


@pytest.mark.parametrize("kappa", [(0.7, 0.7), (0.0, 1e3), (0.0, 0.2)])
def test_greedy_starts_are_what_refitting_every_random_neuron_chooses(
    kappa: tuple[float, float],
) -> None:
    """Leak: the field's own rate, rms velocity over rms state, within its bounds."""
    problem = replace(make_problem(points=60), kappa=kappa)
    natural = np.sqrt(np.sum(problem.target**2) / np.sum(problem.leak**2))
    leak = float(min(max(natural, kappa[0]), kappa[1]))
    again = scene(problem, seed=3)
    for start in greedy_starts(scene(problem, seed=3, policy=offering(60)), 4, 2):
        offered = random_starts(again, 30, 2).reshape(-1, 3)
        np.testing.assert_array_equal(start, best_by_refitting(problem, offered, 4, leak))


@pytest.mark.parametrize("price", [1e-10, 1.0])
def test_greedy_starts_are_different_neurons_of_a_pool_that_is_always_large_enough(
    price: float,
) -> None:
    """Where noise is expensive a neuron that was chosen would gain by being chosen again."""
    context = scene(replace(make_problem(), price=price), policy=offering(20))
    (start,) = greedy_starts(context, 30, 1)
    assert start.shape == (30, 3)
    assert len(np.unique(start, axis=0)) == 30


def test_greedy_starts_choose_among_300_random_neurons_or_four_for_each_that_they_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []

    def record(context: MoveContext, size: int, count: int) -> np.ndarray:
        drawn.append(size * count)
        return random_starts(context, size, count)

    monkeypatch.setattr(moves, "random_starts", record)
    for size in (3, 75, 80):
        greedy_starts(scene(make_problem(points=20), size=size), size, 1)
    assert drawn == [300, 300, 320]


def test_unions_hold_two_smaller_networks_and_random_neurons() -> None:
    """The three largest sizes that fit twice, in turn; the second network is shaken by 5 %."""
    parents = {size: pool(size) for size in (1, 2, 3, 4, 6)}
    made = unions(scene(make_problem(), parents, seed=2), 8, 200)
    filled = random_starts(scene(make_problem(), seed=2), 8, 200)
    shaken, different = [], 0
    for row, network in enumerate(made):
        half = (4, 3, 2)[row % 3]
        first = [np.array_equal(network[:half], one) for one in parents[half]].index(True)
        ratios = [network[half : 2 * half] / one for one in parents[half]]
        second = int(np.argmin([np.abs(ratio - 1.0).max() for ratio in ratios]))
        different += first != second
        shaken.append(np.log(ratios[second]).ravel())
        np.testing.assert_array_equal(network[2 * half :], filled[row, 2 * half :])
    assert different > 100
    assert np.std(np.concatenate(shaken)) == pytest.approx(0.05, rel=0.1)


def test_unions_without_networks_small_enough_are_random() -> None:
    parents = {5: pool(5)}
    made = unions(scene(make_problem(), parents, seed=2), 9, 6)
    np.testing.assert_array_equal(made, random_starts(scene(make_problem(), seed=2), 9, 6))


# --- pruning -------------------------------------------------------------------------------------


def with_useless_neuron(theta: np.ndarray, count: int) -> np.ndarray:
    """Copies of a network with one neuron more, at a place of its own in each."""
    useless = np.array([0.3, -0.4, 0.1])
    return np.array(
        [np.insert(theta, row % (len(theta) + 1), useless, axis=0) for row in range(count)]
    )


def test_pruning_removes_the_neuron_that_a_planted_network_does_not_need() -> None:
    problem, theta = planted(4)
    given = with_useless_neuron(theta, 5)
    proposal = prune(scene(problem, size=4), given)
    assert proposal.theta.shape == (5, 4, 3)
    for network in proposal.theta:
        np.testing.assert_allclose(network, theta, atol=1e-2)
    assert np.all(evaluate(problem, proposal.theta).value < 1e-6)
    (above,) = proposal.above
    assert above.theta.shape == (5, 5, 3)


def test_pruning_removes_a_sixth_at_a_time_and_adds_up_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refine, sizes, results = moves.refine, [], []

    def record(
        problem: RefinementProblem, theta: np.ndarray, steps: int, **policy: RefinePolicy
    ) -> Polished:
        sizes.append(theta.shape[1])
        results.append(refine(problem, theta, steps, **policy))
        return results[-1]

    monkeypatch.setattr(moves, "refine", record)
    problem = make_problem()
    proposal = prune(scene(problem, size=6), pool(14, count=2))
    assert sizes == [14, 12, 10, 9, 8, 7]
    assert proposal.theta.shape == (2, 6, 3)
    assert [one.theta.shape[1] for one in proposal.above] == [7]
    assert proposal.above[0] is results[-1]
    assert proposal.work == sum(one.work for one in results)
    assert proposal.work > 2 * cost(problem, 14)
    for before, after in zip(results[-1].theta, proposal.theta, strict=True):
        assert set(map(tuple, after)) < set(map(tuple, before))


def test_pruning_never_passes_below_the_size_wanted() -> None:
    """From 13 to 12 by a sixth of 13, which is 2, would be too far."""
    problem = make_problem()
    for start in (13, 14):
        proposal = prune(scene(problem, size=12), pool(start, count=1))
        assert proposal.theta.shape[1] == 12
        assert len(proposal.above) == (start == 13)
    same = prune(scene(problem, size=12), pool(12, count=1))
    assert same.theta.shape[1] == 12
    assert same.above == ()
    assert same.work > 0


def test_pruning_equal_networks_gives_different_ones() -> None:
    problem = make_problem()
    given = np.repeat(pool(8, count=1), 12, axis=0)
    proposal = prune(scene(problem, size=6), given)
    assert len(np.unique(np.round(proposal.theta, 6), axis=0)) > 1


# --- where moves start from ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "size", "expected"),
    [
        ("step_down", 4, 5),
        ("step_down", 6, 9),
        ("from_larger", 4, 6),
        ("from_larger", 2, 4),
        ("from_larger", 3, 4),
        ("from_larger", 5, 9),
        ("step_down", 9, 18),
        ("from_larger", 7, 14),
        ("from_above", 4, 8),
    ],
)
def test_moves_prune_the_nearest_larger_networks_or_random_ones_twice_as_large(
    pruned: list[np.ndarray], move: str, size: int, expected: int
) -> None:
    parents = {k: pool(k) for k in (9, 6, 5, 4)}
    MOVES[move](scene(make_problem(), parents, size=size))
    (theta,) = pruned
    assert theta.shape == (8, expected, 3)
    held = expected in parents and move != "from_above"
    known = parents.get(expected, pool(expected))
    assert held == all(any(np.array_equal(one, other) for other in known) for one in theta)


@pytest.mark.parametrize("move", ["cross", "swap", "hop"])
def test_moves_without_a_network_of_the_size_start_from_above(
    pruned: list[np.ndarray], move: str
) -> None:
    MOVES[move](scene(make_problem(), {4: pool(4)}, size=3))
    assert pruned[0].shape == (8, 6, 3)


def test_cross_unites_two_networks_of_which_the_second_is_shaken_by_five_percent(
    pruned: list[np.ndarray],
) -> None:
    parents = pool(3)
    MOVES["cross"](scene(make_problem(), {3: parents}, count=300))
    (theta,) = pruned
    assert theta.shape == (300, 6, 3)
    different, shaken = 0, []
    for network in theta:
        first = [np.array_equal(network[:3], one) for one in parents].index(True)
        ratios = [network[3:] / one for one in parents]
        second = int(np.argmin([np.abs(ratio - 1.0).max() for ratio in ratios]))
        different += first != second
        shaken.append(np.log(ratios[second]).ravel())
    assert different > 100
    assert np.std(np.concatenate(shaken)) == pytest.approx(0.05, rel=0.1)


def test_the_better_of_the_networks_in_hand_are_the_likelier_parents() -> None:
    """Geometric in rank, 0.35 for the best; what is left goes to the last."""
    parents = np.full((4, 2, 3), 1.0) * 1e6 ** np.arange(4)[:, None, None]
    proposal = MOVES["hop"](scene(make_problem(), {2: parents}, size=2, count=6000))
    ranks = np.round(np.log(np.abs(proposal.theta).max(axis=(1, 2))) / np.log(1e6)).astype(int)
    found = np.bincount(ranks, minlength=4) / 6000
    expected = [0.35, 0.35 * 0.65, 0.35 * 0.65**2, 0.65**3]
    np.testing.assert_allclose(found, expected, atol=0.03)


def test_hop_shakes_all_parameters_by_one_relative_amount_for_each_network() -> None:
    """Log-uniform between 0.05 and 0.8; 900 parameters show it to 3 %."""
    parent = pool(300, count=1)
    proposal = MOVES["hop"](scene(make_problem(), {300: parent}, size=300, count=400))
    relative = proposal.theta / parent - 1.0
    amounts = np.sqrt(np.mean(relative**2, axis=(1, 2)))
    assert 0.045 < amounts.min() < 0.06
    assert 0.65 < amounts.max() < 0.9
    share = np.log(amounts / 0.05) / np.log(0.8 / 0.05)
    assert stats.kstest(share, "uniform").pvalue > 1e-3
    assert abs(relative.mean() / amounts.mean()) < 0.02
    kurtosis = np.mean((relative / amounts[:, None, None]) ** 4)
    assert kurtosis == pytest.approx(3.0, abs=0.1)


def true_gains(problem: RefinementProblem, rest: np.ndarray, offered: np.ndarray) -> np.ndarray:
    """Decrease of the objective when each of the neurons joins the rest, by new evaluations."""
    problem = replace(problem, states=1)  # without the condition on M
    joined = np.array([np.vstack([rest, one]) for one in offered])
    return np.asarray(evaluate(problem, rest[None]).value[0] - evaluate(problem, joined).value)


def test_swap_replaces_the_cheapest_neuron_by_one_of_the_best_three_random_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[np.ndarray] = []

    def record(*given: object) -> np.ndarray:
        drawn.append(random_starts(*given))  # type: ignore[arg-type]
        return drawn[-1]

    monkeypatch.setattr(moves, "random_starts", record)
    problem, needed = planted(3)
    parents = with_useless_neuron(needed, 4)
    # Something is left to gain, but not by any neuron that is there already.
    held = np.vstack([np.tanh(parents[0] @ problem.design) * problem.root, problem.free])
    beyond = np.sin(5 * problem.design[:2]) * problem.root
    beyond -= np.linalg.lstsq(held.T, beyond.T)[0].T @ held
    problem = replace(problem, target=problem.target + beyond)
    proposal = MOVES["swap"](scene(problem, {4: parents}, size=4, count=12))
    assert proposal.theta.shape == (12, 4, 3)
    offered = drawn[0].reshape(-1, 3)
    order = offered[np.argsort(-true_gains(problem, needed, offered[::2])) * 2][:3]
    chosen = set()
    for network in proposal.theta:
        np.testing.assert_array_equal(network[:3], needed)
        (rank,) = np.flatnonzero(np.all(network[3] == order, axis=1))
        chosen.add(int(rank))
    assert chosen == {0, 1, 2}


@pytest.mark.parametrize("move", list(MOVES))
@pytest.mark.parametrize("hand", [(), (3, 4, 6)])
def test_every_move_gives_finite_networks_of_the_size_and_the_same_for_the_same_seed(
    move: str, hand: tuple[int, ...]
) -> None:
    problem = make_problem(points=40)
    parents = {size: pool(size) for size in hand}
    one, other = (MOVES[move](scene(problem, parents, count=3)) for _ in range(2))
    assert one.theta.shape == (3, 3, 3)
    assert np.all(np.isfinite(one.theta))
    np.testing.assert_array_equal(one.theta, other.theta)
    another = MOVES[move](scene(problem, parents, count=3, seed=9))
    assert not np.array_equal(one.theta, another.theta)


def test_the_policy_names_every_move_once() -> None:
    assert sorted(BASE.moves.names) == sorted(MOVES)


@pytest.mark.parametrize("move", list(MOVES))
def test_moves_do_not_change_the_networks_in_hand(move: str) -> None:
    parents = {size: pool(size) for size in (3, 4, 6)}
    MOVES[move](scene(make_problem(points=40), parents, count=3))
    for size, networks in parents.items():
        np.testing.assert_array_equal(networks, pool(size))
