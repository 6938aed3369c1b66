"""Colours where a page has nothing but those that VS Code gives to its outputs."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.kit.browser.contrast import hard_to_read

STATIC = Path(__file__).parents[2] / "colabwidget/static"
# Of its Light Modern and Dark Modern themes.
THEMES = {
    "light": {"foreground": "#3b3b3b", "editor-background": "#ffffff", "textLink": "#005fb8"},
    "dark": {"foreground": "#cccccc", "editor-background": "#1f1f1f", "textLink": "#4daafc"},
}
SHOW = """
async ([script, style]) => {
  document.head.append(Object.assign(document.createElement("style"), { textContent: style }));
  // As where its outputs stand: no origin of a server, no leave to use the clipboard.
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
  const { default: widget } = await import(url);
  const model = {
    get: (name) => ({ phase: "idle", tunnel: "direct", ssh: true, providers: [], host: {} })[name],
    set() {}, save_changes() {}, send() {}, on() {}, off() {},
  };
  await widget.render({ model, el: document.body });
}
"""


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour[1:]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_the_editors(context: BrowserContext, theme: str) -> None:
    colours = THEMES[theme]
    names = {"textLink": "textLink-foreground"}
    variables = "".join(f"--vscode-{names.get(k, k)}: {v};" for k, v in colours.items())
    page = context.new_page()
    page.set_content(f"<html style='{variables}'><body class='vscode-{theme}'></body></html>")
    page.evaluate(SHOW, [(STATIC / f"widget.{kind}").read_text() for kind in ("js", "css")])

    card = page.get_by_test_id("card")
    expect(card).to_have_css("background-color", rgb(colours["editor-background"]))
    expect(card).to_have_css("color", rgb(colours["foreground"]))
    assert hard_to_read(card) == []
