"""What lets a client in: the account, the private sshd, and the tunnel to it."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from colabwidget import paths, tunnels
from colabwidget.backend import account as accounts
from colabwidget.backend import packages, process, ssh
from colabwidget.backend.journal import Journal
from colabwidget.backend.steps import Steps, together
from colabwidget.backend.verify import TIME_LIMIT, verify
from colabwidget.credentials import Secret
from colabwidget.details import Endpoint, SshDetails, ssh_details
from colabwidget.options import Options

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
        self._host_key: ssh.HostKey | None = None
        self._ssh: ssh.SshService | None = None
        self._tunnel: tunnels.Tunnel | None = None
        loop = asyncio.get_running_loop()
        # For who depends on a part of it: done once apt is no more used here, and once the
        # account is there.
        self.packages_done: asyncio.Future[None] = loop.create_future()
        self.account: asyncio.Future[accounts.Account] = loop.create_future()

    async def open(self, name: str, missing: list[str]) -> Endpoint:
        """Do all that it takes, and return where clients connect to.

        Parameters
        ----------
        name, missing
            The account, and the packages to install first.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        await together(self._prepare_ssh(name, missing), self._prepare_tunnel())
        endpoint = await self._open_tunnel()
        async with self._steps.running("verify", f"knocking at {endpoint}"):
            await self._verify(endpoint, TIME_LIMIT)
        return endpoint

    async def broken(self) -> str:
        """Return, once sshd or the tunnel no longer works for sure, what happened."""
        assert self._tunnel and self._ssh
        watched = [
            asyncio.ensure_future(self._tunnel.broken()),
            asyncio.ensure_future(self._ssh.broken()),
        ]
        try:
            done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for watch in watched:
                watch.cancel()
        return done.pop().result()

    async def mend(self, endpoint: Endpoint) -> Endpoint:
        """Start again what has ended, and keep what still runs.

        Parameters
        ----------
        endpoint
            What it was.

        Returns
        -------
        Endpoint
            What it is.

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
        if not self._tunnel.running():
            await self._tunnel.close()
            await self._prepare_tunnel()
            endpoint = await self._open_tunnel()
        await self._verify(endpoint, _RECONNECT_VERIFY)
        return endpoint

    def details(self, endpoint: Endpoint) -> SshDetails:
        """Return how to sign in."""
        assert self._host_key
        account = self.account.result()
        return ssh_details(
            endpoint,
            account.name,
            account.home,
            self._host_key.public,
            account.password,
            verified=True,
        )

    def clients(self) -> int:
        """Return how many SSH connections are open."""
        return self._ssh.clients() if self._ssh else 0

    async def close(self) -> None:
        """Take back what was done, in reverse order; each part whatever became of the others."""
        self._token = Secret("")
        for part in (
            self._tunnel.close() if self._tunnel else None,
            self._ssh.stop() if self._ssh else None,
            process.end_descendants(set()),
            accounts.lock(self._name, self._journal) if self._name else None,
        ):
            if part:
                try:
                    await part
                except Exception:
                    self._journal.add(traceback.format_exc())

    async def _prepare_ssh(self, name: str, missing: list[str]) -> None:
        if missing:
            async with self._steps.running("packages", ", ".join(missing)):
                await packages.ensure_installed(
                    missing,
                    self._journal,
                    lambda text, share: self._steps.tell("packages", text, share),
                )
        else:
            self._steps.finish("packages", "skipped", "all there")
        self.packages_done.set_result(None)
        async with self._steps.running("account", name):
            self._name = name  # from here on there may be something to lock
            paths.write_private(self._directory / OPENED, name)
            account = await accounts.ensure_account(
                name, self._options, self.environment, self._directory, self._journal
            )
            host_key = await ssh.ensure_host_key(self._journal)
        self._host_key = host_key
        self.account.set_result(account)
        async with self._steps.running("sshd"):
            self._ssh = ssh.SshService(
                account, host_key, self.environment, self._directory, self._journal
            )
            await self._ssh.start()

    async def _prepare_tunnel(self) -> None:
        self._steps.begin("tunnel")
        surroundings = tunnels.Surroundings(
            self._directory,
            self._journal,
            lambda text, share: self._steps.tell("tunnel", text, share),
        )
        self._tunnel = tunnels.create(self._options, self._token, surroundings)
        with self._steps.ending("tunnel"):
            await self._tunnel.prepare()
        self._steps.rest("tunnel", "waiting for the SSH server")

    async def _open_tunnel(self) -> Endpoint:
        assert self._tunnel and self._ssh
        self._steps.resume("tunnel")
        with self._steps.ending("tunnel"):
            endpoint = await self._tunnel.open(self._ssh.port)
        self._steps.finish("tunnel", "done", str(endpoint))
        return endpoint

    async def _verify(self, endpoint: Endpoint, seconds: float) -> None:
        assert self._host_key
        await verify(endpoint, self._host_key.public, self._journal, seconds)
