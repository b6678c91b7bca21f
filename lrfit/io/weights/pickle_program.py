"""What a pickle of PyTorch describes, found without unpickling it.

A pickle is a program for a stack machine. This is such a machine with the few instructions that
dictionaries, lists, numbers, texts and tensors need. Names of classes and functions are looked up
in a table of what is known here and nowhere else; nothing is imported, and nothing of the file is
called. An instruction or a name that is not known refuses the whole file.

Place in the flow: `torch` runs the program and reads the tensors that it describes.
"""

from __future__ import annotations

import pickletools
from collections.abc import Callable
from typing import Any

from lrfit.io.limits import RefusedError
from lrfit.io.text import shown
from lrfit.io.weights.pickle_names import CALLS, KNOWN, STORAGES, Name, Ordered, Storage

_MOST = 300_000
"""Instructions of a program. A network of some hundred tensors has 10,000."""
_MARK = object()
_VALUES = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_NUMBERS = ("BININT", "BININT1", "BININT2", "LONG1", "BINFLOAT")
_TEXTS = ("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8")
_LITERALS = frozenset((*_NUMBERS, *_TEXTS))
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_IGNORED = frozenset(("PROTO", "FRAME"))


def described(program: bytes) -> Any:
    """What a pickle describes: dictionaries, lists, tuples, numbers, texts and tensors.

    Raises
    ------
    RefusedError
        It describes anything else, is too long, or is damaged.
    """
    machine = _Machine()
    try:
        for count, (instruction, argument, _) in enumerate(pickletools.genops(program)):
            if count > _MOST:
                raise RefusedError(f"its pickle has more than {_MOST:,} instructions; save less")
            machine.do(instruction.name, argument)
        return machine.result
    except RefusedError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OverflowError, AttributeError) as error:
        why = shown(f"{type(error).__name__}: {error}", 160)
        raise RefusedError(f"its pickle is damaged ({why}); save the file again") from None


class _Machine:
    """The stack, the memo, and what each instruction does to them."""

    def __init__(self) -> None:
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        self.result: Any = None

    def do(self, name: str, argument: Any) -> None:
        """Carry out one instruction."""
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _VALUES:
            self.stack.append(_VALUES[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name in _INSTRUCTIONS:
            _INSTRUCTIONS[name](self, argument)
        elif name not in _IGNORED:
            raise RefusedError(
                f"its pickle has the instruction {name}, which tensors do not need; save "
                "model.state_dict() alone"
            )

    def mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def stop(self, _: Any) -> None:
        self.result = self.stack.pop()

    def put(self, place: int) -> None:
        self.memo[place] = self.stack[-1]

    def memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def get(self, place: int) -> None:
        self.stack.append(self.memo[place])

    def since_mark(self) -> list[Any]:
        """Take everything above the last mark from the stack."""
        items: list[Any] = []
        while (item := self.stack.pop()) is not _MARK:
            items.append(item)
        return items[::-1]

    def tuple_of(self, count: int) -> None:
        items = tuple(self.stack[-count:])
        if len(items) < count or any(item is _MARK for item in items):
            raise IndexError("a tuple of what is not there")
        self.stack[-count:] = [items]

    def tuple_since_mark(self, _: Any) -> None:
        self.stack.append(tuple(self.since_mark()))

    def append(self, _: Any) -> None:
        self.extend([self.stack.pop()])

    def appends(self, _: Any) -> None:
        self.extend(self.since_mark())

    def extend(self, items: list[Any]) -> None:
        if type(self.stack[-1]) is not list:
            raise TypeError("items of what is no list")
        self.stack[-1].extend(items)

    def set_item(self, _: Any) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self.update([key, value])

    def set_items(self, _: Any) -> None:
        self.update(self.since_mark())

    def update(self, pairs: list[Any]) -> None:
        """Put keys and values, one after the other, into the dictionary on top."""
        if not isinstance(self.stack[-1], dict) or len(pairs) % 2:
            raise TypeError("entries of what is no dictionary")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, str | int | float | None):
                raise TypeError("a key that is no text and no number")
            self.stack[-1][key] = value

    def global_name(self, argument: str) -> None:
        module, _, name = argument.partition(" ")
        self.stack.append(_known(module, name))

    def stack_global(self, _: Any) -> None:
        name, module = self.stack.pop(), self.stack.pop()
        self.stack.append(_known(module, name))

    def reduce(self, _: Any) -> None:
        arguments, name = self.stack.pop(), self.stack.pop()
        call = CALLS.get(name) if isinstance(name, Name) else None
        if call is None or not isinstance(arguments, tuple):
            raise RefusedError(
                f"its pickle calls {_told(name)}, which makes no tensor; save model.state_dict() "
                "alone"
            )
        self.stack.append(call(*arguments))

    def build(self, _: Any) -> None:
        """Leave out the attributes of an OrderedDict: torch's state_dict has versions there."""
        state, target = self.stack.pop(), self.stack[-1]
        if not (isinstance(target, Ordered) and isinstance(state, dict)):
            raise RefusedError(
                "its pickle sets the state of an object, which tensors do not need; save "
                "model.state_dict() alone"
            )

    def persistent(self, _: Any) -> None:
        """A storage: ("storage", type, key, device, count)."""
        given = self.stack.pop()
        word, kind, key, _location, numel = given[:5]
        good = isinstance(kind, Name) and kind.module == "torch" and kind.name in STORAGES
        if not good or word != "storage" or type(numel) is not int or not isinstance(key, str):
            raise RefusedError("a storage is not described as PyTorch does; the file is damaged")
        self.stack.append(Storage(STORAGES[kind.name], key, numel))


def _known(module: Any, name: Any) -> Name:
    found = Name(module, name) if isinstance(module, str) and isinstance(name, str) else None
    if found not in KNOWN:
        raise RefusedError(
            f"its pickle names {_told(found)}, a program; nothing of it was run. Save the weights "
            "alone: torch.save(model.state_dict(), FILE)"
        )
    return found


def _told(name: Any) -> str:
    return shown(".".join(name), 100) if isinstance(name, Name) else "something without a name"


_INSTRUCTIONS: dict[str, Callable[[_Machine, Any], None]] = {
    "MARK": _Machine.mark,
    "STOP": _Machine.stop,
    "BINPUT": _Machine.put,
    "LONG_BINPUT": _Machine.put,
    "MEMOIZE": _Machine.memoize,
    "BINGET": _Machine.get,
    "LONG_BINGET": _Machine.get,
    "TUPLE": _Machine.tuple_since_mark,
    "TUPLE1": lambda machine, _: machine.tuple_of(1),
    "TUPLE2": lambda machine, _: machine.tuple_of(2),
    "TUPLE3": lambda machine, _: machine.tuple_of(3),
    "APPEND": _Machine.append,
    "APPENDS": _Machine.appends,
    "SETITEM": _Machine.set_item,
    "SETITEMS": _Machine.set_items,
    "GLOBAL": _Machine.global_name,
    "STACK_GLOBAL": _Machine.stack_global,
    "REDUCE": _Machine.reduce,
    "BUILD": _Machine.build,
    "BINPERSID": _Machine.persistent,
}
