"""How long a client has been idle, by the bytes that it sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from colabwidget.access.guest import Guest
from colabwidget.access.ssh_presence import SshPresence
from colabwidget.access.sshd_config import ALIVE_INTERVAL
from colabwidget.access.sshd_log import SshClient, SshdLog
from colabwidget.core.ssh_address import fingerprint
from colabwidget.system import tcp_traffic


class Client:
    """A client that sends so many bytes a second, and is looked at twice a second."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now, self.sent = 1000.0, 5000.0
        log = SshdLog()
        monkeypatch.setattr(log, "clients", lambda port: [SshClient(4001, "password", 1000.0)])
        monkeypatch.setattr(tcp_traffic, "received", lambda port: {4001: int(self.sent)})
        self.presence = SshPresence(log, clock=lambda: self.now)

    def idle_after(self, seconds: int, rate: float) -> float:
        for _ in range(2 * seconds):
            self.now, self.sent = self.now + 0.5, self.sent + rate / 2
            (self.found,) = self.presence.look(2222)
        assert self.found["idle"] is not None
        return self.found["idle"]


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    return Client(monkeypatch)


def test_one_that_types_is_active_however_slowly(client: Client) -> None:
    assert client.idle_after(300, 40.0) < 10.0


def test_answers_to_keep_alive_messages_are_no_activity(client: Client) -> None:
    client.idle_after(1, 500.0)
    for _ in range(20):
        client.sent += 60
        idle = client.idle_after(ALIVE_INTERVAL, 0.0)
    assert idle > 290.0


def test_one_that_answers_is_not_silent(client: Client) -> None:
    for _ in range(20):
        client.sent += 60
        client.idle_after(ALIVE_INTERVAL, 0.0)
        assert client.found["silent"] == 0.0
    assert client.found["idle"] and client.found["idle"] > 250.0


def test_one_behind_a_cut_wire_is_silent_after_half_a_minute(client: Client) -> None:
    client.idle_after(20, 40.0)
    client.idle_after(34, 0.0)
    assert client.found["silent"] == 0.0
    client.idle_after(3, 0.0)
    assert 35.0 < client.found["silent"] < 38.0
    client.sent += 60
    client.idle_after(1, 0.0)
    assert client.found["silent"] == 0.0


def test_it_is_active_again_at_once(client: Client) -> None:
    assert client.idle_after(300, 0.0) > 290.0
    client.sent += 4000
    assert client.idle_after(1, 0.0) < 2.0


BODY = "AAAAC3NzaC1lZDI1NTE5AAAAIKmQmIYjZSLkLMcUUYQ5vpJf8Wq0gMrQ3kEEBjJ5Tq2v"
FINGERPRINT = fingerprint(f"ssh-ed25519 {BODY}")


@pytest.mark.parametrize(
    ("user", "way", "guest", "said"),
    [
        ("colab", "password", "", "password"),
        ("guest-1", "password", "guest-1", "password"),
        ("guest-3", "password", "", "password"),
        # Without root, guests sign in to the session's own account.
        ("colab", FINGERPRINT, "guest-2", "key ana@laptop"),
        ("colab", "SHA256:other", "", "key SHA256:other"),
    ],
)
def test_guests_are_told_from_others(
    monkeypatch: pytest.MonkeyPatch, user: str, way: str, guest: str, said: str
) -> None:
    log = SshdLog()
    monkeypatch.setattr(log, "clients", lambda port: [SshClient(4001, way, 1000.0, user)])
    monkeypatch.setattr(tcp_traffic, "received", lambda port: {})
    presence = SshPresence(log)
    presence.guests = [
        Guest("guest-1", Path("/run/one"), "", uid=990),
        Guest("guest-2", Path("/run/two"), f"ssh-ed25519 {BODY} ana@laptop"),
    ]
    (found,) = presence.look(2222)
    assert (found["guest"], found["way"]) == (guest, said)
