"""The whole story with a keyboard only: Tab, Enter, Space, arrows and what is typed."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.kit.browser.card import Card, show
from tests.kit.browser.front_ends import FrontEnd
from tests.kit.machine.machine import Machine

# More than there are stops in a card.
STOPS = 40
FOCUSED = """() => {
  const { testid, focus } = document.activeElement.dataset;
  return testid ?? focus ?? "";
}"""


class Keyboard:
    """Hands on a keyboard; what they do goes to where the focus is."""

    def __init__(self, card: Card) -> None:
        self.card = card
        self.page = card.notebook.page

    def at(self) -> str:
        """What has the focus."""
        name: str = self.page.evaluate(FOCUSED)
        return name

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, part: str, key: str = "Tab") -> None:
        """Tab until `part` has the focus, which then is seen."""
        passed: list[str] = []
        while self.at() != part:
            assert len(passed) < STOPS, f"no way to {part}: {passed}"
            self.press(key)
            passed.append(self.at())
        assert self.card.part(part).evaluate("(each) => getComputedStyle(each).outlineStyle") != (
            "none"
        )

    def use(self, part: str, key: str = "Enter") -> None:
        """Go to `part` and press a key there."""
        self.tab_to(part)
        self.press(key)

    def expect_at(self, part: str) -> None:
        """The focus has moved to `part` by itself."""
        where = f"[data-testid='{part}']:focus, [data-focus='{part}']:focus"
        expect(self.card.root.locator(where)).to_have_count(1)


@pytest.mark.parametrize("front_end", ["lab"], indirect=True)
def test_the_whole_story(front_end: FrontEnd, here: Machine) -> None:
    card = show(front_end, here)
    card.wait_shown("connect")
    keys = Keyboard(card)

    # Nothing typed: the focus is where it is missing.
    keys.use("connect")
    keys.expect_at("token")
    # The token by its name, and pasted after all.
    keys.use("token-by-name")
    keys.expect_at("token-secret")
    keys.use("token-paste", "Space")
    keys.expect_at("token")
    keys.page.keyboard.type(here.token)
    keys.tab_to("region")
    keys.press("ArrowDown")
    keys.use("ssh", "Space")
    keys.press("Space")
    keys.use("more")
    expect(card.part("user")).to_be_visible()

    # It fails: the focus is on why, and the way on is one key away.
    here.agent(start_error_on_post="8013")
    keys.use("connect", "Space")
    card.wait_phase("failed")
    keys.expect_at("error")
    keys.use("edit")
    keys.expect_at("token")
    expect(card.part("region")).not_to_have_value("")

    # It works: the focus is on the details, and the command is the next stop.
    here.agent()
    keys.page.keyboard.type(here.token)
    keys.press("Enter")
    card.wait_phase("connected")
    keys.expect_at("connected")
    keys.press("Tab")
    assert keys.at() == "tab-terminal"
    keys.press("ArrowRight")
    assert keys.at() == "tab-vscode"
    keys.press("Tab")
    assert keys.at() == "system"
    keys.tab_to("tab-vscode", "Shift+Tab")
    keys.press("Home")
    keys.use("copy-command")
    expect(card.part("copy-command")).to_have_text("Copied")
    command = keys.page.evaluate("() => navigator.clipboard.readText()")
    assert command == card.part("ssh-command").text_content()
    keys.use("details-toggle")
    keys.use("show-password", "Space")
    password = card.part("password").text_content()
    keys.tab_to("copy-password", "Shift+Tab")
    keys.press("Enter")
    assert keys.page.evaluate("() => navigator.clipboard.readText()") == password
    keys.use("log-toggle")
    expect(card.part("log")).to_be_visible()
    keys.tab_to("log")
    keys.tab_to("disconnect", "Shift+Tab")
    keys.press("Enter")
    card.wait_phase("idle")
    keys.tab_to("token")
    expect(card.part("token")).to_have_value("")
