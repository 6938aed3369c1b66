"""What the faces do with a session: open it, look at it, change its desktop, end it."""

from __future__ import annotations

import os
import queue
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TextIO

from colabwidget import hosts
from colabwidget import report as reports
from colabwidget.control.progress import (
    follow_states,
    is_a_cell,
    progress_to,
    rollback_on_interrupt,
    until_connected,
)
from colabwidget.core.details import DesktopDetails, Details, SshDetails
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.options import DESKTOP_OPTIONS, NO_TUNNEL, Options
from colabwidget.core.phase import is_open, is_resting
from colabwidget.core.snapshot import Snapshot
from colabwidget.hosts import secrets
from colabwidget.hosts.environment import session_environment
from colabwidget.ipc import client
from colabwidget.system.key_files import with_key_files
from colabwidget.tunnels import registry, validation
from colabwidget.tunnels.validation import parse_token


@dataclass(frozen=True)
class Connection:
    """An open connection.

    Printing it shows no password; ``connection.ssh.password.reveal()`` gives it.

    Parameters
    ----------
    details
        How to use it.
    desktop_error
        Why there is no desktop, where one was asked for and only SSH is open.
    """

    details: Details
    desktop_error: ErrorInfo | None = None

    @property
    def phase(self) -> str:
        """One of `colabwidget.core.phase.PHASES`."""
        return self.details.phase

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect to."""
        return self.details.endpoint

    @property
    def ssh(self) -> SshDetails | None:
        """How to sign in with an SSH client."""
        return self.details.ssh

    @property
    def desktop(self) -> DesktopDetails | None:
        """How to see the desktop with a VNC viewer."""
        return self.details.desktop

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, passwords among them: handle with care. Guests' are left out."""
        found = self.details.as_dict(reveal=True)
        del found["invitations"]
        return found

    def disconnect(self) -> None:
        """End it."""
        disconnect()

    def __repr__(self) -> str:
        how = self.ssh.command if self.ssh else str(self.endpoint)
        return f"<Connection {how} ({self.phase})>"


def open_connection(
    options: Options, token: str, progress: TextIO | None = None, token_secret: str = ""
) -> Connection:
    """Do what `connect` does with checked options; a desktop that has failed is no error here.

    Parameters
    ----------
    options
        Checked options, with a tunnel.
    token
        The tunnel's authtoken; without it and `token_secret` a prompt asks for a token that is
        needed, unless the backend keeps the one of a try that has just failed.
    progress
        Where progress is written; unless given, a cell's output, elsewhere ``sys.stderr``.
    token_secret
        Name of the secret with the token.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do.
    """
    if options.tunnel == NO_TUNNEL:  # it has no sign-in
        tunnels = ", ".join(registry.known())
        raise ColabWidgetError("tunnel_unknown", tunnel=repr(options.tunnel), tunnels=tunnels)
    options = with_key_files(options)
    secrets.checked_name(token_secret)
    secret, origin = "", ""
    if token_needed(options, given=bool(token or token_secret)):
        spec = registry.find(options.tunnel)
        if token_secret and not token:
            found = secrets.read(token_secret, hosts.detect().kind)
            token, origin = found.token.reveal(), found.origin
        secret = parse_token(token or _ask(spec.title), spec).reveal()
    states, backend = follow_states(client.ensure)
    shown = progress_to(progress)
    try:
        with rollback_on_interrupt(backend, options.desktop, shown):
            asked = backend.connect(options.as_dict(), secret, session_environment(), origin)
            last = until_connected(Snapshot.from_dict(asked["snapshot"]), states, shown)
            details = Details.from_dict(backend.details()["details"])
        shown.tell(details.as_dict(reveal=True))
        return Connection(details, last.desktop["error"] if options.desktop else None)
    finally:
        backend.close()


def open_notebook_desktop(options: Options, progress: TextIO | None = None) -> None:
    """Have a desktop that only the notebook shows, and return once it is there.

    Parameters
    ----------
    options
        Those of the session, checked.
    progress
        Where progress is written; unless given, a cell's output, elsewhere ``sys.stderr``.

    Raises
    ------
    ColabWidgetError
        With what happened, why, and what to do.
    """
    states, backend = follow_states(client.ensure)
    shown = progress_to(progress)
    try:
        with rollback_on_interrupt(backend, True, shown):
            asked = backend.connect(options.as_dict(), "", session_environment())
            last = until_connected(Snapshot.from_dict(asked["snapshot"]), states, shown)
    finally:
        backend.close()
    if last.desktop["error"]:
        raise ColabWidgetError.from_info(last.desktop["error"])


def token_needed(options: Options, *, given: bool = False) -> bool:
    """Tell whether to connect with these options takes a token now; the backend decides.

    Parameters
    ----------
    options
        What to connect with, checked.
    given
        Whether the caller has a token: it goes before one that the backend keeps.

    Raises
    ------
    ColabWidgetError
        What prevents a connection with these options, such as ``session_running``.
    """
    needs_token = registry.find(options.tunnel).needs_token
    backend = client.find() if needs_token else None
    try:
        return client.token_needed(backend, options.as_dict(), needs_token, given=given)
    finally:
        if backend:
            backend.close()


