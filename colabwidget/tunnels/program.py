"""A tunnel that is one program: it is started, says where it leads, and runs until the end.

`ProgramTunnel` is what other packages build on; docs/tunnels.md has an example.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime.apt import program
from colabwidget.runtime.service import Service
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.spec import TunnelSpec


class ProgramTunnel(Service, Tunnel):
    """Base of tunnels that are one program.

    A subclass has a `spec`, and overrides `command` and `parse_endpoint`; the other methods
    under *What a subclass says* have answers that suit most programs. What the program prints goes
    into the log, redacted; it runs without the notebook's environment, and is killed when the
    backend ends. When it ends by itself it is started again, and a new address is
    announced.

    Parameters
    ----------
    options
        What the user asked for, checked.
    token
        The tunnel's token; empty for one that needs none.
    context
        What it may use of the backend.

    Attributes
    ----------
    spec : TunnelSpec
        What the tunnel says of itself.
    start_timeout : float
        Seconds that the program has until it says where it leads.
    reachable_within : float
        Seconds that a new address may take until it leads here.
    keeps_stdin : bool
        Whether its standard input stays open: some programs end when it does.
    """

    spec: ClassVar[TunnelSpec]
    start_timeout: float = 30.0
    reachable_within: float = 12.0
    keeps_stdin: bool = False

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        name = self.spec.name
        super().__init__(f"the {name} program", name, "tunnel_gone", context.journal)
        self.options = options
        self.token = token
        self.context = context
        self._endpoint: asyncio.Future[Endpoint] | None = None
        self._lost: asyncio.Future[str] | None = None
        self._offline_since = 0.0  # seconds of the monotonic clock; 0 while it is online

    # What a subclass says

    def command(self, local_port: int) -> Sequence[str]:
        """Return the command line that makes a port of 127.0.0.1 reachable.

        Its first word may be a name: it is then looked for on the ``PATH``. No secret may stand
        in it: everybody on the machine can read it.
        """
        raise NotImplementedError

    def parse_endpoint(self, line: str) -> Endpoint | None:
        """Return where the tunnel leads, if this line of the program tells that.

        It gets each line, what the program writes to its standard error among them. A `ValueError`
        or `LookupError` counts as ``None``.
        """
        raise NotImplementedError

    def parse_online(self, line: str) -> bool | None:
        """Return whether the way to the outside is there from this line on.

        ``True`` where the line tells that it is there again, ``False`` where it was lost, ``None``
        where the line tells nothing of that. The user sees *reconnecting* after ``False``, and
        what comes through is tried again after ``True``; a program without such lines needs none
        of it, as what comes through is looked at every minute.
        """
        return None

    def environment(self) -> Mapping[str, str]:
        """Return variables for the program, beside a plain environment.

        The place for a token: ``{"BORE_SECRET": self.token.reveal()}``. Only root and the account
        that the program runs as can read it.
        """
        return {}

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return the error for a program that did not say where it leads.

        Parameters
        ----------
        said
            Its last lines. `running` tells whether it still runs, and was only too slow.
        """
        title = self.spec.title
        if self.running():
            return ColabWidgetError(
                "tunnel_silent", tunnel=title, seconds=f"{self.start_timeout:.0f}"
            )
        reason = f"It said: {said[-1][:200]}" if said else "It ended at once and said nothing"
        return ColabWidgetError("tunnel_failed", tunnel=title, reason=reason.rstrip(".") + ".")

    def loopback_command(self) -> Sequence[str] | None:
        """Return how this machine comes in as a client would; see `Tunnel.loopback_command`.

        Where `parse_endpoint` returns an endpoint with a proxy, it is a program that does the same
        here, such as ``["cloudflared", "access", "ssh", "--hostname", host]``; ``None`` where
        there is none.
        """
        return ()

    # The tunnel

    @property
    def endpoint(self) -> Endpoint | None:
        """Where it leads; ``None`` as long as the program has not told."""
        there = self._endpoint and self._endpoint.done() and not self._endpoint.cancelled()
        return self._endpoint.result() if there and self._endpoint else None

    async def prepare(self) -> None:
        """Do what can be done before the local port is there, such as a download."""

    async def open(self, local_port: int) -> Endpoint:
        """Start the program, and return where it says that it leads.

        Raises
        ------
        ColabWidgetError
            What `start_error` returns, or ``tunnel_failed`` where there is no such program.
        """
        loop = asyncio.get_running_loop()
        self._endpoint, self._lost = loop.create_future(), loop.create_future()
        self._offline_since = time.monotonic()
        self.context.progress("starting", None)
        child = await self.launch(
            self._found(self.command(local_port)),
            environment=self.environment(),
            on_line=self._take,
            stdin=PIPE if self.keeps_stdin else DEVNULL,
        )
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
        error = self.start_error(self._said) if self.running() else None
        await self.stop(1.0)  # which also reads what it said at last
        raise error or self.start_error(self._said)

    async def close(self) -> None:
        """End the program."""
        await self.stop(2.0)

    async def wait_failed(self) -> str:
        """Return, once it has ended or lost its way to the outside, what happened."""
        assert self._process and self._lost
        ended = asyncio.ensure_future(super().wait_failed())
        lost = asyncio.shield(self._lost)
        try:
            await asyncio.wait({ended, lost}, return_when=asyncio.FIRST_COMPLETED)
            return ended.result() if ended.done() else lost.result()
        finally:
            ended.cancel()
            lost.cancel()

    def running(self) -> bool:
        """Tell whether it runs, and may mend itself."""
        # What broke it before is being mended; from here on only new trouble counts.
        if self._lost and self._lost.done():
            self._lost = self._lost.get_loop().create_future()
        return super().running()

    def is_online(self) -> bool:
        """Tell whether it takes its way to the outside for good."""
        return super().running() and self.endpoint is not None and not self._offline_since

    def mark_online(self) -> None:
        """Take in that the way to the outside is there."""
        if self._offline_since:
            self._offline_since = 0.0
            self.context.on_online()

    def mark_offline(self) -> None:
        """Take in that the way to the outside was lost."""
        self._offline_since = self._offline_since or time.monotonic()
        if self._lost and not self._lost.done() and self.endpoint:
            self._lost.set_result(f"{self.title} has lost its connection")

    def _found(self, command: Sequence[str]) -> list[str]:
        """Return the command line with the path of its program."""
        name, *rest = command
        # The user's own programs first; packages may have come to folders that no PATH names.
        found = shutil.which(name) or program(name)
        if found is None:
            reason = f"There is no program {name} on this machine."
            raise ColabWidgetError("tunnel_failed", tunnel=self.spec.title, reason=reason)
        return [found, *rest]

    def _take(self, line: str) -> None:
        found = there = None
        # What another package makes of a line must not end the reading of the others.
        with contextlib.suppress(ValueError, LookupError):
            found, there = self.parse_endpoint(line), self.parse_online(line)
        if found and self._endpoint and not self._endpoint.done():
            self._endpoint.set_result(found)
            there = there is not False
        if there:
            self.mark_online()
        elif there is False:
            self.mark_offline()
