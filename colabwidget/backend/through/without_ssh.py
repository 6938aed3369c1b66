"""Access through the notebook's own server where there is no sshd: shells and files, without SSH.

A paired computer's sessions lead to the streams that pages have: a terminal, and files.
"""

from __future__ import annotations

import socket
import sys
from pathlib import Path

from colabwidget.backend.notebook_only import NotebookOnlyAccess
from colabwidget.backend.through.far_end import FarEnd, check_server
from colabwidget.core.client_commands import ALIAS, SHELL_COMMAND
from colabwidget.core.details import Details, SshDetails
from colabwidget.core.endpoint import Endpoint
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
_STEPS = ("packages", "account", "sshd", "tunnel", "verify")
_LACKS = (
    "openssh-server is not installed here and cannot be: there are shells and files, but no ssh, "
    "scp, VS Code or forwarded ports. See “through put” and “through get” for files."
)


class OneStream:
    """A connection to the streams' socket, in the place of an sshd for one client."""

    way = "paired computer"

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_UNIX)
        self._is_closed = False

    async def start(self) -> None:
        """Connect; raises `OSError` where the backend ends."""
        try:
            self.socket.connect(str(paths.streams_path()))
        except BaseException:
            self.socket.close()
            raise

    def running(self) -> bool:
        """Tell whether it serves its client still."""
        return not self._is_closed

    async def close(self) -> None:
        """Be over; `socket` is closed already."""
        self._is_closed = True


class WithoutSshAccess(NotebookOnlyAccess):
    """An `Access` through the notebook's own server to shells and files.

    Parameters
    ----------
    options, environment, directory
        As `NotebookOnlyAccess`'s.
    token
        Of no use here.
    journal, steps
        The event log, and what shows the session's steps.
    """

    def __init__(
        self,
        options: Options,
        token: Secret,
        environment: dict[str, str],
        directory: Path,
        journal: Journal,
        steps: Steps,
    ) -> None:
        super().__init__(options, environment, directory)
        self._journal = journal
        self._steps = steps
        self._far_end = FarEnd(self._start, self._let_in, journal)
        self._shown = b""

    async def check(self) -> None:
        """See whether it is possible here.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """
        check_server(self.environment)
        await super().check()

    async def open(self) -> None:
        """Serve links."""
        await super().open()
        for name in _STEPS:
            self._steps.finish(name, "skipped", "without SSH")
        await self._far_end.start(paths.through_path())

    async def open_again(self, token: Secret, options: Options) -> None:
        """Serve links again."""
        await self._far_end.start(paths.through_path())

    def details(self) -> Details:
        """Return how to pair, and how to get a shell."""
        at = Endpoint(ALIAS, 22)
        ssh = SshDetails(
            *(at.host, at.port, self._name, None, SHELL_COMMAND, "", "", "", ""),
            verified_reason="there is no SSH server",
            notices=[_LACKS],
            pairing=self._pairing(),
        )
        return Details("connected", self._options.tunnel, at, ssh)

    def user_looks(self) -> bool:
        """Tell whether the pairing string was used, or gets too old."""
        return self._far_end.secret() != self._shown

    def clients(self) -> int:
        """Return how many clients are in."""
        return len(self._far_end.present())

    def present(self) -> list[Presence]:
        """Return which clients are in."""
        return self._far_end.present()

    async def end_client(self, name: str) -> bool:
        """End a client's connection; tell whether there was one of that name."""
        return self._far_end.end(name)

    async def close_tunnel(self) -> None:
        """Serve no links; paired computers stay paired."""
        await close_part("links", self._far_end.stop(), self._journal, _END_MAX)

    async def shut(self) -> None:
        """Shut the door."""
        await close_part("links", self._far_end.close(), self._journal, _END_MAX)

    async def _start(self) -> OneStream:
        made = OneStream()
        await made.start()
        return made

    async def _let_in(self, key: str) -> None:
        self.news.set()  # there is no sshd to be told

    def _pairing(self) -> Secret:
        self._shown = self._far_end.secret()
        server = server_address(work_environment.current(), accounts.home())
        socket_path = str(paths.through_path())
        machine = Machine(self._name, [], sys.executable, pty.__file__, socket_path)
        return Secret(f"{server.url}#{PairingCode(machine, self._shown, server.token).encode()}")
