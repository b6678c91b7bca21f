"""What a system file may say, what becomes of it, and how everything else is refused."""

import io
import pickle
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lrfit.core.errors import InputError, LrfitError, UsageError
from lrfit.fitting.options import FitOptions
from lrfit.networks.names import NONLINEARITY_NAMES
from lrfit.networks.nonlinearity import NONLINEARITIES
from lrfit.systems.open import load_system

FULL = """\
name: forced
reference: nobody 1900
time_unit: ms
parameters: {mu: 2.0, w: 3}
define: {r2: x**2 + y**2}
dynamics: {y: -mu*x*r2 + u1, x: y + w*u2}
domain: {x: [-3, 3], y: [-4, 4]}
inputs: {u1: [-1, 1], u2: {range: [1, 3], drive: filtered}}
network: {tau: 0.5, center: {x: 1, y: 0}, noise: 1e-3, scale: [0.5, 2]}
simulate: {initial: {x: 2}, duration: 20, signals: {u1: "pulse(t, 5, 7)"}}
kind: made up
expected: {summary: nothing, period: 3, fixed_points: [[0, 1], [1, 0]]}
task: {duration: 5, draws: {c: {uniform: [0, 1]}}, signals: {u1: c*t}}
"""
SMALL = "name: s\ndynamics: {x: -x}\ndomain: {x: [-1, 1]}\n"


def test_every_key_of_the_file_arrives():
    system = load_system(FULL)
    assert (system.name, system.reference, system.time_unit) == ("forced", "nobody 1900", "ms")
    assert system.domain.variables == ("y", "x")
    assert system.domain.lower.tolist() == [-4, -3]
    assert system.domain.inputs == ("u1", "u2")
    assert system.domain.input_upper.tolist() == [1, 3]
    assert system.parameters == {"mu": 2.0, "w": 3.0}
    assert system.drive == {"u1": "auto", "u2": "filtered"}
    assert system.kind == "made up"
    assert system.expected == {
        "summary": "nothing",
        "period": 3.0,
        "fixed_points": ((0.0, 1.0), (1.0, 0.0)),
    }
    assert system.task is not None
    assert (system.task.duration, system.task.variables) == (5.0, ("y", "x"))
    assert system.simulation.initial.tolist() == [0, 2]
    assert system.simulation.duration == 20
    assert system.simulation.texts == {"u1": "pulse(t, 5, 7)"}
    assert system.source.text == FULL


def test_velocity_and_jacobian_follow_the_order_of_dynamics():
    system = load_system(FULL)
    z, u = np.array([[0.5, -1.5]]), np.array([[0.3, 2.0]])
    y, x, r2 = 0.5, -1.5, 2.5
    assert system.velocity(z, u) == pytest.approx(np.array([[-2 * x * r2 + 0.3, y + 6.0]]))
    by_state, by_input = system.jacobian(z, u)
    assert by_state[0] == pytest.approx(np.array([[-4 * x * y, -2 * r2 - 4 * x * x], [1, 0]]))
    assert by_input[0] == pytest.approx(np.array([[1, 0], [0, 3]]))


def test_an_input_without_a_signal_rests_at_zero_or_in_the_middle_of_its_range():
    signal = load_system(FULL).simulation.signal
    assert signal.at(np.array([0.0, 6.0])).tolist() == [[0, 2], [1, 2]]
    assert signal.within(10.0).breakpoints.tolist() == [5, 7]


def test_the_start_is_the_middle_of_the_box_where_the_file_gives_none():
    system = load_system("name: s\ndynamics: {x: -x}\ndomain: {x: [1, 4]}\n")
    assert system.simulation.initial.tolist() == [2.5]
    assert system.simulation.duration is None


def test_a_start_outside_of_the_domain_is_noted():
    system = load_system(SMALL + "simulate: {initial: {x: 5}}\n")
    assert len(system.notes) == 1
    assert "x = 5 is outside of the domain [-1, 1]" in system.notes[0]


