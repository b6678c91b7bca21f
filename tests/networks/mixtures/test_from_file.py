"""`populations:` of a system file: what it says arrives, and what it cannot say is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lrfit
from lrfit.core.errors import InputError, UsageError
from lrfit.networks.mixtures.as_text import mixture_text
from lrfit.networks.mixtures.mean_field import mean_field_of
from lrfit.networks.mixtures.mixture import Mixture

TEXT = """\
name: two
time_unit: ms
latent: [x, y]
inputs: {u: [-1, 1]}
domain: {y: [-2, 2], x: [-3, 3]}
parameters: {s: 1.5}
network: {tau: 0.5, nonlinearity: erf, center: {x: 0.1, y: 0}}
direct_input: [[0.25], [0]]
populations:
  - share: 1/4
    mean: {m: [0, 0.5], B: 1, b: -0.3}
    cov:
      m.m: [[1, 0.2], [0.2, 2]]
      nu.m: [[s, 0], [0, -s]]
      u_block
  - share: 0.75
    cov: {m.m: 1, nu.m: s/3, nu.nu: [4, 5], B.B: 0.5, m.B: [0.1, 0.2]}
""".replace("      u_block\n", "      B.B: [[0.5]]\n      nu.B: [[0.3], [0.1]]\n")


def mixture_of(text: str, **overrides: float) -> Mixture:
    field = mean_field_of(lrfit.load_system(text.encode(), overrides=overrides).field)
    assert field is not None
    return field.mixture


def same(a: Mixture, b: Mixture) -> bool:
    arrays = ("share", "mean", "covariance", "center", "direct_input")
    return (
        all(np.array_equal(getattr(a, name), getattr(b, name)) for name in arrays)
        and (a.name, a.tau, a.nonlinearity, a.symmetry, a.time_unit)
        == (b.name, b.tau, b.nonlinearity, b.symmetry, b.time_unit)
        and a.domain.variables == b.domain.variables
        and np.array_equal(a.domain.upper, b.domain.upper)
    )


def test_every_block_arrives_in_its_place() -> None:
    found = mixture_of(TEXT)
    assert found.features == ("m.x", "m.y", "nu.x", "nu.y", "B.u", "b")
    assert found.share.tolist() == [0.25, 0.75]
    assert found.mean.tolist() == [[0, 0.5, 0, 0, 1, -0.3], [0] * 6]
    first, second = found.covariance
    assert first[:2, :2].tolist() == [[1, 0.2], [0.2, 2]]
    assert first[2:4, :2].tolist() == [[1.5, 0], [0, -1.5]]
    assert first[2:4, 4].tolist() == [0.3, 0.1]
    assert second[:2, :2].tolist() == np.eye(2).tolist()
    assert second[2:4, :2].tolist() == [[0.5, 0], [0, 0.5]]
    assert second[2:4, 2:4].tolist() == [[4, 0], [0, 5]]
    assert second[:2, 4].tolist() == [0.1, 0.2]
    assert np.array_equal(found.covariance, found.covariance.transpose(0, 2, 1))
    assert (found.tau, found.center.tolist()) == (0.5, [0.1, 0])
    assert (found.direct_input.tolist(), found.domain.upper.tolist()) == ([[0.25], [0]], [3, 2])


def test_a_missing_covariance_of_nu_is_the_smallest_that_is_possible() -> None:
    """The neurons' nu is then a linear function of their m, B and b."""
    covariance = mixture_of(TEXT).covariance[0]
    theta = [0, 1, 4]
    cross = covariance[2:4][:, theta]
    smallest = cross @ np.linalg.inv(covariance[np.ix_(theta, theta)]) @ cross.T
    np.testing.assert_allclose(covariance[2:4, 2:4], smallest, rtol=1e-12)
    assert np.linalg.eigvalsh(covariance)[0] == pytest.approx(0.0, abs=1e-12)


def test_parameters_may_stand_in_the_blocks_and_be_set() -> None:
    assert mixture_of(TEXT, s=0.6).covariance[0][2:4, :2].tolist() == [[0.6, 0], [0, -0.6]]


def test_a_mixture_is_the_same_after_its_text_and_its_file(tmp_path: Path) -> None:
    for given in (mixture_of(TEXT), mixture_of(HEXAGON)):
        assert same(mixture_of(mixture_text(given)), given)
    path = tmp_path / "hexagon.mixture.h5"
    lrfit.save(given, path)
    assert same(lrfit.load(path), given)
    system, of_file = given.as_system(), lrfit.load_system(path)
    z = np.random.default_rng(0).uniform(-2, 2, (9, 2))
    assert np.array_equal(system.velocity(z, z[:, :0]), of_file.velocity(z, z[:, :0]))
    assert system.source.sha256 == of_file.source.sha256
    with pytest.raises(UsageError, match="a mixture in HDF5 has no parameters"):
        lrfit.load_system(path, overrides={"s": 1.0})


