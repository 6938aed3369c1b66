"""All that a client may know of a session without asking for secrets."""

from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from colabwidget.core import codec
from colabwidget.core.errors import ColabWidgetError, ErrorInfo
from colabwidget.core.invitation import Invitation
from colabwidget.core.phase import Phase
from colabwidget.core.presence import Presence


class DesktopState(TypedDict):
    """How far the desktop is; ``error`` is why its phase is ``"failed"``."""

    phase: Phase
    error: ErrorInfo | None


class TunnelUse(TypedDict):
    """What has come through the tunnel in this session.

    ``connections`` are those that its agent counts, our own looks among them, else sign-ins.
    ``bytes`` are what sshd's connections have carried in both directions; ``None`` where the
    machine does not tell.
    """

    connections: int
    bytes: int | None


class Closing(TypedDict):
    """What closes an open session next, and in how many seconds from the moment of sending.

    ``reason`` is ``"idle"`` where no client is in, ``"time"`` where the session's time ends.
    """

    reason: Literal["idle", "time"]
    seconds: float


def _no_desktop() -> DesktopState:
    return {"phase": "idle", "error": None}


# Methods that none calls would cost every notebook 0.3 ms before its form is there.
@dataclass(repr=False, eq=False)
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
        A desktop comes and goes while the session is connected, so it has a phase of its own.
    kept
        After a failure: account, sshd and desktop still run, and Connect goes on with them.
    token_kept
        After a failure: the tunnel whose token is kept, for ten minutes at most; else empty.
    log_begin
        Number of the session's first line in the journal.
    use
        What has come through a tunnel whose provider counts it; ``None`` for others.
    present
        What is in: SSH connections, and shells and views of the desktop inside a notebook.
    closing
        What closes the session by itself; ``None`` while nothing does.
    invitations
        Those that are open.
    """

    epoch: str = ""
    revision: int = 0
    phase: Phase = "idle"
    steps: list[dict[str, Any]] = field(default_factory=list)
    error: ErrorInfo | None = None
    options: dict[str, Any] | None = None
    endpoint: dict[str, Any] | None = None
    details_revision: int = 0
    log_end: int = 0
    elapsed: float = 0.0
    desktop: DesktopState = field(default_factory=_no_desktop)
    kept: bool = False
    token_kept: str = ""
    log_begin: int = 0
    use: TunnelUse | None = None
    present: list[Presence] = field(default_factory=list)
    closing: Closing | None = None
    invitations: list[Invitation] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by name, in the form that travels."""
        return codec.encode(self)

    @classmethod
    def from_dict(cls, values: object) -> "Snapshot":
        """Make a snapshot of what `as_dict` gave in another process.

        Raises
        ------
        ColabWidgetError
            ``message_invalid``; it does not repeat the values.
        """
        try:
            return codec.decode(cls, values)
        except codec.DecodeError as error:
            reason = f"Its snapshot has a fault: {error}."
            raise ColabWidgetError("message_invalid", reason=reason) from None
