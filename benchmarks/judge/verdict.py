"""The verdict on a network: same, differs or unclear, with the numbers it rests on.

Place in the flow: a network file and its target's YAML become a `Judgement`. What is known of
the target (portraits at every level, the declared run) is computed once and reused.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import qmc

from benchmarks.judge import declared, drift, rest
from benchmarks.judge.declared import Path as Run
from benchmarks.judge.findings import Finding
from benchmarks.judge.level import FAMILY, Portrait, portrait, same
from benchmarks.judge.matching import INSIDE, compare
from benchmarks.judge.motion import CONTINUUM, CYCLE, ESCAPED, IRREGULAR, UNSTABLE, Motion
from benchmarks.judge.network import Network
from benchmarks.judge.target import Target
from lrfit.core.arrays import Array

SAME, DIFFERS, UNCLEAR = "same", "differs", "unclear"
STARTS = 24
NATURAL_TIMES = 20.0
"""Length of the declared run where no duration is declared, and more until it has settled."""
_TARGET_WORK, _NETWORK_WORK = 1_500_000, 1_000_000
_BESIDE, _SENSITIVE = 0.01, 1e-4
_ASIDE = 0.3
_RESTING = 1e-9
_LONGEST = 10.0


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdict on one network.

    verdict : "same", "differs" or "unclear". reasons : differences that count.
    fragile : differences of the declared run that the target shows too when it starts 0.01
    half-widths beside the declared state; they do not count. unclear : what could not be decided.
    borderline : every difference that counts is within 20 % of its limit; or none counts, and one
    is, or is fragile. findings : all numbers.
    """

    network: str
    system: str
    verdict: str
    borderline: bool
    reasons: tuple[str, ...]
    fragile: tuple[str, ...]
    unclear: tuple[str, ...]
    findings: tuple[dict[str, Any], ...] = field(repr=False)
    seconds: float

    def as_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, eq=False)
class TargetFacts:
    """What is known of a target, computed when first asked for."""

    target: Target

    @cached_property
    def levels(self) -> list[dict[str, float]]:
        """Constant inputs at which the portraits are made."""
        return self.target.levels()

    @cached_property
    def starts(self) -> Array:
        """Sobol points of the box, and the declared initial state: (25, D)."""
        sobol = qmc.Sobol(len(self.target.variables), seed=7).random(32)[:STARTS]
        return np.concatenate([2.0 * sobol - 1.0, self.target.initial[None]])

    @cached_property
    def natural(self) -> list[float]:
        """Natural time at every level."""
        return [self.target.natural_time(level) for level in self.levels]

    @cached_property
    def portraits(self) -> list[Portrait]:
        """The target at every level, from `starts`."""
        return [
            portrait(self.target.flow(level), self.starts, natural, limit=_TARGET_WORK)
            for level, natural in zip(self.levels, self.natural, strict=True)
        ]

    def at_border(self, number: int, start: int) -> bool:
        """Whether the target itself ends elsewhere from 0.01 half-widths beside a start.

        Within that distance of the border of a basin no network can be asked for the same end.
        """
        if (number, start) not in self._borders:
            steps = _BESIDE * np.eye(len(self.target.variables))
            around = self.starts[start] + np.concatenate([steps, -steps])
            flow, own = self.target.flow(self.levels[number]), self.portraits[number]
            found = portrait(flow, around, self.natural[number], limit=_TARGET_WORK)
            wanted = own.motions[start]
            self._borders[number, start] = any(not same(wanted, one) for one in found.motions)
        return self._borders[number, start]

    @cached_property
    def _borders(self) -> dict[tuple[int, int], bool]:
        return {}

    @cached_property
    def rests(self) -> list[list[Array]]:
        """Rest states of any type in the box, at every level."""
        return [rest.rest_states(self.target.flow(each), self.starts) for each in self.levels]

    @cached_property
    def duration(self) -> float:
        """Of the declared run; without one 20 natural times, and until the target has settled."""
        if self.target.duration is not None:
            return self.target.duration
        motion = self.portraits[0].motions[-1]
        least = NATURAL_TIMES * self.natural[0]
        slow = 5.0 * motion.period if motion.kind == CYCLE else motion.time
        return float(min(max(least, slow), _LONGEST * least))

    @cached_property
    def begin(self) -> Array:
        """The declared initial state (D,), or one beside it where the target would stay there."""
        target, zeta = self.target, self.target.initial
        flow = target.flow(target.signals)
        times = np.linspace(0.0, self.duration, 201)
        speed = max(float(np.linalg.norm(flow.velocity(zeta, float(t)))) for t in times)
        if speed * self.natural[0] > _RESTING or self.portraits[0].motions[-1].kind == CONTINUUM:
            return zeta
        rates = np.linalg.eigvals(flow.jacobian(zeta)).real
        return zeta if np.max(rates) <= 0.0 else np.clip(zeta + _ASIDE, -1.0, 1.0)

    @cached_property
    def run(self) -> Run:
        """The declared run of the target."""
        return declared.run(self.target.flow(self.target.signals), self.begin, self.duration)

    @cached_property
    def beside(self) -> tuple[list[Finding], bool]:
        """What differs in a target that starts 0.01 away; whether it is chaotic or sensitive."""
        flow = self.target.flow(self.target.signals)
        found: list[Finding] = []
        for sign in (-1.0, 1.0):
            path = declared.run(flow, self.begin + sign * _BESIDE, self.duration)
            found += declared.differences(self.run, path)
        near = declared.run(flow, self.begin + _SENSITIVE, self.duration)
        sensitive = any(one.differs for one in declared.differences(self.run, near))
        sensitive |= self.portraits[0].motions[-1].kind == IRREGULAR
        return found, sensitive


