"""Every command loads what it needs and no more: modules are counted, heavy libraries named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

COUNT = """
import json, sys
from lrfit.cli.main import main
code = main()
names = [name for name in sys.modules if sys.modules[name] is not None]
print(json.dumps([code, names]), file=sys.stderr)
"""
HEAVY = {"numpy", "h5py", "scipy", "sklearn", "pydantic", "rich", "yaml", "matplotlib"}
"""Libraries whose import takes longer than the shortest commands."""

YAML = {"numpy", "yaml", "pydantic"}
CASES = {
    "--version": (15, set()),
    "--help": (108, set()),
    "fit --help": (40, set()),
    "systems": (35, set()),
    "show network.h5": (128, {"numpy"}),
    "show network.h5 --json": (107, {"numpy"}),
    "check van_der_pol": (130, YAML),
    "check lorenz --json": (130, YAML),
    "simulate network.h5 -o run.h5 --force": (125, {"numpy", "h5py"}),
    "simulate network.h5 --target -o run.h5 --force": (164, {*YAML, "h5py"}),
    "export network.h5 --to npz -o network.npz --force": (105, {"numpy"}),
    "sample van_der_pol --points 5 -o grid.h5 --force": (131, {*YAML, "h5py"}),
}
"""Most modules of lrfit, and the heavy libraries that a command may load."""
SEARCH = {"lrfit.fitting.explore", "lrfit.fitting.strategy", "lrfit.fitting.tasks"}
REGRESSION = {"lrfit.regression.least_squares", "lrfit.regression.greedy"}


def loaded(
    folder: Path, environment: dict[str, str], arguments: Sequence[str], program: str = COUNT
) -> list[str]:
    """Names of the modules that a command has loaded at its end."""
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    code, names = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    return list(names)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a small network of a planar system."""
    import lrfit

    place = tmp_path_factory.mktemp("imports")
    found = lrfit.fit("van_der_pol", neurons=8, samples=256, look=False)
    lrfit.save(found, place / "network.h5")
    return place


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere no process is copied")
@pytest.mark.parametrize("command", ["show network.h5", "simulate network.h5 -o r.h5 --force"])
def test_files_are_read_without_another_interpreter(
    command: str, folder: Path, environment: dict[str, str]
) -> None:
    refusing = f"from lrfit.io import child; child.running = None\n{COUNT}"
    assert "lrfit.io.forked" in loaded(folder, environment, command.split(), refusing)


@pytest.mark.parametrize("command", CASES)
def test_a_command_loads_no_more_than_it_needs(
    command: str, folder: Path, environment: dict[str, str]
) -> None:
    most, allowed = CASES[command]
    names = loaded(folder, environment, command.split())
    ours = [name for name in names if name.partition(".")[0] == "lrfit"]
    assert len(ours) <= most, f"{len(ours)} modules: {sorted(ours)}"
    tops = {name.partition(".")[0] for name in names}
    assert tops & HEAVY == allowed
    assert not (SEARCH | REGRESSION) & {*names}


def test_importing_the_package_loads_nothing_but_names(environment: dict[str, str]) -> None:
    code = "import sys; before = {*sys.modules}; import lrfit; print(*{*sys.modules} - before)"
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    ours = {name for name in done.stdout.split() if name.partition(".")[0] == "lrfit"}
    assert ours == {"lrfit", "lrfit.core", "lrfit.core.lazy"}
    assert not {name.partition(".")[0] for name in done.stdout.split()} & HEAVY


def test_a_selection_needs_no_statistics_and_no_search(
    folder: Path, environment: dict[str, str]
) -> None:
    fit = "fit van_der_pol --method ols --neurons 8 --samples 256 --candidates 100 -o n.h5 --force"
    names = loaded(folder, environment, fit.split())
    assert not {"scipy.stats", "scipy.integrate", "scipy.optimize"} & {*names}
    assert not SEARCH & {*names}