def test_only_what_the_file_gives_is_handed_on_as_options_and_they_are_fit_options():
    network = load_system(FULL).network
    expected = {"tau": 0.5, "center": {"x": 1, "y": 0}, "noise": 1e-3, "scale": (0.5, 2.0)}
    assert network == expected
    assert FitOptions(**network).noise == 1e-3
    assert load_system(SMALL).network == {}


def test_a_file_may_ask_for_every_nonlinearity():
    assert tuple(NONLINEARITIES) == NONLINEARITY_NAMES
    for name in NONLINEARITIES:
        system = load_system(SMALL + f"network: {{nonlinearity: {name}}}\n")
        assert system.network == {"nonlinearity": name}


def test_inputs_that_are_affine_are_found():
    assert load_system(FULL).affine_inputs == ("u1", "u2")
    gated = (
        "name: s\ndynamics: {x: -x*u + w}\ndomain: {x: [0, 1]}\ninputs: {u: [0, 1], w: [0, 1]}\n"
    )
    assert load_system(gated).affine_inputs == ("w",)


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("expected: one fact\n", {"summary": "one fact"}),
        ("expected: [one, two]\n", {"summary": "one two"}),
        ("expected: {period: 2, note: text}\n", {"period": 2.0, "note": "text"}),
    ],
)
def test_expected_is_text_or_facts_by_name(text, facts):
    assert load_system(SMALL + text).expected == facts


def test_numbers_may_stand_for_expressions():
    system = load_system(
        "name: s\ndynamics: {x: 3, y: -1e-3}\ndomain: {x: [0, 1], y: [0, 1]}\n"
        "inputs: {u: [0, 1]}\nsimulate: {signals: {u: 0.5}}\n"
    )
    assert system.velocity(np.zeros((1, 2)), np.zeros((1, 1))).tolist() == [[3, -1e-3]]
    assert system.simulation.signal.constant
    assert system.simulation.signal.level.tolist() == [0.5]


def test_overrides_change_the_field_and_are_recorded():
    system = load_system(FULL, overrides={"mu": 5})
    assert system.parameters == {"mu": 5.0, "w": 3.0}
    assert system.source.overrides == {"mu": 5}
    assert system.source.sha256 == load_system(FULL).source.sha256
    z = np.array([[0.0, 1.0]])
    assert system.velocity(z, np.zeros((1, 2)))[0, 0] == -5.0


@pytest.mark.parametrize(
    ("overrides", "words"),
    [({"m": 1}, "no parameter 'm'; did you mean 'mu'"), ({"mu": np.inf}, "mu is set to inf")],
)
def test_overrides_that_make_no_sense_are_usage_errors(overrides, words):
    with pytest.raises(UsageError, match=words):
        load_system(FULL, overrides=overrides)


