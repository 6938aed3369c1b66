"""The same as the widget, for scripts and terminals."""

from __future__ import annotations

import os
import queue
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from colabwidget import client, protocol
from colabwidget.credentials import parse_token
from colabwidget.details import Details, Endpoint, SshDetails
from colabwidget.errors import ColabWidgetError
from colabwidget.host import session_environment
from colabwidget.options import PROVIDERS, Options


@dataclass(frozen=True)
class Connection:
    """An open connection.

    Printing it shows no password; ``connection.ssh.password.reveal()`` gives it.
    """

    details: Details

    @property
    def phase(self) -> str:
        """One of `colabwidget.protocol.PHASES`."""
        return self.details.phase

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect to."""
        return self.details.endpoint

    @property
    def ssh(self) -> SshDetails | None:
        """How to sign in with an SSH client."""
        return self.details.ssh

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, passwords among them: handle with care."""
        return self.details.as_dict(reveal=True)

    def disconnect(self) -> None:
        """End it."""
        disconnect()

    def __repr__(self) -> str:
        how = self.ssh.command if self.ssh else str(self.endpoint)
        return f"<Connection {how} ({self.phase})>"


def connect(
    tunnel: str = "ngrok",
    region: str = "",
    ssh: bool = True,
    desktop: bool = False,
    token: str = "",
    public_key: str = "",
    user: str = "colab",
    address: str = "",
    progress: TextIO | None = None,
) -> Connection:
    """Open SSH into this machine and return how to sign in.

    Where a connection with the same options is there already, it is returned.

    Parameters
    ----------
    tunnel
        ``"ngrok"`` or ``"direct"``.
    region
        One of the tunnel's regions; empty for the nearest.
    ssh, desktop
        What to open.
    token
        ngrok's authtoken; else ``NGROK_AUTHTOKEN`` of the environment, else it is asked for.
    public_key
        One line of an OpenSSH public key file; with it there is no password.
    user
        The account to sign in to.
    address
        For ``direct``: the address to listen on; empty for the machine's own.
    progress
        Where progress is written; ``sys.stderr`` unless given.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do.
    """
    options = Options(tunnel, region, ssh, desktop, user, public_key, address).checked()
    secret = ""
    if PROVIDERS[options.tunnel]["needs_token"]:
        secret = parse_token(token or os.environ.get("NGROK_AUTHTOKEN") or _ask()).reveal()
    states: queue.SimpleQueue[protocol.Snapshot | None] = queue.SimpleQueue()

    def hear(event: protocol.State | protocol.Log) -> None:
        if isinstance(event, protocol.State):
            states.put(protocol.Snapshot(**event.snapshot))

    backend = client.ensure(hear, lambda: states.put(None))
    try:
        asked = backend.connect(options.as_dict(), secret, session_environment())
        first = protocol.Snapshot(**asked["snapshot"])
        report = _Report(progress or sys.stderr)
        try:
            _wait(first, states, report)
        except KeyboardInterrupt:
            report.say("Cancelling.")
            backend.cancel()
            raise
        return Connection(Details.from_dict(backend.details()["details"]))
    finally:
        backend.close()


def disconnect() -> None:
    """End the connection, whoever opened it; without one, do nothing."""
    try:
        backend = client.find()
    except ColabWidgetError as error:
        if error.code != "backend_version":
            raise
        client.end_any()
        return
    if backend:
        try:
            backend.disconnect(force=True)
        finally:
            backend.close()


def status() -> dict[str, Any]:
    """Return the phase, and the details without passwords once there are any.

    Returns
    -------
    dict
        ``phase``, ``tunnel``, ``ssh``, ``steps`` and ``error``.
    """
    nothing: dict[str, Any] = {"phase": "idle", "tunnel": None, "ssh": None}
    backend = client.find()
    if backend is None:
        return {**nothing, "steps": [], "error": None}
    try:
        answer = backend.status()
    finally:
        backend.close()
    snapshot = answer["snapshot"]
    return {
        **nothing,
        **(answer["details"] or {}),
        "phase": snapshot["phase"],
        "steps": snapshot["steps"],
        "error": snapshot["error"],
    }


def journal(write: Callable[[str], object], *, follow: bool = False) -> None:
    """Give every line of the log, from its start.

    Parameters
    ----------
    write
        Gets each line.
    follow
        Go on as lines come, until the backend ends.
    """
    more: queue.SimpleQueue[bool] = queue.SimpleQueue()
    backend = client.find(lambda event: more.put(True), lambda: more.put(False))
    if backend is None:
        return
    try:
        position = 0
        while True:
            part = backend.journal(position)
            for line in part["text"].split("\n") if part["count"] else ():
                write(line)
            position = part["since"] + part["count"]
            if position < part["end"]:
                continue
            if not follow or not more.get():
                return
    finally:
        backend.close()


class _Report:
    """Writes a line for each step that ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: set[str] = set()

    def say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)

    def show(self, snapshot: protocol.Snapshot) -> None:
        for step in snapshot.steps:
            key = f"{step['name']} {step['status']}"
            if step["status"] in ("pending", "running") or key in self._told:
                continue
            self._told.add(key)
            took = f" {step['seconds']:.1f} s" if step["seconds"] is not None else ""
            detail = f" ({step['detail']})" if step["detail"] else ""
            self.say(f"{step['title']}: {step['status']}{took}{detail}")


def _wait(
    first: protocol.Snapshot,
    states: queue.SimpleQueue[protocol.Snapshot | None],
    report: _Report,
) -> None:
    """Return once the session is connected."""
    snapshot: protocol.Snapshot | None = first
    revision = first.revision
    while snapshot:
        if snapshot.revision >= revision:
            report.show(snapshot)
            if snapshot.phase == "connected":
                return
            if snapshot.phase == "failed" and snapshot.error:
                raise ColabWidgetError.from_info(snapshot.error)
            if snapshot.phase in ("closing", "idle"):
                raise ColabWidgetError("cancelled")
        snapshot = _next(states)
    raise ColabWidgetError("backend_lost")


def _next(
    states: queue.SimpleQueue[protocol.Snapshot | None],
) -> protocol.Snapshot | None:
    # A wait without limit cannot be interrupted in every Python; a short one can.
    while True:
        try:
            return states.get(timeout=0.2)
        except queue.Empty:
            time.sleep(0)


def _ask() -> str:
    import getpass

    try:
        return getpass.getpass("ngrok authtoken (it is not shown): ")
    except EOFError:
        return ""
