"""Look at a report in a real browser: no console message, no horizontal scroll, screenshots.

    python -m benchmarks.browser report.html --output shots

Needs Chromium on the path. At 400 and at 1,400 pixels, light and dark, the page is opened from
disk; a script that is added to a copy of it measures its width. Exit code 1 where something is
wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import html
import itertools
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (400, 1400)
SCHEMES = {"light": (), "dark": ("--blink-settings=preferredColorScheme=0",)}
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--hide-scrollbars", "--disable-background-networking", "--disable-component-update"),
    *("--disable-sync", "--enable-logging=stderr", "--force-color-profile=srgb"),
)
MEASURE = """<script>
addEventListener("load", () => {
  const page = document.documentElement;
  parent.document.documentElement.dataset.measured = `${innerWidth} ${page.scrollWidth}`;
});
</script>"""
FRAME = """<!DOCTYPE html><meta name="color-scheme" content="light dark"><style>
body { margin: 0 } iframe { border: 0; width: WIDTHpx; height: HEIGHTpx }</style>
<iframe srcdoc="PAGE"></iframe>"""
"""No window is narrower than 500 pixels, but a frame is."""


def find_browser() -> str | None:
    """The first Chromium on the path."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def run(browser: str, *arguments: str) -> tuple[str, str]:
    """Standard output, and the console messages of the page."""
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [browser, *FLAGS, f"--user-data-dir={profile}", *arguments],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    console = [line for line in done.stderr.splitlines() if "CONSOLE" in line]
    return done.stdout, "\n".join(console)


@contextlib.contextmanager
def framed(page: Path, width: int, height: int) -> Iterator[str]:
    """The address of a page that shows this one in a frame of that size."""
    inner = page.read_text("utf-8").replace("</body>", f"{MEASURE}</body>")
    outer = FRAME.replace("WIDTH", str(width)).replace("HEIGHT", str(height))
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "page.html"
        copy.write_text(outer.replace("PAGE", html.escape(inner)), "utf-8")
        yield copy.as_uri()


def measured(browser: str, page: Path, width: int) -> tuple[int, int, str]:
    """Width of the frame, width of the page in it, console messages."""
    with framed(page, width, 900) as address:
        dom, console = run(browser, f"--window-size={max(width, 500)},900", "--dump-dom", address)
    found = re.search(r'data-measured="(\d+) (\d+)"', dom)
    if not found:
        raise RuntimeError("the page did not load")
    return int(found[1]), int(found[2]), console


def problems(browser: str, page: Path) -> list[str]:
    """What is wrong with a page, one line each."""
    found = []
    for width in WIDTHS:
        window, content, console = measured(browser, page, width)
        if content > window:
            found.append(f"at {window} pixels the page is {content} wide")
        found += [f"at {width} pixels: {line}" for line in console.splitlines()]
    return found


def screenshots(browser: str, page: Path, folder: Path, height: int) -> None:
    """One PNG for every width, light and dark."""
    folder.mkdir(parents=True, exist_ok=True)
    for width, (scheme, flags) in itertools.product(WIDTHS, SCHEMES.items()):
        shot = folder / f"{page.stem}.{width}.{scheme}.png"
        with framed(page, width, height) as address:
            run(browser, f"--window-size={width},{height}", *flags, f"--screenshot={shot}", address)
        print(shot)


def main() -> int:
    """Check every page that is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="+", type=Path)
    parser.add_argument("--output", type=Path, help="folder for screenshots")
    parser.add_argument("--height", type=int, default=4000)
    options = parser.parse_args()
    browser = find_browser()
    if browser is None:
        print("no Chromium on the path", file=sys.stderr)
        return 2
    bad = False
    for page in options.pages:
        for line in problems(browser, page):
            print(f"{page}: {line}")
            bad = True
        if options.output:
            screenshots(browser, page, options.output, options.height)
    return int(bad)


if __name__ == "__main__":
    sys.exit(main())