def test_a_system_survives_pickling():
    system = load_system(FULL)
    copy = pickle.loads(pickle.dumps(system))
    z, u = np.ones((3, 2)), np.ones((3, 2))
    assert copy.velocity(z, u).tolist() == system.velocity(z, u).tolist()


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (SMALL + "dynamic: 3\n", 4, "unknown key 'dynamic'; did you mean 'dynamics'?"),
        ("name: s\ndynamcs: {x: 1}\ndomain: {x: [0, 1]}\n", 2, "did you mean 'dynamics'?"),
        ("name: s\ndynamics: {x: 1}\n", 1, "the key 'domain' is missing"),
        ("name: s\ndynamics: {x: 1}\ndomain:\n  x: [1, -1]\n", 4, "domain.x: the lowest must be"),
        ("name: s\ndynamics: {x: 1}\ndomain: {x: [0, .nan]}\n", 3, "finite number, not nan"),
        ("name: s\ndynamics: {x: 1}\ndomain: {x: [0, 1, 2]}\n", 3, "two numbers"),
        ("name: s\ndynamics: {x: 1}\ndomain: {x: [0, '1']}\n", 3, "number, not the text '1'"),
        ("name: s\ndynamics: {x: 1}\ndomain: {x: [-1e308, 1e308]}\n", 3, "choose another unit"),
        ("name: s\ndynamics: {x: 1, y: 1}\ndomain: {x: [0, 1]}\n", 3, "domain: 'y' is missing"),
        ("name: s\ndynamics: {x: 1}\ndomain: {x: [0, 1],\n y: [0, 1]}\n", 4, "'y' is unknown"),
        ("name: s\ndynamics: {}\ndomain: {}\n", 2, "dynamics is empty"),
        ("name: s\ndynamics: {x: }\ndomain: {x: [0, 1]}\n", 2, "expression, not nothing"),
        ("name: s\ndynamics: {x: true}\ndomain: {x: [0, 1]}\n", 2, "expression, not true"),
        ("name: s\ndynamics: {x: -xx}\ndomain: {x: [0, 1]}\n", 2, "dynamics.x: unknown name 'xx'"),
        ("name: s\ndynamics: {lambda: 1}\ndomain: {lambda: [0, 1]}\n", 2, "reserved word"),
        ("name: s\ndynamics: {sin: 1}\ndomain: {sin: [0, 1]}\n", 2, "taken by the expression"),
        ("name: s\ndynamics: {t: 1}\ndomain: {t: [0, 1]}\n", 2, "'t' is taken"),
        ("name: s\ndynamics: {é: 1}\ndomain: {é: [0, 1]}\n", 2, "not a name"),
        ("name: a/b\ndynamics: {x: 1}\ndomain: {x: [0, 1]}\n", 1, "cannot name a system"),
        (SMALL + "parameters: {x: 1}\n", 2, "'x' is declared in parameters already"),
        (SMALL + "define: {b: a, a: x}\n", 4, "define.b: unknown name 'a'"),
        (SMALL + "parameters: {mu: yes}\n", 4, "parameters.mu: give a number, not the text 'yes'"),
        (SMALL + "parameters:\n  mu: true\n", 5, "parameters.mu: give a number, not true"),
        (SMALL + "parameters: {mu: 8/a}\n", 4, "a formula of numbers and pi, such as 8/3"),
        (SMALL + "parameters: {mu: 1/0}\n", 4, "a formula of numbers and pi, such as 8/3"),
        (SMALL + "parameters:\n  mu: 0,5\n", 5, "decimals are written with a point, 0.5"),
        (SMALL + "inputs: {u: [-0,5, 0,5]}\n", 4, "a list of 4; decimals are written with a"),
        ("name: s\ndynamics: {dx/dt: y}\ndomain: {x: [0, 1]}\n", 2, "variable alone: write x:"),
        ("name: s\ndynamics: {x'': y}\ndomain: {x: [0, 1]}\n", 2, "second derivative is that of"),
        ("name: s\ndynamics: {xdot: y}\ndomain: {x: [0, 1]}\n", 2, "write x: ..., whose value is"),
        ("name: s\ndynamics: {dx: y}\ndomain: {x: [0, 1]}\n", 2, "write x: ..., whose value is"),
        ("name: s\ndynamics: {x(t): y}\ndomain: {x: [0, 1]}\n", 2, "write x: ..., whose value is"),
        (SMALL + "kind: map\n", 4, "for a map x -> f(x) write x: f(x) - x"),
        (SMALL + "periodic: [x]\n", 4, "use the variables c = cos(theta)"),
        (SMALL + "delays: {x: 2}\n", 4, "lrfit has no delays; a chain of n variables"),
        ("name: s\ndynamics: {x: x(t - 1)}\ndomain: {x: [0, 1]}\n", 2, "lrfit has no delays"),
        ("name: s\ndynamics: {x: sin(t)}\ndomain: {x: [0, 1]}\n", 2, "declare an input and write"),
        (SMALL + "network: {tua: 1}\n", 4, "'network.tua'; did you mean 'tau'?"),
        (SMALL + "network: {tau: 0}\n", 4, "positive number, not 0"),
        (SMALL + "network: {tau: fast}\n", 4, "auto, natural or a positive number"),
        (SMALL + "network: {center: {y: 0}}\n", 4, "network.center: 'y' is unknown"),
        (SMALL + "network: {nonlinearity: tahn}\n", 4, "did you mean 'tanh'?"),
        (SMALL + "network: {bias: 1}\n", 4, "true or false, not 1"),
        (SMALL + "network: {noise: -1}\n", 4, "zero or a positive number"),
        (SMALL + "network: {scale: [4, 1]}\n", 4, "two positive slopes"),
        (SMALL + "network: {samples: 1}\n", 4, "whole number of at least 2, not 1"),
        (SMALL + "network: {candidates: 1.5}\n", 4, "whole number of at least 1, not 1.5"),
        (SMALL + "inputs: {u: {rage: [0, 1]}}\n", 4, "'inputs.u.rage'; did you mean 'range'?"),
        (SMALL + "inputs: {u: 3}\n", 4, "inputs.u.range: give two numbers"),
        (SMALL + "inputs: {u: {range: [0, 1], drive: now}}\n", 4, "'now' is unknown"),
        (SMALL + "simulate: {initial: {y: 0}}\n", 4, "simulate.initial: 'y' is unknown"),
        (SMALL + "simulate: {duration: 0}\n", 4, "positive number, not 0"),
        (SMALL + "simulate: {signals: {u: 1}}\n", 4, "simulate.signals: 'u' is unknown"),
        (SMALL + "inputs: {u: [0, 1]}\nsimulate: {signals: {u: puls(t)}}\n", 5, "step pulse"),
        (SMALL + "expected: 3\n", 4, "give text, or facts by name, not 3"),
        (SMALL + "task: fast\n", 4, "task: give names with values"),
        (SMALL + "task: {}\n", 4, "the key 'task.duration' is missing"),
        (SMALL + "task: {duration: 1, judg: {}}\n", 4, "did you mean 'judge'?"),
        (SMALL + "task: {duration: 1, draws: {c: {chose: [1]}}}\n", 4, "did you mean 'choose'?"),
        (SMALL + "task: {duration: 1, draws: {c: {}}}\n", 4, "give one of {choose"),
        (SMALL + "task: {duration: 1, draws: {x: {choose: [1]}}}\n", 4, "'x' is a variable"),
        (SMALL + "task: {duration: 1, draws: {c: {choose: []}}}\n", 4, "give a list of numbers"),
        (SMALL + "task: {duration: 1, initial: {y: 0}}\n", 4, "task.initial: 'y' is unknown"),
        (SMALL + "task: {duration: 1, initial: {x: c}}\n", 4, "task.initial.x"),
        (SMALL + "task: {duration: 1, signals: {u: 1}}\n", 4, "task.signals: 'u' is unknown"),
        (SMALL + "task: {duration: 1, judge: {variables: [y]}}\n", 4, "task.judge: 'y'"),
        (SMALL + "task: {duration: 1, judge: {answer: {x: q}}}\n", 4, "task.judge.answer.x"),
        (
            SMALL + "inputs: {u: [0, 1]}\ntask: {duration: 1, signals: {u: {ramps: 1}}}\n",
            5,
            "unknown key 'task.signals.u.ramps'",
        ),
    ],
)
def test_one_line_says_where_and_what_is_wrong(text, line, words):
    with pytest.raises(InputError) as caught:
        load_system(text)
    assert caught.value.line == line
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"<text>:{line}: ")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 500


