"""Custom messages between the kernel and the pages that show the card.

The classes describe the messages for type checkers and for ``scripts/protocol.py``, which writes
their TypeScript. At run time messages are plain dictionaries: a page may send anything.
"""

from __future__ import annotations

from typing import Any, Literal, TypedDict

from colabwidget.core.details import DesktopDetails, SshDetails
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ErrorInfo
from colabwidget.core.invitation import InvitationDetails, Sight
from colabwidget.core.load import Load
from colabwidget.core.snapshot import Snapshot

#: The elliptic curves on which a view can make a key.
Curve = Literal["X25519", "P-256"]
#: Why a message cannot be sealed: the view's key, or no library here.
Unsealable = Literal["key", "library"]

#: The kinds of view that the card can show inside.
Inside = Literal["desktop", "terminal", "files"]


class TunnelDetails(TypedDict):
    """Where the tunnel leads."""

    endpoint: Endpoint


class DetailsTable(TypedDict):
    """The details as they travel; see `colabwidget.core.details.Details.as_dict`."""

    tunnel: TunnelDetails
    ssh: SshDetails | None
    desktop: DesktopDetails | None
    invitations: list[InvitationDetails]


class LastReply(TypedDict):
    """The outcome of the last request; ``error`` is ``None`` for success."""

    request: str
    error: ErrorInfo | None


class Kernel(TypedDict):
    """Which kernel speaks.

    ``place`` names it, and is the same after a restart; empty where it has no name. ``began`` is
    greater for each kernel after another.
    """

    place: str
    began: int


class StateMessage(TypedDict):
    """The state of the session, whole.

    ``host`` is a `colabwidget.hosts.Host`. ``report`` is the text for a bug report, empty where
    nothing failed. ``inside`` tells which views are open inside the card, ``places`` how many
    clients of the kernel show it.
    """

    type: Literal["state"]
    serial: int
    state: Snapshot
    host: dict[str, Any] | None
    last_reply: LastReply | None
    clicks_wait: bool
    report: str
    inside: dict[Inside, bool | None]
    kernel: Kernel
    places: int


class BusyMessage(TypedDict):
    """The kernel lives, and a cell keeps it from hearing its pages.

    ``pause`` is the number of seconds after which the next of these messages comes.
    """

    type: Literal["busy"]
    serial: int
    pause: float


LogMessage = TypedDict(
    "LogMessage",
    {
        "type": Literal["log"],
        "serial": int,
        "epoch": str,
        "from": int,
        "count": int,
        "end": int,
        "text": str,
    },
)
"""Lines of the log: ``count`` of them, the first with number ``from``, of ``end`` so far."""


class DetailsMessage(TypedDict):
    """The details of the connection, passwords among them, for one view.

    It is sent inside a `SealedMessage`, where it has no serial number of its own, and as it is only
    where that view asked for it by a click.
    """

    type: Literal["details"]
    serial: int
    view: str
    epoch: str
    revision: int
    details: DetailsTable


class SealedMessage(TypedDict):
    """Another message, which only one view can read; see `colabwidget.kernel.sealing`.

    ``point`` is the kernel's half of the key, in base64. ``data`` travels in a buffer.
    """

    type: Literal["sealed"]
    serial: int
    view: str
    curve: Curve
    point: str
    data: bytes


class CannotSealMessage(TypedDict):
    """A view has asked with a key that cannot be used here."""

    type: Literal["cannot_seal"]
    serial: int
    view: str
    curve: str
    reason: Unsealable


class LoadMessage(TypedDict):
    """How busy the machine is, for pages that have asked."""

    type: Literal["load"]
    serial: int
    load: Load


class Ready(TypedDict):
    """A view is drawn, and has seen the messages up to ``serial``."""

    type: Literal["ready"]
    view: str
    serial: int


class Connect(TypedDict):
    """A click on Connect; ``options`` is a table of `colabwidget.core.options.Options`."""

    type: Literal["connect"]
    request: str
    token: str
    token_secret: str
    public_key: str
    options: dict[str, Any]


class Cancel(TypedDict):
    """A click on Cancel."""

    type: Literal["cancel"]
    request: str


class Disconnect(TypedDict):
    """A click on Disconnect; without ``force`` only if no client is in and no window is open."""

    type: Literal["disconnect"]
    request: str
    force: bool


class Desktop(TypedDict):
    """A click that adds or removes the desktop; without ``force`` only if no window is open."""

    type: Literal["desktop"]
    request: str
    on: bool
    options: dict[str, Any]
    force: bool


class EndPresence(TypedDict):
    """A click that ends an SSH connection, or a shell or view, by its `Presence.name`."""

    type: Literal["end_presence"]
    request: str
    name: str


class KeepOpen(TypedDict):
    """A click that begins the time until the session closes anew; ``for_good`` ends that time."""

    type: Literal["keep_open"]
    request: str
    for_good: bool


class ChangePasswords(TypedDict):
    """A click that makes new passwords; with ``end``, open SSH connections end."""

    type: Literal["change_passwords"]
    request: str
    end: bool


class Invite(TypedDict):
    """A click that lets a guest see something; see `colabwidget.ipc.messages.Invite`."""

    type: Literal["invite"]
    request: str
    sees: Sight
    typing: bool
    key: str
    minutes: int


class Revoke(TypedDict):
    """A click that ends an invitation."""

    type: Literal["revoke"]
    request: str
    name: str


class Restart(TypedDict):
    """A click that ends a backend of another version."""

    type: Literal["restart"]
    request: str


class Show(TypedDict):
    """A view inside the card is opened or closed."""

    type: Literal["show"]
    kind: Inside
    on: bool


class Reveal(TypedDict):
    """A view asks for the details, now and whenever they change.

    ``point`` is the public half of the key that it made on ``curve``, in base64. With an empty
    ``curve`` it asks for them once, readable for every client of the kernel: that takes a click.
    """

    type: Literal["reveal"]
    view: str
    curve: Literal["X25519", "P-256", ""]
    point: str


class AskLoad(TypedDict):
    """The page asks how busy the machine is."""

    type: Literal["load"]


#: The page asks for lines of the log.
LogSince = TypedDict("LogSince", {"type": Literal["log_since"], "epoch": str, "from": int})


class Seen(TypedDict):
    """A view has seen the messages up to ``serial``, and the log up to line ``log``."""

    type: Literal["seen"]
    view: str
    serial: int
    log: int


#: What the kernel sends.
KERNEL_MESSAGES = (
    *(StateMessage, LogMessage, DetailsMessage, BusyMessage, LoadMessage),
    *(SealedMessage, CannotSealMessage),
)
#: What a page sends.
PAGE_MESSAGES = (
    *(Ready, Connect, Cancel, Disconnect, Desktop, EndPresence, KeepOpen),
    *(ChangePasswords, Invite, Revoke, Restart, Show, Reveal, AskLoad, LogSince, Seen),
)
