"""The keys of system.yaml, validated by pydantic; the first problem is told in one line.

Place in the flow: a YAML document with line numbers becomes a `SystemFile`: typed values with
sound names, of which only the expressions are still plain text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictStr,
    ValidationError,
    create_model,
)
from pydantic_core import ErrorDetails

from lrfit.core.errors import InputError
from lrfit.fields.names import MOST_NAMES, did_you_mean, title_problem
from lrfit.io.text import shown
from lrfit.io.yaml_reader import Document
from lrfit.options.declare import options_of
from lrfit.options.document_values import described
from lrfit.options.kinds import Choice, Kind, Switch
from lrfit.systems.choices import Drive
from lrfit.systems.constants import with_numbers
from lrfit.systems.mixture_schema import KEYS as KEYS_OF_A_POPULATION
from lrfit.systems.mixture_schema import Latent, Populations
from lrfit.systems.schema_types import Expression, Facts, Interval, Number, Positive
from lrfit.systems.spelling import UNKNOWN_KEYS, derivative_key, no_map


def _input(value: object) -> object:
    """The short form {u: [-1, 1]} of {u: {range: [-1, 1]}}."""
    return value if isinstance(value, dict) else {"range": value}


class _Keys(BaseModel):
    # Only the model of a whole file is ever used by itself.
    model_config = ConfigDict(
        extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True
    )


class InputKeys(_Keys):
    """One input: the range of its values, and how it reaches the network."""

    interval: Interval = Field(alias="range")
    drive: Drive = "auto"


NETWORK_OPTIONS = ("lrfit.fitting.options", "FitOptions")
"""Where the options are declared that `network:` may give. It is a room above this foundation, and
so it is named, not imported: the keys are made from the declarations when the first file is read.
"""


@cache
def network_keys() -> type[BaseModel]:
    """The keys of `network:`, of which only those that the file gives are handed on."""
    module, name = NETWORK_OPTIONS
    declared = options_of(getattr(import_module(module), name))
    keys: dict[str, Any] = {
        name: (_annotation(option.kind), None)
        for name, option in declared.items()
        if option.in_file
    }
    return create_model("NetworkKeys", __base__=_Keys, **keys)


def _annotation(kind: Kind) -> Any:
    """How pydantic checks values of a kind."""
    if isinstance(kind, Switch):
        return StrictBool
    if isinstance(kind, Choice):
        return Annotated[Any, BeforeValidator(partial(_word, kind))]
    return Annotated[Any, BeforeValidator(kind.from_document)]


class SimulateKeys(_Keys):
    """Defaults of a simulation."""

    initial: dict[str, Number] = {}
    duration: Positive | None = None
    signals: dict[str, Expression] = {}


class DescribedFile(_Keys):
    """What files say of a system however its field is given; `variables` are those of the state."""

    name: StrictStr
    reference: StrictStr = ""
    time_unit: StrictStr = ""
    parameters: dict[str, Number] = {}
    domain: dict[str, Interval]
    inputs: dict[str, Annotated[InputKeys, BeforeValidator(_input)]] = {}
    network: Any = None
    simulate: SimulateKeys = Field(default_factory=SimulateKeys.model_construct)
    kind: StrictStr = ""
    expected: Facts = {}
    task: Any = None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the state variables, in the order of z."""
        raise NotImplementedError


class SystemFile(DescribedFile):
    """system.yaml of equations, as a whole."""

    define: dict[str, Expression] = {}
    dynamics: dict[str, Expression]

    @property
    def variables(self) -> tuple[str, ...]:
        """Those that have a right-hand side."""
        return tuple(self.dynamics)


class MixtureFile(DescribedFile):
    """system.yaml of a mixture: populations of neurons in the place of equations."""

    latent: Latent
    populations: Populations
    direct_input: Any = None
    symmetry: StrictStr = ""

    @property
    def variables(self) -> tuple[str, ...]:
        """The latent variables."""
        return tuple(self.latent)


def _word(kind: Choice, value: object) -> object:
    """One of the words of a choice; those of plugins are asked for only where it is no other."""
    if value in kind.words:
        return value
    try:
        return kind.from_document(value)
    except ValueError as error:
        given = value if isinstance(value, str) else ""
        raise ValueError(f"{error}; {did_you_mean(given, kind.known)}") from None


@cache
def system_file(base: type[DescribedFile], *, with_task: bool) -> type[Any]:
    """A file with the keys of `network:`, and with those of `task:` where it has any."""
    keys = network_keys()
    more: dict[str, Any] = {"network": (keys, Field(default_factory=keys.model_construct))}
    if with_task:
        from lrfit.systems.task_schema import TaskKeys  # noqa: PLC0415 - few systems have a task

        more["task"] = (TaskKeys | None, None)
    return create_model(base.__name__, __base__=base, **more)


def parse_system_file(document: Document) -> SystemFile | MixtureFile:
    """Validate a document; names and formulas are left to the compiler of expressions.

    Raises
    ------
    InputError
        For the first problem, with file and line, and the number of further ones.
    """
    base: type[DescribedFile] = MixtureFile if "populations" in document.value else SystemFile
    model = system_file(base, with_task="task" in document.value)
    try:
        file: SystemFile | MixtureFile = model.model_validate(with_numbers(document.value))
    except ValidationError as error:
        raise _first_problem(error, document) from None
    if why := title_problem(file.name):
        raise document.error(f"name: {why}", ("name",))
    _check_agreement(file, document)
    return file


