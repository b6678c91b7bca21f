"""The build hook: a library where there is a compiler, and a pure wheel wherever there is not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lrfit.regression.kernel_build import LIBRARY, RECORD, compiler
from lrfit.regression.kernel_library import SETTING, SOURCE

pytest.importorskip("hatchling")
ROOT = Path(__file__).parents[2]
TARGETS = [f"lrfit/regression/{name}" for name in (LIBRARY, RECORD)]


class Silent:
    """What the hook uses of hatchling's application."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def display_warning(self, text: str) -> None:
        self.warnings.append(text)


def built(root: Path, version: str) -> tuple[dict[str, Any], list[str], bool]:
    """What the hook asks of a build, its warnings, and whether the library was there for it."""
    import runpy

    room = root / "lrfit" / "regression"
    room.mkdir(parents=True)
    for name in ("kernel.c", "kernel_build.py"):
        shutil.copy(SOURCE.with_name(name), room / name)
    app, data = Silent(), {"force_include": {}, "pure_python": True}
    hook_class = runpy.run_path(str(ROOT / "hatch_build.py"))["CustomBuildHook"]
    hook = hook_class(str(root), {}, None, None, "", "wheel", app=app)
    hook.initialize(version, data)
    there = all(Path(source).is_file() for source in data["force_include"])
    hook.finalize(version, data, "")
    return data, app.warnings, there


@pytest.mark.skipif(compiler() is None, reason="there is no C compiler")
def test_a_wheel_gets_the_library_and_the_tag_of_its_platform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    data, warnings, there = built(tmp_path, "standard")
    assert there
    assert list(data["force_include"].values()) == TARGETS
    assert not data["pure_python"]
    assert data["tag"].startswith("py3-none-")
    assert not any((tmp_path / target).exists() for target in TARGETS)
    assert not any(Path(source).exists() for source in data["force_include"])
    assert warnings == []


@pytest.mark.skipif(compiler() is None, reason="there is no C compiler")
def test_an_editable_installation_gets_the_library_beside_its_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    data, _, _ = built(tmp_path, "editable")
    assert all((tmp_path / target).is_file() for target in TARGETS)
    assert data == {"force_include": {}, "pure_python": True}


@pytest.mark.parametrize("why", ["no compiler", "it fails", "not wanted"])
@pytest.mark.parametrize("version", ["standard", "editable"])
def test_without_a_library_the_installation_is_pure(
    why: str, version: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(SETTING, raising=False)
    if why == "not wanted":
        monkeypatch.setenv(SETTING, "numpy")
    elif why == "it fails":
        monkeypatch.setenv("CC", "false")
    else:
        monkeypatch.setenv("CC", "")
        monkeypatch.setenv("PATH", str(tmp_path))
    data, warnings, _ = built(tmp_path, version)
    assert data == {"force_include": {}, "pure_python": True}
    assert not any((tmp_path / target).exists() for target in TARGETS)
    assert len(warnings) == (why != "not wanted")
