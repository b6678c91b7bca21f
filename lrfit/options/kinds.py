"""Kinds of values of options: each knows how its values are given, checked and stored.

`from_text` reads the command line and raises UsageError; `from_document` reads a value of a YAML
document and raises ValueError, in the words of which the line that the user reads is made;
`check` refuses what is given in Python; `to_attribute` and `from_attribute` are inverse to each
other and write and read HDF5.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from lrfit.core.errors import UsageError
from lrfit.io.text import shown
from lrfit.options import document_values, text_values
from lrfit.options.python_values import (
    is_listed,
    is_number,
    is_whole,
    nearest,
    require_instance,
    told,
)

if TYPE_CHECKING:  # trees hold arrays, and help is shown without numpy
    from lrfit.io.tree import Group, Value

INFINITY = float("inf")


@dataclass(frozen=True, kw_only=True, eq=False)
class Kind(ABC):
    """A kind of values; `metavar` is how help shows them, `stored` their type in a file.

    A kind that `repeats` takes all texts of its flag at once, by `from_texts`.
    """

    metavar: str = ""
    stored: ClassVar[type[Any]] = str

    @abstractmethod
    def from_text(self, text: str) -> Any:
        """The value that a text on the command line means."""

    @property
    def repeats(self) -> bool:
        """Whether the flag may be given several times."""
        return False

    def from_texts(self, texts: Sequence[str]) -> Any:
        """The value that several texts mean, of a kind that repeats."""
        raise NotImplementedError

    @abstractmethod
    def from_document(self, value: object) -> Any:
        """The value that a value of a YAML document means."""

    @abstractmethod
    def check(self, name: str, value: Any) -> None:
        """Refuse a value that makes no sense for the option of this name."""

    def to_attribute(self, value: Any) -> Value:
        """The value as an attribute of an HDF5 group."""
        return value  # type: ignore[no-any-return]  # scalars and text are stored as they are

    def from_attribute(self, group: Group, name: str) -> Any:
        """The value that `to_attribute` wrote.

        Raises
        ------
        InputError
            It has another type.
        """
        return group.attribute(name, self.stored)


@dataclass(frozen=True, kw_only=True, eq=False)
class Switch(Kind):
    """True or false."""

    stored: ClassVar[type[Any]] = bool

    def from_text(self, text: str) -> bool:
        """Switches are given by their flags alone."""
        raise UsageError(f"{text!r} is given to a switch, which takes no value")

    def from_document(self, value: object) -> bool:
        """True or false, and nothing that could stand for it."""
        if not isinstance(value, bool):
            given = document_values.described(value)
            raise ValueError(f"give true or false, not {given}")
        return value

    def check(self, name: str, value: Any) -> None:
        """Refuse what only looks like true or false."""
        if not isinstance(value, bool) and type(value).__name__ not in ("bool_", "bool"):
            raise UsageError(f"{name} is {told(value)}; give True or False")


@dataclass(frozen=True, kw_only=True, eq=False)
class Choice(Kind):
    """One of some words; `more` gives those that plugins add, and is called when needed only."""

    words: tuple[str, ...]
    more: Callable[[], tuple[str, ...]] | None = None

    @property
    def known(self) -> tuple[str, ...]:
        """All words, those of plugins included."""
        return self.words if self.more is None else (*self.words, *self.more())

    def from_text(self, text: str) -> str:
        """One of the words."""
        return text if text in self.words else text_values.choice(*self.known)(text)

    def from_document(self, value: object) -> str:
        """One of the words; `lrfit.systems.schema` adds the nearest known one."""
        if not isinstance(value, str) or value not in self.known:
            raise ValueError(f"{document_values.described(value)} is unknown")
        return value

    def check(self, name: str, value: Any) -> None:
        """Refuse another word."""
        if not isinstance(value, str):
            raise UsageError(f"{name} is {told(value)}; give one of {', '.join(self.known)}")
        if value not in self.words and value not in self.known:
            raise UsageError(f"unknown {name} {shown(value, 60)!r}; {nearest(value, self.known)}")


@dataclass(frozen=True, kw_only=True, eq=False)
class Number(Kind):
    """A finite number above `above` and below `below`, or from `least` to `most`."""

    above: float | None = None
    below: float | None = None
    least: float = -INFINITY
    most: float = INFINITY
    stored: ClassVar[type[Any]] = float

    def from_text(self, text: str) -> float:
        """A number; whether it is small enough is checked later."""
        if self.above == 0.0:
            return text_values.positive(text)
        return text_values.not_negative(text) if self.least == 0.0 else text_values.number(text)

    def from_document(self, value: object) -> float:
        """A number, not a text that looks like one."""
        if self.above == 0.0:
            return document_values.positive(value)
        if self.least == 0.0:
            return document_values.not_negative(value)
        return document_values.number(value)

    def check(self, name: str, value: Any) -> None:
        """Refuse what is not finite or not in the range."""
        low = self.least if self.above is None else self.above
        high = self.most if self.below is None else self.below
        inside = is_number(value) and low <= value <= high and value not in (self.above, self.below)
        if not inside or not -INFINITY < value < INFINITY:
            raise UsageError(f"{name} is {told(value)}; give {self._allowed}")

    @property
    def _allowed(self) -> str:
        if self.above == 0.0 and self.below is None and self.most == INFINITY:
            return "a positive number"
        if self.below == 0.0:
            return "a negative number"
        if self.above is None and self.most == INFINITY:
            return "a finite number" if self.least == -INFINITY else "zero or a positive number"
        if self.above is None:
            return f"a number from {self.least:g} to {self.most:g}"
        if self.below is None:
            return f"a number above {self.above:g}, at most {self.most:g}"
        return f"a number between {self.above:g} and {self.below:g}"


@dataclass(frozen=True, kw_only=True, eq=False)
class Whole(Kind):
    """A whole number of at least `least`, and at most `most`."""

    least: int = 0
    most: float = INFINITY
    stored: ClassVar[type[Any]] = int

    def from_text(self, text: str) -> int:
        """A whole number of either sign; which ones make sense is checked later."""
        return text_values.whole(text)

    def from_document(self, value: object) -> int:
        """A whole number of at least `least`."""
        return document_values.count(value, self.least)

    def check(self, name: str, value: Any) -> None:
        """Refuse what is no whole number, too small or too large."""
        if not is_whole(value):
            raise UsageError(f"{name} is {told(value)}; give a whole number, {self._allowed}")
        if not self.least <= value <= self.most:
            raise UsageError(f"{name} is {value}; give {self._allowed}")

    @property
    def _allowed(self) -> str:
        if self.most < INFINITY:
            return f"{self.least} to {self.most}"
        return "zero or a positive one" if self.least == 0 else f"at least {self.least}"


@dataclass(frozen=True, kw_only=True, eq=False)
class NumberOr(Kind):
    """A positive number, or one of some words."""

    words: tuple[str, ...]

    def from_text(self, text: str) -> float | str:
        """A word or a positive number."""
        return text_values.number_or(text, self.words)

    def from_document(self, value: object) -> float | str:
        """A word or a positive number."""
        return document_values.number_or(value, self.words)

    def check(self, name: str, value: Any) -> None:
        """Refuse numbers that are not positive; a word is checked where it is used."""
        if isinstance(value, str) and value in self.words:
            return
        if not is_number(value) or not 0 < value < INFINITY:
            raise UsageError(
                f"{name} is {told(value)}; give {' or '.join(self.words)} or a positive number"
            )

    def from_attribute(self, group: Group, name: str) -> float | str:
        """A text or a number, as it was written."""
        return _text_or_number(group, name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Step(Kind):
    """A positive number, or tau/K."""

    def from_text(self, text: str) -> float | str:
        """A positive number or tau/10."""
        return text_values.step(text)

    def from_document(self, value: object) -> float | str:
        """A positive number or tau/10."""
        return document_values.step(value)

    def check(self, name: str, value: Any) -> None:
        """Refuse a number that is not positive, and a text that is not tau/K with K >= 1."""
        if isinstance(value, str):
            steps_per_tau(value)
        elif not is_number(value) or not 0 < value < INFINITY:
            raise UsageError(f"{name} is {told(value)}; give a positive number or tau/10")

    def from_attribute(self, group: Group, name: str) -> float | str:
        """A text or a number, as it was written."""
        return _text_or_number(group, name)


@dataclass(frozen=True, kw_only=True, eq=False)
class Slopes(Kind):
    """Two positive numbers, the lowest first."""

    def from_text(self, text: str) -> tuple[float, float]:
        """lo:hi or lo,hi."""
        return text_values.scale(text)

    def from_document(self, value: object) -> tuple[float, float]:
        """[lo, hi]."""
        return document_values.slopes(value)

    def check(self, name: str, value: Any) -> None:
        """Refuse what is not two slopes, slopes that are not positive or not in order."""
        pair = is_listed(value) and len(value) == 2 and all(map(is_number, value))
        if not pair or not 0 < value[0] <= value[1] < INFINITY:
            given = f"{value[0]:g}..{value[1]:g}" if pair else told(value)
            raise UsageError(
                f"{name} is {given}; give two positive slopes, lowest first, such as (0.2, 3)"
            )

    def to_attribute(self, value: Any) -> Value:
        """An array of two numbers."""
        import numpy as np  # noqa: PLC0415 - help is shown without it

        return np.array(value, dtype=np.float64)

    def from_attribute(self, group: Group, name: str) -> tuple[float, float]:
        """Two numbers."""
        import numpy as np  # noqa: PLC0415

        values = group.attribute(name, np.ndarray)
        if values.shape != (2,):
            raise group.error(f"has no pair of numbers as attribute {name}")
        return float(values[0]), float(values[1])


@dataclass(frozen=True, kw_only=True, eq=False)
class Several(Kind):
    """Some of a few words, each at most once."""

    words: tuple[str, ...]

    def from_text(self, text: str) -> tuple[str, ...]:
        """WORD,WORD."""
        return tuple(word.strip() for word in text.split(","))

    def from_document(self, value: object) -> tuple[str, ...]:
        """A list of words."""
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ValueError(f"give a list of words, not {document_values.described(value)}")
        return tuple(value)

    def check(self, name: str, value: Any) -> None:
        """Refuse none at all, an unknown word, and one that is given twice."""
        one = name.removesuffix("s")
        if not is_listed(value):
            raise UsageError(f"{name} is {told(value)}; give several, such as ({self.words[0]!r},)")
        for word in value:
            if word not in self.words:
                raise UsageError(f"unknown {one} {word!r}; choose from {', '.join(self.words)}")
        if not value or len(set(value)) < len(value):
            raise UsageError(f"give at least one {one}, and each {one} once")


@dataclass(frozen=True, kw_only=True, eq=False)
class Numbers(Kind):
    """Several finite numbers, all above `above`; `repeated` : each by a flag of its own."""

    above: float = -INFINITY
    repeated: bool = False

    @property
    def repeats(self) -> bool:
        """Where each has a flag of its own."""
        return self.repeated

    def from_text(self, text: str) -> tuple[float, ...]:
        """NUMBER,NUMBER."""
        return tuple(text_values.number(part) for part in text.split(","))

    def from_texts(self, texts: Sequence[str]) -> tuple[float, ...]:
        """All numbers of several texts."""
        return tuple(number for text in texts for number in self.from_text(text))

    def from_document(self, value: object) -> tuple[float, ...]:
        """A list of numbers."""
        if not isinstance(value, list):
            raise ValueError(f"give a list of numbers, not {document_values.described(value)}")
        return tuple(document_values.number(each) for each in value)

    def check(self, name: str, value: Any) -> None:
        """Refuse none at all, and what is not finite or not above the limit."""
        what = "positive" if self.above == 0.0 else "finite"
        if not is_listed(value):
            raise UsageError(f"{name} is {told(value)}; give several numbers, such as (0.1, 0.2)")
        good = all(is_number(each) and self.above < each < INFINITY for each in value)
        if not len(value) or not good:
            raise UsageError(f"{name} are {told(value)}; give {what} numbers, at least one")


@dataclass(frozen=True, kw_only=True, eq=False)
class ByName(Kind):
    """A value for each of some names, or one of some words; stored as x=0.0,y=1.5."""

    words: tuple[str, ...] = ()
    values: Kind | None = None
    """Of each name; None for numbers."""

    @property
    def repeats(self) -> bool:
        """Yes where each name has a word: u=direct, w=filtered."""
        return self.values is not None

    def from_text(self, text: str) -> Any:
        """A word, or x=0,y=0."""
        if text in self.words:
            return text
        return self.from_texts([text])

    def from_texts(self, texts: Sequence[str]) -> Any:
        """Words or numbers by name."""
        return text_values.words(texts) if self.values else text_values.assignments(texts)

    def from_document(self, value: object) -> Any:
        """A word, or values by name."""
        return document_values.by_name(value, self.words)

    def check(self, name: str, value: Any) -> None:
        """Refuse other words, what is no mapping, and a value that its kind refuses."""
        if isinstance(value, str) and value in self.words:
            return
        if not isinstance(value, Mapping):
            example = "{'x': 0, 'y': 0}" if self.values is None else "{'u': ...}"
            allowed = " or ".join([*self.words, f"values by name, such as {example}"])
            raise UsageError(f"{name} is {told(value)}; give {allowed}")
        for key, each in value.items():
            (self.values or Number()).check(f"{name} of {shown(key, 60)}", each)

    def to_attribute(self, value: Any) -> Value:
        """As on the command line; numbers so that they come back exactly."""
        if isinstance(value, Mapping):
            return ",".join(f"{name}={item}" for name, item in value.items())
        return str(value)

    def from_attribute(self, group: Group, name: str) -> Any:
        """A word, or values by name."""
        text = group.attribute(name, str)
        if text and "=" not in text:
            return text
        pairs = [part.partition("=") for part in text.split(",") if part]
        if self.values is not None:
            return {key: value for key, _, value in pairs}
        try:
            return {key: float(value) for key, _, value in pairs}
        except ValueError:
            raise group.error(f"has {shown(text, 60)!r} where names with numbers belong") from None


@dataclass(frozen=True, kw_only=True, eq=False)
class _OfTexts(Kind):
    """What the command line alone gives by several texts; Python gives it in other forms too."""

    @property
    def repeats(self) -> bool:
        """Yes."""
        return True

    def from_text(self, text: str) -> Any:
        """The value of one text."""
        return self.from_texts([text])

    def from_document(self, value: object) -> Any:
        """System files say it in their own way."""
        raise ValueError(f"give it in another place, not {document_values.described(value)} here")

    def check(self, name: str, value: Any) -> None:
        """Checked where it meets a network."""


@dataclass(frozen=True, kw_only=True, eq=False)
class States(_OfTexts):
    """States by names of variables: x=2,y=0, each text a state."""

    def from_texts(self, texts: Sequence[str]) -> list[dict[str, float]]:
        """One state for each text."""
        return [text_values.assignments([text]) for text in texts]


@dataclass(frozen=True, kw_only=True, eq=False)
class Expressions(_OfTexts):
    """Expressions by name: u=pulse(t,5,7)."""

    def from_texts(self, texts: Sequence[str]) -> dict[str, str]:
        """One input for each text."""
        return text_values.expressions(texts)


@dataclass(frozen=True, kw_only=True, eq=False)
class Name(Kind):
    """A name, which is looked up where it is used."""

    def from_text(self, text: str) -> str:
        """The name itself."""
        return text

    def from_document(self, value: object) -> str:
        """A text."""
        if not isinstance(value, str):
            raise ValueError(f"give a name, not {document_values.described(value)}")
        return value

    def check(self, name: str, value: Any) -> None:
        """Refuse what is no text, or an empty one."""
        if not isinstance(value, str) or not value:
            raise UsageError(f"{name} is {told(value)}; give a name")


@dataclass(frozen=True, kw_only=True, eq=False)
class OfClass(Kind):
    """A value of a class, which Python alone gives; `of` returns the class when it is needed."""

    of: Callable[[], type[Any]]

    def from_text(self, text: str) -> Any:
        """The command line has other options for it."""
        raise UsageError(f"{text!r} cannot be given as text; give it in Python")

    def from_document(self, value: object) -> Any:
        """System files do not have it."""
        raise ValueError(f"give it in Python, not {document_values.described(value)} here")

    def check(self, name: str, value: Any) -> None:
        """Refuse values of other classes."""
        require_instance(name, value, self.of())


def _text_or_number(group: Group, name: str) -> float | str:
    value = group.attributes[name]
    return value if isinstance(value, str) else group.attribute(name, float)


def steps_per_tau(text: str) -> float:
    """K of a step written as tau/K.

    Raises
    ------
    UsageError
        It is not written so, or K is below one: no network follows so coarse a step.
    """
    name, _, number = text.partition("/")
    try:
        steps = float(number) if name.strip() == "tau" else float("nan")
    except ValueError:
        steps = float("nan")
    if not 1.0 <= steps < INFINITY:
        raise UsageError(f"dt is {text!r}; give a positive number, or tau/10 (tau/1 at most)")
    return steps