def refusal(text):
    """What is said against a file; nothing when it is a system of two variables."""
    try:
        system = load_system(text.encode("utf-8", "replace"))
    except LrfitError as error:
        return str(error)
    return "" if system.domain.dimension == 2 else "another\nsystem"


@given(place=st.integers(0, len(FULL)), cut=st.integers(0, 12), added=st.text(max_size=6))
@settings(max_examples=80, deadline=None)
def test_a_damaged_file_is_a_system_or_one_line(place, cut, added):
    said = refusal(FULL[:place] + added + FULL[place + cut :])
    assert "\n" not in said
    assert len(said.encode()) < 2000


def test_the_first_of_several_problems_is_told_with_the_number_of_the_others():
    with pytest.raises(InputError, match=r"^<text>:2: .*\(2 more problems\)$"):
        load_system("name: s\ndynamics: 3\ndomain: 4\nkind: 5\n")


def test_too_many_variables_are_refused():
    names = [f"x{k}" for k in range(101)]
    text = "name: s\ndynamics: {%s}\ndomain: {%s}\n"
    filled = text % (", ".join(f"{n}: 1" for n in names), ", ".join(f"{n}: [0, 1]" for n in names))
    with pytest.raises(InputError, match="101 names are more than the 100"):
        load_system(filled)


