"""What differs between two anatomies: every planted difference is named, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.dynamics import Anatomy, fixed_points
from lrfit.dynamics.faithful import Comparison, compare
from lrfit.dynamics.faithful.distances import attracting, drift_along
from lrfit.dynamics.faithful.matching import pair_points

from .conftest import Analyze, MakeFlow

RNG = np.random.default_rng
RADIUS = "({r}**2 - x**2 - y**2)"


def compared(target: Anatomy, network: Anatomy, duration: float = 10.0) -> Comparison:
    return compare(target, network, duration=duration, generator=np.random.default_rng(0))


def cycle(radius: float = 0.5, turn: float = 2.0, sign: str = "") -> dict[str, str]:
    """r' = +-(radius² - r²) r, theta' = turn."""
    pull = RADIUS.format(r=radius)
    return {"x": f"{sign}3*{pull}*x - {turn}*y", "y": f"{sign}3*{pull}*y + {turn}*x"}


def test_a_field_is_faithful_to_itself(flow_of: MakeFlow, analyze: Analyze) -> None:
    once, again = (analyze(flow_of(cycle())) for _ in range(2))
    found = compared(once, again)
    assert found.differences == ()
    assert (found.fate_changed, found.border) == (0.0, 0.0)
    (match,) = found.pairs.cycles
    assert (match.period, match.amplitude) == (0.0, 0.0)
    assert found.pairs.points[0].eigenvalue_error == 0.0


def two_cycles(inner: float) -> dict[str, str]:
    """r' = r (r² - inner²) (0.64 - r²): a cycle that repels inside one that attracts."""
    f = f"10*(x**2 + y**2 - {inner}**2)*(0.64 - x**2 - y**2)"
    return {"x": f"{f}*x - 2*y", "y": f"{f}*y + 2*x"}


def test_the_cycle_that_bounds_a_basin_is_compared_too(flow_of: MakeFlow, analyze: Analyze) -> None:
    target = analyze(flow_of(two_cycles(0.4)))
    assert compared(target, analyze(flow_of(two_cycles(0.4)))).differences == ()
    (line, *_) = compared(target, analyze(flow_of(two_cycles(0.5)))).differences
    assert line == "the unstable cycle of period 3.142 has an amplitude +25.0% off"


def test_a_cycle_that_repels_does_not_stand_for_one_that_attracts(
    flow_of: MakeFlow, analyze: Analyze
) -> None:
    target, other = analyze(flow_of(cycle())), analyze(flow_of(cycle(sign="-")))
    found = compared(target, other)
    assert not found.pairs.cycles
    assert "the cycle of period 3.142 is missing" in found.differences
    assert "there is a new unstable cycle of period 3.142" in found.differences


@pytest.mark.parametrize(("shift", "differs"), [(0.06, False), (0.2, True)])
def test_a_moved_fixed_point_is_told_beyond_its_limit(
    flow_of: MakeFlow, analyze: Analyze, shift: float, differs: bool
) -> None:
    target = analyze(flow_of({"x": "-x", "y": "-2*y"}, box=2.0))
    network = analyze(flow_of({"x": f"-(x - {shift})", "y": "-2*y"}, box=2.0))
    found = compared(target, network)
    assert found.pairs.points[0].distance == pytest.approx(shift / 2)
    moved = f"has moved by {shift / 2:.2g} half-widths, to x {shift:.3g}, y 0"
    text = f"the stable node at x 0, y 0 {moved}"
    assert found.differences == ((text,) if differs else ())


def test_a_point_that_moved_far_is_not_told_as_one_lost_and_one_new(
    flow_of: MakeFlow, analyze: Analyze
) -> None:
    target = analyze(flow_of({"x": "-x", "y": "-2*y"}, box=2.0))
    network = analyze(flow_of({"x": "-(x - 1)", "y": "-2*y"}, box=2.0))
    found = compared(target, network)
    assert not found.pairs.points  # beyond the reach within which they stand for each other
    moved = "the stable node at x 0, y 0 has moved by 0.5 half-widths, to x 1, y 0"
    assert found.differences == (moved,)
    saddle = analyze(flow_of({"x": "x - 1", "y": "-2*y"}, box=2.0))
    told = compared(target, saddle).differences
    assert "the stable node at x 0, y 0 is missing" in told
    assert "there is a new saddle at x 1, y 0" in told


def test_a_point_that_changes_its_stability_is_told(flow_of: MakeFlow, analyze: Analyze) -> None:
    target = analyze(flow_of({"x": "-x", "y": "-2*y"}))
    network = analyze(flow_of({"x": "-x", "y": "0.1*y"}))
    assert any("has become a saddle" in line for line in compared(target, network).differences)


def test_a_center_may_turn_out_on_either_side(flow_of: MakeFlow) -> None:
    center = fixed_points(flow_of({"x": "y", "y": "-x"}), generator=RNG(0))
    assert center.kinds == ("center",)
    for damping in ("-0.02*y", "+0.02*y"):
        focus = fixed_points(flow_of({"x": "y", "y": f"-x {damping}"}), generator=RNG(0))
        ((match,), missing, extra) = pair_points(center, focus)
        assert match.same_kind
        assert (missing, extra) == ((), ())
        ((match,), _, _) = pair_points(focus, center)
        assert match.same_kind == (damping[0] == "-")  # a center is no repeller


