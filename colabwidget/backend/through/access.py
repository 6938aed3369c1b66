"""SSH access through the notebook's own server: clients come by links, not by a port."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from colabwidget.access.one_client import OneClient
from colabwidget.access.vscode_server import EditorServer
from colabwidget.backend.ssh_access import SshAccess
from colabwidget.backend.through.far_end import FarEnd, check_server
from colabwidget.core.client_commands import ATTACH_COMMAND, PAIR_COMMAND
from colabwidget.core.details import Details
from colabwidget.core.options import Options
from colabwidget.core.presence import Presence
from colabwidget.core.secrets import Secret
from colabwidget.relays import pty
from colabwidget.runtime import work_environment
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.system import accounts, paths
from colabwidget.system.server_address import server_address
from colabwidget.through.pairing import Machine, PairingCode

_END_MAX = 10.0  # seconds
# Tools that do not read OpenSSH's files, in which a paired computer has its way in.
_NOT_OPENSSH = ("putty", "plink", "pscp")


class ThroughAccess(SshAccess):
    """An `Access` through the notebook's own server; parameters as `SshAccess`'s."""

    def __init__(
        self,
        options: Options,
        token: Secret,
        environment: dict[str, str],
        directory: Path,
        journal: Journal,
        steps: Steps,
    ) -> None:
        super().__init__(options, token, environment, directory, journal, steps)
        self._editor = EditorServer(lambda: self.account.result(), directory, journal)
        self._far_end = FarEnd(self._start_sshd, self._let_in, journal, on_editor=self._editor.want)
        self._shown = b""

    async def check(self) -> None:
        """See whether it is possible here; raises as `SshAccess.check` does."""
        check_server(self.environment)
        await super().check()

    async def open(self) -> None:
        """Do all that it takes; raises as `SshAccess.open` does."""
        await super().open()
        await self._far_end.start(paths.through_path())

    async def open_again(self, token: Secret, options: Options) -> None:
        """Serve links again; raises as `SshAccess.open_again` does."""
        await super().open_again(token, options)
        await self._far_end.start(paths.through_path())

    def details(self) -> Details:
        """Return how to pair and to sign in."""
        details = super().details()
        assert details.ssh
        tools = [tool for tool in details.ssh.tools if tool["name"] not in _NOT_OPENSSH]
        for tool in tools:
            # It is said at the pairing, not at an attaching.
            tool["text"] = tool["text"].replace(ATTACH_COMMAND, PAIR_COMMAND)
        return replace(details, ssh=replace(details.ssh, pairing=self._pairing(), tools=tools))

    def user_looks(self) -> bool:
        """Note that a user looks; tell whether the pairing string was used, or gets too old."""
        super().user_looks()
        return self._far_end.secret() != self._shown

    def clients(self) -> int:
        """Return how many clients are signed in."""
        return super().clients() + len(self._far_end.present())

    def present(self) -> list[Presence]:
        """Return which clients are signed in."""
        return [*super().present(), *self._far_end.present()]

    async def end_client(self, name: str) -> bool:
        """End a client's connection; tell whether there was one of that name."""
        return self._far_end.end(name) or await super().end_client(name)

    async def close_tunnel(self) -> None:
        """Serve no links; what runs on the machine goes on, and paired computers stay paired."""
        await close_part("links", self._far_end.stop(), self._journal, _END_MAX)
        await super().close_tunnel()

    async def shut(self) -> None:
        """Shut the door."""
        await close_part("links", self._far_end.close(), self._journal, _END_MAX)
        await close_part("VS Code's server", self._editor.close(), self._journal, _END_MAX)
        await super().shut()

    async def _start_sshd(self) -> OneClient:
        assert self.sshd
        started = self.sshd.for_one_client(self.news.set)
        await started.start()
        return started

    async def _let_in(self, key: str) -> None:
        assert self.sshd
        self.sshd.pair(key)
        self.news.set()

    def _pairing(self) -> Secret:
        """Return the pairing string: what a client has to know, and a secret for one pairing."""
        self._shown = self._far_end.secret()
        server = server_address(work_environment.current(), accounts.home())
        machine = Machine(
            self.account.result().name,
            self._host_keys(),
            sys.executable,
            pty.__file__,
            str(paths.through_path()),
        )
        code = PairingCode(machine, self._shown, server.token)
        return Secret(f"{server.url}#{code.encode()}")
