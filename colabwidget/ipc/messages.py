"""What travels between kernel and backend: typed messages, one JSON object a line.

The first message of both sides is `Hello`. A client then sends requests, each with a number
of its own, and gets a `Reply` with that number. A client that follows also gets events:
`State` whenever anything changed, and `Log` as lines come.

`State` is always the whole `Snapshot`: the newest one tells everything, so that a missed or
repeated event does no harm.
"""

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

from colabwidget.core import codec
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.invitation import MINUTES

VERSION = 9
LINE_MAX = 1 << 20  # bytes, the newline among them


# No message is changed once it is made. frozen=True would enforce that, and cost every notebook
# 6 ms before its form is there: a third of the import time of this module and its own imports.


@dataclass
class Hello:
    """First message of both sides."""

    type: ClassVar[str] = "hello"
    protocol: int
    version: str
    epoch: str = ""
    follow: bool = False


@dataclass
class Connect:
    """Start a session, or add to one. It carries secrets, as do `Desktop` and the details.

    Whether the request needs a token is the backend's to say: it depends on the tunnel and on
    the session that is there. Without a token that is needed, the answer is the error
    ``token_missing``; a token that was typed for a try that failed is kept for a while, and used
    where the next request has none. With ``dry_run`` nothing is begun: the answer has
    ``token_needed`` and ``token_kept``, or is the error that stands in the way of these options.
    """

    type: ClassVar[str] = "connect"
    id: int
    options: dict[str, Any]
    token: str = field(default="", repr=False)
    environment: dict[str, Any] = field(default_factory=dict)
    token_origin: str = ""  # for the log; empty where it was typed
    dry_run: bool = False
    # See `colabwidget.core.work_environment`; a proxy's address may hold a password.
    work_environment: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class Cancel:
    """Stop connecting."""

    type: ClassVar[str] = "cancel"
    id: int


@dataclass
class Disconnect:
    """End the session; without force only if no client is signed in and no window is open."""

    type: ClassVar[str] = "disconnect"
    id: int
    force: bool = False


@dataclass
class Desktop:
    """Add a desktop to the session, or take it away; without force only if no window is open."""

    type: ClassVar[str] = "desktop"
    id: int
    on: bool
    options: dict[str, Any] = field(default_factory=dict)
    work_environment: dict[str, Any] = field(default_factory=dict, repr=False)
    force: bool = False


@dataclass
class EndPresence:
    """End an SSH connection, or a shell or view inside a notebook, by its `Presence.name`."""

    type: ClassVar[str] = "end_presence"
    id: int
    name: str


@dataclass
class KeepOpen:
    """Begin the time until the session closes by itself anew; or end all such times."""

    type: ClassVar[str] = "keep_open"
    id: int
    for_good: bool = False


@dataclass
class ChangePasswords:
    """Have new passwords; with ``end``, open SSH connections end."""

    type: ClassVar[str] = "change_passwords"
    id: int
    end: bool = False


@dataclass
class Invite:
    """Let a guest see a shell or the desktop for some minutes; the details tell how.

    ``key`` is the guest's, as the option ``public_key``; empty for a one-time password. With
    ``typing``, the guest may type in the shell. The answer has the ``name`` of the invitation.
    """

    type: ClassVar[str] = "invite"
    id: int
    sees: str = "shell"
    typing: bool = False
    key: str = field(default="", repr=False)
    minutes: int = MINUTES


@dataclass
class Revoke:
    """End an invitation by its name, with what the guest sees."""

    type: ClassVar[str] = "revoke"
    id: int
    name: str


@dataclass
class Status:
    """Ask for the snapshot."""

    type: ClassVar[str] = "status"
    id: int


@dataclass
class Journal:
    """Ask for lines of the journal from number ``since`` on."""

    type: ClassVar[str] = "journal"
    id: int
    since: int


@dataclass
class GetDetails:
    """Ask for the details, passwords among them."""

    type: ClassVar[str] = "details"
    id: int


@dataclass
class Stop:
    """End the backend itself, and with it the session."""

    type: ClassVar[str] = "stop"
    id: int


@dataclass
class Reply:
    """Answer to the request of the same number."""

    type: ClassVar[str] = "reply"
    id: int
    error: dict[str, Any] | None = None
    result: dict[str, Any] = field(default_factory=dict, repr=False)


@dataclass
class State:
    """Something changed."""

    type: ClassVar[str] = "state"
    snapshot: dict[str, Any]


@dataclass
class Log:
    """Lines of the journal: ``count`` of them, the first with number ``since``.

    ``end`` is how many there are by now; where ``since + count`` is less, the rest has to be
    asked for with `Journal`: a flood of lines is never pushed.
    """

    type: ClassVar[str] = "log"
    since: int
    count: int
    end: int
    text: str


Request: TypeAlias = (
    Connect
    | Cancel
    | Disconnect
    | Desktop
    | EndPresence
    | KeepOpen
    | ChangePasswords
    | Invite
    | Revoke
    | Status
    | Journal
    | GetDetails
    | Stop
)
Message: TypeAlias = Hello | Request | Reply | State | Log

_MESSAGES: dict[str, type[Message]] = {
    kind.type: kind
    for kind in (
        Hello,
        Connect,
        Cancel,
        Disconnect,
        Desktop,
        EndPresence,
        KeepOpen,
        ChangePasswords,
        Invite,
        Revoke,
        Status,
        Journal,
        GetDetails,
        Stop,
        Reply,
        State,
        Log,
    )
}


_REASONS: dict[codec.Fault, str] = {
    "no_table": "It is not an object.",
    "unknown": "A {kind} message has no such field.",
    "wrong_type": "The field {field} of a {kind} message has the wrong type.",
    "missing": "A {kind} message lacks a field.",
}


def encode(message: Message) -> bytes:
    """Return the message as one line."""
    values = {"type": message.type, **codec.encode(message)}
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace") + b"\n"


def decode(line: bytes) -> Message:
    """Return the message that a line holds.

    Raises
    ------
    ColabWidgetError
        ``message_invalid`` for anything that is not one; it does not repeat the line.
    """
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        raise _invalid("It is not JSON.") from None
    if not isinstance(values, dict):
        raise _invalid(_REASONS["no_table"])
    kind = _MESSAGES.get(str(values.pop("type", None)))
    if kind is None:
        raise _invalid("Its type is unknown.")
    try:
        return codec.decode(kind, values)
    except codec.DecodeError as error:
        raise _invalid(_REASONS[error.fault].format(kind=kind.type, field=error.field)) from None


def _invalid(reason: str) -> ColabWidgetError:
    return ColabWidgetError("message_invalid", reason=reason)
