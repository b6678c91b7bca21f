"""What a field offers is used whatever its class: that of a formula, or of a user's package."""

from __future__ import annotations

import numpy as np
import pytest

from lrfit.certification.certify import certify
from lrfit.dynamics import Flow, fixed_points
from lrfit.dynamics.interval_flow import field_bounds
from lrfit.expressivity.parity_proof import proved_floors
from lrfit.expressivity.symmetry import mirror_of
from lrfit.fields.data import scattered_data
from lrfit.fields.expressions import CompiledField, compile_field
from lrfit.fitting.fit import fit
from lrfit.systems.build import from_field
from lrfit.systems.open import load_system
from lrfit.systems.sampling import draw_samples
from lrfit.systems.system import System
from lrfit.systems.transforms.discrete import discretized

TEXT = b"name: s\ndynamics: {x: x - x**3 + u}\ndomain: {x: [-1.5, 1.5]}\ninputs: {u: [-0.1, 0.1]}\n"
EXACT = load_system(TEXT)
OFFERS = ("affine_inputs", "parity", "term_kinds", "enclosures")


class Plain:
    """A field that says nothing of itself."""

    def __init__(self) -> None:
        self._inner: CompiledField = compile_field(equations={"x": "x - x**3 + u"}, inputs=["u"])

    def velocity(self, z, u):
        return self._inner.velocity(z, u)

    def jacobian(self, z, u):
        return self._inner.jacobian(z, u)


class Knowing(Plain):
    """A field of no class that lrfit knows, which offers all that is asked for."""

    def affine_inputs(self, domain):
        return ("u",)

    def parity(self, domain):
        return self._inner.parity(domain)

    def term_kinds(self, direct):
        return (frozenset({"linear", "odd"}),)

    @property
    def enclosures(self):
        return self._inner.enclosures


def system(field) -> System:
    return from_field(field, domain=EXACT.domain, name="mine")


def test_what_is_not_offered_is_measured_or_unknown():
    plain = system(Plain())
    assert plain.affine_inputs == ()
    assert (plain.parity.whole.kind, plain.parity.whole.proved) == ("odd", False)
    assert plain.term_kinds(frozenset()) is None
    assert [getattr(plain, name) for name in ("enclosures", "data", "interpolation")] == [None] * 3
    assert plain.continuous is plain


def test_what_is_offered_counts_as_that_of_formulas():
    mine = system(Knowing())
    assert mine.affine_inputs == EXACT.affine_inputs == ("u",)
    assert mine.parity == EXACT.parity
    assert mine.parity.whole.proved
    mirror = mirror_of(EXACT.domain, np.zeros(1))
    assert proved_floors(mine, "tanh", mirror) == proved_floors(EXACT, "tanh", mirror) == (0.0,)
    assert proved_floors(system(Plain()), "tanh", mirror) == (None,)


def test_terms_of_formulas_have_the_kinds_that_the_user_states():
    assert EXACT.term_kinds(frozenset()) == Knowing().term_kinds(frozenset())


def test_fixed_points_are_proved_with_the_bounds_of_a_users_field():
    flow = Flow(field=system(Knowing()), input=np.zeros(1))
    found = fixed_points(flow, generator=np.random.default_rng(0), starts=64, prove=True)
    assert found.complete.status == "proved"
    assert np.all(found.unique_within > 0.0)
    assert field_bounds(Flow(field=system(Plain()), input=np.zeros(1))) is None


def test_a_network_is_certified_against_a_users_field_as_against_its_formula():
    mine = system(Knowing())
    network = fit(EXACT, neurons=6, method="lstsq").network
    one, other = (certify(network, target=target, gap=0.5) for target in (mine, EXACT))
    assert (one.upper, one.lower, one.boxes) == (other.upper, other.lower, other.boxes)
    with pytest.raises(ValueError, match="certify needs its equations"):
        certify(network, target=system(Plain()))


def test_measured_points_of_a_users_field_are_held_out_and_never_drawn_afresh():
    z = np.random.default_rng(1).uniform(-1.5, 1.5, (300, 1))
    u = np.random.default_rng(2).uniform(-0.1, 0.1, (300, 1))

    class Measured(Plain):
        data = scattered_data(z, u, Plain().velocity(z, u))
        interpolation = "nothing"

    mine = system(Measured())
    samples = draw_samples(mine)
    assert (samples.kind, mine.interpolation) == ("data", "nothing")
    drawn = np.concatenate([s.state for s in (samples.training, samples.validation, samples.test)])
    np.testing.assert_allclose(
        np.sort(drawn[:, 0]), np.sort(EXACT.domain.state_to_box(z)[:, 0]), rtol=1e-12
    )
    assert discretized(mine, 0.01).data is mine.data


def test_a_flow_map_is_affine_in_an_input_only_where_its_field_knows_it():
    linear = load_system(
        b"name: l\ndynamics: {x: -x + u}\ndomain: {x: [-1, 1]}\ninputs: {u: [0, 1]}\n"
    )
    assert discretized(linear, 0.1).affine_inputs == ("u",)
    assert discretized(linear, 0.1).continuous.field is linear.field
    assert discretized(system(Plain()), 0.1).affine_inputs == ()
