import numpy as np
import pytest

from lrfit.core.errors import UsageError
from lrfit.fields.field import Domain
from lrfit.integrate import Limits
from lrfit.simulation.trajectory import simulate_target


class Oscillator:
    """x' = y, y' = -x - y / 5 + u."""

    def __init__(self, scale=1.0):
        self.domain = Domain(
            variables=("x", "y"),
            lower=[-2.0 * scale, -2.0],
            upper=[2.0 * scale, 2.0],
            inputs=("u",),
            input_lower=[-1.0],
            input_upper=[1.0],
        )

    def velocity(self, z, u):
        return np.stack([z[:, 1], -z[:, 0] - 0.2 * z[:, 1] + u[:, 0]], axis=1)

    def jacobian(self, z, u):
        raise NotImplementedError


class Explosion:
    domain = Domain(variables=("x",), lower=[-1.0], upper=[1.0])

    def velocity(self, z, u):
        return z * z

    def jacobian(self, z, u):
        raise NotImplementedError


@pytest.mark.parametrize("solver", ["dop853", "lsoda", "rk45"])
def test_solvers_agree_with_each_other_under_a_signal_with_jumps(solver):
    def run(solver, rtol):
        return simulate_target(
            Oscillator(),
            duration=10.0,
            initial=[[1.0, 0.0], [0.0, 0.5]],
            signal=lambda t: np.where((t >= 2) & (t < 3), 1.0, np.sin(t))[:, None],
            breakpoints=(2.0, 3.0),
            solver=solver,
            rtol=rtol,
            points=51,
        )

    reference, run = run("dop853", 1e-12), run(solver, 1e-8)
    assert run.complete
    assert run.z.shape == (2, 51, 2)
    np.testing.assert_allclose(run.z, reference.z, atol=1e-6)
    np.testing.assert_array_equal(run.u, run.v)
    np.testing.assert_allclose(run.u[1, :, 0], reference.u[0, :, 0])


def test_euler_approaches_the_error_controlled_solution_with_slope_one():
    def run(**options):
        return simulate_target(
            Oscillator(),
            duration=4.0,
            initial=[1.0, 0.0],
            signal=lambda t: np.where(t < 1.2345, 1.0, 0.0)[:, None],
            breakpoints=(1.2345,),
            points=3,
            **options,
        )

    exact, steps = run().z, np.array([0.04, 0.02, 0.01, 0.005])
    errors = [np.abs(run(solver="euler", dt=dt).z - exact).max() for dt in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(1.0, abs=0.1)


def test_tolerances_scale_with_the_box():
    # The same system in units a million times as large takes the same steps.
    def run(scale):
        field = Oscillator(scale)
        velocity = field.velocity
        field.velocity = lambda z, u: velocity(z / [scale, 1.0], u) * [scale, 1.0]
        return simulate_target(field, duration=10.0, initial=[scale, 0.0], points=11)

    small, large = run(1.0), run(2.0**20)
    np.testing.assert_allclose(large.z / [2.0**20, 1.0], small.z, rtol=1e-12)


def test_a_diverging_run_is_cut_where_it_ended():
    run = simulate_target(Explosion(), duration=3.0, initial=[0.5], points=301)
    assert run.status[0].startswith("diverged at t=1.99")
    assert not run.complete
    assert run.z.shape[1] == len(run.t) == run.reached[0] < 202
    assert np.all(np.isfinite(run.z))


def test_runs_that_end_earlier_than_others_are_nan_after_their_end():
    run = simulate_target(Explosion(), duration=3.0, initial=[[0.5], [-0.5]], points=301)
    assert run.status[1] == "done"
    assert len(run.t) == 301
    for trial, reached in enumerate(run.reached):
        assert np.all(np.isfinite(run.z[trial, :reached]))
        assert np.all(np.isnan(run.z[trial, reached:]))


def test_results_cannot_be_changed():
    run = simulate_target(Oscillator(), duration=1.0, initial=[1.0, 0.0], points=5)
    for array in (run.t, run.z, run.u, run.v, run.reached):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"initial": [1.0]}, "give 2 numbers"),
        ({"initial": 1.0}, "give 2 numbers"),
        ({"initial": np.zeros((0, 2))}, "give 2 numbers"),
        ({"initial": np.zeros((1, 1, 2))}, "give 2 numbers"),
        ({"initial": [[1.0, 0.0], [1.0]]}, "rows of the same length"),
        ({"initial": "abc"}, "the initial state holds texts; give numbers"),
        ({"initial": [np.nan, 0.0]}, "x is not finite"),
        ({"initial": [0.0, 1e9]}, "start nearer"),
        ({"duration": 0.0}, "positive"),
        ({"duration": np.nan}, "positive"),
        ({"duration": np.inf}, "positive"),
        ({"points": 1}, "at least 2"),
        ({"points": 10**10}, "fewer points"),
        ({"solver": "magic"}, "choose one of"),
        ({"solver": "euler"}, "give dt"),
        ({"dt": 0.1}, "belongs to the solver euler"),
        ({"solver": "euler", "dt": 1e-12}, "larger dt"),
        ({"signal": [1.0, 2.0]}, "one per input"),
    ],
)
def test_unusable_arguments_are_refused_with_what_to_do(options, text):
    with pytest.raises(UsageError, match=text):
        simulate_target(Oscillator(), **{"duration": 1.0, "initial": [0.0, 0.0]} | options)


def test_a_limit_on_time_ends_all_trials():
    run = simulate_target(
        Oscillator(),
        duration=1e5,
        initial=np.zeros((50, 2)) + 0.1,
        limits=Limits(seconds=0.2),
        points=11,
    )
    assert run.endings[-1].kind == "time limit"
    assert not run.complete