def open_now() -> Connection | None:
    """Return the connection that is open, with its passwords; ``None`` where none is."""
    backend = client.find()
    if backend is None:
        return None
    try:
        details = Details.from_dict(backend.details()["details"])
        return Connection(details, backend.status()["snapshot"]["desktop"]["error"])
    except ColabWidgetError as error:
        if error.code == "not_connected":
            return None
        raise
    finally:
        backend.close()


def set_desktop(
    on: bool,
    # <made by scripts/options.py: desktop parameters>
    geometry: str = "1600x900",
    depth: int = 24,
    vnc: str = "auto",
    # </made>
) -> Connection:
    """Add a desktop to the connection that is open, or take it away; SSH stays as it is.

    Parameters
    ----------
    on
        Whether there is a desktop afterwards.
    geometry, depth, vnc
        As in `connect`, like all others.

    Raises
    ------
    ColabWidgetError
        ``not_connected``, or with what happened, why, and what to do.
    """
    desktop = {name: value for name, value in locals().items() if name in DESKTOP_OPTIONS}
    wanted = desktop if on else {}
    validation.checked(Options.from_dict(wanted))
    states, backend = follow_states(client.find)
    if backend is None:
        raise ColabWidgetError("not_connected")
    shown = progress_to(None)
    try:
        with rollback_on_interrupt(backend, on, shown):
            asked = backend.desktop(on, wanted)
            last = until_connected(Snapshot.from_dict(asked["snapshot"]), states, shown)
            if on and last.desktop["error"]:
                raise ColabWidgetError.from_info(last.desktop["error"])
            details = Details.from_dict(backend.details()["details"])
            shown.tell(details.as_dict(reveal=True))
            return Connection(details)
    finally:
        backend.close()


def disconnect() -> bool:
    """End the connection, also one that another program opened; without one, do nothing.

    Returns
    -------
    bool
        Whether there was one, or something that a failed try had left running.
    """
    try:
        backend = client.find()
    except ColabWidgetError as error:
        if error.code not in ("backend_version", "backend_silent"):
            raise
        client.stop_any(silent=error.code == "backend_silent")
        return True
    if not backend:
        return False
    try:
        before = Snapshot.from_dict(backend.status()["snapshot"])
        backend.disconnect(force=True)
    finally:
        backend.close()
    return before.kept or not is_resting(before.phase)


def status() -> dict[str, Any]:
    """Return the phase, and the details without passwords once there are any.

    Returns
    -------
    dict
        ``phase``, ``tunnel``, ``ssh``, ``desktop``, ``steps``, ``error``, ``desktop_error``;
        ``kept``, whether something still runs after a failure; ``use``, the connections and
        bytes of this session through a tunnel whose provider counts them, else ``None``;
        ``present``, what is connected; ``closing``, what closes the session by itself, else
        ``None``; ``invitations``, those that are open.
    """
    nothing: dict[str, Any] = {"phase": "idle", "tunnel": None, "ssh": None, "desktop": None}
    backend = client.find()
    if backend is None:
        nothing |= {"steps": [], "error": None, "desktop_error": None, "kept": False}
        return {**nothing, "use": None, "present": [], "closing": None, "invitations": []}
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
        "desktop_error": snapshot["desktop"]["error"],
        "kept": snapshot["kept"],
        "use": snapshot["use"],
        "present": snapshot["present"],
        "closing": snapshot["closing"],
        "invitations": snapshot["invitations"],
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
        position = _read_on(backend, 0, write)
        while follow and more.get():
            position = _read_on(backend, position, write)
    finally:
        backend.close()


def report() -> str:
    """Return what can be pasted into a bug report; it never raises, and holds no secret.

    It tells of the session that is there, or of the last that failed: the error, the steps,
    the last lines of the log; and of versions and the machine.
    """
    snapshot, lines = Snapshot(), list[str]()
    try:
        if backend := client.find():
            try:
                snapshot = Snapshot.from_dict(backend.status()["snapshot"])
                _read_on(backend, snapshot.log_end - reports.LINES, lines.append)
            finally:
                backend.close()
    except ColabWidgetError as error:
        # A backend that cannot be asked is worth a report more than any other.
        snapshot.phase, snapshot.error = "failed", snapshot.error or error.info
    return reports.report(snapshot, lines, max(snapshot.log_end, len(lines)))


def _read_on(backend: client.Client, position: int, write: Callable[[str], object]) -> int:
    """Give the lines of the log from one on, and return the number of the next."""
    while True:
        part = backend.journal(position)
        for line in part["text"].split("\n") if part["count"] else ():
            write(line)
        position = part["since"] + part["count"]
        if position >= part["end"]:
            return int(position)


def open_options() -> dict[str, Any] | None:
    """Return the options of the connection that is open, but for keys; ``None`` without one."""
    backend = client.find()
    if backend is None:
        return None
    try:
        snapshot = backend.status()["snapshot"]
    finally:
        backend.close()
    options: dict[str, Any] | None = snapshot["options"]
    return options if is_open(snapshot["phase"]) else None


def _ask(title: str) -> str:
    import getpass

    if not _can_ask():
        raise ColabWidgetError("token_not_asked", tunnel=title)
    try:
        return getpass.getpass(f"{title} authtoken (it is not shown): ")
    except (EOFError, NotImplementedError):  # the latter in a kernel without a front end
        return ""


def _can_ask() -> bool:
    """Tell whether a prompt reaches the user: in a cell, or on a terminal."""
    if is_a_cell() or sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True