def _first_problem(error: ValidationError, document: Document) -> InputError:
    """The problem highest up in the file; missing keys last, since a typo explains them."""
    problems = error.errors(include_url=False)
    problems.sort(key=lambda each: (each["type"] == "missing", document.line(each["loc"])))
    more = f" ({len(problems) - 1} more problems)" if len(problems) > 1 else ""
    return document.error(_say(problems[0]) + more, problems[0]["loc"])


def _say(problem: ErrorDetails) -> str:
    place = ".".join(shown(part, 60) for part in problem["loc"])
    say = _MESSAGES.get(problem["type"])
    return say(problem, place) if say else f"{place}: {problem['msg']}"


def _say_extra(problem: ErrorDetails, place: str) -> str:
    if place in ("dynamics", "define"):
        return f"{place!r} and `populations` cannot both say what happens; leave one of them out"
    if place in UNKNOWN_KEYS:
        return f"unknown key {place!r}; {UNKNOWN_KEYS[place]}"
    parent = problem["loc"][:1] if len(problem["loc"]) > 1 else ()
    section = parent[0] if parent else ""
    return f"unknown key {place!r}; {did_you_mean(str(problem['loc'][-1]), _known_keys(section))}"


def _known_keys(section: str | int) -> tuple[str, ...]:
    """Names that may occur in a section."""
    if section == "network":
        return tuple(network_keys().model_fields)
    if section == "populations":
        return KEYS_OF_A_POPULATION
    if section == "task":
        from lrfit.systems.task_schema import KEYS  # noqa: PLC0415 - few systems have a task

        return KEYS
    return _KNOWN_KEYS[section]


def _say_choice(problem: ErrorDetails, place: str) -> str:
    choices = re.findall(r"'([^']*)'", problem["ctx"]["expected"])
    given = problem["input"]
    hint = did_you_mean(given if isinstance(given, str) else "", choices)
    return f"{place}: {described(given)} is unknown; {hint}"


def _say_instead(needed: str) -> Callable[[ErrorDetails, str], str]:
    return lambda problem, place: f"{place}: give {needed}, not {described(problem['input'])}"


_MAPPING = _say_instead("names with values (`name: value`)")
_MESSAGES: dict[str, Callable[[ErrorDetails, str], str]] = {
    "extra_forbidden": _say_extra,
    "literal_error": _say_choice,
    "missing": lambda _, place: f"the key {place!r} is missing; add it",
    "value_error": lambda problem, place: f"{place}: {problem['ctx']['error']}",
    "dict_type": _MAPPING,
    "model_type": _MAPPING,
    "string_type": _say_instead("text"),
    "bool_type": _say_instead("true or false"),
}
_KNOWN_KEYS: dict[str | int, tuple[str, ...]] = {
    "": (*SystemFile.model_fields, "latent", "populations"),
    "simulate": tuple(SimulateKeys.model_fields),
    "inputs": ("range", "drive"),
}


def _check_agreement(file: SystemFile | MixtureFile, document: Document) -> None:
    variables = file.variables
    section = "dynamics" if isinstance(file, SystemFile) else "latent"
    for key, count in {section: len(variables), "inputs": len(file.inputs)}.items():
        if count > MOST_NAMES:
            what = f"{count} names are more than the {MOST_NAMES} that lrfit handles; use fewer"
            raise document.error(f"{key}: {what}", (key,))
    if isinstance(file, SystemFile):
        _check_equations(file, document)
    if why := no_map(file.kind):
        raise document.error(f"kind: {why}", ("kind",))
    _same_names(document, ("domain",), file.domain, variables)
    if isinstance(file.network.center, dict):
        _same_names(document, ("network", "center"), file.network.center, variables)
    _known_names(document, ("simulate", "initial"), file.simulate.initial, variables)
    _known_names(document, ("simulate", "signals"), file.simulate.signals, file.inputs)
    if file.task is not None:
        _known_names(document, ("task", "initial"), file.task.initial, variables)
        _known_names(document, ("task", "signals"), file.task.signals, file.inputs)
        _known_names(document, ("task", "judge", "answer"), file.task.judge.answer, variables)
        _known_names(document, ("task", "judge"), file.task.judge.variables, variables)


def _check_equations(file: SystemFile, document: Document) -> None:
    if not file.dynamics:
        raise document.error("dynamics is empty; give dx/dt of every variable", ("dynamics",))
    for name in file.dynamics:
        if why := derivative_key(name, file.domain):
            raise document.error(f"dynamics.{shown(name, 60)}: {why}", ("dynamics", name))


def _same_names(
    document: Document, path: tuple[str, ...], given: Iterable[str], needed: Iterable[str]
) -> None:
    _known_names(document, path, given, needed)
    if missing := [name for name in needed if name not in set(given)]:
        raise document.error(f"{'.'.join(path)}: {missing[0]!r} is missing; add it", path)


def _known_names(
    document: Document, path: tuple[str, ...], given: Iterable[str], known: Iterable[str]
) -> None:
    for name in given:
        if name not in set(known):
            what = f"{shown(name, 60)!r} is unknown; {did_you_mean(name, known)}"
            raise document.error(f"{'.'.join(path)}: {what}", (*path, name))