def judge(path: Path, facts: TargetFacts | None = None) -> Judgement:
    """Judge a network file beside its target, by default the one whose YAML the file holds."""
    began = time.process_time()
    network = Network.read(path)
    facts = facts or TargetFacts(target=Target.of(network.text))
    unclear: list[str] = []
    findings: list[Finding] = []
    if network.discrete:
        unclear.append("networks in discrete time are not judged")
    else:
        findings, unclear = _all(facts, network)
    reasons = [one for one in findings if one.differs and not one.fragile]
    fragile = [one for one in findings if one.differs and one.fragile]
    return Judgement(
        network=path.name,
        system=str(facts.target.document["name"]),
        verdict=DIFFERS if reasons else UNCLEAR if unclear else SAME,
        borderline=_borderline(findings),
        reasons=tuple(one.text for one in reasons),
        fragile=tuple(one.text for one in fragile),
        unclear=tuple(unclear),
        findings=tuple(asdict(one) for one in findings),
        seconds=time.process_time() - began,
    )


def _borderline(findings: list[Finding]) -> bool:
    reasons = [one for one in findings if one.differs and not one.fragile]
    if reasons:
        return all(one.borderline for one in reasons)
    return any(one.borderline or (one.differs and one.fragile) for one in findings)


def _all(facts: TargetFacts, network: Network) -> tuple[list[Finding], list[str]]:
    findings, unclear = _declared(facts, network), []
    for number in range(len(facts.levels)):
        found, remarks = _at_level(facts, network, number)
        findings += found
        unclear += remarks
    return findings, unclear


def _declared(facts: TargetFacts, network: Network) -> list[Finding]:
    path = declared.run(network.driven(facts.target), facts.begin, facts.duration)
    found = declared.differences(facts.run, path)
    of_target, sensitive = facts.beside
    if sensitive:  # trajectories part whatever the network
        return [one for one in found if one.aspect == "declared run"]
    return declared.fragile(found, of_target)


def _at_level(facts: TargetFacts, network: Network, number: int) -> tuple[list[Finding], list[str]]:
    level, natural = facts.levels[number], facts.natural[number]
    wanted = facts.portraits[number]
    where = f" at {', '.join(f'{k} = {v:.4g}' for k, v in level.items())}" if level else ""
    flow = network.constant(facts.target, level)
    shared = [
        k
        for k, motion in enumerate(wanted.motions)
        if motion.kind not in {ESCAPED, UNSTABLE} and motion.widest <= INSIDE
    ]
    starts = np.concatenate([facts.starts[shared], _on_attractors(wanted)])
    found = portrait(flow, starts, natural, limit=_NETWORK_WORK)
    findings, remarks = compare(
        wanted, found, shared=shared, where=where, at_border=lambda k: facts.at_border(number, k)
    )
    findings += rest.displaced(facts.rests[number], flow, list(facts.starts), where)
    continuum = [one.place for one in wanted.motions if one.kind == CONTINUUM]
    inside = [place for place in continuum if np.max(np.abs(place)) <= 1.0]
    if inside:
        findings.append(drift.along_continuum(flow, inside, facts.duration, where))
    family = [one for one in wanted.attractors if one.kind == FAMILY]
    if family:
        target = facts.target.flow(level)
        findings.append(drift.in_family(target, flow, family, facts.duration, where))
    open_ = sum(wanted.fates[k] == -2 for k in shared)
    if open_ > len(shared) / 2:
        remarks.append(f"{open_} of {len(shared)} runs of the target{where} are undecided")
    return findings, remarks


def _on_attractors(wanted: Portrait) -> Array:
    """States (n, D) on the target's attractors inside the box: one, or four of moving ones."""
    found: list[Array] = [np.empty((0, len(wanted.motions[0].place)))]
    for one in wanted.attractors:
        if one.kind in {CONTINUUM, FAMILY} or np.max(np.abs([one.lower, one.upper])) > INSIDE:
            continue
        found.append(_states_on(one))
    return np.concatenate(found)


def _states_on(motion: Motion) -> Array:
    if motion.kind in {CYCLE, IRREGULAR}:
        chosen = np.linspace(0, len(motion.points), 4, endpoint=False).astype(int)
        return np.asarray(motion.points[chosen])
    return motion.place[None]
