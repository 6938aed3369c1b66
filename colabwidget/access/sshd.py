"""A private sshd: its own configuration, host key and port; nothing of the system's is changed."""

from __future__ import annotations

import asyncio
import os
import pwd
import re
import socket
from collections import deque
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.access.host_key import HostKey
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.apt import program
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import CLOSED, GREETED, REFUSED, probe_sshd
from colabwidget.runtime.service import Service
from colabwidget.system.files import write_private

_PRIVSEP = Path("/run/sshd")
_START_TIMEOUT = 10.0  # seconds
_PORT_TRIES = 3
_PROBES_KEPT = 4  # ports of our own latest probes
# sshd's line for a client that disconnects before its banner.
_CLOSED = re.compile(r"Connection (?:closed|reset) by 127\.0\.0\.1 port (\d+)(?: \[preauth\])?\s*$")

# What sshd gives the shell that begins a session, so that it reads no start-up file: bash takes
# itself for one below another shell, zsh looks for its files where none are. Then
# `login_scripts.ENTER` runs, which takes both away.
_SILENT = "SetEnv SHLVL=1 ZDOTDIR=/dev/null"
_SILENT_SINCE = (7, 8)
# Guessing through the tunnel always comes from 127.0.0.1: a penalty for that address
# (OpenSSH 9.8) would lock out the owner, so the limits below do the work.
_PENALTIES_SINCE = (9, 8)

_CONFIG = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {host_key}
PidFile none
StrictModes yes
LogLevel INFO

AllowUsers {user}
PermitRootLogin {root}
PasswordAuthentication {password}
ChallengeResponseAuthentication no
PermitEmptyPasswords no
UsePAM no
PubkeyAuthentication {key}
{authorized_keys}

MaxAuthTries 3
LoginGraceTime 30
MaxStartups 50:30:150
MaxSessions 50
ClientAliveInterval 60
ClientAliveCountMax 3
TCPKeepAlive yes
UseDNS no

X11Forwarding no
AllowAgentForwarding no
AllowTcpForwarding local
PermitOpen localhost:* 127.0.0.1:* [::1]:*
GatewayPorts no
PermitTunnel no
PermitUserEnvironment no
PrintMotd no
Subsystem sftp {sftp}
ForceCommand {enter}
{silent}
{penalties}
"""


class SshService(Service):
    """The private sshd of a session.

    Parameters
    ----------
    account
        The account that clients sign in to.
    host_key
        What it shows to clients.
    directory
        Private directory for its files.
    journal
        Gets its lines.
    """

    def __init__(
        self,
        account: Account,
        host_key: HostKey,
        directory: Path,
        journal: Journal,
    ) -> None:
        super().__init__("the SSH server", "sshd", "sshd_gone", journal)
        self._account = account
        self._host_key = host_key
        self._directory = directory
        self._probe_ports: deque[str] = deque(maxlen=_PROBES_KEPT)
        self._expected = False
        self.port = 0

    async def start(self) -> None:
        """Start it, on the port that it had before if that is free, and wait until it listens.

        Raises
        ------
        ColabWidgetError
            ``sshd_failed``.
        """
        sshd = program("sshd")
        if not sshd:
            raise ColabWidgetError("sshd_failed", reason="The program sshd is missing.")
        if os.geteuid() == 0:
            _PRIVSEP.mkdir(mode=0o755, parents=True, exist_ok=True)
        version = await _version(sshd)
        for attempt in range(_PORT_TRIES):
            self.port = self.port or _free_port()
            listening = asyncio.Event()

            def listen(line: str, listening: asyncio.Event = listening) -> None:
                if line.startswith("Server listening on"):
                    listening.set()

            config = write_private(self._directory / "sshd_config", self._config(version))
            child = await self.launch([sshd, "-D", "-e", "-f", str(config)], on_line=listen)
            if await self._listens(child, listening):
                return
            await self.stop(1.0)
            taken = any("already in use" in line for line in self._said)
            if not taken or attempt == _PORT_TRIES - 1:
                reason = self.last_words(f"It did not listen after {_START_TIMEOUT:.0f} s.")
                raise ColabWidgetError("sshd_failed", reason=reason)
            self.port = 0

    async def close(self) -> None:
        """Stop it, and remove its files; open sessions are processes of their own and go on."""
        await self.stop(2.0)
        for name in ("sshd_config", "authorized_keys"):
            (self._directory / name).unlink(missing_ok=True)

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
        def came_from(port: int) -> None:
            self._probe_ports.append(str(port))

        return await probe_sshd("127.0.0.1", self.port, from_port=came_from)

    def expect_probe(self) -> None:
        """Announce a probe through the tunnel, which is kept out of the journal as well."""
        self._expected = True

    def is_worth_logging(self, line: str) -> bool:
        """Leave out the lines about probes of our own."""
        closed = _CLOSED.match(line)
        if closed and (closed.group(1) in self._probe_ports or self._expected):
            self._expected = self._expected and closed.group(1) in self._probe_ports
            return False
        return super().is_worth_logging(line)

    def clients(self) -> int:
        """Return how many connections are open (``/proc/net/tcp``, state 01 is ESTABLISHED)."""
        if not self.port:
            return 0
        local = f"0100007F:{self.port:04X}"
        rows = Path("/proc/net/tcp").read_text().splitlines()[1:]
        return sum(1 for row in rows if row.split()[1] == local and row.split()[3] == "01")

    def _config(self, version: tuple[int, int]) -> str:
        account = self._account
        keys = "AuthorizedKeysFile none"
        if account.public_key:
            file = write_private(self._directory / "authorized_keys", account.public_key + "\n")
            # sshd reads AuthorizedKeysFile as the account, which may not enter root's directory,
            # and only if no other account can write to any folder above: /tmp would not do.
            owner = pwd.getpwuid(os.geteuid()).pw_name
            keys += f"\nAuthorizedKeysCommand /bin/cat {file}\nAuthorizedKeysCommandUser {owner}"
        return _CONFIG.format(
            port=self.port,
            host_key=self._host_key.path,
            user=account.name,
            root="prohibit-password" if account.name == "root" else "no",
            password="no" if account.public_key else "yes",
            key="yes" if account.public_key else "no",
            authorized_keys=keys,
            sftp=_sftp_server(),
            enter=account.enter,
            silent=_SILENT if version >= _SILENT_SINCE else "",
            penalties="PerSourcePenalties no" if version >= _PENALTIES_SINCE else "",
        )

    async def _listens(self, child: process.Child, listening: asyncio.Event) -> bool:
        """Wait until it logs that it listens, or has ended."""
        waits = [asyncio.ensure_future(listening.wait()), asyncio.ensure_future(child.wait())]
        await asyncio.wait(waits, timeout=_START_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return listening.is_set()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _sftp_server() -> str:
    """Return the program for sftp; sshd's own runs only where no command begins the sessions."""
    folders = ("/usr/lib/openssh", "/usr/libexec/openssh", "/usr/lib/ssh", "/usr/libexec")
    places = [f"{folder}/sftp-server" for folder in folders]
    return next((place for place in places if Path(place).exists()), "internal-sftp")


async def _version(sshd: str) -> tuple[int, int]:
    """Return sshd's version; all of them name it in answer to ``-V``, even those without it."""
    _, said = await process.output([sshd, "-V"])
    match = re.search(r"OpenSSH_(\d+)\.(\d+)", said)
    return (int(match.group(1)), int(match.group(2))) if match else (0, 0)
