"""What is in at the moment: SSH connections, and views inside a notebook."""

from typing import Literal, TypedDict

#: What can be in.
PresenceKind = Literal["ssh", "terminal", "desktop"]


class Presence(TypedDict):
    """An SSH connection that is signed in, a shell in a cell, or a view of the desktop in one.

    ``name`` names it in a request to end it. ``seconds`` is how long it has been in, and ``idle``
    how long nothing was typed or sent there, at the moment of sending; ``None`` where the machine
    does not tell. ``silent`` is for how long an SSH client has not even answered sshd, 0 where it
    answers. ``way`` is how it has signed in: ``"password"``, or ``"key"`` with the key's comment,
    else its fingerprint; empty for a view. ``address`` is the client's, or empty where the tunnel
    does not tell. ``guest`` is the name of the invitation by which it is in, else empty.
    """

    name: str
    kind: PresenceKind
    seconds: float
    idle: float | None
    silent: float
    way: str
    address: str
    guest: str
