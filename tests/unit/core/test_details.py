"""What the user is shown to sign in with, as ssh and editors understand it."""

from __future__ import annotations

import configparser
import json
from dataclasses import replace

from colabwidget.core.details import DesktopFacts, Details, desktop_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.invitation import InvitationDetails
from colabwidget.core.secrets import Secret
from colabwidget.tunnels.registry import BUILT_IN
from tests.kit.backend.fake_backend import HOST_KEY, PASSWORD, open_details
from tests.kit.endpoints import details


def test_everything_one_needs_is_there() -> None:
    ssh = details()
    assert (ssh.host, ssh.port, ssh.user) == ("1.tcp.eu.ngrok.io", 12345, "colab")
    assert ssh.command == "ssh -p 12345 colab@1.tcp.eu.ngrok.io"
    assert ssh.config.splitlines() == [
        "Host colabwidget",
        "  HostName 1.tcp.eu.ngrok.io",
        "  Port 12345",
        "  User colab",
        "  ServerAliveInterval 30",
    ]
    assert ssh.known_hosts == f"[1.tcp.eu.ngrok.io]:12345 {HOST_KEY}"
    assert ssh.fingerprint.startswith("SHA256:")
    assert ssh.vscode_url == (
        "vscode://vscode-remote/ssh-remote+colab@1.tcp.eu.ngrok.io:12345/home/colab"
    )
    assert (ssh.verified, ssh.verified_reason) == (True, "")


def test_an_address_of_ipv6_stands_in_brackets_where_a_port_follows() -> None:
    assert str(Endpoint("2001:db8::1", 2222)) == "[2001:db8::1]:2222"
    assert str(Endpoint("10.0.0.5", 22)) == "10.0.0.5:22"
    assert details("2001:db8::1", 2222).vscode_url == (
        "vscode://vscode-remote/ssh-remote+colab@[2001:db8::1]:2222/home/colab"
    )


def test_a_folder_with_odd_signs_makes_a_good_link() -> None:
    assert details(folder="/home/a b#c?").vscode_url.endswith(":12345/home/a%20b%23c%3F")


def test_why_it_was_not_verified_is_said() -> None:
    ssh = details(verified=False, verified_reason="It needs a client program.")
    assert (ssh.verified, ssh.verified_reason) == (False, "It needs a client program.")


def test_passwords_are_told_only_to_who_asks_for_them() -> None:
    opened = open_details()
    assert PASSWORD not in f"{opened}{opened!r}{opened.as_dict(reveal=False)}"
    assert "password" not in opened.as_dict(reveal=False)["ssh"]
    assert opened.as_dict(reveal=True)["ssh"]["password"] == PASSWORD


def test_details_travel_and_stay_the_same() -> None:
    opened = open_details()
    assert Details.from_dict(json.loads(json.dumps(opened.as_dict(reveal=True)))) == opened
    unseen = Details.from_dict(opened.as_dict(reveal=False))
    assert unseen.ssh and unseen.ssh.password is None


def test_what_guests_need_travels_and_their_passwords_are_told_only_to_who_asks() -> None:
    guests = [
        InvitationDetails("guest-1", "ssh guest-1@host", Secret("valid-once-only")),
        InvitationDetails("guest-2", "ssh -N", None, "localhost:1", Secret("for-vnc-")),
    ]
    opened = replace(open_details(), invitations=guests)
    assert Details.from_dict(json.loads(json.dumps(opened.as_dict(reveal=True)))) == opened
    said = json.dumps(opened.as_dict(reveal=False))
    assert "valid-once-only" not in said + repr(opened) and "for-vnc-" not in said + repr(opened)
    unseen = Details.from_dict(json.loads(said)).invitations
    assert [(each.password, each.viewer_password) for each in unseen] == [(None, None)] * 2


def test_folder_client_and_tools_travel_too() -> None:
    client = BUILT_IN["cloudflare"].client
    endpoint = Endpoint("w.trycloudflare.com", 22, proxy="cloudflared access ssh --hostname %h")
    ssh = details(endpoint=endpoint, folder="/content", client=client)
    whole = Details("connected", "cloudflare", endpoint, ssh)
    values = json.loads(json.dumps(whole.as_dict(reveal=False)))["ssh"]
    assert (values["folder"], values["client"]) == ("/content", client)
    assert {tool["name"] for tool in values["tools"]} >= {"code", "sftp", "rsync", "plink"}
    assert PASSWORD not in json.dumps(values)
    again = Details.from_dict(json.loads(json.dumps(whole.as_dict(reveal=True))))
    assert again == whole and again.ssh and again.ssh.client == client


def test_with_a_key_there_is_no_password() -> None:
    ssh = details(password=None)
    opened = Details("connected", "direct", Endpoint("h", 1), ssh)
    assert opened.as_dict(reveal=True)["ssh"]["password"] is None
    assert Details.from_dict(opened.as_dict(reveal=True)) == opened


def test_details_without_ssh_travel_too() -> None:
    opened = Details("connected", "direct", Endpoint("h", 1))
    assert Details.from_dict(opened.as_dict(reveal=True)) == opened


def test_another_phase_changes_nothing_else() -> None:
    opened = open_details()
    later = opened.with_phase("reconnecting")
    assert later.phase == "reconnecting"
    assert later.with_phase(opened.phase) == opened


def facts() -> DesktopFacts:
    passwords = Secret("fullpass"), Secret("viewpass")
    return DesktopFacts(":3", 5903, *passwords, "TigerVNC 1.12.0", "llvmpipe", "")


def test_the_desktop_is_forwarded_to_where_the_viewer_looks() -> None:
    desktop = desktop_details(details(), facts())

    assert desktop.forward_command == (
        "ssh -L 5901:127.0.0.1:5903 -p 12345 colab@1.tcp.eu.ngrok.io"
    )
    assert desktop.viewer_address == "localhost:1"


def test_connection_files_name_the_viewer_s_end_and_no_password() -> None:
    files = desktop_details(details(), facts()).connection_files

    tiger = files["colabwidget.tigervnc"].splitlines()
    assert tiger[0] == "TigerVNC Configuration file Version 1.0"
    assert "ServerName=localhost:1" in tiger
    read = configparser.ConfigParser()
    read.read_string(files["colabwidget.vnc"])
    assert dict(read["connection"]) == {"host": "localhost", "port": "5901"}
    assert "pass" not in "".join(files.values()).lower()


def test_a_desktop_s_passwords_travel_only_when_they_are_revealed() -> None:
    ssh = details()
    whole = Details("connected", "ngrok", Endpoint(ssh.host, ssh.port), ssh)
    whole = replace(whole, desktop=desktop_details(ssh, facts()))

    assert Details.from_dict(json.loads(json.dumps(whole.as_dict(reveal=True)))) == whole
    hidden = whole.as_dict(reveal=False)
    assert not {"password", "view_only_password"} & set(hidden["desktop"])
    assert not Details.from_dict(hidden).desktop.password  # type: ignore[union-attr]
    assert "fullpass" not in repr(whole) + json.dumps(hidden)
