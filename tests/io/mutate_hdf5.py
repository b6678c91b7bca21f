"""Damage an HDF5 file at random, many times, and say how reading it ended. Run as a script.

    python mutate_hdf5.py FILE SEED COUNT

Every attempt runs in a forked process, since libhdf5 may crash; the limits are those of the
reading process. Prints how many attempts ended how, as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections import Counter
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from conftest import parsed

from lrfit.core.errors import InputError
from lrfit.io.child import allow, confine


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """A copy with flipped bits, overwritten words, or its end cut off."""
    bad = bytearray(data)
    kind = rng.integers(6)
    if kind == 0:
        return bytes(bad[: rng.integers(len(bad))])
    # Most of a small file's structure is near its beginning.
    end = len(bad) if rng.random() < 0.5 else min(len(bad), 4096)
    for _ in range(rng.integers(1, 9)):
        place = int(rng.integers(end - 8))
        if kind < 4:
            bad[place] ^= 1 << int(rng.integers(8))
        else:
            word = [b"\xff" * 8, bytes(8), rng.bytes(8), (1 << 40).to_bytes(8, "little")]
            width = int(rng.choice([1, 2, 4, 8]))
            bad[place : place + width] = word[rng.integers(4)][:width]
    return bytes(bad)


def attempt(data: bytes) -> str:
    """Read in a fork; return "tree", "refused", "wrong", or the name of the signal."""
    pid = os.fork()
    if pid == 0:
        os._exit(_read(data))
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return {0: "tree", 3: "refused"}.get(os.WEXITSTATUS(status), "wrong")


def _read(data: bytes) -> int:
    confine(seconds=10)
    allow(memory=2**29, cpu_seconds=0.5)
    try:
        parsed(data)
    except InputError as error:
        return 3 if str(error).isprintable() and len(str(error)) < 1000 else 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def main() -> None:
    """Print the endings of COUNT attempts."""
    data, rng = Path(sys.argv[1]).read_bytes(), np.random.default_rng(int(sys.argv[2]))
    folder = os.environ.get("KEEP_CRASHES")
    endings: Counter[str] = Counter()
    for number in range(int(sys.argv[3])):
        bad = damaged(data, rng)
        ending = attempt(bad)
        endings[ending] += 1
        if folder and ending not in ("tree", "refused"):
            Path(folder, f"{ending}-{sys.argv[2]}-{number}.h5").write_bytes(bad)
    sys.stdout.write(json.dumps(endings))


if __name__ == "__main__":
    main()
