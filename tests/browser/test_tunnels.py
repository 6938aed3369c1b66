"""Other ways than ngrok: a relay, what is offered after a refusal, tokens by name."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.doubles import install_bore, install_cloudflared
from tests.kit.browser.card import Card, cell, show
from tests.kit.browser.front_ends import CLASSIC_FIRST, FrontEnd
from tests.kit.machine.machine import ROOT, Machine
from tests.kit.machine.ports import free_port
from tests.kit.machine.relay_server import RelayServer
from tests.kit.machine.ssh_client import ssh, ssh_password
from tests.kit.machine.tokens import find_in_files

in_lab = pytest.mark.parametrize("front_end", ["lab"], indirect=True)

PACKAGE = ROOT / "examples" / "tunnel-package"
# The folder holds a package that is installed after the kernel has started.
INSTALLED = """
import os, sys
os.environ["PYTHONPATH"] = {folder!r}
sys.path.insert(0, {folder!r})
"""

in_lab = pytest.mark.parametrize("front_end", ["lab"], indirect=True)

# A tunnel of another package, as one that is found late is told to the page.
BOAT = """
from colabwidget.tunnels.spec import TunnelSpec, field

harbour = field("server", "Harbour", required=True)
boat = TunnelSpec("boat", "Paper boat", "Slow, but it floats.", fields=[harbour])
w.set_trait("providers", [*w.providers, boat.as_dict()])
"""


@pytest.fixture
def relay(tmp_path: Path) -> Iterator[RelayServer]:
    """A server that a relay goes through, on this machine."""
    server = RelayServer(tmp_path / "relay", "127.0.0.1", free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def has_failed(card: Card, code: str) -> None:
    card.wait_phase("failed")
    expect(card.part("error")).to_have_attribute("data-code", code)


@in_lab
def test_from_a_refusal_of_ngrok_over_a_relay_to_a_shell(
    front_end: FrontEnd, here: Machine, relay: RelayServer, tmp_path: Path
) -> None:
    here.agent(start_error_on_post="8013")
    card = show(front_end, here)
    card.connect(here.token)
    has_failed(card, "ngrok_8013")

    # The relay needs a server first: the form says so where it is missing.
    card.root.get_by_role("button", name="Use SSH relay").click()
    expect(card.part("server")).to_be_focused()
    expect(card.part("field-error")).to_have_text("Fill in Server first.")
    card.part("server").fill(relay.server)
    card.part("server").press("Enter")

    has_failed(card, "server_key_unknown")
    expect(card.part("error")).to_contain_text(relay.fingerprint)
    card.part("offer-0").click()

    has_failed(card, "server_refused")
    relay.let_in(card.copied("copy-remedy"))
    card.part("try-again").click()
    expect(card.part("server")).to_have_value(relay.server)
    card.part("connect").click()

    card.wait_phase("connected")
    expect(card.part("verified")).to_contain_text("tested through the tunnel")
    assert ssh(card.details(), "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    card.disconnect()
    expect(card.part("tunnel-relay")).to_be_checked()


@pytest.fixture
def cloudflared(here: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The stand-in on the PATH of the machine, and of who comes in."""
    made = install_cloudflared(here.ngrok.parent)
    monkeypatch.setenv("PATH", f"{made.parent}:{os.environ['PATH']}")
    yield made
    made.unlink()


def by_config(config: Path, details: dict[str, Any]) -> str:
    """Who is signed in with a downloaded file as all that ssh knows, and a known host key."""
    known_hosts = config.with_name("known_hosts")
    known_hosts.write_text(details["ssh"]["known_hosts"] + "\n")
    command: list[str | Path] = ["ssh", "-F", config, "-o", f"UserKnownHostsFile={known_hosts}"]
    command += ["-o", "StrictHostKeyChecking=yes", "colabwidget", "whoami"]
    with ssh_password(details["ssh"]["password"]) as environment:
        return subprocess.run(
            command, env=environment, stdout=subprocess.PIPE, text=True, timeout=60, check=True
        ).stdout


