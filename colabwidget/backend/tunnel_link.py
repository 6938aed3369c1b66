"""The tunnel of a session: opened, verified from outside, and replaced once it is dead."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from colabwidget.access.loopback import through_tunnel
from colabwidget.access.sign_in import SignIn
from colabwidget.access.sshd import SshService
from colabwidget.access.verify import verify
from colabwidget.backend.probe_schedule import ProbeSchedule
from colabwidget.backend.tunnel_probe import MeteredProbe, Signs, TunnelProbe
from colabwidget.core import settings
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import TunnelUse
from colabwidget.runtime import work_environment
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import CLOSED, UNREACHABLE, probe_sshd
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Watched
from colabwidget.system.tcp_traffic import TcpTraffic
from colabwidget.tunnels import registry
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.factory import create
from colabwidget.tunnels.spec import TunnelSpec

_RECONNECT_VERIFY = 5.0  # seconds


class TunnelLink:
    """Leads from a public endpoint to sshd; its steps are ``tunnel`` and ``verify``.

    Parameters
    ----------
    options, token
        For the tunnel.
    directory
        Private directory for the tunnel's files.
    journal
        The event log.
    steps
        Shows its steps.
    on_online
        Called when the tunnel takes its way to the outside for good again.
    """

    def __init__(
        self,
        options: Options,
        token: Secret,
        directory: Path,
        journal: Journal,
        steps: Steps,
        on_online: Callable[[], None],
    ) -> None:
        self._options = options
        self._token = token
        self._directory = directory
        self._journal = journal
        self._steps = steps
        self._on_online = on_online
        self._tunnel: Tunnel | None = None
        self._endpoint: Endpoint | None = None
        # Since when a tunnel that takes itself for well leads nowhere; seconds of the clock.
        self._doubted = 0.0
        self._slow = ""
        self._schedule = ProbeSchedule()
        self._traffic = TcpTraffic()
        self._use: TunnelUse | None = None
        self._earlier_connections = 0  # of agents that have been replaced

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect to."""
        assert self._endpoint
        return self._endpoint

    @property
    def spec(self) -> TunnelSpec:
        """What sets this tunnel apart from others."""
        return registry.find(self._options.tunnel)

    @property
    def unverified(self) -> str:
        """Why this machine has not seen that a client gets in; empty where it has."""
        assert self._tunnel
        if self._tunnel.loopback_command() is not None:
            return self._slow
        if self.spec.pairs:
            return "only a paired computer can try it"
        client = self.spec.client
        return f"only a client with {client['name'] if client else 'its own program'} can try it"

    async def prepare(self) -> None:
        """Do what can be done before sshd is there.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        self._steps.begin("tunnel")
        context = TunnelContext(
            self._directory,
            self._journal,
            # The text may be another package's, and pages and notebooks keep it.
            lambda text, share: self._steps.update(
                "tunnel", self._journal.redactor.redact(text), share
            ),
            self._on_online,
            self._endpoint,
        )
        if self._tunnel:
            self._earlier_connections += self._tunnel.connections() or 0
        self._tunnel = create(self._options, self._token, context)
        with self._steps.ending("tunnel"):
            await self._tunnel.prepare()
        self._steps.rest("tunnel", "waiting for the SSH server")

    async def open(self, port: int) -> None:
        """Lead to a port of 127.0.0.1, once it is prepared.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        assert self._tunnel
        self._steps.resume("tunnel")
        with self._steps.ending("tunnel"):
            endpoint = await self._tunnel.open(port)
            endpoint.check(self._tunnel.spec.title)
            self._endpoint = endpoint
        self._steps.finish("tunnel", "done", str(self._endpoint))

    async def first_verify(self, sign_in: SignIn) -> None:
        """See that a client gets in at the endpoint, where this machine can see that.

        Parameters
        ----------
        sign_in
            The client.

        Raises
        ------
        ColabWidgetError
            ``verify_failed``, ``verify_other_key``, ``tunnel_quota``.
        """
        assert self._tunnel
        if self.unverified and not self._slow:
            self._steps.finish("verify", "skipped", self.unverified)
            return
        async with self._steps.running("verify", f"signing in at {self.endpoint}"):
            try:
                await self._verify(sign_in, self._tunnel.reachable_within)
            except ColabWidgetError as error:
                raise await self._out_of_quota(error) or error from error
            if self._slow:
                self._steps.finish("verify", "skipped", self._slow)

    async def mend(self, port: int, sign_in: SignIn) -> None:
        """Replace the tunnel if it has ended or is dead, and see that a client gets in.

        Parameters
        ----------
        port
            Port of sshd.
        sign_in
            The client.

        Raises
        ------
        ColabWidgetError
            With the cause; ``tunnel_dead`` for one that was killed and has to be replaced,
            ``tunnel_quota``, and
            what `end_error` returns for one that was stopped on purpose.
        """
        assert self._tunnel
        if stopped := self._tunnel.end_error():
            raise stopped
        if self._tunnel.is_online():
            await self._tunnel.health_problem()  # it may find that its endpoint is gone
        is_new = not self._tunnel.running()
        if is_new:
            await self._tunnel.close()
            await self.prepare()
            await self.open(port)
        elif self._metered and self._tunnel.is_online() and not self._schedule.worth_a_look():
            self._journal.add(
                "The tunnel is not looked through: it was looked through often today."
            )
            return
        limit = self._tunnel.reachable_within if is_new else _RECONNECT_VERIFY
        # A tunnel that comes back only while it is verified gets another try.
        was_online = self._tunnel.is_online()
        try:
            await self._verify(sign_in, limit)
        except ColabWidgetError as error:
            if error.code != "verify_failed" or not (
                is_new or (was_online and await self._is_dead())
            ):
                raise
            out = await self._out_of_quota(error) if is_new else None
            await self._tunnel.kill()
            raise out or ColabWidgetError("tunnel_dead", reason=error.info["cause"]) from error
        finally:
            if is_new:
                self._doubted = 0.0

    def parts(self, sshd: SshService) -> list[Watched]:
        """Return what has to be watched: the tunnel, and whether it leads to sshd."""
        assert self._tunnel
        command = self._tunnel.loopback_command()
        if command is None:
            return [self._tunnel]
        probe = TunnelProbe(sshd, self.endpoint, command)
        if not self._metered:
            return [self._tunnel, probe]

        def sign_ins() -> tuple[int, int]:
            self._count(sshd)
            return sshd.sign_ins, sshd.clients()

        signs = Signs(sign_ins)
        return [self._tunnel, MeteredProbe(probe, self._schedule, signs, self._journal)]

    def client_address(self, port: int) -> str:
        """Return the address of a client; see `Tunnel.client_address`."""
        return self._tunnel.client_address(port) if self._tunnel else ""

    def user_looks(self) -> None:
        """Note that a user looks at the session."""
        self._schedule.user_looks()

    @property
    def use(self) -> TunnelUse | None:
        """What has come through in this session; ``None`` where it is not counted."""
        return self._use

    def renew(self, token: Secret, options: Options) -> None:
        """Have another token and other options for the next `prepare`."""
        self._token, self._options = token, options

    def forget_token(self) -> None:
        """Keep the token no longer."""
        self._token = Secret("")

    async def close(self) -> None:
        """Close the tunnel, if there is one."""
        if self._tunnel:
            await self._tunnel.close()

    async def _verify(self, sign_in: SignIn, limit: float) -> None:
        assert self._tunnel
        command = self._tunnel.loopback_command()
        if command is not None:
            sparing = self._metered
            came_through = False
            try:
                self._slow = await verify(
                    self.endpoint, command, sign_in, self._journal, limit, sparing=sparing
                )
                came_through = True
            finally:
                self._schedule.looked(well=came_through)

    @property
    def _metered(self) -> bool:
        """Whether looks are spared: they cost connections, and no time between two is set."""
        is_set = settings.PROBE_EVERY.is_set(work_environment.current())
        return self.spec.metered is not None and not is_set

    def _count(self, sshd: SshService) -> None:
        """See what has come through until now."""
        assert self._tunnel
        counted = self._tunnel.connections()
        self._use = {
            "connections": sshd.sign_ins
            if counted is None
            else self._earlier_connections + counted,
            "bytes": self._traffic.look(sshd.port),
        }

    async def _out_of_quota(self, error: ColabWidgetError) -> ColabWidgetError | None:
        """Return the error for a metered tunnel that closes each connection, and is online."""
        assert self._tunnel
        metered = self.spec.metered
        if not metered or error.code != "verify_failed" or not self._tunnel.is_online():
            return None
        if self._tunnel.loopback_command():
            return None  # a program that carries connections closes them whatever it has met
        if await probe_sshd(self.endpoint.host, self.endpoint.port) != CLOSED:
            return None
        return ColabWidgetError(
            "tunnel_quota",
            tunnel=self.spec.title,
            limits=metered["limits"].rstrip("."),
            page=metered["usage_url"],
        )

    async def _is_dead(self) -> bool:
        """Tell whether a tunnel that takes itself for well will not mend itself.

        Where its other end answers at all, the network is not at fault. Otherwise it is given
        time to notice that it has lost its session.
        """
        assert self._tunnel
        if not self._tunnel.is_online():
            self._doubted = 0.0
            return False
        command = self._tunnel.loopback_command()
        if command is not None:
            async with through_tunnel(self.endpoint, command) as (host, port):
                found = await probe_sshd(host, port)
            # A program that carries connections closes them whatever it has met.
            if found != UNREACHABLE and not (command and found == CLOSED):
                return True
        now = time.monotonic()
        self._doubted = self._doubted or now
        return now - self._doubted > self._tunnel.notices_loss_within
