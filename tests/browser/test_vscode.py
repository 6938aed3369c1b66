"""Where a page has nothing but what VS Code gives to its outputs: colours, and what it keeps."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.kit.browser.contrast import hard_to_read
from tests.kit.browser.leak_scan import KEPT
from tests.kit.browser.vscode import THEMES
from tests.kit.machine.tokens import new_token

STATIC = Path(__file__).parents[2] / "colabwidget/static"
SHOW = """
async ([stub, ...parts]) => {
  // As where its outputs stand: no origin of a server, no leave to use the clipboard.
  Object.defineProperty(navigator, "clipboard", { value: undefined });
  const imported = (text) =>
    import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
  const { default: widget } = await imported(stub);
  for (const [at, name] of ["card", "session"].entries()) {
    globalThis.colabwidgetBundles[name] = imported(parts[at]).then((module) => module.default);
  }
  const traits = { phase: "idle", tunnel: "direct", ssh: true, providers: [], host: {} };
  // What a page tells the kernel, and what the editor would save with the notebook.
  Object.assign(window, { sent: [], traits, hooks: new Set() });
  const model = {
    get: (name) => ({ ...traits, _bundle: { name: "card", hash: "card", waits: false } })[name],
    set: (name, value) => (traits[name] = value),
    save_changes() {},
    send(content) {
      sent.push(content);
      if (content.type !== "inside") return;
      const hello = { ...content, content: { type: "hello", bundle: content.kind } };
      queueMicrotask(() => [...hooks].forEach((hook) => hook(hello, [])));
    },
    on: (event, hook) => event === "msg:custom" && hooks.add(hook),
    off: (event, hook) => hooks.delete(hook),
  };
  await widget.render({ model, el: document.body });
}
"""


SAY = """
([content, secret]) => {
  const bytes = secret && new TextEncoder().encode(JSON.stringify(secret));
  for (const hook of [...hooks]) hook(content, bytes ? [new DataView(bytes.buffer)] : []);
}
"""
TOLD = "() => JSON.stringify([sent, traits])"


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*bytes.fromhex(colour[1:]))


def shown(context: BrowserContext, theme: str) -> Page:
    """The card in an output of the editor."""
    variables = "".join(f"{name}: {value};" for name, value in THEMES[theme].items())
    # Its widget managers bring JupyterLab's light values along, whatever the theme is.
    variables += "--jp-ui-font-color1: rgba(0, 0, 0, 0.87); --jp-layout-color1: white;"
    variables += "--jp-brand-color1: #1976d2; --jp-ui-font-family: serif;"
    page = context.new_page()
    page.set_content(f"<html style='{variables}'><body class='vscode-{theme}'></body></html>")
    page.evaluate(
        SHOW, [(STATIC / f"{name}.js").read_text() for name in ("stub", "card", "session")]
    )
    return page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_are_the_editors(context: BrowserContext, theme: str) -> None:
    colours = THEMES[theme]
    page = shown(context, theme)

    card = page.get_by_test_id("card")
    expect(card).to_have_css("background-color", rgb(colours["--vscode-editor-background"]))
    expect(card).to_have_css("color", rgb(colours["--vscode-foreground"]))
    assert hard_to_read(card) == []


def test_its_pages_keep_no_secret(context: BrowserContext) -> None:
    printed: list[str] = []
    context.on("console", lambda message: printed.append(message.text))
    page = shown(context, "light")
    password, viewer = new_token(), new_token()[:8]

    def told() -> str:
        """All that the page holds, has told its kernel beside buffers, and has printed."""
        return "".join([*page.evaluate(KEPT).values(), page.evaluate(TOLD), *printed])

    def state(phase: str, serial: int, **more: object) -> None:
        values = {"epoch": "e", "revision": serial, "phase": phase, **more}
        page.evaluate(SAY, [{"type": "state", "serial": serial, "state": values}, None])
        expect(page.get_by_test_id("card")).to_have_attribute("data-phase", phase)

    state("idle", 1)
    ssh = {"password": password, "command": "ssh -p 1 ana@example.org", "fingerprint": "SHA256:x"}
    vnc = {"password": viewer, "view_only_password": viewer, "forward_command": "ssh -L 1:x:1 y"}
    details = {"tunnel": {"endpoint": {"host": "example.org"}}, "ssh": ssh, "desktop": vnc}
    desktop = {"phase": "connected", "error": None}
    for serial, phase in enumerate(["working", "connected", "reconnecting", "connected"], 2):
        state(phase, serial, details_revision=1, desktop=desktop)
        view = page.evaluate("() => sent.find(({ type }) => type === 'ready').view")
        message = {"type": "details", "serial": 10 + serial, "epoch": "e", "revision": 1}
        page.evaluate(SAY, [{**message, "view": view}, {"details": details}])
        assert not [secret for secret in (password, viewer) if secret in told()], phase
    expect(page.get_by_test_id("copy-password")).to_be_visible()
    # What is shown is there, or this would be no test.
    page.get_by_test_id("details-toggle").click()
    page.get_by_test_id("show-password").click()
    assert password in told()
    page.get_by_test_id("show-password").click()
    assert password not in told()
    state("idle", 9)
    assert not [secret for secret in (password, viewer) if secret in told()]
