"""What lets a client in: the account, the private sshd, and the tunnel to it."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from colabwidget.access import account as accounts
from colabwidget.access import google_drive, login_environment, sshd
from colabwidget.access.authorized_keys import Keys
from colabwidget.access.loopback import through_tunnel
from colabwidget.access.verify import verify
from colabwidget.core import settings
from colabwidget.core.details import SshDetails, ssh_details
from colabwidget.core.endpoint import Endpoint
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import apt, children
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.port_probe import CLOSED, GREETED, UNREACHABLE, probe_sshd
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Watched
from colabwidget.runtime.tasks import run_together
from colabwidget.system.files import write_private
from colabwidget.tunnels import registry
from colabwidget.tunnels.base import Tunnel, TunnelContext
from colabwidget.tunnels.factory import create

_RECONNECT_VERIFY = 5.0  # seconds

# File with the name of the account that is open, for the backend that comes after a killed one.
OPENED = "account"


class Connection:
    """The parts of one session that lead to SSH; its steps are named after them.

    Parameters
    ----------
    options
        Checked options.
    token
        For the tunnel.
    environment
        Variables for SSH sessions.
    directory
        Private directory for the children's files.
    journal
        The event log.
    steps
        Where its steps are shown.
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
        self._options = options
        self._token = token
        self.environment = environment
        self._directory = directory
        self._journal = journal
        self._steps = steps
        self._name = ""
        self._keys = Keys(options.public_key, journal)
        self._source: Path | None = None  # of Google Drive
        self._drive: google_drive.GoogleDrive | None = None
        self._host_key: sshd.HostKey | None = None
        self._endpoint: Endpoint | None = None
        self._doubted = 0.0  # since when a tunnel that takes itself for well leads nowhere
        self._ssh: sshd.SshService | None = None
        self._tunnel: Tunnel | None = None
        self.retry_now = asyncio.Event()  # set when the tunnel says that it is back
        loop = asyncio.get_running_loop()
        # For who depends on a part of it: done once apt is no more used here, and once the
        # account is there.
        self.packages_done: asyncio.Future[None] = loop.create_future()
        self.account: asyncio.Future[accounts.Account] = loop.create_future()
        if options.mount_gdrive_to:
            steps.add_drive()

    async def check(self, name: str) -> None:
        """See what takes a look at the network or at other disks, before anything is changed.

        Parameters
        ----------
        name
            The account.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """
        await self._keys.fetch()
        if self._options.mount_gdrive_to:
            self._source = await google_drive.check_drive(self._options, name)

    async def open(self, name: str, missing: list[str]) -> None:
        """Do all that it takes.

        Parameters
        ----------
        name, missing
            The account, and the packages to install first.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        await run_together(self._prepare_ssh(name, missing), self._prepare_tunnel())
        await self._open_tunnel()
        await self._first_verify()

    def parts(self) -> list[Watched]:
        """Return what has to be watched while it is open."""
        assert self._tunnel and self._ssh
        command = self._tunnel.loopback_command()
        way = [] if command is None else [TunnelProbe(self._ssh, self.endpoint, command)]
        return [self._ssh, self._tunnel, *way]

    async def mend(self) -> None:
        """Start again what has ended, keep what still runs, and see that clients get in.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        assert self._tunnel and self._ssh
        if not self._ssh.running():
            port = self._ssh.port
            await self._ssh.start()
            if self._ssh.port != port:
                await self._tunnel.close()
        anew = not self._tunnel.running()
        if anew:
            await self._tunnel.close()
            await self._prepare_tunnel()
            await self._open_tunnel()
        limit = self._tunnel.reachable_within if anew else _RECONNECT_VERIFY
        # One that comes back only while it is being tried has not had its chance.
        well = self._tunnel.is_online()
        try:
            await self._verify(limit)
        except ColabWidgetError as error:
            if error.code != "verify_failed" or not (
                anew or (well and await self._tunnel_is_dead())
            ):
                raise
            await self._tunnel.kill()
            raise ColabWidgetError("tunnel_dead", reason=error.info["cause"]) from error
        finally:
            if anew:
                self._doubted = 0.0

    async def _tunnel_is_dead(self) -> bool:
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

    async def open_again(self, token: Secret, options: Options) -> None:
        """Open the tunnel anew after it was closed, and keep everything else.

        Parameters
        ----------
        token, options
            For the tunnel.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        assert self._ssh
        self._token, self._options = token, options
        for name in ("check", "packages", "account"):
            self._steps.finish(name, "skipped", "all there")
        if self._drive:
            self._steps.add_drive()
            await self._drive.open_again()
        if self._ssh.running():
            self._steps.finish("sshd", "skipped", "still runs")
        else:
            async with self._steps.running("sshd"):
                await self._ssh.start()
        await self._prepare_tunnel()
        await self._open_tunnel()
        await self._first_verify()

    async def close_tunnel(self) -> None:
        """Close the tunnel only: nobody gets in, and what runs inside goes on."""
        self._token = Secret("")
        if self._tunnel:
            await self._tunnel.close()

    @property
    def endpoint(self) -> Endpoint:
        """Where clients connect to."""
        assert self._endpoint
        return self._endpoint

    def details(self) -> SshDetails:
        """Return how to sign in."""
        account, reason = self.account.result(), self._unverified
        return ssh_details(
            self.endpoint,
            account.name,
            account.folder,
            self._key(),
            account.password,
            verified=not reason,
            verified_reason=reason,
            client=registry.find(self._options.tunnel).client,
        )

    def clients(self) -> int:
        """Return how many SSH connections are open."""
        return self._ssh.clients() if self._ssh else 0

    async def close(self) -> None:
        """Take back what was done, in reverse order; each part whatever became of the others."""
        self._token = Secret("")
        for part in (
            self._tunnel.close() if self._tunnel else None,
            self._ssh.close() if self._ssh else None,
            children.stop_descendants(self._drive.pids if self._drive else set()),
            self._drive.close() if self._drive else None,
            accounts.lock(self._name, self._journal) if self._name else None,
            login_environment.restore_after_crash(self._directory),
        ):
            if part:
                try:
                    await part
                except Exception:
                    self._journal.add(traceback.format_exc())

    async def _prepare_ssh(self, name: str, missing: list[str]) -> None:
        if missing:
            async with self._steps.running("packages", ", ".join(missing)):
                await apt.ensure_installed(
                    missing,
                    self._journal,
                    lambda text, share: self._steps.tell("packages", text, share),
                )
        else:
            self._steps.finish("packages", "skipped", "all there")
        self.packages_done.set_result(None)
        async with self._steps.running("account", name):
            self._name = name  # from here on there may be something to lock
            write_private(self._directory / OPENED, name)
            await self._keys.judge()
            options = replace(self._options, public_key=self._keys.lines)
            account = await accounts.ensure_account(name, options, self._directory, self._journal)
            account = await login_environment.ensure_login_environment(
                account, self.environment, self._directory, self._journal
            )
            host_key = await sshd.ensure_host_key(self._journal)
        self._host_key = host_key
        self.account.set_result(account)
        if self._source:
            folder = self._options.mount_gdrive_to
            self._drive = google_drive.GoogleDrive(
                self._source, folder, account, self._directory, self._journal, self._steps
            )
            await self._drive.open()
        async with self._steps.running("sshd"):
            self._ssh = sshd.SshService(account, host_key, self._directory, self._journal)
            await self._ssh.start()

    async def _prepare_tunnel(self) -> None:
        self._steps.begin("tunnel")
        context = TunnelContext(
            self._directory,
            self._journal,
            # Another package's words, perhaps: pages and notebooks keep them.
            lambda text, share: self._steps.tell(
                "tunnel", self._journal.redactor.redact(text), share
            ),
            self.retry_now.set,
            self._endpoint,
        )
        self._tunnel = create(self._options, self._token, context)
        with self._steps.ending("tunnel"):
            await self._tunnel.prepare()
        self._steps.rest("tunnel", "waiting for the SSH server")

    async def _open_tunnel(self) -> None:
        assert self._tunnel and self._ssh
        self._steps.resume("tunnel")
        with self._steps.ending("tunnel"):
            self._endpoint = await self._tunnel.open(self._ssh.port)
        self._steps.finish("tunnel", "done", str(self._endpoint))

    async def _first_verify(self) -> None:
        assert self._tunnel
        if self._tunnel.loopback_command() is None:
            self._steps.finish("verify", "skipped", self._unverified)
            return
        async with self._steps.running("verify", f"probing {self.endpoint}"):
            await self._verify(self._tunnel.reachable_within)

    async def _verify(self, limit: float) -> None:
        assert self._tunnel
        command = self._tunnel.loopback_command()
        if command is not None:
            await verify(self.endpoint, command, self._key(), self._journal, limit)

    @property
    def _unverified(self) -> str:
        """Why it is not seen from here that clients get in; empty where it is."""
        assert self._tunnel
        if self._tunnel.loopback_command() is not None:
            return ""
        client = registry.find(self._options.tunnel).client
        return f"only a client with {client['name'] if client else 'its own program'} can try it"

    def _key(self) -> str:
        assert self._host_key
        return self._host_key.public


class TunnelProbe:
    """The way from outside to sshd: only a connection through it shows whether it leads there.

    Parameters
    ----------
    sshd
        Where it leads to.
    endpoint
        Where it begins.
    command
        How this machine gets there; see `through_tunnel`.
    """

    title = "the tunnel"
    gone = "tunnel_gone"

    def __init__(self, sshd: sshd.SshService, endpoint: Endpoint, command: Sequence[str]) -> None:
        self._sshd = sshd
        self._endpoint = endpoint
        self._command = command
        # Seconds. Each check is a connection that providers count.
        self.check_every = settings.PROBE_EVERY.value()

    async def wait_failed(self) -> str:
        """Never return: a tunnel that carries nothing does not say so."""
        await asyncio.Event().wait()
        return ""

    async def health_problem(self) -> str:
        """Return whether nothing comes through, although sshd itself would answer."""
        self._sshd.expect_probe()
        async with through_tunnel(self._endpoint, self._command) as (host, port):
            if await probe_sshd(host, port) == GREETED:
                return ""
        if not await self._sshd.greets():
            return ""  # not the way's fault
        return f"nothing comes through at {self._endpoint}"

    async def kill(self) -> None:
        """Do nothing: the tunnel may still mend itself."""

    def running(self) -> bool:
        """Return true: what opens the tunnel again is the tunnel itself."""
        return True
