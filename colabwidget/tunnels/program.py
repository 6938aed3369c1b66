"""A tunnel that is one program: it is started, says where it leads, and runs until the end."""

from __future__ import annotations

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from colabwidget.backend.service import Service
from colabwidget.credentials import Secret
from colabwidget.details import Endpoint
from colabwidget.errors import ColabWidgetError
from colabwidget.options import Options
from colabwidget.providers import Provider
from colabwidget.tunnels import Surroundings


class ProgramTunnel(Service):
    """Base of tunnels that are one program; docs/tunnels.md has an example.

    A kind of its own has a `provider`, and overrides `command` and `heard`.

    Parameters
    ----------
    options
        What the user asked for, checked.
    token
        The provider's authtoken; empty for one that needs none.
    surroundings
        What it may use of the backend.
    """

    provider: ClassVar[Provider]
    #: Seconds that the program has until it says where it leads.
    start_timeout: float = 30.0
    #: Whether its standard input stays open: some programs end when it does.
    keeps_stdin: bool = False

    def __init__(self, options: Options, token: Secret, surroundings: Surroundings) -> None:
        name = self.provider["name"]
        super().__init__(f"the {name} program", name, "tunnel_gone", surroundings.journal)
        self.options = options
        self.token = token
        self.surroundings = surroundings
        self._endpoint: asyncio.Future[Endpoint] | None = None

    # What a kind of its own says

    def command(self, local_port: int) -> Sequence[str]:
        """Return the command line that makes a port of 127.0.0.1 reachable; no secret in it."""
        raise NotImplementedError

    def heard(self, line: str) -> Endpoint | None:
        """Return where it leads, if this line of the program tells that."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return variables for the program; the place for a token, where it takes one there."""
        return {}

    def refusal(self, said: Sequence[str]) -> ColabWidgetError:
        """Return the error for a program that ended, or did not say where it leads, in time."""
        reason = said[-1][:200] if said else "It said nothing."
        return ColabWidgetError("tunnel_failed", tunnel=self.provider["title"], reason=reason)

    def entrance(self) -> Sequence[str] | None:
        """Return how this machine comes in as a client would; see `Tunnel.entrance`."""
        return ()

    # The tunnel

    async def prepare(self) -> None:
        """Do what can be done before the local port is there."""

    async def open(self, local_port: int) -> Endpoint:
        """Start the program, and return where it says that it leads.

        Raises
        ------
        ColabWidgetError
            What `refusal` makes of what it said, or ``tunnel_failed`` where it cannot be started.
        """
        self._endpoint = asyncio.get_running_loop().create_future()
        self.surroundings.progress("starting", None)
        try:
            child = await self.launch(
                self.command(local_port),
                environment=self.environment(),
                on_line=self._take,
                stdin=PIPE if self.keeps_stdin else DEVNULL,
            )
        except OSError as error:
            raise ColabWidgetError(
                "tunnel_failed",
                tunnel=self.provider["title"],
                reason=f"{error.filename or 'Its program'}: {error.strerror}.",
            ) from error
        ended = asyncio.ensure_future(child.wait())
        waits: list[asyncio.Future[Any]] = [ended, self._endpoint]
        try:
            await asyncio.wait(
                waits, timeout=self.start_timeout, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
        if self._endpoint.done():
            return self._endpoint.result()
        await self.end(1.0)
        raise self.refusal(self._said)

    async def close(self) -> None:
        """End the program."""
        await self.end(2.0)

    def online(self) -> bool:
        """Tell whether it takes its way to the outside for good."""
        return self.running() and self._endpoint is not None and self._endpoint.done()

    def _take(self, line: str) -> None:
        found = None
        # What another package makes of a line must not end the reading of the others.
        with contextlib.suppress(ValueError, LookupError):
            found = self.heard(line)
        if found and self._endpoint and not self._endpoint.done():
            self._endpoint.set_result(found)
            self.surroundings.came_online()
