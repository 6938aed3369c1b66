"""A tunnel whose agent is one program: it is started, watched, and ended here."""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import work_environment
from colabwidget.runtime.service import Service
from colabwidget.tunnels.base import Tunnel, TunnelContext

_OUTPUT_AFTER_END = 0.5  # seconds

_Result = TypeVar("_Result")


class AgentTunnel(Service, Tunnel):
    """Base of tunnels that have an agent: a program that keeps a connection to the outside.

    What the agent prints goes into the log, redacted; it runs without the notebook's environment,
    and is killed when the backend ends.

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
        Seconds that the agent has until it is ready.
    reachable_within : float
        Seconds that a new address may take until it leads here.
    keeps_stdin : bool
        Whether its standard input stays open: some programs end when it does.
    oom_protected : bool
        Whether the kernel spares it as it spares the backend when memory runs out.
    """

    start_timeout: float = 30.0
    keeps_stdin: bool = False
    oom_protected: bool = False

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        name = self.spec.name
        super().__init__(f"the {name} program", name, "tunnel_gone", context.journal)
        self.options = options
        self.token = token
        self.context = context
        self._ready: asyncio.Future[Any] | None = None
        self._lost: asyncio.Future[str] | None = None
        self._offline_since = 0.0  # seconds of the monotonic clock; 0 while it is online

    # What a subclass says

    def on_output(self, line: str) -> None:
        """Handle a line that the agent has printed, its standard error among them."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """Return variables for the agent, beside a plain environment, proxies and certificates.

        The place for a token: ``{"BORE_SECRET": self.token.reveal()}``. Only root and the account
        that the agent runs as can read it.
        """
        return {}

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return the error for an agent that did not become ready.

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

    # The agent

    async def start_agent(self, command: Sequence[str], ready: asyncio.Future[_Result]) -> _Result:
        """Start the agent, and return the result of a future once `on_output` has set it.

        Parameters
        ----------
        command
            The command line, which begins with a path. No secret may stand in it: all
            accounts of the machine can read it.
        ready
            Done once the agent works; cancelled where it will not.

        Raises
        ------
        ColabWidgetError
            What `start_error` returns.
        """
        self._ready, self._lost = ready, ready.get_loop().create_future()
        self._offline_since = time.monotonic()
        child = await self.launch(
            command,
            environment={**work_environment.of_network_programs(), **self.environment()},
            on_line=self.on_output,
            stdin=PIPE if self.keeps_stdin else DEVNULL,
            oom_protected=self.oom_protected,
        )
        ended = asyncio.ensure_future(child.wait())
        waits: list[asyncio.Future[Any]] = [ended, ready]
        try:
            await asyncio.wait(
                waits, timeout=self.start_timeout, return_when=asyncio.FIRST_COMPLETED
            )
            if ended.done() and self._reader:
                # Its last words may still be in the pipe, or held by a child of its own.
                await asyncio.wait({self._reader}, timeout=_OUTPUT_AFTER_END)
        finally:
            ended.cancel()
        if self._is_ready():
            return ready.result()
        error = self.start_error(self._said) if self.running() else None
        await self.stop(1.0)  # reads the last output, too
        raise error or self.start_error(self._said)

    async def close(self) -> None:
        """End the agent."""
        await self.stop(2.0)

    async def wait_failed(self) -> str:
        """Return, once the agent has ended or lost its connection, what happened."""
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
        """Tell whether the agent runs, and may reconnect by itself."""
        # The earlier loss is being handled; from here on only a new one counts.
        if self._lost and self._lost.done():
            self._lost = self._lost.get_loop().create_future()
        return super().running()

    def is_online(self) -> bool:
        """Tell whether the agent considers itself connected."""
        return super().running() and self._is_ready() and not self._offline_since

    def mark_online(self) -> None:
        """Record that the agent is connected."""
        if self._offline_since:
            self._offline_since = 0.0
            self.context.on_online()

    def mark_offline(self, reason: str = "") -> None:
        """Record that the agent has lost its connection.

        Parameters
        ----------
        reason
            What happened, for people; by default that the connection is lost.
        """
        self._offline_since = self._offline_since or time.monotonic()
        if self._lost and not self._lost.done() and self._is_ready():
            self._lost.set_result(reason or f"{self.title} has lost its connection")

    def _is_ready(self) -> bool:
        return self._ready is not None and self._ready.done() and not self._ready.cancelled()
