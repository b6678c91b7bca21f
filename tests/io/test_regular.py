from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from lrfit.core.errors import InputError
from lrfit.io.regular import open_regular, read_regular_file


def test_a_regular_file_is_read_whole_up_to_the_limit(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    assert read_regular_file(path, limit=5) == b"12345"
    with pytest.raises(InputError, match="more than the 4 bytes"):
        read_regular_file(path, limit=4)


def test_a_link_to_a_regular_file_is_followed(tmp_path):
    (tmp_path / "f").write_bytes(b"1")
    (tmp_path / "link").symlink_to("f")
    assert read_regular_file(tmp_path / "link", limit=9) == b"1"


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # such names are short


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (_fifo, r"FIFO"),
        (_socket, "a socket"),
        (Path.mkdir, "a directory"),
        (Path.touch, "is empty"),
        (_loop, "cannot be opened"),
        (lambda path: path.symlink_to("/dev/zero"), "a character device"),
        (lambda path: None, "no such file"),
    ],
)
def test_anything_else_is_refused_without_waiting(tmp_path, monkeypatch, make, words):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "it")
    with pytest.raises(InputError, match=words) as refusal:
        open_regular(tmp_path / "it", limit=9)
    assert str(refusal.value).startswith(f"{tmp_path}/it: ")


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "\udcff", "a\nb", ""])
def test_names_that_no_file_has_are_one_printable_line(tmp_path, name):
    with pytest.raises(InputError) as refusal:
        read_regular_file(f"{tmp_path}/{name}", limit=9)
    assert str(refusal.value).isprintable()


def test_no_descriptor_is_left_open_after_a_refusal(tmp_path, open_descriptors):
    path = tmp_path / "f"
    path.write_bytes(b"12345")
    before = open_descriptors()
    with pytest.raises(InputError):
        open_regular(path, limit=4)
    assert open_descriptors() == before


def test_a_file_without_permission_is_refused_with_the_remedy(tmp_path, python):
    path = tmp_path / "f"
    path.write_bytes(b"1")
    path.chmod(0)
    tmp_path.chmod(0o755)
    script = (  # root reads everything, so it becomes nobody
        "import os; from lrfit.io import read_regular_file; os.getuid() or os.setuid(65534)\n"
        "try: read_regular_file('f', limit=9)\nexcept Exception as e: print(e, end='')"
    )
    assert python("-c", script, cwd=tmp_path).stdout == (
        "f: you are not permitted to read this file; change its permissions (chmod u+r)"
    )