def test_a_mixture_is_taken_where_systems_are(tmp_path: Path) -> None:
    given, path = mixture_of(TEXT), tmp_path / "two.mixture.h5"
    lrfit.save(given, path)
    of_text = lrfit.simulate(lrfit.load_system(TEXT.encode()), duration=1.0, points=3)
    for what in (given, path):
        assert np.array_equal(lrfit.simulate(what, duration=1.0, points=3).z, of_text.z)
    assert lrfit.check(given).parity.whole.kind == "neither"
    fit = lrfit.fit(given, neurons=6, samples=256, look=False)
    with pytest.raises(InputError, match="the mean field of populations, of which no bounds"):
        lrfit.certify(fit)


HEXAGON = """\
name: hexagon
latent: [x, y]
domain: {x: [-2, 2], y: [-2, 2]}
populations:
  - share: 1
    mean: {m: [1.4, 0], nu: [15/7, 0]}
    cov: {m.m: 0.04}
    symmetry: D6
"""


def test_a_population_with_a_symmetry_stands_for_its_orbit() -> None:
    found = mixture_of(HEXAGON)
    assert (found.symmetry, found.populations) == ("D6", 6)
    angles = np.degrees(np.arctan2(found.mean[:, 1], found.mean[:, 0])) % 360
    np.testing.assert_allclose(np.sort(np.round(angles, 9) % 360), np.arange(6) * 60, atol=1e-6)
    np.testing.assert_allclose(found.mean[:, 2:4], found.mean[:, :2] * 15 / 7 / 1.4, atol=1e-15)


ONE = """\
name: one
latent: [x]
inputs: {u: [-1, 1]}
domain: {x: [-2, 2]}
network: {tau: 1}
populations:
  - share: 1
    cov:
      m.m: 1
      nu.m: 1.2
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("m.m: 1\n", "m.m: -1\n", r":9: populations.0.cov.m.m: the covariance of m has a negative"),
        ("m.m: 1\n", "B.B: 1\n", r":10: populations.0.cov.nu.m: nu is correlated with m"),
        ("nu.m: 1.2\n", "nu.m: 1.2\n      nu.nu: 1.4\n",
         r":11: populations.0.cov.nu.nu: is too small .* at least \[\[1.44\]\]"),
        ("nu.m: 1.2\n", "m.B: 2\n      B.B: 3\n",
         r":10: populations.0.cov.m.B: the covariance of m and B is not positive semidefinite"),
        ("nu.m: 1.2\n", "nu.m: 1.2\n      m.nu: 1.2\n", r":11: .*m.nu and nu.m are transposes"),
        ("nu.m: 1.2\n", "nu.k: 1.2\n", r":10: populations.0.cov.nu.k: 'nu.k' is no block; did you"),
        ("nu.m: 1.2\n", "nu.m: [1, 2]\n", r":10: .*cov.nu.m: is 2; needed is a matrix of 1 x 1"),
        ("nu.m: 1.2\n", "nu.m: [[1, 2], [1]]\n", r":10: .*its rows have different lengths"),
        ("nu.m: 1.2\n", "nu.m: a\n", r":10: populations.0.cov.nu.m: .*'a'"),
        ("share: 1\n", "share: 0.9\n", r":6: populations: the shares sum to 0.9"),
        ("share: 1\n", "shares: 1\n", r":7: unknown key 'populations.0.shares'; did"),
        ("share: 1\n", "share: 1\n    mean: {m: [1, 2]}\n", r":8: .*mean.m: has 2 numbers; .*m.x"),
        ("share: 1\n", "share: 1\n    symmetry: D6\n", r":8: populations.0.symmetry: .* acts on 2"),
        ("tau: 1", "tau: auto", r":5: network.tau: 'auto' is no time; a mixture needs a number"),
        ("name: one\n", "name: one\ndynamics: {x: -x}\n", r":2: 'dynamics' and `populations`"),
        ("latent: [x]", "latent: x", r":2: latent: give a list of names"),
        ("latent: [x]", "latent: [x, u]", r"domain: 'u' is missing"),
        ("{u: [-1, 1]}", "{x: [-1, 1]}", r"'x' is declared in inputs already"),
        ("name: one\n", "name: one\nsymmetry: O3\n", r"populations: the symmetry O3 acts on 3"),
    ],
)  # fmt: skip
def test_what_makes_no_mixture_is_refused_with_its_line(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "one.yaml"
    assert old in ONE
    path.write_text(ONE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError, match=message):
        lrfit.load_system(path)


def test_a_symmetry_that_is_stated_must_be_there() -> None:
    stated = HEXAGON.replace("name: hexagon\n", "name: hexagon\nsymmetry: D4\n")
    with pytest.raises(InputError, match="the mixture is not symmetric under D4"):
        lrfit.load_system(stated.encode())
    assert mixture_of(HEXAGON.replace("name:", "symmetry: C3\nname:")).symmetry == "C3"
