"""The harness's page (js/harness): every state of the widget, many of them on one sheet."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, NamedTuple

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[3]
HARNESS = ROOT / "js" / "harness"
#: Pixels between two cards, and around them all.
GAP = 24


class Look(NamedTuple):
    """How a sheet is looked at."""

    theme: str = "lab-light"
    #: Of a card, CSS pixels.
    width: int = 480
    #: The user has chosen few colours for all that is on the screen.
    forced: bool = False
    #: The user does not mind what moves.
    motion: bool = False
    #: Each card is in a shadow root, as in marimo.
    shadow: bool = False

    def __str__(self) -> str:
        return f"{self.theme}{'-forced' if self.forced else ''}-{self.width}"

    @property
    def scheme(self) -> Literal["light", "dark"]:
        return "dark" if "dark" in self.theme or "contrast" in self.theme else "light"


def build_harness() -> None:
    """The harness shows the front end that is built now."""
    path = f"{ROOT / '.venv-test' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    command = ["node", str(HARNESS / "build.mjs")]
    subprocess.run(command, check=True, cwd=HARNESS.parent, env={**os.environ, "PATH": path})


@contextmanager
def sheet(
    browser: Browser, scenes: str = "all", look: Look | None = None, columns: int = 1
) -> Iterator[Page]:
    """The scenes, with a plus between their names, as `look` has it. Errors of the page fail."""
    look = look or Look()
    context = browser.new_context(
        viewport={"width": columns * (look.width + GAP) + GAP, "height": 700},
        color_scheme=look.scheme,
        forced_colors="active" if look.forced else "none",
        reduced_motion="no-preference" if look.motion else "reduce",
    )
    errors: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: errors.append(str(error)))
    where = f"{scenes},{look.theme},{look.width}{',shadow' if look.shadow else ''}"
    page.goto(f"{(HARNESS / 'index.html').as_uri()}#{where}")
    page.wait_for_function("() => window.ready === location.hash")
    # What draws in a frame of its own has drawn.
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 50)))")
    yield page
    context.close()
    assert not errors
