"""One run from Connect to Disconnect: its steps, its phases, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from colabwidget import paths, tunnels
from colabwidget.backend import account as accounts
from colabwidget.backend import packages, process, ssh
from colabwidget.backend.check import look
from colabwidget.backend.journal import Journal
from colabwidget.backend.steps import TRANSITIONS, Steps, together
from colabwidget.backend.verify import TIME_LIMIT, verify
from colabwidget.credentials import Secret
from colabwidget.details import Details, Endpoint, ssh_details
from colabwidget.errors import ColabWidgetError, ErrorInfo
from colabwidget.options import Options
from colabwidget.protocol import Snapshot

_RECONNECT_TRIES = 6
_RECONNECT_PAUSE = 0.5  # seconds, doubled each time
_RECONNECT_PAUSE_MAX = 30.0
_STABLE = 30.0  # seconds without trouble after which the past is forgotten
_RECONNECT_VERIFY = 5.0  # seconds


# File with the name of the account that is open, for the backend that comes after a killed one.
OPENED = "account"


class Session:
    """What the backend does for its user; there is one at a time.

    Parameters
    ----------
    directory
        Private directory for the children's files.
    journal
        The event log.
    on_change
        Called after every change of what clients see.
    """

    def __init__(self, directory: Path, journal: Journal, on_change: Callable[[], None]) -> None:
        self._directory = directory
        self._journal = journal
        self._on_change = on_change
        self._steps = Steps(on_change)
        self._task: asyncio.Task[None] | None = None
        self._tearing = asyncio.Lock()
        self._closing: asyncio.Future[None] | None = None
        self._mended = 0.0
        self._relapses = 0
        self._started = 0.0
        self._ended = 0.0
        self._token = Secret("")
        self._environment: dict[str, str] = {}
        self._name = ""
        self._account: accounts.Account | None = None
        self._host_key: ssh.HostKey | None = None
        self._ssh: ssh.SshService | None = None
        self._tunnel: tunnels.Tunnel | None = None
        self.phase = "idle"
        self.error: ErrorInfo | None = None
        self.options: Options | None = None
        self.details: Details | None = None
        self.details_revision = 0

    # What clients ask for

    def connect(self, options: Options, token: Secret, environment: dict[str, str]) -> None:
        """Start connecting.

        Parameters
        ----------
        options
            Checked options.
        token
            For the tunnel.
        environment
            Variables for SSH sessions.

        Raises
        ------
        ColabWidgetError
            ``session_running`` where one with other options is there. The same options again
            are no error: the session is there already.
        """
        if self.phase in ("working", "connected", "reconnecting"):
            assert self.options
            if differences := self.options.differences(options):
                raise ColabWidgetError("session_running", differences=differences)
            return
        if self.phase == "closing":
            raise ColabWidgetError("session_running", differences="it is just being closed")
        self._journal.redactor.add([token])
        self._token, self._environment, self.options = token, environment, options
        self._started, self._ended = time.monotonic(), 0.0
        self.error = None
        self._steps.plan()
        self._go("connect")
        self._task = asyncio.create_task(self._run(), name="session")

    async def cancel(self) -> None:
        """Stop connecting and take back what was done."""
        if self.phase == "working":
            self._journal.add("Cancelled.")
            await self._closed()

    async def disconnect(self, *, force: bool) -> None:
        """End the session.

        Parameters
        ----------
        force
            Do so even if somebody is signed in.

        Raises
        ------
        ColabWidgetError
            ``clients_connected``, ``not_connected``.
        """
        if self.phase == "closing":
            await self._closed()
        if self.phase == "idle":
            if not force:
                raise ColabWidgetError("not_connected")
            return
        clients = self._ssh.clients() if self._ssh else 0
        if clients and not force:
            people = "Somebody is" if clients == 1 else f"{clients} connections are"
            raise ColabWidgetError("clients_connected", clients=people)
        self._journal.add("Disconnecting.")
        await self._closed()

    def fill(self, snapshot: Snapshot) -> None:
        """Write into a snapshot what clients may know."""
        snapshot.phase = self.phase
        snapshot.steps = self._steps.as_list()
        snapshot.error = self.error
        snapshot.options = self.options.as_dict() if self.options else None
        if snapshot.options:
            # What was pasted is the page's own; nobody else needs it.
            del snapshot.options["public_key"]
        snapshot.endpoint = self.details.endpoint.as_dict() if self.details else None
        snapshot.details_revision = self.details_revision if self.details else 0
        snapshot.elapsed = self.elapsed()

    def elapsed(self) -> float:
        """Return the seconds since Connect; they stand still when connecting has ended."""
        if not self._started:
            return 0.0
        return round((self._ended or time.monotonic()) - self._started, 2)

    # What happens then

    def _go(self, event: str) -> None:
        self.phase = TRANSITIONS[self.phase, event]
        if self.details:
            self.details = self.details.with_phase(self.phase)
        self._on_change()

    async def _run(self) -> None:
        try:
            await self._connect()
            self._ended = time.monotonic()
            self._journal.add(f"Connected after {self.elapsed():.1f} s.")
            self._go("done")
            while True:
                await self._keep()
        except asyncio.CancelledError:
            raise
        except ColabWidgetError as error:
            await self._fail(error)
        except Exception as error:
            self._journal.add(traceback.format_exc())
            reason = self._journal.redactor.redact(f"{type(error).__name__}: {error}")
            await self._fail(ColabWidgetError("internal", reason=reason[:200]))

    async def _connect(self) -> None:
        async with self._steps.running("check"):
            assert self.options
            name, missing = look(self.options, self._journal)
        await together(self._prepare_ssh(name, missing), self._prepare_tunnel())
        assert self._tunnel and self._ssh and self._host_key and self._account
        endpoint = await self._open_tunnel()
        async with self._steps.running("verify", f"knocking at {endpoint}"):
            await verify(endpoint, self._host_key.public, self._journal, TIME_LIMIT)
        self._show(endpoint)

    async def _prepare_ssh(self, name: str, missing: list[str]) -> None:
        assert self.options
        if missing:
            async with self._steps.running("packages", ", ".join(missing)):
                await packages.ensure_installed(
                    missing,
                    self._journal,
                    lambda text, share: self._steps.tell("packages", text, share),
                )
        else:
            self._steps.finish("packages", "skipped", "all there")
        async with self._steps.running("account", name):
            self._name = name  # from here on there may be something to lock
            paths.write_private(self._directory / OPENED, name)
            account = await accounts.ensure_account(
                name, self.options, self._environment, self._directory, self._journal
            )
            host_key = await ssh.ensure_host_key(self._journal)
        self._account, self._host_key = account, host_key
        async with self._steps.running("sshd"):
            self._ssh = ssh.SshService(
                account, host_key, self._environment, self._directory, self._journal
            )
            await self._ssh.start()

    async def _prepare_tunnel(self) -> None:
        assert self.options
        self._steps.begin("tunnel")
        surroundings = tunnels.Surroundings(
            self._directory,
            self._journal,
            lambda text, share: self._steps.tell("tunnel", text, share),
        )
        self._tunnel = tunnels.create(self.options, self._token, surroundings)
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

    def _show(self, endpoint: Endpoint) -> None:
        assert self._account and self._host_key and self.options
        details = Details(
            phase="connected",
            provider=self.options.tunnel,
            endpoint=endpoint,
            ssh=ssh_details(
                endpoint,
                self._account.name,
                self._account.home,
                self._host_key.public,
                self._account.password,
                verified=True,
            ),
        )
        if self.details is None or self.details.endpoint != endpoint:
            self.details_revision += 1
            self.details = details
            self._on_change()

    # Keeping it alive

    async def _keep(self) -> None:
        """Wait until something breaks, and mend it."""
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
        reason = done.pop().result()
        self._journal.add(f"Reconnecting: {reason}.")
        self._steps.begin("verify", reason)
        self._go("trouble")
        # What breaks again at once is given time: restarting it at full speed helps nobody.
        relapse = time.monotonic() - self._mended < _STABLE
        self._relapses = self._relapses + 1 if relapse else 0
        if self._relapses:
            await asyncio.sleep(min(_RECONNECT_PAUSE * 2**self._relapses, _RECONNECT_PAUSE_MAX))
        for attempt in range(_RECONNECT_TRIES):
            try:
                await self._mend()
            except ColabWidgetError as error:
                self._journal.add(str(error))
                self._steps.tell("verify", reason)
                if error.code not in _MAY_PASS or attempt == _RECONNECT_TRIES - 1:
                    raise
                await asyncio.sleep(_RECONNECT_PAUSE * 2**attempt)
            else:
                self._steps.finish("verify", "done")
                self._mended = time.monotonic()
                self._journal.add("Connected again.")
                self._go("done")
                return

    async def _mend(self) -> None:
        assert self._tunnel and self._ssh and self._host_key and self.details
        if not self._ssh.running():
            port = self._ssh.port
            await self._ssh.start()
            if self._ssh.port != port:
                await self._tunnel.close()
        endpoint = self.details.endpoint
        if not self._tunnel.running():
            await self._tunnel.close()
            await self._prepare_tunnel()
            endpoint = await self._open_tunnel()
        await verify(endpoint, self._host_key.public, self._journal, _RECONNECT_VERIFY)
        self._show(endpoint)

    # The end of it

    async def _fail(self, error: ColabWidgetError) -> None:
        self._ended = time.monotonic()
        self._journal.add(str(error))
        self._steps.interrupt("cancelled")
        # A Cancel that comes now must not leave the machine half taken down.
        await asyncio.shield(self._tear_down())
        self.error = error.info
        self._go("fail")

    async def _closed(self) -> None:
        """Close, even if the client that asked for it does not wait for the end."""
        if self._closing is None:
            self._closing = asyncio.ensure_future(self._close())
            self._closing.add_done_callback(self._has_closed)
        await asyncio.shield(self._closing)

    def _has_closed(self, closing: asyncio.Future[None]) -> None:
        self._closing = None

    async def _close(self) -> None:
        if self._task and not self._task.done():
            self._go("close")
            self._task.cancel()
            await asyncio.wait({self._task})
        elif self.phase == "failed":
            self._go("close")
        await self._tear_down()
        self.error = None
        self.options = None
        self._started = 0.0
        self._steps.clear()
        self._go("closed")
        self._journal.add("Disconnected.")

    async def _tear_down(self) -> None:
        """Take back what was done, in reverse order; each part whatever became of the others."""
        async with self._tearing:
            self.details = None
            self._token = Secret("")
            tunnel, service, name = self._tunnel, self._ssh, self._name
            self._tunnel = self._ssh = self._account = None
            self._name = ""
            for part in (
                tunnel.close() if tunnel else None,
                service.stop() if service else None,
                process.end_descendants(set()),
                accounts.lock(name, self._journal) if name else None,
            ):
                if part:
                    try:
                        await part
                    except Exception:
                        self._journal.add(traceback.format_exc())
            for file in self._directory.iterdir():
                with contextlib.suppress(OSError):
                    file.unlink()


# Causes that go away by themselves; all others end a session that has lost its tunnel.
_MAY_PASS = frozenset(
    {"no_network", "verify_failed", "agent_silent", "agent_exited", "sshd_failed", "ngrok_108"}
)
