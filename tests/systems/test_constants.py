"""Numbers written as formulas: in every place of a system file, and after --set."""

import math

import pytest

from lrfit.core.errors import UsageError
from lrfit.systems.constants import overridden
from lrfit.systems.open import load_system

TEXT = """
name: turns
parameters: {b: 8/3, w: 2*pi, c: -sqrt(2)}
dynamics: {x: -b*x + u, y: w*y + c}
domain: {x: [-pi, pi], y: [-1/2, 1e-1]}
inputs: {u: [-2/3, 2**3]}
network: {tau: 1/4, scale: [1/2, 2*2], noise: 1/1000}
simulate: {initial: {x: pi/4}, duration: 4*pi, signals: {u: 1/2}}
expected: {period: 2*pi, summary: 1/2}
task: {duration: 5*2, draws: {d: {uniform: [1/2, 3/2]}}, initial: {x: 1/4}}
"""


def test_a_formula_of_numbers_is_a_number_everywhere():
    system = load_system(TEXT)
    assert system.parameters == {"b": 8 / 3, "w": 2 * math.pi, "c": -math.sqrt(2)}
    assert system.domain.lower.tolist() == [-math.pi, -0.5]
    assert system.domain.upper.tolist() == [math.pi, 0.1]
    assert system.domain.input_lower.tolist() == [-2 / 3]
    assert system.domain.input_upper.tolist() == [8.0]
    assert system.network == {"tau": 0.25, "scale": (0.5, 4.0), "noise": 0.001}
    assert system.simulation.initial[0] == math.pi / 4
    assert system.simulation.duration == 4 * math.pi
    assert system.simulation.texts == {"u": "0.5"}
    assert system.expected == {"period": 2 * math.pi, "summary": "1/2"}
    assert system.task.duration == 10.0
    assert system.task.draw(1, 0).initial[0, 0] == 0.25


def test_words_of_options_stay_words():
    text = "name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\nnetwork: {tau: 0.5, dt: tau/10}\n"
    assert load_system(text).network["dt"] == "tau/10"


def test_formulas_after_set():
    assert overridden(["mu=8/3", "w=-pi,c=1e-3"]) == {"mu": 8 / 3, "w": -math.pi, "c": 1e-3}
    assert overridden(None) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("mu=2*a", "'2\\*a' is not a number: unknown name 'a'"),
        ("mu=1/0", "is not finite"),
        ("mu=fast", "give one such as 0.01 or 8/3"),
        ("mu=0,5", "'5' is not NAME=VALUE; .*decimals are written with a point"),
    ],
)
def test_what_is_no_number_is_told_after_set(text, words):
    with pytest.raises(UsageError, match=words):
        overridden([text])
