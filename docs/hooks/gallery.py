"""MkDocs hook: the gallery of sample systems, which lies outside of docs/, becomes a page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

FIGURES = Path(__file__).parents[2] / "figures"


def on_files(files: Files, config: Any, **_: Any) -> Files:
    """Add figures/README.md and its pictures as gallery/ (called by MkDocs once)."""
    for path in sorted(FIGURES.iterdir()):
        name = f"gallery/{path.name}"
        files.append(File.generated(config, name, abs_src_path=str(path)))
    return files
