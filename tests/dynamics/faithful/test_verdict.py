"""The verdict on networks: faithful to themselves, not to what differs; the quick look."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from lrfit.dynamics import Flow
from lrfit.dynamics.faithful import Faithfulness, compare_run, examine, quick_look, target_anatomies
from lrfit.dynamics.faithful.verdict import _of_run, _run_unjudged

from .conftest import rotor, started, target_of


def test_a_network_is_faithful_to_the_system_that_it_implements() -> None:
    network = rotor(1.5, 1.5)
    found = examine(target_of(network), network)
    assert found.faithful is True
    assert found.verdict == "yes"
    assert (found.differences, found.unjudged) == ((), ())
    assert len(found.comparisons[0].target.cycles) == 1
    assert found.run is not None
    assert found.run.horizon == np.inf
    assert found.run.error < 1e-4
    assert found.run.apart < 1e-4
    assert found.run.period == pytest.approx(0.0, abs=1e-6)
    quick = quick_look(target_of(network), network)
    assert (quick.verdict, quick.faithful) == ("yes", True)


def test_a_slower_membrane_is_found_by_period_in_both_looks() -> None:
    system, slower = target_of(rotor(1.5, 1.5)), rotor(1.5, 1.5, tau=1.1)  # exactly 10 % slower
    for look in (examine, quick_look):
        found = look(system, slower)
        assert found.faithful is False
        assert found.comparisons[0].pairs.cycles[0].period == pytest.approx(0.1, abs=1e-5)
        assert "has a period +10.0% off" in found.verdict
        assert found.run is not None
        assert found.run.period == pytest.approx(0.1, abs=2e-3)
        (_, line) = found.differences  # by the end it is 10 % late, twice what is allowed
        assert line.startswith("the declared run is ")


def test_the_target_s_anatomy_can_be_used_again_for_many_networks() -> None:
    network = rotor(1.5, 1.5)
    system = target_of(network)
    known = target_anatomies(system)
    for other, is_faithful in ((network, True), (rotor(0.9, 1.5), False)):
        found = examine(system, other, target=known)
        assert found.comparisons[0].target is known[0]
        assert found.faithful is is_faithful


def test_the_quick_look_sees_points_that_appear_or_change() -> None:
    system = target_of(rotor(0.5, 0.0))  # one stable node
    assert quick_look(system, rotor(0.6, 0.0)).verdict == "yes"
    changed = quick_look(system, rotor(1.2, 0.8)).differences
    assert "the stable node at x 0, y 0 has become an unstable focus" in changed
    wells = quick_look(system, rotor(1.5, 0.0))  # nine points: four wells, four saddles, a hill
    assert sum(line.startswith("there is a new ") for line in wells.differences) == 8


def test_a_verdict_says_no_before_not_judged_and_yes_only_without_either() -> None:
    def verdict(differences: tuple[str, ...], unjudged: tuple[str, ...]) -> tuple[object, str]:
        found = Faithfulness(comparisons=(), run=None, differences=differences, unjudged=unjudged)
        return found.faithful, found.verdict

    assert verdict((), ()) == (True, "yes")
    assert verdict((), ("too long", "too far")) == (None, "not judged: too long; too far")
    assert verdict(("a", "b"), ("too long",)) == (False, "no (a; b)")


def test_a_run_without_a_declared_start_does_not_sit_on_the_middle_of_an_oscillator() -> None:
    network = rotor(1.5, 1.5)  # its middle is an unstable focus
    system = target_of(network)
    still = started(system, 0.0, 0.0)
    flow = Flow(field=still, input=np.empty(0))
    slower = compare_run(still, rotor(1.5, 1.5, tau=1.1), flow)
    assert slower.period == pytest.approx(0.1, abs=2e-3)
    assert not slower.at_rest
    moved = dataclasses.replace(network, center=np.array([0.02, 0.0]))
    assert _of_run(compare_run(still, moved, flow), None) == []


def test_a_target_that_is_left_on_a_saddle_says_nothing_about_where_a_run_ends() -> None:
    network = rotor(1.5, 0.0)  # saddles on the axes: the run along one ends in it
    along = started(target_of(network), 1.0, 0.0)
    run = compare_run(along, network, Flow(field=along, input=np.empty(0)))
    assert not run.at_rest


def test_a_run_that_ends_elsewhere_is_told_and_one_that_was_cut_short_is_not() -> None:
    network = rotor(1.5, 0.0)
    system = started(target_of(network), 1.0, 0.5)
    flow = Flow(field=system, input=np.empty(0))
    moved = dataclasses.replace(network, center=np.array([1.2, 0.0]))
    run = compare_run(system, moved, flow)
    assert run.at_rest
    (line,) = _of_run(run, None)
    assert line.startswith("the declared run is ")
    assert run.final > 0.2
    limited = dataclasses.replace(run, network_ending="step limit at t=3", apart=np.nan)
    assert _of_run(limited, None) == []
    (why,) = _run_unjudged(limited, None)
    assert why == "the declared run of the network was not followed to its end: step limit at t=3"
    diverged = dataclasses.replace(run, network_ending="diverged at t=3: x = 9", apart=np.nan)
    assert _of_run(diverged, None) == ["the declared run: diverged at t=3: x = 9"]
    assert _run_unjudged(diverged, None) == []
