"""sshd for one client, on a pair of connected sockets: no other program reaches it."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Sequence

from colabwidget.runtime.journal import Journal
from colabwidget.runtime.service import Service

_ACCEPTED = re.compile(r"Accepted (\S+) for .* from \S+ port \d+ ssh2(?:: \S+ (SHA256:\S+))?$")
_GRACE = 2.0  # seconds between SIGTERM and SIGKILL
_HANGS_UP_WITHIN = 3.0  # seconds for which sshd may end by itself


class OneClient(Service):
    """An sshd that serves the other end of `socket`, and ends with it.

    Parameters
    ----------
    command
        sshd's command line.
    journal
        Gets its lines.
    name_of
        Returns how people know a key, by its fingerprint.
    on_sign_in
        Called when the client has signed in.
    """

    def __init__(
        self,
        command: Sequence[str],
        journal: Journal,
        name_of: Callable[[str], str] = lambda fingerprint: fingerprint,
        on_sign_in: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__("the SSH server of a client", "sshd", "sshd_gone", journal)
        self._command = command
        self._name_of = name_of
        self._on_sign_in = on_sign_in
        self.socket, self._theirs = socket.socketpair()
        #: How the client has signed in, as `Presence` has it; empty before that.
        self.way = ""

    async def start(self) -> None:
        """Start it.

        Raises
        ------
        OSError
            Where no process can be started.
        """
        try:
            await self.launch(
                self._command,
                on_line=self._hear,
                stdin=self._theirs.fileno(),
                stdout=self._theirs.fileno(),
                writes_are_lines=True,
            )
        except BaseException:
            self.socket.close()
            raise
        finally:
            self._theirs.close()

    async def close(self) -> None:
        """End it: it hangs up by itself once `socket` is closed."""
        if self._process:
            try:
                await asyncio.wait_for(asyncio.shield(self._process.wait()), _HANGS_UP_WITHIN)
            except asyncio.TimeoutError:
                pass
        await self.stop(_GRACE)

    def is_never_left_out(self, line: str) -> bool:
        """Tell whether a line is about the client that got in."""
        return bool(_ACCEPTED.match(line))

    def _hear(self, line: str) -> None:
        if accepted := _ACCEPTED.match(line):
            method, fingerprint = accepted.groups()
            self.way = f"key {self._name_of(fingerprint)}" if fingerprint else method
            self._on_sign_in()
