"""The invitations of a session: made, watched, and ended in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from colabwidget.access import guest_account
from colabwidget.access.account import Account, set_password
from colabwidget.access.authorized_keys import Keys
from colabwidget.access.guest import Guest
from colabwidget.access.ssh_presence import name_of
from colabwidget.access.sshd import SshService
from colabwidget.access.sshd_log import SshClient
from colabwidget.backend.guest_views import GuestView
from colabwidget.core import public_keys
from colabwidget.core.client_commands import ClientCommands
from colabwidget.core.details import VIEWER_PORT
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.invitation import Invitation, InvitationDetails
from colabwidget.core.secrets import Secret
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.system.rights import is_root

_COUNT_MAX = 8
_LOOK_EVERY = 0.5  # seconds
_CLOSING_MAX = 12.0  # seconds
_LEAVING = 0.3  # seconds
_PASSWORD = "one-time password"


@dataclass
class _Open:
    """An invitation that is open."""

    guest: Guest
    view: GuestView
    way: str
    ends_at: float
    user: str = ""  # that signs in
    password: Secret | None = None
    client: str = ""  # the one that the password has let in


class Invitations:
    """All that are open; they end with the session's tunnel.

    Parameters
    ----------
    files
        Private directory of the session.
    journal
        Gets a line for each that is made, used and ended.
    on_change
        Called when clients must be shown something else.
    clock
        Returns seconds, those among them in which the machine has slept.
    """

    def __init__(
        self,
        files: Path,
        journal: Journal,
        on_change: Callable[[], None],
        clock: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._files = files
        self._journal = journal
        self._on_change = on_change
        self._clock = clock
        self._open: dict[str, _Open] = {}
        self._sshd: SshService | None = None
        self._changing = asyncio.Lock()
        self._looking: asyncio.Task[None] | None = None
        self._works: set[asyncio.Task[object]] = set()
        self._closings = 0

    async def invite(
        self, sshd: SshService, view: GuestView, *, owner: Account, key: str, minutes: int
    ) -> str:
        """Let a guest see something; return the name of the invitation.

        Parameters
        ----------
        sshd
            Lets the guest in.
        view
            What is shown, not yet open.
        owner
            The session's own account.
        key
            The guest's, as the option ``public_key``; empty for a one-time password.
        minutes
            How long.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """
        closings = self._closings
        lines, way = await self._keys(key)
        async with self._changing:
            if closings != self._closings:
                raise ColabWidgetError("not_connected")
            if len(self._open) >= _COUNT_MAX:
                raise ColabWidgetError("invite_too_many")
            if not is_root():
                self._check_keys(lines, owner.public_key)
            name = guest_account.new_name()
            guest = await guest_account.make(name, lines, self._files, self._journal)
            try:
                made = await self._opened(guest, view, way, minutes)
                made.user = name if guest.uid is not None else owner.name
                self._open[name] = made
                await self._let_in(sshd)
            except BaseException:
                self._open.pop(name, None)
                await view.close()
                await guest_account.remove(name, self._files, self._journal)
                raise
        does = "sees the desktop" if view.sees == "desktop" else "sees a terminal"
        does += " and can type in it" if view.typing else ""
        self._journal.add(f"Invited for {minutes} min, by {way}: {name} {does}.")
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(), name="invitations")
        self._on_change()
        return name

    async def revoke(self, name: str, why: str = "it was revoked") -> None:
        """End an invitation, with what the guest sees; one that has ended is none."""
        if name in self._open:
            await self._end(name, why, self._sshd)

    async def close(self) -> None:
        """End all of them, and remove what could not be removed; sshd is closed elsewhere."""
        await close_part("invitations", self._close(), self._journal, _CLOSING_MAX)

    def files(self) -> set[Path]:
        """Return the files that are still needed to remove what could not be removed."""
        return guest_account.record(self._files)

    async def _close(self) -> None:
        self._closings += 1
        for each in [*self._open.values()]:
            await each.view.close()
        async with self._changing:  # one that is being made is finished first
            looking, self._looking = self._looking, None
            if looking:
                looking.cancel()
            for name in [*self._open]:
                await self._end(name, "the connection has closed", None)
            if self._sshd:
                self._sshd.forget_guests()
                self._sshd = None
            await guest_account.restore_after_crash(self._files, self._journal)

    def as_list(self) -> list[Invitation]:
        """Return them without their secrets."""
        now, present = self._clock(), self._present()
        return [
            {
                "name": name,
                "sees": each.view.sees,
                "typing": each.view.typing,
                "way": each.way,
                "seconds": max(round(each.ends_at - now, 1), 0.0),
                "present": name in present,
            }
            for name, each in self._open.items()
        ]

    def details(self, endpoint: Endpoint) -> list[InvitationDetails]:
        """Return what the guests need.

        Parameters
        ----------
        endpoint
            Where clients connect to.
        """
        found = []
        for name, each in self._open.items():
            port, commands = each.guest.port, ClientCommands(endpoint, each.user, "")
            forward = ["-N", "-L", f"{VIEWER_PORT}:127.0.0.1:{port}"] if port else []
            address = f"localhost:{VIEWER_PORT - 5900}" if port else ""
            command = commands.command(*forward)
            found.append(
                InvitationDetails(name, command, each.password, address, each.view.password)
            )
        return found

    async def _keys(self, asked: str) -> tuple[str, str]:
        """Return the keys of a guest as sshd takes them, and how the guest signs in, for people."""
        asked = public_keys.checked(asked)
        if not asked:
            if not is_root():
                raise ColabWidgetError("invite_needs_key")
            return "", _PASSWORD
        keys = Keys(asked, self._journal)
        await keys.fetch()
        await keys.judge()
        lines = keys.lines.splitlines()
        whose = asked if len(asked.splitlines()) == 1 and " " not in asked else ""
        comment = lines[0].split(maxsplit=2)[2:] if len(lines) == 1 else []
        return keys.lines, " ".join(filter(None, ["key", whose or "".join(comment)]))

    def _check_keys(self, lines: str, owner_keys: str) -> None:
        """See that a key of the account's own opens one thing only."""
        taken = [owner_keys, *(each.guest.key for each in self._open.values())]
        bodies = {line.split()[1] for text in taken for line in text.splitlines()}
        if bodies & {line.split()[1] for line in lines.splitlines()}:
            raise ColabWidgetError("invite_key_taken")

    async def _opened(self, guest: Guest, view: GuestView, way: str, minutes: int) -> _Open:
        guest = replace(guest, port=await view.open(guest))
        password = None if guest.key else await set_password(guest.name, self._journal)
        return _Open(guest, view, way, self._clock() + 60 * minutes, password=password)

    async def _let_in(self, sshd: SshService) -> None:
        self._sshd = sshd
        sshd.on_client(self._came_in)
        await sshd.let_guests_in([each.guest for each in self._open.values()])

    def _came_in(self, client: SshClient) -> None:
        """Take note of a client that has signed in; a password lets in only the first."""
        sshd = self._sshd
        if sshd is None:
            return
        name = sshd.guest_of(client)
        found = self._open.get(name)
        if found is None:
            if client.user.startswith(guest_account.PREFIX):
                self._start(sshd.end_client(name_of(client)))
            return
        self._journal.add(f"The invitation {name} was used.")
        if found.password is None:
            return
        if found.client:
            self._start(sshd.end_client(name_of(client)))
            return
        found.client = name_of(client)
        self._start(guest_account.lock(found.guest, self._journal))

    def _start(self, work: Coroutine[Any, Any, object]) -> None:
        task = asyncio.ensure_future(work)
        self._works.add(task)
        task.add_done_callback(self._works.discard)

    def _present(self) -> set[str]:
        """Return the names of invitations and of clients that are in by one."""
        found = [each for each in self._sshd.present() if each["guest"]] if self._sshd else []
        return {each[word] for each in found for word in ("name", "guest")}

    async def _look(self) -> None:
        """End each when it is over, for as long as there are some."""
        while self._open:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                self._end_those_that_are_over()
            except Exception as error:  # the next look must come all the same
                self._journal.add(f"Looking after invitations has failed: {error!r}")

    def _end_those_that_are_over(self) -> None:
        """Begin to end them: none waits for what keeps another."""
        present = self._present()
        for name, each in self._open.items():
            if why := self._why_over(each, present):
                self._start(self.revoke(name, why))

    def _why_over(self, each: _Open, present: set[str]) -> str:
        if self._clock() >= each.ends_at:
            return "its time is over"
        if gone := each.view.why_gone():
            return gone
        if each.client and each.client not in present:
            return "its one sign-in has ended"
        return ""

    async def _end(self, name: str, why: str, sshd: SshService | None) -> None:
        ended = self._open.pop(name)
        await ended.view.close()
        self._journal.add(f"The invitation {name} has ended: {why}.")
        self._on_change()
        works: list[Awaitable[object]] = [guest_account.remove(name, self._files, self._journal)]
        if sshd:
            clients = [each["name"] for each in sshd.present() if each["guest"] == name]
            if clients:
                await asyncio.sleep(_LEAVING)  # its own program leaves the terminal as it was
            guests = [each.guest for each in self._open.values()]
            works = [sshd.let_guests_in(guests), *works, *map(sshd.end_client, clients)]
        for outcome in await asyncio.gather(*works, return_exceptions=True):
            if isinstance(outcome, Exception):
                self._journal.add(f"The invitation {name} has left something behind: {outcome}")
