"""SSH access: the account, the private sshd, Google Drive, and the tunnel that leads there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

from colabwidget.access import account as accounts
from colabwidget.access import google_drive, login_environment, own_namespace, prior_account, sshd
from colabwidget.access.authorized_keys import Keys
from colabwidget.access.host_key import HostKey, ensure_host_keys, make_rsa
from colabwidget.access.one_time_key import OneTimeKey, make_one_time_key
from colabwidget.access.sign_in import SignIn
from colabwidget.access.sign_in_check import check_sign_in
from colabwidget.access.sshd_config import warnings_of
from colabwidget.backend import state_files
from colabwidget.backend.preflight import check_machine
from colabwidget.backend.tunnel_link import TunnelLink
from colabwidget.core.details import Details, ssh_details
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.options import Options
from colabwidget.core.presence import Presence
from colabwidget.core.secrets import Secret
from colabwidget.core.snapshot import TunnelUse
from colabwidget.runtime import apt, children
from colabwidget.runtime.closing import close_part
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.steps import Steps
from colabwidget.runtime.supervisor import Watched
from colabwidget.runtime.tasks import run_together
from colabwidget.system.rights import is_root

# Seconds that parts of the end have: a change of accounts, which another program may be making, the
# end of a program that does not hear, and everything else.
_LOCK_MAX = 20.0
_PROGRAM_MAX = 10.0
_PART_MAX = 15.0


class SshAccess:
    """An `Access` by SSH; the steps of the session are named after its parts.

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
        Shows its steps.
    """

    has_sign_in = True

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
        self.environment = environment
        self._directory = directory
        self._journal = journal
        self._steps = steps
        self._name = ""
        self._missing: list[str] = []
        self._namespace: tuple[str, ...] = ()
        self._is_changed = False  # there may be an account to lock
        self._is_locked = False
        self._keys = Keys(options.public_key, journal)
        self._source: Path | None = None  # of Google Drive
        self._drive: google_drive.GoogleDrive | None = None
        self._rsa: asyncio.Task[HostKey] | None = None
        self._ssh: sshd.SshService | None = None
        self._one_time_key: OneTimeKey | None = None
        self._notices: list[str] = []  # what does not work although clients get in
        self.retry_now = asyncio.Event()
        self.news = asyncio.Event()
        self._link = TunnelLink(options, token, directory, journal, steps, self.retry_now.set)
        loop = asyncio.get_running_loop()
        self.packages_done: asyncio.Future[None] = loop.create_future()
        self.account: asyncio.Future[accounts.Account] = loop.create_future()
        if options.mount_gdrive_to:
            steps.add_drive()

    async def check(self) -> None:
        """See whether it is possible here: on the machine, the network and other disks.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """
        self._namespace = await own_namespace.enter_where_needed(self._directory, self._journal)
        await accounts.learn(self._options, is_root())
        self._name, self._missing = check_machine(self._options, self._journal, self._namespace)
        await self._keys.fetch()
        if self._options.mount_gdrive_to:
            self._source = await google_drive.check_drive(self._options, self._name)

    async def open(self) -> None:
        """Do all that it takes.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        try:
            await run_together(self._prepare_ssh(), self._link.prepare())
            await self._open_tunnel()
        finally:
            self._forget_one_time_key()

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
        self._options = options
        self._link.renew(token, options)
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
        try:
            await run_together(self._sign_in(), self._link.prepare())
            await self._open_tunnel()
        finally:
            self._forget_one_time_key()

    def parts(self) -> list[Watched]:
        """Return what has to be watched while it is open."""
        assert self._ssh
        return [self._ssh, *self._link.parts(self._ssh)]

    async def mend(self) -> None:
        """Start again what has ended, keep what still runs, and see that clients get in.

        Raises
        ------
        ColabWidgetError
            With the cause.
        """
        assert self._ssh
        if not self._ssh.running():
            port = self._ssh.port
            await self._ssh.start()
            if self._ssh.port != port:
                await self._link.close()
        try:
            await self._link.mend(self._ssh.port, await self._client())
        finally:
            self._forget_one_time_key()

    def details(self) -> Details:
        """Return how to sign in."""
        account, reason = self.account.result(), self._link.unverified
        endpoint = self._link.endpoint
        ssh = ssh_details(
            endpoint,
            account.name,
            account.folder,
            self._host_keys(),
            account.password,
            verified=not reason,
            verified_reason=reason,
            client=self._link.spec.client,
            notices=self._notices,
            tmux=apt.program("tmux") is not None,
        )
        return Details("connected", self._options.tunnel, endpoint, ssh)

    @property
    def sshd(self) -> sshd.SshService | None:
        """What clients sign in to; ``None`` before it was started."""
        return self._ssh

    def use(self) -> TunnelUse | None:
        """Return what has come through the tunnel; ``None`` where that is not counted."""
        return self._link.use

    def user_looks(self) -> bool:
        """Note that a user looks at the session; no details change by that."""
        self._link.user_looks()
        return False

    def clients(self) -> int:
        """Return how many SSH connections are open."""
        return self._ssh.clients() if self._ssh else 0

    def present(self) -> list[Presence]:
        """Return which clients are signed in."""
        return self._ssh.present() if self._ssh else []

    async def end_client(self, name: str) -> bool:
        """End a client's connection; tell whether there was one of that name."""
        return await self._ssh.end_client(name) if self._ssh else False

    async def change_password(self) -> bool:
        """Give the account another password; tell whether it had one.

        Raises
        ------
        ColabWidgetError
            ``account_failed``.
        """
        account = self.account.result()
        if account.password is None:
            return False
        password = await accounts.set_password(account.name, self._journal)
        self.account = asyncio.get_running_loop().create_future()
        self.account.set_result(replace(account, password=password))
        return True

    async def close_tunnel(self) -> None:
        """Close the tunnel only: no client gets in, and what runs on the machine goes on."""
        self._link.forget_token()
        await self._link.close()

    async def shut(self) -> None:
        """Shut the door: the tunnel, sshd, the account and its sudo, open sessions.

        Nothing that runs on the machine is waited for before.
        """
        self._link.forget_token()
        if self._rsa:
            self._rsa.cancel()
        await asyncio.gather(
            self._close_part("the account", self._lock(), _LOCK_MAX),
            self._close_part("the tunnel", self._link.close(), _PROGRAM_MAX),
            self._close_part(
                "the SSH server", self._ssh.close() if self._ssh else None, _PROGRAM_MAX
            ),
        )
        # Sessions of sshd are orphans now; what else runs here has an owner that ends it.
        await self._close_part("open sessions", children.stop_orphans(), _PROGRAM_MAX)

    async def close(self) -> None:
        """Undo the rest of what was done, in reverse order; each part stands alone."""
        drive = self._drive
        for title, part in (
            ("what still runs", children.stop_descendants(drive.pids if drive else set())),
            ("programs of the account", self._end_account()),
            ("Google Drive", drive.close() if drive else None),
            # Another program that changes accounts may have been in the way.
            ("the account", None if self._is_locked else self._lock()),
            ("the login environment", login_environment.restore_after_crash(self._directory)),
            ("the namespace", self._remove_namespace()),
        ):
            await self._close_part(title, part, _PART_MAX)

    async def _close_part(self, title: str, part: Awaitable[object] | None, limit: float) -> None:
        if part is not None:
            await close_part(title, part, self._journal, limit)

    async def _lock(self) -> None:
        if self._is_changed:
            self._is_locked = await accounts.lock(self._name, self._journal)
            await prior_account.restore(self._directory, self._journal)

    async def _end_account(self) -> None:
        if self._is_changed:
            await accounts.end_processes(self._name, self._journal)

    async def _remove_namespace(self) -> None:
        own_namespace.remove(self._directory)

    async def _prepare_ssh(self) -> None:
        await self._install()
        async with self._steps.running("account", self._name):
            self._is_changed = True
            state_files.record_account(self._directory, self._name)
            await self._keys.judge()
            options = replace(self._options, public_key=self._keys.lines)
            account = await accounts.ensure_account(
                self._name, options, self._directory, self._journal
            )
            account = await login_environment.ensure_login_environment(
                replace(
                    account,
                    namespace=self._namespace,
                    agent_forwarding=options.agent_forwarding,
                    remote_forwarding=options.remote_forwarding,
                    notices=(*account.notices, *warnings_of(options)),
                ),
                self.environment,
                self._directory,
                self._journal,
            )
            host_keys = await ensure_host_keys(self._journal)
            self._rsa = asyncio.create_task(make_rsa(self._journal), name="RSA host key")
        self.account.set_result(account)
        if self._source:
            folder = self._options.mount_gdrive_to
            self._drive = google_drive.GoogleDrive(
                self._source, folder, account, self._directory, self._journal, self._steps
            )
            await self._drive.open()
        async with self._steps.running("sshd"):
            self._ssh = sshd.SshService(
                account,
                host_keys,
                self._directory,
                self._journal,
                self.news.set,
                self._link.client_address,
            )
            await self._ssh.start()
            self._steps.update("sshd", "signing in on this machine")
            await self._sign_in()

    async def _sign_in(self) -> None:
        """See that this machine lets a client in, before anything is open to the outside."""
        assert self._ssh
        client = await self._client()
        account = self.account.result()
        found = await check_sign_in(self._ssh, client, account, self._journal)
        self._notices = [*account.notices, *found]

    async def _open_tunnel(self) -> None:
        assert self._ssh
        await self._link.open(self._ssh.port)
        await self._show_rsa()
        await self._link.first_verify(await self._client())

    async def _show_rsa(self) -> None:
        """Let sshd show the RSA host key too, if it is made by now; else the next one does."""
        if not (self._ssh and self._rsa and self._rsa.done()):
            return
        try:
            key = self._rsa.result()
        except ColabWidgetError as error:
            self._journal.add(f"There is no RSA host key: {error}")
            return
        if key not in self._ssh.host_keys:
            await self._ssh.add_host_key(key)

    async def _client(self) -> SignIn:
        """Return a client of our own, whose key sshd takes until `_forget_one_time_key`."""
        assert self._ssh
        if self._one_time_key is None:
            self._one_time_key = await make_one_time_key(self._directory)
        self._ssh.let_in(self._one_time_key)
        name = self.account.result().name
        return SignIn(name, self._host_keys(), self._one_time_key, self._directory)

    def _forget_one_time_key(self) -> None:
        if self._one_time_key:
            self._one_time_key.remove()
            self._one_time_key = None
        if self._ssh:
            self._ssh.let_in(None)

    async def _install(self) -> None:
        """Have the packages that SSH takes; nothing of the session uses apt after that."""
        if self._missing:
            async with self._steps.running("packages", ", ".join(self._missing)):
                await apt.ensure_installed(
                    self._missing,
                    self._journal,
                    lambda text, share: self._steps.update("packages", text, share),
                )
        else:
            self._steps.finish("packages", "skipped", "all there")
        self.packages_done.set_result(None)

    def _host_keys(self) -> list[str]:
        assert self._ssh
        return [key.public for key in self._ssh.host_keys]
