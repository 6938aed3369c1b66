"""axe-core finds nothing wrong with any state of the card in Firefox and WebKitGTK either."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.test_looks import AXE, BY_COLOUR, THEMES
from tests.browser.test_other_browsers import BROWSERS
from tests.kit.browser.other_browsers import OtherBrowser
from tests.kit.browser.sheets import HARNESS, build_harness

WIDTH = 480
#: Each is looked at whole; colours alone in the others. A browser is as light as its system.
WHOLE = ["lab-light", "lab-dark"]
SYSTEM_DARK = "system-dark"
BEGIN = """
window.found = null;
({axe})({rules}).then((found) => (window.found = found), (error) => (window.found = String(error)));
"""


@pytest.fixture(params=[*BROWSERS])
def browser(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OtherBrowser]:
    program, start = BROWSERS[request.param]
    if not program.exists():
        pytest.skip(f"no {program}, which scripts/setup-tests.sh installs on Debian")
    build_harness()
    with start(tmp_path) as browser:
        yield browser


def wrong(browser: OtherBrowser, rules: list[str] | None) -> list[str]:
    """What axe-core finds in the page as it is now."""
    browser.run(BEGIN.format(axe=AXE, rules=json.dumps(rules)))
    found = browser.wait("window.found")
    assert found["seen"] > 500, "axe did not look"
    return list(found["wrong"])


PALE = """
const style = document.createElement("style");
style.textContent = ".cw { --cw-muted: #bbb !important }";
document.head.append(style);
"""


@pytest.mark.timeout(600)
def test_nothing_is_wrong_with_any_state_in_any_theme(browser: OtherBrowser) -> None:
    browser.go(f"{(HARNESS / 'index.html').as_uri()}#all,{WHOLE[0]},{WIDTH}")
    browser.wait("window.ready === location.hash")
    for theme in [*WHOLE, *THEMES]:
        if theme == SYSTEM_DARK:
            continue
        browser.run(f"document.body.dataset.theme = {theme!r}")
        found = wrong(browser, None if theme in WHOLE else BY_COLOUR)
        assert not found, "\n\n".join([theme, *found])
    browser.run(f"document.body.dataset.theme = {WHOLE[0]!r}")
    browser.run(PALE)
    assert any("color-contrast" in each for each in wrong(browser, BY_COLOUR))