def test_a_lost_cycle_and_the_changed_fates_are_told(flow_of: MakeFlow, analyze: Analyze) -> None:
    target = analyze(flow_of(cycle()))
    network = analyze(flow_of({"x": "-0.1*x - 2*y", "y": "-0.1*y + 2*x"}))
    found = compared(target, network)
    assert "the cycle of period 3.142 is missing" in found.differences
    assert found.fate_changed == 1.0
    assert compared(network, target).pairs.extra_cycles == (0,)


@pytest.mark.parametrize(
    ("radius", "turn", "text"),
    [
        (0.5, 2.0 / 1.1, "has a period +10.0% off"),
        (0.5, 2.0 / 0.9, "has a period -10.0% off"),
        (0.55, 2.0, "has an amplitude +10.0% off"),
        (0.51, 2.02, ""),
    ],
)
def test_a_cycle_that_is_off_by_ten_percent_is_told_by_how_much(
    flow_of: MakeFlow, analyze: Analyze, radius: float, turn: float, text: str
) -> None:
    found = compared(analyze(flow_of(cycle())), analyze(flow_of(cycle(radius, turn))))
    if text:
        assert found.differences == (f"the cycle of period 3.142 {text}",)
    else:
        assert found.differences == ()


def test_an_extra_attractor_is_told_with_its_place(flow_of: MakeFlow, analyze: Analyze) -> None:
    target = analyze(flow_of({"x": "-x"}))
    network = analyze(flow_of({"x": "-x*(x - 0.4)*(x - 0.6)"}))
    differences = compared(target, network).differences
    assert "there is a new stable node at x 0.6" in differences
    assert "there is a new unstable node at x 0.4" in differences
    assert any("of the starts end elsewhere" in line for line in differences)


def test_what_leaves_the_box_is_told(flow_of: MakeFlow, analyze: Analyze) -> None:
    target = analyze(flow_of({"x": "-x", "y": "-y"}))
    network = analyze(flow_of({"x": "-x + 4*x**3", "y": "-y"}))  # escapes beyond |x| = 1/2
    found = compared(target, network)
    assert found.border == pytest.approx(0.5)  # two of the four sides
    assert found.fate_changed == pytest.approx(0.5, abs=0.05)
    assert any("left the box" in line for line in found.differences)


def ring(slip: float) -> dict[str, str]:
    """r' = 2 (0.25 - r²) r, theta' = -slip sin(theta)."""
    pull, turn = "2*(0.25 - x**2 - y**2)", f"({slip}*y/sqrt(x**2 + y**2 + 1.0e-9))"
    return {"x": f"{pull}*x + {turn}*y", "y": f"{pull}*y - {turn}*x"}


@pytest.mark.parametrize("slip", [0.001, 0.05])
def test_drift_along_a_broken_ring_is_that_of_the_angle(flow_of: MakeFlow, slip: float) -> None:
    angles = 2.0 * np.pi * np.arange(128) / 128
    places = 0.5 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    found = drift_along(places, flow_of(ring(slip)), 20.0)
    # tan(theta/2) falls as exp(-slip t): solved by separation of variables.
    theta = np.linspace(-np.pi, np.pi, 2000, endpoint=False)
    later = 2 * np.arctan(np.tan(theta / 2) * np.exp(-slip * 20.0))
    chord = 2 * 0.5 * np.abs(np.sin((later - theta) / 2))
    assert found.typical == pytest.approx(np.sqrt(np.mean(chord**2)), rel=0.05)
    assert found.moved == pytest.approx(chord.max(), rel=0.01)  # at the worst place
    assert found.lost == 0.0


def test_memory_that_drifts_too_far_is_told(flow_of: MakeFlow, analyze: Analyze) -> None:
    target, network = analyze(flow_of(ring(0.0))), analyze(flow_of(ring(0.1)))
    (line,) = compared(target, network, duration=20.0).differences
    assert line.startswith("it drifts by")


def test_memory_is_asked_only_of_lines_that_attract(flow_of: MakeFlow) -> None:
    three_lines = flow_of({"x": "0*x", "y": "y - 4*y**3"})  # y = 0 is unstable, +-1/2 attract
    continuum = fixed_points(three_lines, generator=RNG(0)).continuum
    assert np.any(np.abs(continuum[:, 1]) < 0.1)
    held = attracting(three_lines, continuum)
    np.testing.assert_allclose(np.abs(held[:, 1]), 0.5, atol=1e-6)
    found = drift_along(held, flow_of({"x": "1.0e-4 + 0*x", "y": "y - 4*y**3 + 0.001"}), 10.0)
    assert found.lost == 0.0
    assert found.moved == pytest.approx(1e-3, rel=0.05)  # 1e-4 for a time of 10
