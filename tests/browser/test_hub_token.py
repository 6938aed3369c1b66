"""A page of a real JupyterHub makes a token for a computer that pairs, or is its bridge."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.kit.browser.bridge import BridgeProgram, be_the_bridge
from tests.kit.hub import ENVIRONMENT, HubServer, status
from tests.kit.machine.accounts import new_user
from tests.kit.machine.machine import Machine
from tests.kit.through import ROOT, Computer, has_programs

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not has_programs(), reason="takes root, OpenSSH and unshare"),
    pytest.mark.skipif(not ENVIRONMENT.exists(), reason="scripts/setup-hub.sh has not run"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[HubServer]:
    made = HubServer(tmp_path / "hub")
    made.add_extension()
    made.start()
    yield made
    made.end()


def test_a_token_of_the_page_opens_this_server_and_nothing_else(
    server: HubServer, context: BrowserContext, tmp_path: Path
) -> None:
    machine = Machine(server.home, new_user(), server.ngrok, sys.executable, server.environment)
    try:
        machine.connect(tunnel="through")
        said = machine.run("status", "--show-passwords", "--json").stdout
        code = json.loads(said)["ssh"]["pairing"].rpartition("#")[2]
        token = token_of_the_page(context, server)
        computer = Computer(tmp_path / "computer")
        name = computer.pair(f"{server.url}?token={token}#{code}")
        assert computer.run("ssh", name, "echo in").stdout == b"in\n"
    finally:
        machine.end()
    assert status(server.url + "api/status", token) == 200
    for refused in ("hub/api/users/me/tokens", "hub/api/users/me/server", "hub/api/users"):
        assert status(server.url.replace("user/me/", refused), token) in (403, 404, 405), refused


def test_a_server_with_an_address_of_its_own_is_opened_by_its_page_s_token(
    context: BrowserContext, tmp_path: Path
) -> None:
    server = HubServer(tmp_path / "hub", subdomains=True)
    server.start()
    try:
        token = token_of_the_page(context, server)
        assert status(f"{server.url}api/status", token) == 200
        assert status(f"{server.url}api/status", token[:-1]) == 403
        me = server.login.replace("login", "api/user")
        assert status(me, token) == 200
        page = context.new_page()
        page.goto(server.login.replace("login", "logout"))
        assert status(me, token) == 403, "the server would hear it after five minutes"
    finally:
        server.end()


def test_a_page_is_the_bridge_to_a_server_that_only_its_cookie_opens(
    server: HubServer, context: BrowserContext, tmp_path: Path
) -> None:
    machine = Machine(server.home, new_user(), server.ngrok, sys.executable, server.environment)
    program = None
    try:
        machine.connect(tunnel="through")
        said = machine.run("status", "--show-passwords", "--json").stdout
        code = json.loads(said)["ssh"]["pairing"].rpartition("#")[2]
        page = signed_in(context, server)
        page.goto(f"{server.url}files/none")  # the first place here that asks the hub for its user
        page.goto(f"{server.url}none")  # a page, if of an error
        page.evaluate("() => void (document.body.dataset.baseUrl = '/user/me/')")
        computer = Computer(tmp_path / "computer")
        program = BridgeProgram(computer, "pair", "--way", "page", text=f"{server.url}#{code}")
        assert be_the_bridge(page, program.code) == {"state": "on", "trouble": ""}
        name = program.says(r"ssh (\w+)")
        assert computer.run("ssh", name, "echo in").stdout == b"in\n"
        looked = computer.through("doctor", name).stdout
        for way in ("extension", "terminal", "kernel"):
            assert f"{name}: the way {way} leads to the session." in looked
        # The cookie is the page's alone: once it is signed out, nothing comes in.
        context.clear_cookies()
        refused = computer.run("ssh", name, "true", timeout=90)
        assert refused.returncode == 255, refused.stderr
        assert b"sign" in refused.stderr
    finally:
        if program:
            program.end()
        machine.end()


def signed_in(context: BrowserContext, server: HubServer) -> Page:
    """A page of the server's, of a user who has signed in."""
    page = context.new_page()
    page.goto(f"{server.login}?next={quote(server.url, safe='')}")
    page.fill("input[name=username]", "me")
    page.fill("input[name=password]", "anything")
    page.click("#login_submit")
    page.wait_for_url(lambda url: url.startswith(server.url))
    return page


def token_of_the_page(context: BrowserContext, server: HubServer) -> str:
    """Sign in as a user does, and have the card's own code make a token in a page of the server."""
    page = signed_in(context, server)
    source = ROOT / "js" / "src" / "card" / "connected" / "hub.ts"
    command = [str(ROOT / "js" / "node_modules" / ".bin" / "esbuild"), str(source), "--bundle"]
    built = subprocess.run(
        [*command, "--format=iife", "--global-name=built"], check=True, capture_output=True
    ).stdout.decode()
    page.goto(f"{server.url}lab")
    token: str = page.evaluate(f"() => {{ {built}; return built.makeToken(built.hub()); }}")
    assert token, "the hub has made none"
    return token
