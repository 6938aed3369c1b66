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
async ([stub, card]) => {
  // As where its outputs stand: no origin of a server, no leave to use the clipboard.
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  const imported = (text) =>
    import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const { default: widget } = await imported(stub);
  globalThis.colabwidgetBundles.card = imported(card).then((module) => module.default);
  const traits = { phase: "idle", tunnel: "direct", ssh: true, providers: [], host: {} };
  const model = {
    get: (name) => ({ ...traits, _bundle: { name: "card", hash: "card", waits: false } })[name],
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
    page.evaluate(SHOW, [(STATIC / f"{name}.js").read_text() for name in ("stub", "card")])

    card = page.get_by_test_id("card")
    expect(card).to_have_css("background-color", rgb(colours["editor-background"]))
    expect(card).to_have_css("color", rgb(colours["foreground"]))
    assert hard_to_read(card) == []
