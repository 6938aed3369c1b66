"""A notebook as VS Code shows it: its own widget manager, in a webview that hears VS Code only.

VS Code itself cannot be had here. Its widget managers are its own packages; the page that hosts
them does what its Jupyter extension does, with a real kernel of a real server.
"""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Locator, Page, Route

from tests.kit.browser.front_ends import HERE, FrontEnd, Notebook
from tests.kit.browser.notebook_servers import Server
from tests.kit.machine.machine import ROOT

PACKAGES = ROOT / "tests/clients/vscode/node_modules"
#: Of its Light Modern and Dark Modern themes.
THEMES = {
    "light": {
        "--vscode-foreground": "#3b3b3b",
        "--vscode-editor-background": "#ffffff",
        "--vscode-textLink-foreground": "#005fb8",
    },
    "dark": {
        "--vscode-foreground": "#cccccc",
        "--vscode-editor-background": "#1f1f1f",
        "--vscode-textLink-foreground": "#4daafc",
    },
}
# Its renderer's own style: an output with a widget has a white ground in every theme.
OUTPUTS = """<!doctype html>
<meta charset="utf-8">
<title>outputs</title>
<style>
  body {{ margin: 0; color: var(--vscode-foreground); background: var(--vscode-editor-background) }}
  .cell-output-ipywidget-background {{ background: white !important }}
</style>
<body></body>
<script src="require.js"></script>
<script>window.given = {given}</script>
<script type="module" src="page.js"></script>
"""
FILES = {
    "require.js": PACKAGES / "requirejs/require.js",
    "kernel.js": PACKAGES / "kernel.js",
    "ipywidgets7.js": PACKAGES / "ipywidgets7.js",
    "ipywidgets8.js": PACKAGES / "ipywidgets8.js",
    "page.js": HERE / "page_vscode_outputs.js",
}


class VSCode(FrontEnd):
    """VS Code's notebook, its outputs in a webview of another origin."""

    name = "vscode"
    _script = "page_colab.js"
    cell = ".output_container"
    outputs = ".cell-output-ipywidget-background"
    #: Of the kernel's ipywidgets, by which VS Code chooses its manager.
    version = 8
    _text = ""

    def __init__(self, server: Server, context: BrowserContext) -> None:
        super().__init__(server, context)
        context.add_init_script(path=HERE / "page_vscode.js")
        # The same server by another name, which makes it another site to a browser.
        self.webview = f"{server.url.replace('127.0.0.1', 'localhost')}webview/"
        context.route(f"{self.webview}**", self._serve)

    def grant_clipboard(self) -> None:
        super().grant_clipboard()
        origin = self.webview.removesuffix("/webview/")
        self.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=origin)

    def _serve(self, route: Route) -> None:
        name = urlsplit(route.request.url).path.removeprefix("/webview/")
        if not name:
            given = json.dumps({"version": self.version, "themes": THEMES})
            route.fulfill(body=OUTPUTS.format(given=given), content_type="text/html")
        elif name.startswith("nbextensions/"):
            route.fulfill(path=self.server.python.parent.parent / "share/jupyter" / name)
        else:
            route.fulfill(path=FILES[name], content_type="text/javascript")

    def open_file(self, path: Path, page: Page | None = None) -> Notebook:
        page = page or self.context.new_page()
        # Any plain text of the server will do: the page is made by its script.
        page.goto(f"{self.server.url}static/{self._text}?token={self.server.token}")
        cells = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
        page.evaluate("([cells, frame]) => rig.open(cells, frame)", [cells, self.webview])
        notebook = VSCodeNotebook(self, page, path)
        notebook.wait_ready()
        return notebook


class VSCode7(VSCode):
    """For kernels with ipywidgets 7."""

    name = "vscode7"
    version = 7
    _text = "base/js/namespace.js"


class VSCode8(VSCode):
    """For kernels with ipywidgets 8."""

    name = "vscode8"
    _text = "style/bootstrap.min.css"


class VSCodeNotebook(Notebook):
    """Its widgets are in the one webview."""

    def widget_locator(self, index: int = 0) -> Locator:
        webview = self.page.frame_locator("iframe")
        return webview.locator(f"#cell-{index}")
