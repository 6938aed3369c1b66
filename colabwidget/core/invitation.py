"""Invitations: a colleague sees one shell or the desktop for a while, and nothing else."""

from dataclasses import dataclass
from typing import Literal, TypedDict

from colabwidget.core.secrets import Secret

#: What an invitation lets see.
Sight = Literal["shell", "desktop"]

MINUTES = 30
MINUTES_MAX = 8 * 60


class Invitation(TypedDict):
    """An invitation that is open, without its secrets.

    ``sees`` is what the guest sees, and ``typing`` whether they can type there. ``way`` is how they
    sign in: ``"one-time password"``, or ``"key"`` with whose it is. ``seconds`` are left at the
    moment of sending. ``present`` tells whether a guest is in.
    """

    name: str
    sees: Sight
    typing: bool
    way: str
    seconds: float
    present: bool


@dataclass(frozen=True)
class InvitationDetails:
    """What the guest of an invitation needs.

    Parameters
    ----------
    name
        Of the invitation.
    command
        A command line for a terminal.
    password
        Valid for one sign-in; ``None`` where a key opens it.
    viewer_address
        What a VNC viewer is then given; empty for a shell.
    viewer_password
        What the viewer asks for; ``None`` for a shell.
    """

    name: str
    command: str
    password: Secret | None = None
    viewer_address: str = ""
    viewer_password: Secret | None = None
