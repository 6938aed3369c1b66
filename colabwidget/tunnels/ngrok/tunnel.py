"""ngrok: its agent, which pyngrok downloads and whose log lines pyngrok takes apart.

The agent is started here: the token goes into a private config file that is there only while the
agent starts, since ``ps`` shows what stands on a command line.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Mapping, Sequence

from pyngrok.log import NgrokLog

from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import internet
from colabwidget.system.files import write_private
from colabwidget.tunnels.agent import AgentTunnel
from colabwidget.tunnels.base import TunnelContext
from colabwidget.tunnels.joins import Joins
from colabwidget.tunnels.ngrok import api, errors
from colabwidget.tunnels.ngrok.api import AgentApi
from colabwidget.tunnels.ngrok.other_agents import find_other_agent
from colabwidget.tunnels.ngrok.program import ensure_program
from colabwidget.tunnels.ngrok.spec import SPEC

# What the agent logs of a request to its API.
_API_REQUEST = re.compile(r"msg=(?:start|end) pg=/")
# The agent says both once it has a session.
_SIGNED_IN = ("tunnel session started", "client session established")
_SIGNS_OF_NO_NETWORK = 2  # the agent retries for ever; one failure may be chance
_SESSIONS_USED_UP = ("ngrok_108", "ngrok_348")
# Seconds that ngrok's servers may be away at the start, where other servers answer.
_OUTAGE = 10.0
_PROXIES = [
    name for lower in ("http_proxy", "https_proxy", "all_proxy") for name in (lower, lower.upper())
]


class NgrokTunnel(AgentTunnel):
    """A TCP endpoint of ngrok; parameters as those of `AgentTunnel`.

    Attributes
    ----------
    outage : float
        Seconds that ngrok's servers may be away at the start, where others answer.
    """

    spec = SPEC
    start_timeout = 15.0  # seconds; an agent with a network needs about one
    notices_loss_within = 30.0  # seconds; the agent notices silence after about 25
    oom_protected = True
    outage = _OUTAGE

    def __init__(self, options: Options, token: Secret, context: TunnelContext) -> None:
        super().__init__(options, token, context)
        self.title = "the ngrok agent"
        self._config = context.directory / "ngrok.yml"
        self._program = ""
        self._without_proxy = False
        self._stops = False  # we have told it to end
        self._refused = False  # only a new agent is told why, or has an endpoint
        self._api: AgentApi | None = None
        self._connections: int | None = None
        self._joins = Joins()
        self._endpoint_seen = False  # in its API, which so can tell that it is gone
        self._reset()

    def _reset(self) -> None:
        """Expect an agent that starts."""
        self._signed_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waits_for = {*_SIGNED_IN}
        self._network_failures = 0
        self._outage_watch: asyncio.Task[None] | None = None
        self._others_answer = False
        self._stops = False

    async def prepare(self) -> None:
        """Have the agent's program, start it and sign in.

        Raises
        ------
        ColabWidgetError
            What `ensure_program` raises, ``no_network``, ``servers_unreachable``,
            ``tls_intercepted``, ``agent_silent``, ``agent_exited``, ``agent_unusable``,
            ``agent_outdated``, ``another_agent``, or one of ngrok's codes.
        """
        self._program = await ensure_program(self.context)
        self.context.journal.add(f"The ngrok agent is {self._program}.")
        try:
            await self._start()
        except ColabWidgetError as error:
            if error.code == "ngrok_9009":
                await self._start_without_proxy()
            elif error.code in _SESSIONS_USED_UP and (other := find_other_agent(self.token)):
                pid, program = other
                raise ColabWidgetError(
                    "another_agent", pid=pid, program=program, command=f"kill {pid}"
                ) from error
            else:
                raise
        await self._tell_version()

    async def _start(self) -> None:
        self.context.progress("starting the ngrok agent", None)
        # JSON is YAML, and needs no quoting of our own.
        settings = {"authtoken": self.token.reveal(), "update_check": False}
        write_private(self._config, json.dumps({"version": "3", "agent": settings}))
        region = ["--region", self.options.region] if self.options.region else []
        arguments = ["start", "--none", "--log", "stdout", "--config", str(self._config)]
        try:
            await self.start_agent([self._program, *arguments, *region], self._signed_in)
        finally:
            self._config.unlink(missing_ok=True)  # the agent has read it
            if self._outage_watch:
                self._outage_watch.cancel()

    async def _start_without_proxy(self) -> None:
        self.context.journal.add(
            "ngrok lets an agent use a proxy on paid plans only (ERR_NGROK_9009): it is started "
            "again without http_proxy."
        )
        self._without_proxy = True
        self._reset()
        try:
            await self._start()
        except ColabWidgetError as error:
            raise ColabWidgetError("ngrok_9009", reason=error.info["cause"]) from error

    async def _tell_version(self) -> None:
        """Write into the journal which agent it is, and where it is connected."""
        status = await self._api.status() if self._api else None
        if not status or status.status != 200:
            return
        session = status.body.get("session")
        legs = session.get("legs") if isinstance(session, dict) else None
        regions = [str(leg.get("region")) for leg in legs or [] if isinstance(leg, dict)]
        version = status.body.get("agent_version", "unknown")
        at = f", connected to {', '.join(regions)}" if regions else ""
        self.context.journal.add(f"The ngrok agent has version {version}{at}.")
        if self.options.region and regions and self.options.region not in regions:
            self.context.journal.add(f"ngrok did not take the region {self.options.region}.")

    async def open(self, local_port: int) -> Endpoint:
        """Ask for an endpoint.

        Raises
        ------
        ColabWidgetError
            ``agent_exited``, ``agent_silent``, or one of ngrok's codes.
        """
        if not self.running() or not self._api:
            raise ColabWidgetError("agent_exited", reason="It ended before it was asked for more.")
        self.context.progress("asking ngrok for an address", None)
        self._joins.begin(local_port)
        said = ""
        try:
            answer = await self._api.open_endpoint(local_port)
            if endpoint := api.endpoint_of(answer):
                await self.check()  # sees the endpoint in the API
                return endpoint
            (said,) = self._redacted([answer.text])
        except asyncio.TimeoutError as error:
            await self.kill()
            log = self._redacted(self._said)
            silent = ColabWidgetError("agent_silent", seconds=f"{api.TIMEOUT:.0f}")
            raise errors.recognised("", log, self._program) or silent from error
        except OSError:
            pass  # it has ended: its last words tell why
        log = self._redacted(self._said)
        raise errors.recognised(said, log, self._program) or errors.exited(log)

    def on_output(self, line: str) -> None:
        """Handle a line of the agent's log."""
        log = NgrokLog(line)
        message = str(log.msg)
        if "starting web service" in message:
            self._api = AgentApi(str(log.addr))
        elif message in _SIGNED_IN:
            self.mark_online()
            self._waits_for.discard(message)
            if not self._waits_for and self._api and not self._signed_in.done():
                self._signed_in.set_result(None)
        elif message == "join connections":
            agent = [self._process.pid] if self._process else []
            self._joins.hear(str(getattr(log, "r", "")), agent)
        elif "starting reconnect loop" in message:
            self.mark_offline("ngrok lost its session")
        elif "failed to reconnect session" in message:
            self._handle_failure(str(log.err))

    def environment(self) -> Mapping[str, str]:
        """Return variables that put proxies out of force, where the plan has none."""
        return dict.fromkeys(_PROXIES, "") if self._without_proxy else {}

    def start_error(self, said: Sequence[str]) -> ColabWidgetError:
        """Return what the agent's words mean."""
        log = self._redacted(said)
        if error := errors.recognised("", log, self._program):
            if error.code == "no_network" and self._others_answer:
                return ColabWidgetError("servers_unreachable", reason=error.info["cause"])
            return error
        if self.running():
            return ColabWidgetError("agent_silent", seconds=f"{self.start_timeout:.0f}")
        return errors.exited(log)

    def end_error(self) -> ColabWidgetError | None:
        """Return the error for an agent that was stopped on purpose: it ended with status 0."""
        ended = self._process is not None and self._process.returncode == 0
        return ColabWidgetError("agent_stopped") if ended and not self._stops else None

    def connections(self) -> int | None:
        """Return how many connections the agent has counted."""
        return self._connections

    def client_address(self, port: int) -> str:
        """Return the address of a client, which the agent logs as it comes."""
        return self._joins.address(port)

    async def check(self) -> str:
        """Ask the agent's API for our endpoint.

        An agent that gives no answer hangs. One that the service has restarted is back without
        the endpoint, and is replaced.
        """
        answer = await self._api.endpoint() if self._api else None
        if not answer:
            return "does not answer"
        if answer.status == 404 and self._endpoint_seen and self.is_online():
            self.mark_offline("ngrok has restarted its agent, without the endpoint")
            self._refused = True
        self._endpoint_seen = self._endpoint_seen or api.endpoint_of(answer) is not None
        if counted := api.connections(answer):
            self._connections = counted
        return ""

    def running(self) -> bool:
        """Tell whether the agent runs: it then mends a lost session by itself.

        An agent whose token is refused by now would try for ever: only a new one is told why.
        """
        return super().running() and not self._refused

    def is_worth_logging(self, line: str) -> bool:
        """Leave out the clients, as sshd writes a line for each, and requests to the API."""
        return (
            super().is_worth_logging(line)
            and 'msg="join connections"' not in line
            and not _API_REQUEST.search(line)
        )

    async def stop(self, grace: float) -> None:
        """End the agent, if it runs: SIGTERM, after some seconds SIGKILL."""
        self._stops = self._stops or super().running()
        await super().stop(grace)

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
                self._outage_watch = asyncio.ensure_future(self._await_servers())

    async def _await_servers(self) -> None:
        """Give an agent up that finds no server: soon where no other server answers either."""
        began = asyncio.get_running_loop().time()
        self._others_answer = await internet.answers()
        if self._others_answer:
            self.context.progress("waiting for ngrok's servers", None)
            await asyncio.sleep(began + self.outage - asyncio.get_running_loop().time())
        self._signed_in.cancel()

    def _redacted(self, lines: Sequence[str]) -> list[str]:
        """Return lines without the token, which ngrok repeats where it is refused."""
        return [self.context.journal.redactor.redact(line) for line in lines]


TUNNEL = NgrokTunnel
