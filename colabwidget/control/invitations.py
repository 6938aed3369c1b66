"""What the faces do about guests: invite one, list the invitations, end one."""

from __future__ import annotations

from dataclasses import dataclass

from colabwidget.control.presence import request
from colabwidget.core import public_keys
from colabwidget.core.details import Details, SshDetails
from colabwidget.core.invitation import MINUTES, Invitation, InvitationDetails, Sight
from colabwidget.ipc import client


@dataclass(frozen=True)
class Invited:
    """An invitation that was made.

    Parameters
    ----------
    details
        What the guest needs; printing it shows no password.
    ssh
        The session's details, with the host key that the guest meets.
    """

    details: InvitationDetails
    ssh: SshDetails


def invite(
    *, sees: Sight = "shell", typing: bool = False, key: str = "", minutes: int = MINUTES
) -> Invited:
    """Let a guest see a terminal of the notebook or the desktop, and nothing else, for a while.

    Parameters
    ----------
    sees
        ``"shell"`` for the terminal that was typed in last, ``"desktop"`` for the desktop.
    typing
        Whether the guest may type in the terminal.
    key
        ``github:NAME``, ``gitlab:NAME`` or public keys; empty for a password that is valid once.
    minutes
        How long.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where nothing is open, or what stands in the way.
    """
    asked = public_keys.checked(key)

    def ask(backend: client.Client) -> Invited:
        name = backend.invite(sees=sees, typing=typing, key=asked, minutes=minutes)
        details = Details.from_dict(backend.details()["details"])
        assert details.ssh
        found = next(each for each in details.invitations if each.name == name)
        return Invited(found, details.ssh)

    return request(ask)


def invitations() -> list[Invitation]:
    """Return the invitations that are open, without passwords.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where no backend runs.
    """
    found: list[Invitation] = request(lambda each: each.status()["snapshot"]["invitations"])
    return found


def revoke(name: str) -> None:
    """End an invitation, with what the guest sees; it may have ended before.

    Parameters
    ----------
    name
        Of the invitation.

    Raises
    ------
    ColabWidgetError
        ``not_connected`` where nothing is open.
    """
    request(lambda backend: backend.revoke(name))
