"""A tunnel that is one program: it is started, says where it leads, and runs until the end.

`ProgramTunnel` is what other packages build on; docs/tunnels.md has an example.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Sequence

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import work_environment
from colabwidget.runtime.apt import program
from colabwidget.tunnels.agent import AgentTunnel


class ProgramTunnel(AgentTunnel):
    """Base of tunnels that are one program.

    A subclass has a `spec`, and overrides `command` and `parse_endpoint`; the other methods under
    *What a subclass says*, here and in `AgentTunnel`, have answers that suit most programs. When
    the program ends by itself it is started again, and a new address is announced.

    Parameters and attributes are those of `AgentTunnel`; the program is ready once it has said
    where it leads.
    """

    # What a subclass says

    def command(self, local_port: int) -> Sequence[str]:
        """Return the command line that makes a port of 127.0.0.1 reachable.

        Its first word may be a name: it is then looked for on the ``PATH``. No secret may stand
        in it: all accounts of the machine can read it.
        """
        raise NotImplementedError

    def parse_endpoint(self, line: str) -> Endpoint | None:
        """Return where the tunnel leads, if this line of the program tells that.

        It gets each line, what the program writes to its standard error among them. A `ValueError`
        or `LookupError` counts as ``None``.
        """
        raise NotImplementedError

    def parse_online(self, line: str) -> bool | None:
        """Return whether the program is connected to the outside from this line on.

        ``True`` where the line says that it is connected again, ``False`` where it has lost its
        connection, ``None`` for any other line. The user sees *reconnecting* after ``False``, and
        the public endpoint is probed after ``True``; that of a program without such lines is
        probed every minute.
        """
        return None

    def loopback_command(self) -> Sequence[str] | None:
        """Return the command that connects this machine through the tunnel; see `Tunnel`.

        Where `parse_endpoint` returns an endpoint with a proxy, it is a program that does the same
        here, such as ``["cloudflared", "access", "ssh", "--hostname", host]``; ``None`` where
        there is none.
        """
        return ()

    # The tunnel

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it leads; ``None`` as long as the program has not told."""
        return self._ready.result() if self._ready and self._is_ready() else None

    async def prepare(self) -> None:
        """Do what can be done before the local port is there, such as a download."""

    async def open(self, local_port: int) -> Endpoint:
        """Start the program, and return where it says that it leads.

        Raises
        ------
        ColabWidgetError
            What `start_error` returns, ``tunnel_failed`` where there is no such program, or
            ``endpoint_invalid``.
        """
        self.context.progress("starting", None)
        told: asyncio.Future[Endpoint] = asyncio.get_running_loop().create_future()
        endpoint = await self.start_agent(self._found(self.command(local_port)), told)
        endpoint.check(self.spec.title)
        return endpoint

    def on_output(self, line: str) -> None:
        """Handle a line of the program: where it leads, or how it is."""
        found = there = None
        # An error of another package's parser must not end the reading.
        with contextlib.suppress(ValueError, LookupError):
            found, there = self.parse_endpoint(line), self.parse_online(line)
        if found and self._ready and not self._ready.done():
            self._ready.set_result(found)
            there = there is not False
        if there:
            self.mark_online()
        elif there is False:
            self.mark_offline()

    def _found(self, command: Sequence[str]) -> list[str]:
        """Return the command line with the path of its program."""
        name, *rest = command
        # The user's own programs first; packages may have come to folders that no PATH names.
        found = shutil.which(name, path=work_environment.current().get("PATH")) or program(name)
        if found is None:
            reason = f"There is no program {name} on this machine."
            raise ColabWidgetError("tunnel_failed", tunnel=self.spec.title, reason=reason)
        return [found, *rest]
