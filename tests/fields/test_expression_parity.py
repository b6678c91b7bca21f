"""Parity is proved from the tree where possible, else measured; affine inputs likewise."""

import numpy as np
import pytest

from lrfit.fields.expressions import (
    affine_inputs,
    compile_field,
    parse,
    proved_parity,
)
from lrfit.fields.expressions.parity import terms
from lrfit.fields.expressions.simplify import simplify
from lrfit.fields.field import Domain
from lrfit.fields.parity import sampled_parity


def box(variables, inputs=(), low=-2.0, high=2.0):
    D, U = len(variables), len(inputs)
    return Domain(
        variables=variables,
        lower=np.full(D, low),
        upper=np.full(D, high),
        inputs=inputs,
        input_lower=np.full(U, -1.0),
        input_upper=np.full(U, 1.0),
    )


def parity(equations, inputs=(), center=None, **limits):
    field = compile_field(equations=equations, inputs=inputs)
    domain = box(tuple(equations), tuple(inputs), **limits)
    return field.parity(domain, center=center)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x", "odd"),
        ("0", "odd"),
        ("3", "even"),
        ("x*y", "even"),
        ("x*y**2 - x**3 + y", "odd"),
        ("x/y", "even"),
        ("1/x", "odd"),
        ("x**-3", "odd"),
        ("sin(x)*cos(y)", "odd"),
        ("tanh(x - y) + erf(x)*abs(y)", "odd"),
        ("exp(-x**2)*y", "odd"),
        ("sqrt(x**2 + y**2)", "even"),
        ("sinh(x**2)*cosh(x)", "even"),
        ("exp(x) - exp(-x)", "odd"),
        ("exp(x) + exp(-x) + 1", "even"),
        ("relu(x) - relu(-x)", "odd"),
        ("sigmoid(x)*sigmoid(-x)", "even"),
        ("abs(x)**0.3", "even"),
        ("maximum(x**2, y**2)", "even"),
        ("x + 1", None),
        ("exp(x)", None),
        ("x**y", None),
        ("sigmoid(x)", None),
        ("relu(x)", None),
        ("maximum(x, y)", None),
        ("x*(y + 1)", None),
        ("log(x)", None),
        ("x**0.5", None),
    ],
)
def test_what_the_rules_prove(text, kind):
    assert proved_parity(simplify([parse(text, names=("x", "y"))])[0]) == kind


@pytest.mark.parametrize("text", ["x + y*x**2", "x*y - 1", "sin(x)**2/y", "tanh(x)*erf(y)*x"])
def test_proofs_agree_with_measurement(text):
    field = compile_field(equations={"x": text, "y": "y"})
    domain, generator = box(("x", "y")), np.random.default_rng(1)
    proved = field.parity(domain, generator=generator).variables[0]
    measured = sampled_parity(field.velocity, domain, generator=generator).variables[0]
    assert proved.kind == measured.kind
    assert proved.proved
    assert proved.residual == 0.0
    assert not measured.proved
    assert measured.residual < 1e-12


def test_van_der_pol_is_proved_odd_and_fitzhugh_nagumo_is_neither():
    found = parity({"x": "y", "y": "(1 - x**2)*y - x"})
    assert (found.whole.kind, found.whole.proved, found.whole.residual) == ("odd", True, 0.0)
    found = parity({"v": "v - v**3/3 - w + I", "w": "0.08*(v + 0.7 - 0.8*w)"}, inputs=("I",))
    assert found.variables[0].kind == "odd"
    assert found.variables[1].kind == "neither"
    assert found.whole.kind == "neither"
    assert found.whole.proved
    assert 0.1 < found.whole.residual < 1.0


def test_inputs_are_reflected_together_with_the_state():
    assert parity({"x": "-x + u"}, inputs=("u",)).whole.kind == "odd"
    assert parity({"x": "-x + u**2"}, inputs=("u",)).whole.kind == "neither"
    assert parity({"x": "x*u"}, inputs=("u",)).whole.kind == "even"


