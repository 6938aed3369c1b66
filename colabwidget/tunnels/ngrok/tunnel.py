"""ngrok: its agent, which pyngrok downloads and whose API pyngrok speaks.

The agent is started here: the token goes into a private config file that is there only while the
agent starts, since ``ps`` shows what stands on a command line.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence

from pyngrok.exception import PyngrokError
from pyngrok.log import NgrokLog

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.system.files import write_private
from colabwidget.tunnels.agent import AgentTunnel
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.ngrok import api, errors
from colabwidget.tunnels.ngrok.program import ensure_program, inherited
from colabwidget.tunnels.ngrok.spec import SPEC

# The agent says both once it has a session.
_SIGNED_IN = ("tunnel session started", "client session established")
_SIGNS_OF_NO_NETWORK = 2  # the agent retries for ever; one failure may be chance


class NgrokTunnel(AgentTunnel):
    """A TCP endpoint of ngrok; parameters as those of `AgentTunnel`."""

    spec = SPEC
    start_timeout = 15.0  # seconds; an agent with a network needs about one
    notices_loss_within = 30.0  # seconds; the agent notices silence after about 25
    oom_protected = True

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        super().__init__(options, token, context)
        self.title = "the ngrok agent"
        self._config = context.directory / "ngrok.yml"
        self._signed_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits_for = {*_SIGNED_IN}
        self._network_failures = 0
        self._api = ""
        self._refused = False

    async def prepare(self) -> None:
        """Have the agent's program, start it and sign in.

        Raises
        ------
        ColabWidgetError
            What `ensure_program` raises, ``no_network``, ``tls_intercepted``, ``agent_silent``,
            ``agent_exited``, ``agent_unusable``, or one of ngrok's codes.
        """
        program = await ensure_program(self.context)
        self.context.progress("starting the ngrok agent", None)
        # JSON is YAML, and needs no quoting of our own.
        settings = {"authtoken": self.token.reveal(), "update_check": False}
        write_private(self._config, json.dumps({"version": "3", "agent": settings}))
        region = ["--region", self.options.region] if self.options.region else []
        command = [program, "start", "--none", "--log", "stdout", "--config", str(self._config)]
        try:
            await self.start_agent([*command, *region], self._signed_in)
        finally:
            self._config.unlink(missing_ok=True)  # the agent has read it

    async def open(self, local_port: int) -> Endpoint:
        """Ask for an endpoint.

        Raises
        ------
        ColabWidgetError
            ``agent_exited``, ``agent_silent``, or one of ngrok's codes.
        """
        if not self.running():
            raise ColabWidgetError("agent_exited", reason="It ended before it was asked for more.")
        self.context.progress("asking ngrok for an address", None)
        try:
            return await api.open_endpoint(self._api, local_port)
        except asyncio.TimeoutError as error:
            await self.kill()
            log = self._redacted(self._said)
            silent = ColabWidgetError("agent_silent", seconds=f"{api.TIMEOUT:.0f}")
            raise errors.recognised("", log) or silent from error
        except (PyngrokError, OSError) as error:
            (answer,) = self._redacted([api.answer_of(error)])
            log = self._redacted(self._said)
            raise errors.recognised(answer, log) or errors.exited(log) from error

    def on_output(self, line: str) -> None:
        """Handle a line of the agent's log."""
        log = NgrokLog(line)
        message = str(log.msg)
        if "starting web service" in message:
            self._api = str(log.addr)
        elif message in _SIGNED_IN:
            self.mark_online()
            self._waits_for.discard(message)
            if not self._waits_for and self._api and not self._signed_in.done():
                self._signed_in.set_result(None)
        elif "starting reconnect loop" in message:
            self.mark_offline("ngrok lost its session")
        elif "failed to reconnect session" in message:
            self._handle_failure(str(log.err))

    def environment(self) -> Mapping[str, str]:
        """Return which certificates the agent trusts, where that is set."""
        return {name: value for name, value in inherited().items() if name.startswith("SSL_")}

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return what the agent's words mean."""
        log = self._redacted(said)
        if error := errors.recognised("", log):
            return error
        if self.running():
            return ColabWidgetError("agent_silent", seconds=f"{self.start_timeout:.0f}")
        return errors.exited(log)

    async def check(self) -> str:
        """Ask the agent's API for an answer; an agent that gives none hangs."""
        return "" if await api.answers(self._api) else "does not answer"

    def running(self) -> bool:
        """Tell whether the agent runs: it then mends a lost session by itself.

        An agent whose token is refused by now would try for ever: only a new one is told why.
        """
        return super().running() and not self._refused

    def is_worth_logging(self, line: str) -> bool:
        """Leave out the clients: sshd writes a line for each, too."""
        return super().is_worth_logging(line) and 'msg="join connections"' not in line

    async def close(self) -> None:
        """End the agent, and remove its configuration."""
        await super().close()
        self._config.unlink(missing_ok=True)

    def _handle_failure(self, problem: str) -> None:
        """Handle that the agent got no session.

        Parameters
        ----------
        problem
            Why, as the agent says.
        """
        if self._signed_in.done():
            if errors.REFUSED.search(problem):
                self._refused = True
                self.mark_offline("ngrok refuses the agent by now")
        elif errors.NO_NETWORK.search(problem):
            self._network_failures += 1
            if self._network_failures == _SIGNS_OF_NO_NETWORK:
                self._signed_in.cancel()  # it would try until its time is up

    def _redacted(self, lines: Sequence[str]) -> list[str]:
        """Return lines without the token, which ngrok repeats where it is refused."""
        return [self.context.journal.redactor.redact(line) for line in lines]


TUNNEL = NgrokTunnel
