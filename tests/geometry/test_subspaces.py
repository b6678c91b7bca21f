"""The two subspaces of activity hold it all, and tonic inputs move the plane as theory says."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lrfit
from lrfit.core.arrays import Array
from lrfit.core.errors import UsageError
from lrfit.networks.nonlinearity import nonlinearity
from tests.command_line import Run


def network(n: int = 200, D: int = 2, U: int = 2, seed: int = 0) -> lrfit.LowRankNetwork:
    """Independent loadings, a bias, and a rotation that keeps the state moving."""
    rng = np.random.default_rng(seed)
    M = rng.normal(size=(n, D))
    turn = np.array([[1.6, -0.8], [0.8, 1.6]])[:D, :D]
    return lrfit.LowRankNetwork(
        M=M,
        N=M @ turn.T / n,
        bias=0.2 * rng.normal(size=n),
        center=np.zeros(D),
        input_weights=rng.normal(size=(n, U)),
        direct_input=np.zeros((D, U)),
        tau=1.0,
        nonlinearity=nonlinearity("tanh"),
        domain=lrfit.Domain(
            variables=("x", "y")[:D],
            lower=[-2] * D,
            upper=[2] * D,
            inputs=("u", "w")[:U],
            input_lower=[-1] * U,
            input_upper=[1] * U,
        ),
    )


@pytest.fixture(scope="module")
def found() -> lrfit.Subspaces:
    return lrfit.subspaces(network(), inputs=[{"u": 1.2}, {"u": -0.5, "w": 0.7}])


def test_activity_has_the_rank_of_states_and_inputs_and_the_shares_are_all(
    found: lrfit.Subspaces,
) -> None:
    assert (found.rank, found.recurrent_rank, found.input_rank) == (4, 2, 2)
    assert found.singular_values[4] < 3e-15
    assert found.recurrent_share + found.input_share == pytest.approx(1.0, abs=1e-12)
    assert 0.05 < found.recurrent_share < 0.95


def test_a_tonic_input_moves_the_plane_by_what_of_b_is_perpendicular_to_it(
    found: lrfit.Subspaces,
) -> None:
    net = network()
    off = np.eye(200) - net.M @ np.linalg.pinv(net.M)  # another way to the projection
    wanted = [np.linalg.norm(off @ net.input_weights @ v) for v in found.level]
    assert found.shift == pytest.approx(wanted, abs=1e-10)
    assert found.measured_shift == pytest.approx(wanted, abs=1e-9)
    assert found.shift[0] == 0.0
    assert wanted[1] > 10.0
    # Along the input axis each level is a floor: it varies between levels alone.
    floors = [found.path[found.path_level == k][..., 2] for k in range(3)]
    assert max(np.ptp(floor) for floor in floors) < 1e-9


def test_angles_are_those_of_the_two_spans() -> None:
    """The smallest angle between the spans, by the definition: no pair of vectors is closer."""
    net = network(n=6, U=1)
    found = lrfit.subspaces(net)
    b = net.input_weights[:, 0]
    inside = net.M @ np.linalg.lstsq(net.M, b, rcond=None)[0]
    cosine = b @ inside / np.linalg.norm(b) / np.linalg.norm(inside)
    assert found.angle == pytest.approx([np.degrees(np.arccos(cosine))])


def inside_span() -> lrfit.LowRankNetwork:
    net = network(U=1)
    return lrfit.LowRankNetwork(
        **{
            **{name: getattr(net, name) for name in net.__dataclass_fields__},
            "input_weights": net.M[:, :1] * 0.7,
        }
    )


def test_inputs_within_the_span_of_m_have_no_subspace_of_their_own() -> None:
    found = lrfit.subspaces(inside_span())
    assert (found.input_rank, found.input_share, found.rank) == (0, 0.0, 2)
    assert found.recurrent_share == pytest.approx(1.0)
    assert found.angle == pytest.approx([0.0], abs=1e-5)
    assert np.all(found.shift < 1e-12)


def moving(t: Array) -> Array:
    return np.column_stack([np.sin(2 * t), np.cos(3.1 * t)])


def test_a_trajectory_with_currents_tells_the_same_as_its_network(tmp_path: object) -> None:
    net = network()
    run = lrfit.simulate(
        net,
        duration=12.0,
        signal=moving,
        initial=[[1.0, 0.0], [0.0, -1.0]],
        points=121,
        store_rates=True,
    )
    found = lrfit.subspaces(run)
    x = run.x.reshape(-1, 200)  # type: ignore[union-attr]
    Q = np.linalg.qr(net.M)[0]
    centered = x - x.mean(axis=0)
    share = np.sum((centered @ Q) ** 2) / np.sum(centered**2)
    assert found.recurrent_share == pytest.approx(share, abs=1e-9)
    assert found.recurrent_share + found.input_share == pytest.approx(1.0, abs=1e-9)
    assert found.rank == 4
    with pytest.raises(UsageError, match="holds no currents"):
        lrfit.subspaces(lrfit.simulate(net, duration=1.0, signal=[0.0, 0.0], points=3))
    with pytest.raises(UsageError, match="leave the tonic inputs out"):
        lrfit.subspaces(run, inputs=[{"u": 1.0}])


def test_a_full_rank_network_of_low_rank_has_the_subspaces_of_its_factors() -> None:
    low = network(n=80, U=1)
    full = lrfit.subspaces(lrfit.FullRankNetwork.from_low_rank(low))
    assert full.recurrent_rank == 2
    assert full.recurrent_share + full.input_share == pytest.approx(1.0, abs=0.02)
    assert full.angle == pytest.approx(lrfit.subspaces(low).angle, abs=3.0)
    trained = lrfit.learn("flip_flop", neurons=16, g=0.0, epochs=3, test_trials=8)
    assert 0.0 < lrfit.subspaces(trained).recurrent_share <= 1.0


def test_the_command_writes_a_file_that_show_and_plot_know(run: Run, network_file: object) -> None:
    told = run("subspaces", network_file, "--json", "-o", "s.h5", "--input", "u=1")
    said = json.loads(told.out)
    assert [each["input"] for each in said["levels"]] == [{"u": 0.0}, {"u": 1.0}]
    assert said["levels"][1]["shift"] == pytest.approx(said["levels"][1]["measured_shift"])
    shown = json.loads(run("show", "s.h5", "--json").out)
    assert shown["singular_values"] == said["singular_values"]
    assert run("plot", "s.h5", "-o", "s.svg").code == 0
    assert "no input 'q'" in run("subspaces", network_file, "--input", "q=1").error
    assert run("subspaces", "van_der_pol").code == 2
