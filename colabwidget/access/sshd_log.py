"""What a private sshd's lines tell: which of its clients are signed in, and which are our own."""

from __future__ import annotations

import contextlib
import re
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from colabwidget.access.one_time_key import OneTimeKey
from colabwidget.system.tcp_traffic import client_ports

_OWN_KEPT = 16  # ports of our own latest connections
# All lines are sshd's own from their first character on; an account's name, which a client chooses,
# stands before the port. What a client says on leaving stands after it.
_PORT = re.compile(r"\bport (\d+)\b")
_LEAVES = re.compile(r"Received disconnect from \S+ port (\d+):")
# sshd's line for a client that disconnects before its banner.
_CLOSED = re.compile(r"Connection (?:closed|reset) by 127\.0\.0\.1 port (\d+)(?: \[preauth\])?\s*$")
_ACCEPTED = re.compile(
    r"Accepted (\S+) for (.+) from \S+ port (\d+) ssh2(?:: \S+ (SHA256:\S+))?\s*$"
)
_ENDED = re.compile(r"Disconnected from user .+ port \d+\s*$")
# Said at the end of each session where /var/log or /run belongs to another account.
_ALWAYS = re.compile(r"syslogin_perform_logout: logout\(\) returned an error")


class SshClient(NamedTuple):
    """A client that has signed in.

    Parameters
    ----------
    port
        Where its connection comes from, on 127.0.0.1.
    way
        ``"password"``, or the SHA-256 fingerprint of its key.
    since
        Seconds of the monotonic clock.
    user
        The account that it has signed in to.
    """

    port: int
    way: str
    since: float
    user: str = ""


class SshdLog:
    """Reads the lines of one sshd.

    Parameters
    ----------
    on_sign_in
        Called when a client has signed in.
    """

    def __init__(self, on_sign_in: Callable[[], None] = lambda: None) -> None:
        self._on_sign_in = on_sign_in
        self._own_ports: deque[str] = deque(maxlen=_OWN_KEPT)
        self._own_key = ""  # fingerprint of the one-time key
        self._own_passwords = 0  # sign-ins of our own by password that are still to come
        self._signed_in: dict[int, SshClient] = {}  # by port
        self.sign_ins = 0  # of clients, until now
        #: Called with each client that has signed in.
        self.on_client: Callable[[SshClient], None] = lambda client: None
        self._heard: list[str] | None = None
        self._expected = False

    def hear(self, line: str) -> None:
        """Take note of a line."""
        if self._heard is not None:
            self._heard.append(line)
        if not (accepted := _ACCEPTED.match(line)):
            return
        method, user, port, key = accepted.groups()
        own = bool(key and key == self._own_key)
        if method == "password" and self._own_passwords:
            self._own_passwords -= 1
            own = True
        if own:
            self._own_ports.append(port)
        else:
            client = SshClient(int(port), key or method, time.monotonic(), user)
            self._signed_in[client.port] = client
            self.sign_ins += 1
            self.on_client(client)
            self._on_sign_in()

    def is_worth_logging(self, line: str) -> bool:
        """Leave out the lines about connections of our own."""
        if _ALWAYS.match(line):
            return False
        closed = _CLOSED.match(line)
        if closed and self._expected:
            self._expected = closed.group(1) in self._own_ports
            return False
        return _port_of(line) not in self._own_ports

    def is_never_left_out(self, line: str) -> bool:
        """Tell whether a line is about a client that got in, or its end."""
        return bool(_ACCEPTED.match(line) or _ENDED.match(line))

    def own_probe_from(self, port: int) -> None:
        """Know a probe by the port that it comes from."""
        self._own_ports.append(str(port))

    def expect_probe(self) -> None:
        """Know the next client that leaves before its banner as a probe of our own."""
        self._expected = True

    @contextlib.contextmanager
    def own_sign_ins(self, key: OneTimeKey, *, by_password: bool) -> Iterator[list[str]]:
        """Give the lines that come during the block, whose sign-ins with the key are our own.

        Parameters
        ----------
        key
            The one-time key. Its sign-ins are our own after the block as well.
        by_password
            Whether the next sign-in by password is our own: only while no other client can come.
        """
        self._own_key, self._own_passwords = key.fingerprint, int(by_password)
        heard: list[str] = []
        self._heard = heard
        try:
            yield heard
        finally:
            self._heard, self._own_passwords = None, 0

    def clients(self, port: int) -> list[SshClient]:
        """Return the clients that are signed in over a connection that is still open.

        Parameters
        ----------
        port
            sshd's own port.
        """
        if not port or not self._signed_in:
            return []
        for gone in self._signed_in.keys() - client_ports(port):
            del self._signed_in[gone]
        return [*self._signed_in.values()]


def _port_of(line: str) -> str:
    """Return the port of the client that a line is about; empty where there is none."""
    if leaves := _LEAVES.match(line):
        return leaves[1]
    ports = _PORT.findall(line)
    return ports[-1] if ports else ""