@pytest.mark.slow
@CLASSIC_FIRST
@pytest.mark.usefixtures("cloudflared")
def test_another_tunnel_is_one_click_away(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    here.agent(start_error_on_post="8013")
    card = show(front_end, here, "w.tunnel, w.region, w.phase")
    card.connect(here.token, region="eu")
    has_failed(card, "ngrok_8013")

    card.root.get_by_role("button", name="Use Cloudflare").click()

    card.wait_phase("connected")
    details = card.details()
    assert ssh(details, "whoami", folder=tmp_path).stdout == f"{here.user}\n"
    expect(card.part("install")).to_contain_text("cloudflared-linux-")
    expect(card.part("folder")).to_have_text(re.compile("^/"))
    card.open_details()
    card.part("more-ways").get_by_text("More apps").click()
    assert card.copied("copy-tool-sftp").startswith("sftp -o ProxyCommand=")
    with card.notebook.page.expect_download() as download:
        card.part("download-config").click()
    config = tmp_path / download.value.suggested_filename
    download.value.save_as(config)
    assert by_config(config, details) == f"{here.user}\n"
    card.notebook.run_cell(1)
    assert card.notebook.cell_output_text(1) == "('cloudflare', '', 'connected')"


@pytest.mark.slow
@in_lab
def test_a_token_by_name_is_read_at_connect_and_nowhere_else(
    front_end: FrontEnd, here: Machine, tmp_path: Path
) -> None:
    kept = tmp_path / "token"
    kept.write_text(here.token)
    take = f"import os\nos.environ['NGROK_AUTHTOKEN'] = open({str(kept)!r}).read()"
    card = show(front_end, here, take, "w.get_state()")
    card.part("token-by-name").click()
    expect(card.part("token-secret")).to_be_focused()
    card.part("token-secret").press("Enter")
    expect(card.part("field-error")).to_have_attribute("data-code", "secret_missing")
    expect(card.part("token-secret")).to_be_focused()

    card.notebook.run_cell(1)
    card.part("connect").click()

    card.wait_phase("connected")
    card.notebook.run_cell(2)
    assert "NGROK_AUTHTOKEN" in card.notebook.cell_output_text(2)
    saved = json.dumps(card.notebook.save())
    assert "NGROK_AUTHTOKEN" in saved
    shown = card.notebook.page.content()
    assert here.token not in saved + shown + card.notebook.cell_output_text(2)
    assert here.token not in "\n".join(card.whole_log())
    assert not find_in_files([here.token], here.folder)


@pytest.fixture
def site(here: Machine, tmp_path: Path) -> Iterator[Path]:
    """A folder with the example of a tunnel's package, as pip would leave it; and its program."""
    folder = tmp_path / "site"
    facts = folder / "colabwidget_bore-0.1.0.dist-info"
    facts.mkdir(parents=True)
    shutil.copy(PACKAGE / "colabwidget_bore.py", folder)
    metadata = "Metadata-Version: 2.1\nName: colabwidget-bore\nVersion: 0.1.0\n"
    (facts / "METADATA").write_text(metadata)
    (facts / "entry_points.txt").write_text(
        "[colabwidget.tunnels]\nbore = colabwidget_bore:BoreTunnel\n"
    )
    made = install_bore(here.ngrok.parent)
    yield folder
    made.unlink()


@pytest.mark.slow
@in_lab
def test_a_tunnel_of_another_package_comes_to_the_form_and_leads_in(
    front_end: FrontEnd, here: Machine, site: Path, tmp_path: Path
) -> None:
    front_end.grant_clipboard()
    notebook = front_end.open_notebook([INSTALLED.format(folder=str(site)) + cell(here)])
    notebook.run_cell(0)
    card = Card(notebook)

    card.part("tunnel-bore").check()
    expect(card.root).to_contain_text("Needs the program bore on this machine.")
    card.part("connect").click()
    expect(card.part("field-error")).to_have_text("Fill in Server first.")
    card.part("server").fill("localhost")
    card.part("connect").click()

    card.wait_phase("connected")
    assert ssh(card.details(), "whoami", folder=tmp_path).stdout == f"{here.user}\n"
