"""A notebook whose outputs stand in frames of another origin, as Google Colab's do.

Colab's own page cannot be had here. What matters to a widget is real: Colab's packages in the
kernel, a frame without an origin, storage, cookies or leave to use the clipboard, a module that
is imported from text, and messages as the only way out.
"""

from __future__ import annotations

import json
from pathlib import Path

from playwright.sync_api import BrowserContext, Locator, Page

from tests.kit.browser.front_ends import HERE, FrontEnd, Notebook
from tests.kit.browser.notebook_servers import Server

OUTPUT = """<!doctype html>
<meta charset="utf-8">
<title>output</title>
<style>body { margin: 0; font: 14px sans-serif; color: #212121; background: #fff; }</style>
<body></body>
"""


class Frames(FrontEnd):
    """Outputs in sandboxed frames on another host name than the page's."""

    name = "frames"
    _script = "page_colab.js"
    cell = ".cell"
    #: What the frames may do; set before a cell is run.
    sandbox = "allow-scripts"

    def __init__(self, server: Server, context: BrowserContext) -> None:
        super().__init__(server, context)
        # The same server by another name, which makes it another site to a browser.
        self.output = f"{server.url.replace('127.0.0.1', 'localhost')}output"
        script = (HERE / "page_colab_output.js").read_text()
        html = f"{OUTPUT}<script>{script}</script>"
        context.route(self.output, lambda route: route.fulfill(body=html, content_type="text/html"))

    def open_file(self, path: Path, page: Page | None = None) -> Notebook:
        page = page or self.context.new_page()
        # Any plain text of the server will do: the page is made by its script.
        page.goto(f"{self.server.url}static/base/js/namespace.js?token={self.server.token}")
        cells = [cell["source"] for cell in json.loads(path.read_text())["cells"]]
        page.evaluate("([cells, frame]) => rig.open(cells, frame)", [cells, self.output])
        notebook = FramesNotebook(self, page, path)
        notebook.wait_ready()
        return notebook


class FramesNotebook(Notebook):
    """Its widgets are one document further down."""

    def widget_locator(self, index: int = 0) -> Locator:
        return self.cell_locator(index).frame_locator("iframe").locator("body")
