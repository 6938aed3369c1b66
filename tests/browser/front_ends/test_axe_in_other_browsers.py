"""axe-core finds nothing wrong with any state of the card in Firefox and WebKitGTK either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.test_looks import AXE, BY_COLOUR, COMES, THEMES
from tests.browser.test_other_browsers import BROWSERS
from tests.kit.browser.other_browsers import OtherBrowser
from tests.kit.browser.sheets import HARNESS, build_harness

WIDTH = 480
#: Each is looked at whole; colours alone in the others. A browser is as light as its system.
WHOLE = ["lab-light", "lab-dark"]
SYSTEM_DARK = "system-dark"
#: What the files inside the card are in the middle of.
FILES = ("empty", "sending", "paused", "asking", "refused", "many")
BEGIN = """
window.found = null;
({axe})({rules}).then((found) => (window.found = found), (error) => (window.found = String(error)));
"""


@contextmanager
def harness_in(name: str, folder: Path, theme: str, dark: bool = False) -> Iterator[OtherBrowser]:
    """A browser which shows all states in a theme, on a system that is light or dark."""
    program, start = BROWSERS[name]
    if not program.exists():
        pytest.skip(f"no {program}, which scripts/setup-tests.sh installs on Debian")
    build_harness()
    with start(folder, dark) as browser:
        browser.go(f"{(HARNESS / 'index.html').as_uri()}#all,{theme},{WIDTH}")
        browser.wait("window.ready === location.hash")
        browser.wait(CALM)
        yield browser


def wrong(browser: OtherBrowser, rules: list[str] | None) -> list[str]:
    """What axe-core finds in the page as it is now."""
    browser.run(BEGIN.format(axe=AXE, rules=json.dumps(rules)))
    found = browser.wait("window.found")
    assert found["seen"] > 500, "axe did not look"
    return list(found["wrong"])


#: What came up softly is there.
CALM = f"document.getAnimations().every((each) => each.animationName !== {COMES!r})"
#: What is wrong on purpose: a text that is hard to read, controls without a name.
PALE = """
const style = document.createElement("style");
style.textContent = ".cw-muted { color: #bbb !important }";
document.head.append(style);
"""
UNNAMED = """
for (const each of document.querySelectorAll("[data-scene^=files-] .cwf-line button"))
  each.textContent = "";
"""


@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", BROWSERS)
def test_nothing_is_wrong_with_any_state_in_any_theme(name: str, tmp_path: Path) -> None:
    with harness_in(name, tmp_path, WHOLE[0]) as browser:
        for theme in [*WHOLE, *THEMES]:
            if theme == SYSTEM_DARK:
                continue
            browser.run(f"document.body.dataset.theme = {theme!r}")
            found = wrong(browser, None if theme in WHOLE else BY_COLOUR)
            assert not found, "\n\n".join([theme, *found])
        # The same look finds what is wrong: in the card, and in the files that it shows.
        browser.run(f"document.body.dataset.theme = {WHOLE[0]!r}")
        browser.run(PALE + UNNAMED)
        found = wrong(browser, None)
    for scene in ("failed", "files-sending"):
        assert any(each.startswith(f"color-contrast in {scene}:") for each in found), scene
    unnamed = {each.partition(":")[0] for each in found if each.startswith("button-name in ")}
    assert {f"button-name in files-{state}" for state in FILES} == unnamed


@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", BROWSERS)
def test_every_text_can_be_read_on_a_dark_system(name: str, tmp_path: Path) -> None:
    with harness_in(name, tmp_path, SYSTEM_DARK, dark=True) as browser:
        assert browser.run("return matchMedia('(prefers-color-scheme: dark)').matches")
        found = wrong(browser, BY_COLOUR)
        assert not found, "\n\n".join(found)
        browser.run(PALE.replace("#bbb", "#444"))
        assert any("color-contrast" in each for each in wrong(browser, BY_COLOUR))
