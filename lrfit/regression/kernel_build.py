"""Compiles `kernel.c` beside itself, or elsewhere: `python kernel_build.py [FOLDER]`.

Place in the flow: the build hook of an installation runs this file by its path, before there is
a package, so that it imports nothing of lrfit. Whatever fails leaves an installation that works
without the kernel.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import zlib
from pathlib import Path

FLAGS = (
    *("-std=gnu11", "-O3", "-fPIC", "-shared"),
    # These two let loops with sqrt and comparisons become vectors; NaN and infinity stay exact.
    *("-fno-math-errno", "-fno-trapping-math"),
    *("-fopenmp-simd", "-Wno-psabi"),  # a pragma for one sum; no threads, and no library
)
LIBRARY = "tanh-kernel.so"
"""A name that no import statement can mean: a library `kernel.so` would hide `kernel.py`."""
RECORD = "tanh-kernel.sums"
"""Beside the library: `checksums` of it, without which it is not loaded."""
_TIMEOUT = 300.0
"""Seconds for one attempt; it takes about one."""


def compiler() -> list[str] | None:
    """The C compiler's command: $CC, the one Python was built with, cc, gcc or clang."""
    wanted = (os.environ.get("CC"), sysconfig.get_config_var("CC"), "cc", "gcc", "clang")
    commands = [command.split() for command in wanted if command]
    return next((words for words in commands if shutil.which(words[0])), None)


def record_of(library: Path) -> Path:
    """The file that holds the checksums of a library."""
    return library.with_name(RECORD)


def checksums(source: Path, library: Path) -> str:
    """Of the source and of the library: against damage and mixed versions, not against malice.

    Whoever can replace the library can replace the package as well.
    """
    return " ".join(f"{zlib.crc32(each.read_bytes()):08x}" for each in (source, library))


def compile_kernel(source: Path, library: Path) -> str:
    """Compile source to library, and write its checksums; returns "" or why there is no library."""
    command = compiler()
    if command is None:
        return "there is no C compiler"
    # Written beside and moved: a process that has the old library loaded keeps it whole.
    partial = library.with_name(f"{library.name}.{os.getpid()}")
    why = ""
    # Compilers that cannot compile for two processors at once get one version of the loops.
    for more in ([], ["-DONE_TARGET"]):
        words = [*command, *FLAGS, *more, str(source), "-o", str(partial), "-lm"]
        try:
            subprocess.run(words, check=True, capture_output=True, timeout=_TIMEOUT)
            partial.replace(library)
            record_of(library).write_text(checksums(source, library), encoding="ascii")
            return ""
        except subprocess.CalledProcessError as error:
            why = error.stderr.decode("utf-8", "replace").strip() or str(error)
        except (OSError, subprocess.TimeoutExpired) as error:
            why = str(error)
        finally:
            partial.unlink(missing_ok=True)
    return why


def main() -> int:
    """Compile; the exit code says whether there is a library."""
    source = Path(__file__).with_name("kernel.c")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else source.parent
    why = compile_kernel(source, folder / LIBRARY)
    if why:
        sys.stderr.write(f"lrfit is used without its compiled kernel: {why}\n")
    return 1 if why else 0


if __name__ == "__main__":
    sys.exit(main())
