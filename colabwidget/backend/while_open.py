"""Requests about what is open: end one that is in, keep the session open, change its passwords."""

from __future__ import annotations

from colabwidget.backend.guest_views import GuestDesktop, GuestShell, GuestView
from colabwidget.backend.session import Session
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.invitation import MINUTES_MAX
from colabwidget.core.phase import is_open
from colabwidget.tunnels import registry


async def end_presence(session: Session, name: str) -> None:
    """End an SSH connection, or a shell or view inside a notebook; it may have ended before.

    Parameters
    ----------
    session
        The session.
    name
        The `Presence.name` of it.
    """
    access = session.access
    if await session.views.end(name) or (access and await access.end_client(name)):
        session.journal.add("Ended by a click: one that was in.")
        session.on_change()


def keep_open(session: Session, *, for_good: bool) -> None:
    """Begin the time until the session closes by itself anew, or have it never close so."""
    if session.door:
        session.door.keep_open(for_good=for_good)
        session.journal.add(
            "The session does not close by itself." if for_good else "The session is kept open."
        )
        session.on_change()


async def invite(session: Session, *, sees: str, typing: bool, key: str, minutes: int) -> str:
    """Let a guest see something of the session, and return the name of the invitation.

    Parameters
    ----------
    session
        The session.
    sees
        ``"shell"``, the terminal of the notebook in which its user is, or ``"desktop"``.
    typing
        Whether the guest may type there.
    key
        The guest's, as the option ``public_key``; empty for a one-time password.
    minutes
        How long.

    Raises
    ------
    ColabWidgetError
        ``not_connected``, or what stands in the way.
    """
    access = session.access
    sshd = access.sshd if access else None
    if access is None or sshd is None or not is_open(session.state.phase):
        raise ColabWidgetError("not_connected")
    if session.state.options and registry.find(session.state.options.tunnel).pairs:
        raise ColabWidgetError("invite_no_way")
    if not 1 <= minutes <= MINUTES_MAX:
        raise ColabWidgetError("invite_minutes")
    owner = access.account.result()
    view = _view(session, sees, typing=typing)
    return await session.invitations.invite(sshd, view, owner=owner, key=key, minutes=minutes)


def _view(session: Session, sees: str, *, typing: bool) -> GuestView:
    if sees == "desktop":
        if session.desktop.facts is None:
            raise ColabWidgetError("no_desktop")
        return GuestDesktop(session.desktop, session.journal)
    if (shell := session.views.shell()) is None:
        raise ColabWidgetError("invite_no_shell")
    return GuestShell(shell, typing)


async def change_passwords(session: Session, *, end: bool) -> None:
    """Have new passwords for the account and the desktop, as far as there are some.

    Parameters
    ----------
    session
        The session.
    end
        Whether SSH connections that are open end; else they go on.

    Raises
    ------
    ColabWidgetError
        ``not_connected``, ``no_password`` where a key alone signs in and there is no desktop,
        ``account_failed``, ``vnc_failed``.
    """
    access = session.access
    if access is None or not is_open(session.state.phase):
        raise ColabWidgetError("not_connected")
    changed = [await access.change_password(), await session.desktop.change_passwords()]
    if not any(changed):
        raise ColabWidgetError("no_password")
    session.journal.add("The passwords were changed; the ones before are valid no longer.")
    session.passwords_changed()
    if end:
        for each in access.present():
            await access.end_client(each["name"])
