"""Analysis of networks of any connectivity without a task, against networks with known points."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.optimize import brentq

import lrfit
from lrfit.core.errors import UsageError
from lrfit.learning.analysis import TrainedAnalysis
from lrfit.learning.analyze_network import MOST, analyze_network, visited_states
from tests.command_line import Run


def rank_one(form: str = "current", **more: object) -> lrfit.FullRankNetwork:
    """J = m n^T / n with m = 1, n = 2: with b = 0 the latent state is k = 2 tanh(k)."""
    n = 40
    given = {"tau": 1.0, "nonlinearity": "tanh", "output_weights": np.ones((1, n)) / n, **more}
    J = np.full((n, n), 2.0 / n)
    return lrfit.FullRankNetwork(J=J, form=form, **given)  # type: ignore[arg-type]


def random(form: str) -> lrfit.FullRankNetwork:
    rng = np.random.default_rng(4)
    n = 12
    return lrfit.FullRankNetwork(
        J=1.8 * rng.normal(size=(n, n)) / np.sqrt(n),
        tau=0.2,
        nonlinearity=["tanh"] * 8 + ["sigmoid"] * 4,
        input_weights=rng.normal(size=(n, 2)),
        bias=0.3 * rng.normal(size=n),
        output_weights=rng.normal(size=(2, n)),
        form=form,  # type: ignore[arg-type]
    )


def by_output(found: TrainedAnalysis) -> dict[tuple[float, ...], tuple[int, np.ndarray]]:
    at = found.at[0]
    return {
        tuple(z): (int(k), values)
        for z, k, values in zip(at.outputs.round(8), at.unstable, at.eigenvalues, strict=True)
    }


@pytest.mark.parametrize("form", ["current", "rate"])
def test_a_memory_of_rank_one_has_the_points_of_its_latent_equation(form: str) -> None:
    found = analyze_network(rank_one(form))
    at = found.at[0]
    latent = brentq(lambda k: 2.0 * np.tanh(k) - k, 1.0, 3.0)
    assert at.unstable.tolist() == [0, 0, 1]
    wanted = np.tanh([latent, latent, 0.0])
    np.testing.assert_allclose(np.abs(at.outputs[:, 0]), wanted, atol=1e-9)
    slope = 2.0 / np.cosh(latent) ** 2 - 1.0
    np.testing.assert_allclose(at.eigenvalues[:, 0].real, [slope, slope, 1.0], atol=1e-9)
    assert found.eigenvalues.after.real.max() == pytest.approx(2.0)
    assert (found.task, found.change, found.activity) == (None, None, None)


def test_both_forms_have_the_same_points_and_eigenvalues_at_any_input() -> None:
    """r = phi(x) solves the one where x solves the other; J D and D J have the same eigenvalues."""
    level = [{"u1": 0.7}]
    one, other = (by_output(analyze_network(random(f), inputs=level)) for f in ("current", "rate"))
    assert {key: k for key, (k, _) in one.items()} == {key: k for key, (k, _) in other.items()}
    for key, (_, values) in one.items():
        np.testing.assert_allclose(
            np.sort_complex(values), np.sort_complex(other[key][1]), atol=1e-6
        )


def test_rates_are_fixed_under_the_velocity_that_is_simulated_and_its_jacobian_is_theirs() -> None:
    network = random("rate")
    at = analyze_network(network).at[0]
    u = np.zeros(2)
    assert np.max(np.abs(network.full_velocity(at.states, u[None]))) < 1e-8
    for state, values in zip(at.states, at.eigenvalues, strict=True):
        own = np.linalg.eigvals(np.asarray(network.full_jacobian(state, u)))
        leading = np.sort_complex(own)[::-1][: len(values)]
        np.testing.assert_allclose(np.sort(values.real), np.sort(leading.real), atol=1e-9)


def test_equal_seeds_give_equal_files_and_the_file_gives_the_analysis_back(tmp_path: Path) -> None:
    one, two = (analyze_network(random("rate"), seed=3) for _ in range(2))
    np.testing.assert_array_equal(one.at[0].states, two.at[0].states)
    np.testing.assert_array_equal(one.at[0].hits, two.at[0].hits)
    lrfit.save(one, tmp_path / "a.h5")
    again = lrfit.load(tmp_path / "a.h5")
    np.testing.assert_array_equal(again.at[0].eigenvalues, one.at[0].eigenvalues)
    np.testing.assert_array_equal(again.eigenvalues.after, one.eigenvalues.after)
    assert (again.task, again.change, again.eigenvalues.before) == (None, None, None)
    assert repr(again) == repr(one)


def test_trajectories_that_diverge_are_left_out_and_all_neurons_may_be_silent() -> None:
    unstable = lrfit.FullRankNetwork(J=9.0 * np.eye(3), tau=0.01, nonlinearity="relu")
    states = visited_states(unstable, np.empty(0), np.random.default_rng(0))
    assert np.all(np.isfinite(states))
    silent = analyze_network(lrfit.FullRankNetwork(J=np.zeros((2, 2)), tau=1.0, nonlinearity="erf"))
    assert silent.at[0].kinds == ("stable",)
    assert not np.any(silent.at[0].states)


def test_what_cannot_be_looked_at_is_refused() -> None:
    large = lrfit.FullRankNetwork(J=np.zeros((MOST + 1,) * 2), tau=1.0, nonlinearity="tanh")
    with pytest.raises(UsageError, match="at most 2000"):
        analyze_network(large)
    with pytest.raises(UsageError, match="no input 'u2'"):
        analyze_network(random("rate"), inputs=[{"u2": 1.0}])


def test_an_imported_network_is_analyzed_drawn_and_reported_and_no_task_is_made_up(
    run: Run,
) -> None:
    network = random("rate")
    np.savez(
        "mynet.npz",
        W_rec=network.J,
        W_in=network.input_weights,
        b=network.bias,
        W_out=network.output_weights,
    )
    assert run("import", "mynet.npz", "--tau", 0.2, "--dt", 0.1, "--form", "rate").code == 0
    found = run("analyze", "mynet.network.h5", "--input", "u0=1", "--json", "-o", "a.h5")
    told = json.loads(found.out)
    assert (told["task"], told["g"], told["at"][0]["input"]) == (None, None, {"u0": 1.0, "u1": 0.0})
    assert told["at"][0]["points"][0]["kind"] in ("stable", "1 unstable direction")
    shown = run("show", "a.h5").out
    assert "full-rank network, 12 neurons" in shown
    assert "not known" in shown
    assert "fixed points at u0 1" in shown
    assert "mynet" not in shown.partition("command")[0]
    drawn = json.loads(run("plot", "a.h5", "-o", "a.svg", "--json").out)
    assert drawn["title"] == "full-rank network: eigenvalues and fixed points"
    assert run("plot", "mynet.network.h5", "--kind", "fixed-points", "-o", "f.svg").code == 0
    assert "learning changed" in run("plot", "a.h5", "--kind", "overlaps", "-o", "x.svg").error
    assert run("report", "mynet.network.h5", "-o", "page.html").code == 0
    assert "what the network reads at its fixed points" in Path("page.html").read_text("utf-8")
