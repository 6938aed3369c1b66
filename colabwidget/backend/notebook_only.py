"""A session that opens nothing to the outside: its desktop is shown inside the notebook only."""

from __future__ import annotations

import asyncio
from pathlib import Path

from colabwidget.access.account import Account, own_account
from colabwidget.backend.connection import OPENED
from colabwidget.core.options import Options
from colabwidget.core.secrets import Secret
from colabwidget.runtime import children
from colabwidget.runtime.supervisor import Watched
from colabwidget.system.files import write_private


class NotebookOnlyAccess:
    """What stands in a `Connection`'s place: the notebook's own account, and no way in.

    Parameters
    ----------
    environment
        Variables for what runs on the desktop.
    directory
        Private directory for the children's files.
    """

    def __init__(self, environment: dict[str, str], directory: Path) -> None:
        self.environment = environment
        self._directory = directory
        self.endpoint = None
        self.retry_now = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.packages_done: asyncio.Future[None] = loop.create_future()
        self.account: asyncio.Future[Account] = loop.create_future()

    async def check(self, name: str) -> None:
        """See nothing that stands in the way."""

    async def open(self, name: str, missing: list[str]) -> None:
        """Say whose the desktop is, and that nobody else uses apt."""
        write_private(self._directory / OPENED, name)
        self.packages_done.set_result(None)
        self.account.set_result(own_account(name, self.environment))

    async def open_again(self, token: Secret, options: Options) -> None:
        """Do nothing: no tunnel was closed."""

    def parts(self) -> list[Watched]:
        """Return what has to be watched: the desktop watches itself."""
        return [AlwaysHealthy()]

    async def mend(self) -> None:
        """Do nothing."""

    async def close_tunnel(self) -> None:
        """Do nothing."""

    def clients(self) -> int:
        """Tell that nobody has come in."""
        return 0

    async def close(self) -> None:
        """End what runs on this machine for the session."""
        await children.stop_descendants(set())


class AlwaysHealthy:
    """Stands in the place of a service where nothing has to be watched."""

    title, gone, check_every = "the notebook", "backend_lost", 0.0

    async def wait_failed(self) -> str:
        """Never return."""
        await asyncio.Event().wait()
        return ""

    async def health_problem(self) -> str:
        """Return nothing."""
        return ""

    async def kill(self) -> None:
        """Do nothing."""

    def running(self) -> bool:
        """Tell that it runs."""
        return True
