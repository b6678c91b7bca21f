"""Build hook: compiles the kernel of refinement, where there is a C compiler.

An editable installation gets the library beside its source; a wheel gets it inside, and the tag of
this platform. Without a compiler, when the build of the kernel fails, or with LRFIT_KERNEL=numpy
in the environment, the wheel is the pure one, and lrfit uses NumPy.
"""

from __future__ import annotations

import os
import runpy
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = Path("lrfit") / "regression"


class CustomBuildHook(BuildHookInterface):
    """Called by hatchling around the build of a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say where the library is to be in the wheel."""
        if os.environ.get("LRFIT_KERNEL") == "numpy":
            return
        room = Path(self.root) / ROOM
        build = runpy.run_path(str(room / "kernel_build.py"))
        editable = version == "editable"
        self._folder = tempfile.TemporaryDirectory()
        library = (room if editable else Path(self._folder.name)) / build["LIBRARY"]
        why = build["compile_kernel"](room / "kernel.c", library)
        if why:
            self.app.display_warning(f"lrfit is built without its compiled kernel: {why}")
        elif not editable:
            for path in (library, build["record_of"](library)):
                build_data["force_include"][str(path)] = str(ROOM / path.name)
            build_data["pure_python"] = False
            # The library is called through ctypes: it serves every Python of this platform.
            platform = sysconfig.get_platform().replace("-", "_").replace(".", "_")
            build_data["tag"] = f"py3-none-{platform}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the library that is in the wheel now."""
        if hasattr(self, "_folder"):
            self._folder.cleanup()
