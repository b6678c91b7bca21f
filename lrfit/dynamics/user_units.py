"""What was found in box units, in the user's units: the parts of an `Analysis`.

Place in the flow: anatomies and comparisons, which hold the fields themselves, become the plain
values that are shown and stored.
"""

from __future__ import annotations

from lrfit.dynamics.analysis import AtInput, InputComparison
from lrfit.dynamics.anatomies import Anatomy
from lrfit.dynamics.cycles import Cycle
from lrfit.dynamics.dynamics import Dynamics, LimitCycle, LyapunovExponents, OrbitFamily
from lrfit.dynamics.exponents import Exponents
from lrfit.dynamics.faithful.comparison import Comparison
from lrfit.dynamics.orbits import ClosedOrbits
from lrfit.dynamics.sampled import SampledNetworks
from lrfit.fields.field import Domain


def at_input(
    target: Anatomy, comparison: Comparison | None, sampled: SampledNetworks | None = None
) -> AtInput:
    """What was found at one constant input."""
    if comparison is None:
        return AtInput(input=target.flow.input, target=dynamics(target), sampled=sampled)
    return AtInput(
        input=target.flow.input,
        target=dynamics(target),
        network=dynamics(comparison.network),
        comparison=_comparison(comparison),
    )


def dynamics(anatomy: Anatomy) -> Dynamics:
    """An anatomy in the user's units."""
    fixed, domain = anatomy.fixed, anatomy.flow.domain
    return Dynamics(
        points=domain.state_from_box(fixed.points),
        kinds=fixed.kinds,
        eigenvalues=fixed.eigenvalues,
        eigenvalue_errors=fixed.eigenvalue_errors,
        residual=fixed.residual,
        hits=fixed.hits,
        tried=fixed.starts,
        chance_of_more=fixed.chance_of_more,
        unique_within=fixed.unique_within,
        complete=fixed.complete,
        degree=fixed.degree,
        index_sum=fixed.index_sum,
        continuum=domain.state_from_box(fixed.continuum),
        cycles=tuple(_cycle(cycle, domain) for cycle in anatomy.cycles),
        orbits=None if anatomy.orbits is None else _family(anatomy.orbits, domain),
        exponents=None if anatomy.exponents is None else _exponents(anatomy.exponents),
        cloud=domain.state_from_box(anatomy.cloud),
        cloud_sets=anatomy.cloud_sets,
        starts=domain.state_from_box(anatomy.starts),
        fate=anatomy.fate,
        duration=anatomy.duration,
        notes=anatomy.notes,
    )


def _cycle(cycle: Cycle, domain: Domain) -> LimitCycle:
    return LimitCycle(
        stable=not cycle.repels,
        period=cycle.period,
        period_error=cycle.period_error,
        points=domain.state_from_box(cycle.points),
        lower=domain.state_from_box(cycle.lower),
        upper=domain.state_from_box(cycle.upper),
        multipliers=cycle.multipliers,
        multiplier_error=cycle.multiplier_error,
    )


def _family(orbits: ClosedOrbits, domain: Domain) -> OrbitFamily:
    return OrbitFamily(periods=orbits.periods, points=domain.state_from_box(orbits.points))


def _exponents(found: Exponents) -> LyapunovExponents:
    return LyapunovExponents(
        values=found.values,
        errors=found.errors,
        duration=found.duration,
        runs=found.runs,
        chaotic=found.chaotic,
    )


def _comparison(found: Comparison) -> InputComparison:
    return InputComparison(
        points=found.pairs.points,
        cycles=found.pairs.cycles,
        cloud_distance=found.cloud_distance,
        yardstick=found.yardstick,
        drift=found.drift,
        orbits=found.orbits,
        fate_changed=found.fate_changed,
        judged=found.judged,
        border=found.border,
        differences=found.differences,
        unjudged=found.unjudged,
    )
