"""Every exception has its exit code and its one line."""

from __future__ import annotations

import errno

import pytest

from lrfit.cli.failures import failure_of, report
from lrfit.cli.signals import Terminated
from lrfit.core.errors import InputError, NumericalError, OutputError, UsageError


def output_error_from(cause: OSError) -> OutputError:
    error = OutputError("standard output cannot be written")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("x"), 2),
        (InputError("x", where="f.yaml", line=3), 3),
        (OutputError("x"), 5),
        (NumericalError("x"), 6),
        (KeyboardInterrupt(), 130),
        (Terminated(), 143),
        (MemoryError(), 6),
        (RecursionError(), 3),
        (OSError(errno.ENOSPC, "full"), 5),
        (OSError(errno.ENOMEM, "no memory"), 6),
        (ImportError("libx.so: failed to map segment from shared object"), 6),
        (RuntimeError("can't start new thread"), 6),
        (ImportError("no module named x"), 1),
        (ZeroDivisionError("x"), 1),
    ],
)
def test_the_exit_code_is_that_of_the_contract(
    error: BaseException, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(error, debug=False) == code
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.startswith("lrfit: ")
    assert caught.err.count("\n") == 1


def test_a_place_in_a_file_is_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    report(InputError("no; do", where="f.yaml", line=3), debug=False)
    assert capsys.readouterr().err == "lrfit: f.yaml:3: no; do\n"


@pytest.mark.parametrize("error", [BrokenPipeError(), output_error_from(BrokenPipeError())])
def test_a_reader_that_has_gone_is_no_message(error: BaseException) -> None:
    assert failure_of(error).code == 5
    assert failure_of(error).message is None


def test_an_internal_error_says_what_and_how_to_see_more(
    capsys: pytest.CaptureFixture[str],
) -> None:
    report(KeyError("x"), debug=False)
    assert "internal error: KeyError" in capsys.readouterr().err
    report(KeyError("x"), debug=True)
    assert "KeyError: 'x'" in capsys.readouterr().err.splitlines()[0]


def test_an_import_that_fails_for_want_of_memory_is_no_internal_error() -> None:
    """numpy wraps what the linker said in a page of advice."""
    wrapped = ImportError("please read this")
    wrapped.__cause__ = ImportError("liby.so: cannot allocate memory in static TLS block")
    assert failure_of(wrapped).code == 6
    assert "not enough memory" in str(failure_of(wrapped).message)


def test_a_ring_of_causes_ends() -> None:
    first, second = ImportError("a"), ImportError("b")
    first.__cause__, second.__cause__ = second, first
    assert failure_of(first).code == 1
