"""All that a client may know of a session without asking for secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from colabwidget.core.errors import ErrorInfo

PHASES = ("idle", "working", "connected", "reconnecting", "failed", "closing")
RESTS = ("idle", "failed")  # phases in which nothing goes on
GOES_ON = ("working", "connected", "reconnecting")  # in which there is a session, or a desktop


@dataclass
class StepInfo:
    """A named part of a session, with its progress.

    Parameters
    ----------
    name, title
        For programs and for people.
    status
        ``"pending"``, ``"running"``, ``"done"``, ``"skipped"``, ``"failed"`` or ``"cancelled"``.
    detail
        What is going on, in a few words.
    progress
        From 0 to 1; ``None`` where it cannot be told.
    seconds
        How long it took; ``None`` until it has ended.
    """

    name: str
    title: str
    status: str = "pending"
    detail: str = ""
    progress: float | None = None
    seconds: float | None = None


@dataclass
class Snapshot:
    """All that a client may know without asking for secrets.

    Parameters
    ----------
    epoch
        Names one backend process; empty where none runs.
    revision
        Grows with each change within an epoch.
    phase
        One of `PHASES`.
    steps
        The steps of the session.
    error
        Why the phase is ``"failed"``; else ``None``.
    options
        What the session was asked for; ``None`` while there is none.
    endpoint
        ``{"host", "port"}`` once a tunnel is open.
    details_revision
        Grows when the details change; 0 while there are none.
    log_end
        Number of lines in the journal.
    elapsed
        Seconds since Connect, at the moment of sending.
    desktop
        ``phase``, one of `PHASES`, of the desktop, and ``error``, why it is ``"failed"``. A
        desktop comes and goes while the session is connected.
    kept
        In the phase ``"failed"``: the account, sshd and the desktop still run; the next Connect
        with the same options goes on with them, Disconnect ends them.
    """

    epoch: str = ""
    revision: int = 0
    phase: str = "idle"
    steps: list[dict[str, Any]] = field(default_factory=list)
    error: ErrorInfo | None = None
    options: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    details_revision: int = 0
    log_end: int = 0
    elapsed: float = 0.0
    desktop: dict[str, Any] = field(default_factory=lambda: {"phase": "idle", "error": None})
    kept: bool = False
