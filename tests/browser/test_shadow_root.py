"""The card in a shadow root, where marimo and others draw widgets."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.kit.browser.sheets import Look, build_harness, sheet

FOCUSED = "() => document.querySelector('[data-scene]').shadowRoot.activeElement?.dataset"


@pytest.fixture(scope="module", autouse=True)
def harness() -> None:
    build_harness()


@pytest.fixture
def working(browser: Browser) -> Iterator[Page]:
    with sheet(browser, "working", Look(shadow=True)) as page:
        yield page


@pytest.fixture
def connected(browser: Browser) -> Iterator[Page]:
    with sheet(browser, "connected", Look(shadow=True)) as page:
        yield page


def test_focus_goes_with_the_content(working: Page) -> None:
    working.get_by_test_id("cancel").focus()
    working.evaluate("() => model.say(state('idle'))")
    expect(working.get_by_test_id("connect")).to_be_visible()
    assert working.evaluate(FOCUSED)["focus"] == "head"


def test_a_focus_elsewhere_on_the_page_stays_there(working: Page) -> None:
    working.evaluate("() => document.body.appendChild(document.createElement('button')).focus()")
    working.evaluate("() => model.say(state('idle'))")
    expect(working.get_by_test_id("connect")).to_be_visible()
    assert working.evaluate("() => document.activeElement.tagName") == "BUTTON"


def test_copying_by_a_selected_field_gives_focus_back(connected: Page) -> None:
    connected.evaluate("() => delete Navigator.prototype.clipboard")
    button = connected.get_by_test_id("copy-command")
    button.press("Enter")
    expect(button).to_have_text("Copied")
    assert connected.evaluate(FOCUSED)["testid"] == "copy-command"


def test_it_has_its_styles(connected: Page) -> None:
    border = "e => getComputedStyle(e).borderTopStyle"
    assert connected.get_by_test_id("card").evaluate(border) == "solid"
