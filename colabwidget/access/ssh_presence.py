"""Which clients are signed in to the private sshd: since when, from where, and how to end them."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from colabwidget.access.guest import Guest
from colabwidget.access.sshd_config import ALIVE_INTERVAL
from colabwidget.access.sshd_log import SshClient, SshdLog
from colabwidget.core.presence import Presence
from colabwidget.runtime import children
from colabwidget.system import tcp_traffic

# A client is active that sends more than this within so many seconds. The answer to a keep-alive
# message of sshd is smaller.
_ACTIVE_BYTES, _WITHIN = 100, 10.0
# Seconds after which a client of which nothing came is called silent: two of sshd's keep-alive
# messages (`sshd_config.ALIVE_INTERVAL`), and what an answer may take.
_SILENT = 2 * ALIVE_INTERVAL + 5.0
_GRACE = 1.0  # seconds between SIGHUP and SIGKILL


class _Received(NamedTuple):
    """Bytes that a client had sent at some moment, and when it was active last.

    ``newest`` are its bytes at the last look, and ``heard`` is when these have grown last.
    """

    size: int
    since: float
    active: float
    newest: int
    heard: float


class SshPresence:
    """The clients of one sshd.

    Parameters
    ----------
    log
        Reads sshd's lines.
    keys
        The keys that open the account, as ``authorized_keys`` has them: their comments name them.
    address_of
        Returns the address of the client whose connection comes from a port of 127.0.0.1; empty
        where the tunnel does not tell.
    clock
        Returns seconds that only grow, as in `SshClient.since`.
    """

    def __init__(
        self,
        log: SshdLog,
        keys: str = "",
        address_of: Callable[[int], str] = lambda port: "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._log = log
        self._clock = clock
        self._received: dict[int, _Received] = {}  # by port
        self._names = _names(keys)
        self._address_of = address_of
        #: Those who may be among the clients.
        self.guests: Sequence[Guest] = ()

    def look(self, port: int) -> list[Presence]:
        """Return who is signed in.

        Parameters
        ----------
        port
            sshd's own port.
        """
        clients = self._log.clients(port)
        if not clients:
            self._received = {}
            return []
        now, carried = self._clock(), tcp_traffic.received(port)
        self._received = {
            client.port: self._active(client, carried[client.port], now)
            for client in clients
            if client.port in carried
        }
        return [self._presence(client, now) for client in clients]

    def keys_changed(self, keys: str) -> None:
        """Have other keys, as the parameter ``keys``."""
        self._names = _names(keys)

    def name_of_key(self, fingerprint: str) -> str:
        """Return the comment of a key, else its fingerprint."""
        return self._names.get(fingerprint) or fingerprint

    async def end(self, name: str, port: int, sshd: int) -> bool:
        """End a client's connection, and what hangs up with it.

        Parameters
        ----------
        name
            The `Presence.name` of it.
        port
            sshd's own port.
        sshd
            Process id of the one that listens.

        Returns
        -------
        bool
            Whether there was such a client.
        """
        client = next((each for each in self._log.clients(port) if name_of(each) == name), None)
        if client is None:
            return False
        below = children.descendants(sshd)
        holders = tcp_traffic.holders(port, client.port, below - {sshd})
        ended = set(holders)
        for pid in holders:
            ended |= children.descendants(pid)
        _signal(ended, signal.SIGHUP)
        _signal(holders, signal.SIGTERM)
        _signal(await _holding_on(port, client.port, holders), signal.SIGKILL)
        return True

    def _active(self, client: SshClient, count: int, now: float) -> _Received:
        before = self._received.get(client.port, _Received(count, now, now, count, now))
        heard = now if count != before.newest else before.heard
        if count - before.size > _ACTIVE_BYTES:
            return _Received(count, now, now, count, heard)
        if now - before.since < _WITHIN:
            return before._replace(newest=count, heard=heard)
        return _Received(count, now, before.active, count, heard)

    def guest_of(self, client: SshClient) -> str:
        """Return the name of the guest that a client is; empty for a client that is none."""
        for guest in self.guests:
            if client.user == guest.name or (guest.uid is None and client.way in _names(guest.key)):
                return guest.name
        return ""

    def _way(self, client: SshClient, guest: str) -> str:
        """Return ``password``, or ``key`` with its comment, else its fingerprint."""
        way = client.way
        if not way.startswith("SHA256:"):
            return way
        keys = next((each.key for each in self.guests if each.name == guest), "")
        return f"key {(_names(keys) if guest else self._names).get(way) or way}"

    def _presence(self, client: SshClient, now: float) -> Presence:
        received, guest = self._received.get(client.port), self.guest_of(client)
        silent = now - received.heard if received else 0.0
        return {
            "name": name_of(client),
            "kind": "ssh",
            "seconds": round(now - client.since, 1),
            "idle": round(now - received.active, 1) if received else None,
            "silent": round(silent, 1) if silent > _SILENT else 0.0,
            "way": self._way(client, guest),
            "address": self._address_of(client.port),
            "guest": guest,
        }


def _names(keys: str) -> dict[str, str]:
    """Return the comments of keys by fingerprint, as sshd logs that."""
    found = {}
    for line in keys.splitlines():
        _, body, comment, *_ = [*line.split(" ", 2), "", ""]
        with contextlib.suppress(binascii.Error):
            digest = hashlib.sha256(base64.b64decode(body, validate=True)).digest()
            found[f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"] = comment
    return found


def name_of(client: SshClient) -> str:
    """Return the `Presence.name` of a client."""
    return f"ssh-{client.port}-{client.since:.3f}"


def _signal(pids: set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


async def _holding_on(port: int, client: int, pids: set[int]) -> set[int]:
    """Wait until no process holds the connection; return those that do after some time.

    One that has ended may be there as a process for longer than that, until it is waited for.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _GRACE
    while (held := tcp_traffic.holders(port, client, pids)) and loop.time() < deadline:
        await asyncio.sleep(0.02)
    return held
