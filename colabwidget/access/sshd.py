"""A private sshd: its own configuration, host key and port; nothing of the system's is changed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from colabwidget.access import ssh_algorithms
from colabwidget.access.account import Account
from colabwidget.access.guest import Guest
from colabwidget.access.host_key import HostKey
from colabwidget.access.login_environment import write_for_account
from colabwidget.access.one_client import OneClient
from colabwidget.access.one_time_key import OneTimeKey
from colabwidget.access.ssh_presence import SshPresence
from colabwidget.access.sshd_config import ALIVE_INTERVAL, key_lines, sshd_config
from colabwidget.access.sshd_log import SshClient, SshdLog
from colabwidget.access.sshd_rights import PRIVSEP
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.presence import Presence
from colabwidget.runtime import process
from colabwidget.runtime.apt import program, program_or_moved
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import CLOSED, GREETED, REFUSED, probe_sshd
from colabwidget.runtime.service import Service
from colabwidget.system.files import write_private
from colabwidget.system.rights import user_id

_START_TIMEOUT = 10.0  # seconds
_PORT_TRIES = 3


class SshService(Service):
    """The private sshd of a session.

    Parameters
    ----------
    account
        The account that clients sign in to.
    host_keys
        What it shows to clients.
    directory
        Private directory for its files.
    journal
        Gets its lines.
    on_sign_in
        Called when a client signs in.
    address_of
        Returns the address of the client whose connection comes from a port of 127.0.0.1.
    """

    def __init__(
        self,
        account: Account,
        host_keys: Sequence[HostKey],
        directory: Path,
        journal: Journal,
        on_sign_in: Callable[[], None] = lambda: None,
        address_of: Callable[[int], str] = lambda port: "",
    ) -> None:
        super().__init__("the SSH server", "sshd", "sshd_gone", journal)
        self._account = account
        #: What it shows to clients, the one that they prefer first.
        self.host_keys = [*host_keys]
        self._version = (0, 0)
        self._algorithms = ""  # lines of its configuration
        self._directory = directory
        self._log = SshdLog(on_sign_in)
        self._presence = SshPresence(self._log, account.public_key, address_of)
        self._listening = asyncio.Event()
        self._one_time_key: OneTimeKey | None = None
        self._paired: list[str] = []  # keys that were let in since the start
        self._held: list[str] = []  # keys with options, each good for one thing
        self._program = ""
        self._guests: list[Guest] = []
        self._beginning = asyncio.Lock()
        self.port = 0

    async def start(self) -> None:
        """Start it, on the port that it had before if that is free, and wait until it listens.

        Raises
        ------
        ColabWidgetError
            ``sshd_failed``.
        """
        self._write_keys()
        sshd = program_or_moved("sshd")
        if not sshd:
            raise ColabWidgetError("sshd_failed", reason="The program sshd is missing.")
        self._program = sshd
        if user_id() == 0 and not self._account.namespace:
            PRIVSEP.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._version, self._algorithms = await asyncio.gather(
            _version(sshd), ssh_algorithms.lines_for(program("ssh"))
        )
        for attempt in range(_PORT_TRIES):
            self.port = self.port or _free_port()
            self._listening.clear()
            config = self._write_config()
            child = await self.launch(
                [*self._account.namespace, sshd, "-D", "-e", "-f", str(config)],
                on_line=self._hear,
                # An account's name that a client makes up may hold a line end.
                writes_are_lines=True,
            )
            if await self._listens(child):
                return
            status = child.returncode
            await self.stop(1.0)
            if self._algorithms and ssh_algorithms.are_refused(self._said):
                self._journal.add("sshd may not use all of these algorithms: its own are used.")
                self._algorithms = ""
                continue
            taken = any("already in use" in line for line in self._said)
            if not taken or attempt == _PORT_TRIES - 1:
                reason = self.last_words(_silent_end(sshd, status))
                raise ColabWidgetError("sshd_failed", reason=reason)
            self.port = 0

    async def add_host_key(self, key: HostKey) -> None:
        """Show another host key from now on.

        Parameters
        ----------
        key
            Follows those that are there.

        Raises
        ------
        ColabWidgetError
            ``sshd_failed``.
        """
        self.host_keys.append(key)
        await self._begin_anew()

    async def let_guests_in(self, guests: Sequence[Guest]) -> None:
        """Let these guests in, and no others, from now on; open sessions go on.

        Parameters
        ----------
        guests
            All of them.

        Raises
        ------
        ColabWidgetError
            ``sshd_failed``.
        """
        had_accounts = any(guest.uid is not None for guest in (*self._guests, *guests))
        self._guests = [*guests]
        self._presence.guests = self._guests
        if self._process is None:
            return  # it begins with them
        self._write_keys()
        if had_accounts:
            await self._begin_anew()

    def forget_guests(self) -> None:
        """Let no guest in from the next start on."""
        self._guests = []
        self._presence.guests = []

    def guest_of(self, client: SshClient) -> str:
        """Return the name of the guest that a client is; empty for a client that is none."""
        return self._presence.guest_of(client)

    async def _begin_anew(self) -> None:
        """Let sshd read its configuration again; open sessions go on."""
        async with self._beginning:
            assert self._process
            self._write_config()
            # It says that it listens before it knows the signal, which kills it until then, or is
            # lost; with an answer to a client it knows it.
            await self._probe()
            self._listening.clear()
            os.kill(self._process.pid, signal.SIGHUP)
            if not await self._listens(self._process):
                reason = self.last_words("It did not listen again.")
                raise ColabWidgetError("sshd_failed", reason=reason)

    async def close(self) -> None:
        """Stop it, and remove its files; open sessions are processes of their own and go on."""
        await self.stop(2.0)
        for path in (self._directory / "sshd_config", self._account.keys_file):
            path.unlink(missing_ok=True)

    async def check(self) -> str:
        """Return what is wrong with it; a refusal because it is busy is no fault."""
        found = await self._probe()
        if found in (GREETED, CLOSED):
            return ""
        return "does not listen" if found == REFUSED else "does not answer"

    async def greets(self) -> bool:
        """Tell whether it takes a client at the moment."""
        return await self._probe() == GREETED

    async def _probe(self) -> str:
        return await probe_sshd("127.0.0.1", self.port, from_port=self._log.own_probe_from)

    def expect_probe(self) -> None:
        """Announce a probe through the tunnel, which is kept out of the journal as well."""
        self._log.expect_probe()

    def is_worth_logging(self, line: str) -> bool:
        """Leave out the lines about connections of our own."""
        return self._log.is_worth_logging(line) and super().is_worth_logging(line)

    def is_never_left_out(self, line: str) -> bool:
        """Tell whether a line is about a client that got in: no flood of refusals hides it."""
        return self._log.is_never_left_out(line)

    def clients(self) -> int:
        """Return how many clients are signed in, but for guests."""
        return sum(not each["guest"] for each in self.present())

    def present(self) -> list[Presence]:
        """Return which clients are signed in."""
        return self._presence.look(self.port)

    async def end_client(self, name: str) -> bool:
        """End a client's connection; tell whether there was one of that name."""
        if self._process is None:
            return False
        return await self._presence.end(name, self.port, self._process.pid)

    def on_client(self, call: Callable[[SshClient], None]) -> None:
        """Have a function called with each client that signs in."""
        self._log.on_client = call

    @property
    def sign_ins(self) -> int:
        """How many clients have signed in until now."""
        return self._log.sign_ins

    def let_in(self, key: OneTimeKey | None) -> None:
        """Let a key in beside the account's own way in, or none any more."""
        if key != self._one_time_key:
            self._one_time_key = key
            self._write_keys()

    def pair(self, key: str) -> None:
        """Let another key in from now on, as ``authorized_keys`` has it."""
        if key not in self._paired:
            self._paired.append(key)
            self._presence.keys_changed("\n".join((self._account.public_key, *self._paired)))
            self._write_keys()

    def hold(self, keys: Sequence[str]) -> None:
        """Let in these keys for what their options say, and no others of the kind."""
        if self._held != [*keys]:
            self._held = [*keys]
            self._write_keys()

    def for_one_client(self, on_sign_in: Callable[[], None]) -> OneClient:
        """Return an sshd that lets in the same keys, without a port; it is still to be started.

        It asks no client whether it is there: what carries it may be away for minutes.
        """
        text = self._config_text(alive=0)
        config = write_private(self._directory / "sshd_one_config", text)
        command = [*self._account.namespace, self._program, "-i", "-e", "-f", str(config)]
        return OneClient(command, self._journal, self._presence.name_of_key, on_sign_in)

    def own_sign_ins(
        self, key: OneTimeKey, *, by_password: bool = False
    ) -> contextlib.AbstractContextManager[list[str]]:
        """Give sshd's lines during the block, and keep our own sign-ins out of the journal.

        Parameters
        ----------
        key, by_password
            As in `SshdLog.own_sign_ins`.
        """
        return self._log.own_sign_ins(key, by_password=by_password)

    def _write_config(self) -> Path:
        return write_private(self._directory / "sshd_config", self._config_text())

    def _config_text(self, alive: int = ALIVE_INTERVAL) -> str:
        keys = [key.path for key in self.host_keys]
        algorithms = self._algorithms
        return sshd_config(
            self._account, keys, self.port, self._version, algorithms, self._guests, alive=alive
        )

    def _write_keys(self) -> None:
        more = [self._one_time_key.public] if self._one_time_key else []
        text = key_lines(self._account, [*self._paired, *more], self._guests, self._held)
        write_for_account(self._account.keys_file, text, self._account)

    def _hear(self, line: str) -> None:
        if line.startswith("Server listening on"):
            self._listening.set()
        self._log.hear(line)

    async def _listens(self, child: process.Child) -> bool:
        """Wait until it logs that it listens, or has ended."""
        waits = [asyncio.ensure_future(self._listening.wait()), asyncio.ensure_future(child.wait())]
        await asyncio.wait(waits, timeout=_START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return self._listening.is_set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _version(sshd: str) -> tuple[int, int]:
    """Return sshd's version; all of them name it in answer to ``-V``, even those without it."""
    _, said = await process.output([sshd, "-V"])
    match = re.search(r"OpenSSH_(\d+)\.(\d+)", said)
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)


def _silent_end(sshd: str, status: int | None) -> str:
    """Say what became of an sshd that did not listen and said nothing."""
    if status is None:
        return f"It did not listen after {_START_TIMEOUT:.0f} s."
    real = Path(sshd).resolve()
    other = f", which is {real}," if real.name != Path(sshd).name else ""
    return f"{sshd}{other} ended with status {status} at once and said nothing."
