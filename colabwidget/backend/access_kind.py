"""The kinds of access to a session: by SSH, or inside the notebook only."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from colabwidget.access.account import Account
from colabwidget.access.sshd import SshService
from colabwidget.backend.attaching import AttachableAccess
from colabwidget.backend.notebook_only import NotebookOnlyAccess
from colabwidget.backend.preflight import is_without_sshd
from colabwidget.backend.ssh_access import SshAccess
from colabwidget.core.details import Details
from colabwidget.core.options import NO_TUNNEL, Options
from colabwidget.core.presence import Presence
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import TunnelUse
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import NOTEBOOK_ONLY_PLAN, PLAN, Plan, Steps
from colabwidget.runtime.supervisor import Watched
from colabwidget.tunnels import registry

if TYPE_CHECKING:
    from colabwidget.backend.through.without_ssh import WithoutSshAccess


class Access(Protocol):
    """Opens a session to its user, and has what the session's desktop depends on."""

    #: Whether clients sign in from outside.
    has_sign_in: bool
    #: Variables of the notebook that the session's programs have.
    environment: dict[str, str]
    #: Set when another try to mend it is worth it at once.
    retry_now: asyncio.Event
    #: Set when a client has come in.
    news: asyncio.Event
    #: Done once apt is not used here any more.
    packages_done: asyncio.Future[None]
    #: The session's account, once that can be used.
    account: asyncio.Future[Account]

    async def check(self) -> None:
        """See whether it is possible here, before anything is changed.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """

    async def open(self) -> None:
        """Do all that it takes.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """

    async def open_again(self, token: Secret, options: Options) -> None:
        """Open it again after `close_tunnel`, and keep everything else.

        Parameters
        ----------
        token, options
            For the tunnel.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """

    def parts(self) -> list[Watched]:
        """Return what has to be watched while it is open."""

    async def mend(self) -> None:
        """Start again what has ended, keep what still runs, and see that clients get in.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """

    def details(self) -> Details | None:
        """Return how to sign in; ``None`` where there is no sign-in."""

    @property
    def sshd(self) -> SshService | None:
        """What clients sign in to; ``None`` where there is no sign-in."""

    def use(self) -> TunnelUse | None:
        """Return what has come through its tunnel; ``None`` where that is not counted."""

    def user_looks(self) -> bool:
        """Note that a user looks at the session; return whether its details have changed."""

    def clients(self) -> int:
        """Return how many connections are open."""

    def present(self) -> list[Presence]:
        """Return which clients are signed in."""

    async def end_client(self, name: str) -> bool:
        """End a client's connection; tell whether there was one of that name."""

    async def change_password(self) -> bool:
        """Give the account another password; tell whether it had one."""

    async def close_tunnel(self) -> None:
        """Close the tunnel, and keep what runs on the machine."""

    async def shut(self) -> None:
        """Shut the door, before anything else of the session is closed."""

    async def close(self) -> None:
        """Undo what was done, in reverse order; each part whatever became of the others."""


def plan(options: Options) -> Plan:
    """Return the steps of a session with these options."""
    return NOTEBOOK_ONLY_PLAN if options.tunnel == NO_TUNNEL else PLAN


async def create(
    options: Options,
    token: Secret,
    environment: dict[str, str],
    directory: Path,
    journal: Journal,
    steps: Steps,
) -> Access:
    """Return the access that the options ask for, not yet open.

    Parameters
    ----------
    options
        Checked options.
    token
        For the tunnel.
    environment
        Variables for the session's programs.
    directory
        Private directory for the children's files.
    journal
        The event log.
    steps
        Shows the session's steps.
    """
    if options.tunnel == NO_TUNNEL:
        return NotebookOnlyAccess(options, environment, directory)
    # Beside the event loop: a module may be read from a slow disk, or be another package's.
    kind = await asyncio.to_thread(_kind, options.tunnel)
    return kind(options, token, environment, directory, journal, steps)


def _kind(tunnel: str) -> type[SshAccess | WithoutSshAccess]:
    """Return the class of the access through a tunnel, with all that it loads."""
    registry.load(tunnel)
    if not registry.find(tunnel).pairs:
        return AttachableAccess
    if is_without_sshd():
        from colabwidget.backend.through.without_ssh import WithoutSshAccess

        return WithoutSshAccess
    from colabwidget.backend.through.access import ThroughAccess

    return ThroughAccess
