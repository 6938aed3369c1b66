"""What an SSH relay asks for and understands, without one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Redactor, Secret
from colabwidget.core.ssh_address import SshServer
from colabwidget.runtime.journal import Journal
from colabwidget.tunnels import validation
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.registry import BUILT_IN
from colabwidget.tunnels.relay.tunnel import RelayTunnel


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "journal.log", Redactor())
    yield made
    made.close()


def relay(server: str, journal: Journal, tmp_path: Path) -> RelayTunnel:
    context = TunnelContext(tmp_path, journal, lambda text, share: None)
    options = validation.checked(Options(tunnel="relay", server=server))
    return RelayTunnel(options, Secret(""), context)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("ada@example.org", ("ada", "example.org", 22)),
        ("ada@example.org:2222", ("ada", "example.org", 2222)),
        ("example.org", ("", "example.org", 22)),
        (" ssh ada@example.org \n", ("ada", "example.org", 22)),
        ("ssh://ada@[2001:db8::1]:2222", ("ada", "2001:db8::1", 2222)),
    ],
)
def test_a_server_is_taken_apart(text: str, parts: tuple[str, str, int]) -> None:
    server = SshServer.parse(text)
    assert (server.user, server.host, server.port) == parts
    assert SshServer.parse(str(server)) == server


def test_its_place_is_what_known_hosts_calls_it() -> None:
    assert SshServer.parse("ada@example.org").place == "example.org"
    assert SshServer.parse("ada@example.org:2222").place == "[example.org]:2222"


@pytest.mark.parametrize("server", ["", "@host", "-oProxyCommand=id", "a b", "host:0", "h;id"])
def test_what_is_no_server_is_refused_with_its_form(server: str) -> None:
    with pytest.raises(ColabWidgetError) as refused:
        SshServer.parse(server)
    assert refused.value.code == "server_invalid"
    assert "user@host" in refused.value.info["remedy"]


@pytest.mark.parametrize("text", ["MD5:16:27:ac", "SHA256:abc", "ssh-ed25519 AAAA", "x" * 50])
def test_what_is_no_fingerprint_is_refused(text: str) -> None:
    with pytest.raises(ColabWidgetError) as refused:
        validation.checked(Options(tunnel="relay", server="ada@example.org", server_key=text))
    assert (refused.value.code, refused.value.info["field"]) == ("server_key_invalid", "server_key")


@pytest.mark.parametrize(
    ("line", "endpoint"),
    [
        (
            "Allocated port 41234 for remote forward to 127.0.0.1:22022",
            Endpoint("example.org", 41234),
        ),
        ("debug1: Allocated port 5 for remote forward to 127.0.0.1:1", Endpoint("example.org", 5)),
        ("Forwarding TCP connections from serveo.net:9003", Endpoint("serveo.net", 9003)),
        ("debug1: Authentication succeeded (publickey).", None),
        ("", None),
    ],
)
def test_where_it_leads_is_heard(
    line: str, endpoint: Endpoint | None, journal: Journal, tmp_path: Path
) -> None:
    assert relay("ada@example.org", journal, tmp_path).parse_endpoint(line) == endpoint


def test_a_public_relay_that_tells_its_address_gets_a_session(
    journal: Journal, tmp_path: Path
) -> None:
    (pinggy,) = (
        choice["value"]
        for choice in BUILT_IN["relay"].fields[0]["suggestions"]
        if "pinggy" in choice["value"]
    )
    public, own = relay(pinggy, journal, tmp_path), relay("ada@example.org", journal, tmp_path)

    assert "-N" not in public.command(22022) and "-N" in own.command(22022)
    assert public.keeps_stdin and not own.keeps_stdin
    # The port that its ssh allots is not the one that clients come to.
    assert public.parse_endpoint("Allocated port 4 for remote forward to 127.0.0.1:22022") is None
    told = public.parse_endpoint("tcp://rnabc-1-2-3-4.a.free.pinggy.link:40123")
    assert told == Endpoint("rnabc-1-2-3-4.a.free.pinggy.link", 40123)


def test_no_setting_of_the_machine_s_ssh_gets_in_between(journal: Journal, tmp_path: Path) -> None:
    command = [*relay("ada@example.org:2222", journal, tmp_path).command(22022)]
    assert command[1:3] == ["-F", "none"]
    assert command[-3:] == ["-R", "*:0:127.0.0.1:22022", "example.org"]
    settings = {part for part in command if "=" in part}
    assert {"StrictHostKeyChecking=yes", "BatchMode=yes", "Port=2222", "User=ada"} <= settings


def test_the_suggestions_are_servers() -> None:
    for choice in BUILT_IN["relay"].fields[0]["suggestions"]:
        assert SshServer.parse(choice["value"]).host
        validation.checked(Options(tunnel="relay", server=choice["value"]))
