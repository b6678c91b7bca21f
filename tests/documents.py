"""The documents of the project as tests see them: blocks of code, links, and how to run a page."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from lrfit.cli.main import main

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
RUN = ("console", "python", "yaml")
"""Languages of blocks that are run; what is not to be run is marked as text."""
_FENCE = re.compile(
    r"^(?P<ticks>```+)(?P<language>\w*)\n(?P<text>.*?)^(?P=ticks)$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"<!-- (.*?) -->\n+\Z")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_OPERATORS = "|&;<>"
SAVING = {"reduce": ("--trials", "128", "--starts", "1"), "populations": ("--subsamples", "6")}
"""Options that only save time, by command; those of a page come later, and so they count."""


@dataclass(frozen=True, kw_only=True)
class Block:
    """A fenced block. mark : the HTML comment right before it, "" without one."""

    language: str
    text: str
    mark: str


def blocks(text: str) -> list[Block]:
    """All fenced blocks of a document, in order."""
    found = []
    for match in _FENCE.finditer(text):
        mark = _MARK.search(text, 0, match.start())
        found.append(
            Block(
                language=match["language"], text=match["text"], mark=mark.group(1) if mark else ""
            )
        )
    return found


def runnable(path: Path, *, apart: tuple[str, ...] = ()) -> list[Block]:
    """Blocks of a document that are run, without those whose marks have tests of their own."""
    every = blocks(path.read_text(encoding="utf-8"))
    return [block for block in every if block.language in RUN and block.mark not in apart]


def links(path: Path) -> Iterator[str]:
    """Targets of the links and figures of a document within the repository, without anchors."""
    prose = _FENCE.sub("", path.read_text(encoding="utf-8"))
    for target in _LINK.findall(prose):
        name = target.partition("#")[0]
        if name and "://" not in name:
            yield name


def split(line: str) -> list[str]:
    """Words of a command line as a shell sees them, without its comment; operators apart."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=_OPERATORS)
    lexer.whitespace_split = True
    return list(lexer)


def shell(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a line by bash, with an `lrfit` that is this source tree's."""
    program = folder / ".bin" / "lrfit"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m lrfit "$@"\n')
    program.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{program.parent}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


class Page:
    """Runs the blocks of one page, one after the other, in one folder and one namespace."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.names: dict[str, Any] = {"__name__": "__main__"}
        self._capture = capture

    def run(self, block: Block) -> None:
        """Run a block; an AssertionError says what failed."""
        {"console": self._console, "python": self._python, "yaml": self._system}[block.language](
            block.text
        )

    def _console(self, text: str) -> None:
        for line in text.splitlines():
            words = split(line)
            if "=" in words[0] or any(word[0] in _OPERATORS for word in words):
                done = shell(line, self.folder)
                assert done.returncode == 0, f"{line}\n{done.stderr}"
                assert done.stdout, line
            else:
                self._lrfit(*words)

    def _lrfit(self, program: str, *arguments: str) -> None:
        """In this process, which saves the second that a process takes to start."""
        command = shlex.join([program, *arguments])
        assert program == "lrfit", f"only lrfit is run here, not {command!r}; mark it as text"
        self._capture.readouterr()
        name, *rest = arguments
        code = main([name, *SAVING.get(name, ()), *rest])
        caught = self._capture.readouterr()
        assert code == 0, f"{command}\n{caught.err}"
        assert caught.out, command

    def _python(self, text: str) -> None:
        exec(compile(text, "<page>", "exec"), self.names)

    def _system(self, text: str) -> None:
        """A system file, kept under its name for the commands that follow."""
        name = yaml.safe_load(text)["name"]
        (self.folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        self._lrfit("lrfit", "check", f"{name}.yaml", "--json")