def test_parity_about_another_center_is_measured():
    equations = {"x": "(x - 1)**3 + (y + 0.5)", "y": "-sin(x - 1)"}
    found = parity(equations, center=np.array([1.0, -0.5])).whole
    assert (found.kind, found.proved) == ("odd", False)
    assert found.residual < 1e-12
    assert parity(equations).whole.kind == "neither"
    assert parity(equations, center=np.zeros(2)).whole.kind == "neither"


def test_an_identity_that_no_rule_proves_is_measured():
    found = parity({"x": "1/(1 + exp(-x)) - 0.5"}).whole
    assert (found.kind, found.proved) == ("odd", False)


def test_a_slight_asymmetry_is_found_and_its_size_told():
    found = parity({"x": "x + 1e-7*x**2"}).whole
    assert found.kind == "neither"
    assert not found.proved
    assert 1e-8 < found.residual < 1e-6


def test_odd_and_even_variables_together_are_neither():
    found = parity({"x": "y", "y": "x**2"})
    assert [verdict.kind for verdict in found.variables] == ["odd", "even"]
    assert found.whole.kind == "neither"
    assert found.whole.residual == 1.0


def test_a_vanishing_variable_goes_with_either_parity():
    assert parity({"x": "0", "y": "x*y"}).whole.kind == "even"
    assert parity({"x": "0", "y": "x"}).whole.kind == "odd"
    assert parity({"x": "0"}).whole.kind == "odd"


def test_a_field_that_is_not_finite_on_the_mirror_image_is_neither():
    found = parity({"x": "log(x)"}, low=1.0, high=2.0).whole
    assert (found.kind, found.proved) == ("neither", False)
    assert np.isnan(found.residual)


def test_huge_values_do_not_overflow_in_the_measurement():
    assert parity({"x": "1e200*(1/(1 + exp(-x)) - 0.5)"}).whole.kind == "odd"


def test_terms_of_a_sum_lose_signs_and_factors():
    field = compile_field(equations={"x": "3*(x - x**3/2) - 4"})
    assert sorted(term.op for term in terms(field.expressions[0])) == [
        "constant",
        "power",
        "symbol",
    ]


def affine(equations, inputs):
    field = compile_field(equations=equations, inputs=inputs)
    domain = box(tuple(equations), tuple(inputs))
    return affine_inputs(field, domain, generator=np.random.default_rng(0))


def test_affine_inputs_and_their_matrix_are_proved_from_the_derivatives():
    found = affine({"x": "x**2 + 2*a - b*x", "y": "-y*3 + (a + 4*c)/2"}, ("a", "b", "c"))
    assert found.affine == (True, False, True)
    assert found.proved == (True, False, True)
    np.testing.assert_array_equal(found.matrix[:, [0, 2]], [[2.0, 0.0], [0.5, 2.0]])
    assert np.isnan(found.matrix[:, 1]).all()


def test_products_of_inputs_are_not_jointly_affine():
    assert affine({"x": "a*b"}, ("a", "b")).affine == (False, False)


def test_affinity_that_no_rule_proves_is_measured():
    found = affine({"x": "(x + a)**2 - x**2 - a**2 - 2*a*x + 3*a + relu(b + 2)"}, ("a", "b"))
    assert found.affine == (True, True)
    assert found.proved == (False, False)
    np.testing.assert_allclose(found.matrix, [[3.0, 1.0]], atol=1e-12)


def test_no_inputs_have_an_empty_matrix():
    found = affine({"x": "x", "y": "x"}, ())
    assert found.affine == ()
    assert found.matrix.shape == (2, 0)


def test_a_field_that_is_finite_nowhere_is_affine_in_nothing():
    found = affine({"x": "log(-1 - x**2)*u**2"}, ("u",))
    assert found.affine == (False,)