def test_a_file_is_known_by_its_content_and_named_in_errors(tmp_path):
    path = tmp_path / "odd.txt"
    path.write_text(SMALL)
    assert load_system(path).name == load_system(str(path)).name == "s"
    path.write_text(SMALL + "oops: 1\n")
    with pytest.raises(InputError, match=f"^{path}:4: unknown key"):
        load_system(path)


def test_bytes_and_standard_input_are_content(monkeypatch):
    assert load_system(SMALL.encode()).source.label == "<bytes>"
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(SMALL.encode())))
    assert load_system("-").source.label == "<stdin>"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("van_der_pool", "van_der_pool: no file and no sample system .* mean 'van_der_pol'"),
        ("./van_der_pol", "no such file"),
        ("", "no such file"),
        ("x\0y", "no such file"),
        ("n" * 5000, "no file and no sample system|no such file"),
        ("/dev/zero", "device"),
        (b"", "empty"),
        (b"\x89HDF\r\n\x1a\nnonsense", "cannot be read as HDF5"),
    ],
)
def test_what_cannot_be_opened_is_one_line(source, words):
    with pytest.raises(InputError, match=words) as caught:
        load_system(source)
    assert len(str(caught.value).encode()) < 2000


def test_a_folder_does_not_hide_a_sample_system(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lorenz").mkdir()
    (tmp_path / "elsewhere").mkdir()
    assert load_system("lorenz").name == "lorenz"
    with pytest.raises(InputError, match="directory"):
        load_system("elsewhere")


def test_a_file_of_the_same_name_comes_before_a_sample_system(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lorenz").write_text(SMALL)
    assert load_system("lorenz").name == "s"


def test_a_velocity_that_cannot_be_used_is_told_with_variable_place_and_line():
    system = load_system(
        "name: s\ndynamics:\n  x: 1\n  y: log(x)\ndomain: {x: [-1, 1], y: [0, 1]}\n"
    )
    z = np.array([[0.5, 0.5], [-0.25, 0.5], [-0.5, 0.5]])
    with pytest.raises(InputError, match=r"<text>:4: dy/dt is nan at x = -0.25, y = 0.5.* 2 of 3"):
        system.checked_velocity(z, np.empty((3, 0)))
    assert np.all(np.isfinite(system.checked_velocity(z[:1], np.empty((1, 0)))))


def test_a_velocity_whose_square_overflows_cannot_be_used():
    system = load_system("name: s\ndynamics: {x: 1e200*x}\ndomain: {x: [1, 2]}\n")
    with pytest.raises(LrfitError, match="overflow"):
        system.checked_velocity(np.array([[1.5]]), np.empty((1, 0)))
