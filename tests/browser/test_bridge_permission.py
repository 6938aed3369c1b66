"""Which browsers and pages reach the user's own computer, and what a page says that does not."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from colabwidget.through.bridge.local import Bridge
from tests.kit.browser.bridge import be_the_bridge, be_the_bridge_in
from tests.kit.browser.front_ends import CHROMIUM_ARGUMENTS
from tests.kit.browser.other_browsers import (
    FIREFOX,
    WEBKIT_DRIVER,
    OtherBrowser,
    firefox,
    webkit,
)

PAGE = b"<!doctype html><title>A notebook</title><body data-base-url='/'>"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        if self.path == "/strict":
            self.send_header("Content-Security-Policy", "connect-src 'self'")
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(PAGE)))
        self.end_headers()
        self.wfile.write(PAGE)

    def log_message(self, *arguments: Any) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    """Of a server that has a page."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


@pytest.fixture
def browser_of_public(browser: Browser, port: int) -> Iterator[Browser]:
    """Chromium that takes the server's address for a public one."""
    arguments = [f"--ip-address-space-overrides=127.0.0.1:{port}=public"]
    found = [
        each.replace("MAP * ~NOTFOUND", "MAP notebook.localhost 127.0.0.1, MAP * ~NOTFOUND")
        for each in CHROMIUM_ARGUMENTS
    ]
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    made = browser.browser_type.launch(executable_path=path, args=[*found, *arguments])
    yield made
    made.close()


@pytest.mark.parametrize("allowed", [True, False])
def test_a_public_page_is_the_bridge_if_it_is_allowed_to(
    browser_of_public: Browser, port: int, *, allowed: bool
) -> None:
    origin = f"http://notebook.localhost:{port}"
    bridge = Bridge(origin)
    context = browser_of_public.new_context()
    if allowed:
        context.grant_permissions(["local-network-access"], origin=origin)
    try:
        page = context.new_page()
        page.goto(f"{origin}/")
        said = be_the_bridge(page, bridge.code)
        if allowed:
            assert said == {"state": "on", "trouble": ""}
        else:
            assert "Local network access" in said["trouble"]
        assert (bridge.page is not None) == allowed
    finally:
        context.close()
        bridge.close()


def test_a_page_whose_server_forbids_it_says_so(context: BrowserContext, port: int) -> None:
    bridge = Bridge(f"http://127.0.0.1:{port}")
    try:
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/strict")
        assert "Content-Security-Policy" in be_the_bridge(page, bridge.code)["trouble"]
        assert bridge.page is None
    finally:
        bridge.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    "browsers",
    [
        pytest.param(firefox, marks=pytest.mark.skipif(not FIREFOX.exists(), reason="no Firefox")),
        pytest.param(
            webkit, marks=pytest.mark.skipif(not WEBKIT_DRIVER.exists(), reason="no WebKitGTK")
        ),
    ],
)
def test_another_browser_s_page_is_the_bridge(
    browsers: Callable[[Path], AbstractContextManager[OtherBrowser]], port: int, tmp_path: Path
) -> None:
    bridge = Bridge(f"http://127.0.0.1:{port}")
    try:
        with browsers(tmp_path) as browser:
            browser.go(f"http://127.0.0.1:{port}/")
            assert be_the_bridge_in(browser, bridge.code) == {"state": "on", "trouble": ""}
            assert bridge.page
    finally:
        bridge.close()
