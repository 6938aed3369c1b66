"""Access inside the notebook only: its desktop is shown there, and it needs no tunnel."""

from __future__ import annotations

import asyncio
from pathlib import Path

from colabwidget.access.account import Account, own_account
from colabwidget.backend import state_files
from colabwidget.backend.preflight import check_notebook_only
from colabwidget.core.details import Details
from colabwidget.core.options import Options
from colabwidget.core.presence import Presence
from colabwidget.core.secrets import Secret
from colabwidget.runtime import children
from colabwidget.runtime.supervisor import NeverFails, Watched


class NotebookOnlyAccess:
    """An `Access` for the notebook's own account, to which there is no sign-in.

    Parameters
    ----------
    options
        Checked options.
    environment
        Variables for what runs on the desktop.
    directory
        Private directory for the children's files.
    """

    has_sign_in = False

    def __init__(self, options: Options, environment: dict[str, str], directory: Path) -> None:
        self._options = options
        self.environment = environment
        self._directory = directory
        self._name = ""
        self.retry_now = asyncio.Event()
        self.news = asyncio.Event()
        loop = asyncio.get_running_loop()
        self.packages_done: asyncio.Future[None] = loop.create_future()
        self.account: asyncio.Future[Account] = loop.create_future()

    async def check(self) -> None:
        """See whether a desktop is possible here.

        Raises
        ------
        ColabWidgetError
            With what stands in the way.
        """
        self._name = check_notebook_only(self._options)

    async def open(self) -> None:
        """Name the desktop's account, and leave apt to the desktop."""
        state_files.record_account(self._directory, self._name)
        self.packages_done.set_result(None)
        self.account.set_result(own_account(self._name, self.environment))

    async def open_again(self, token: Secret, options: Options) -> None:
        """Do nothing: no tunnel was closed."""

    def parts(self) -> list[Watched]:
        """Return what has to be watched: the desktop watches itself."""
        return [AlwaysHealthy()]

    async def mend(self) -> None:
        """Do nothing."""

    async def close_tunnel(self) -> None:
        """Do nothing."""

    def details(self) -> Details | None:
        """Return nothing: there is no sign-in."""

    @property
    def sshd(self) -> None:
        """Nothing: there is no sign-in."""

    def use(self) -> None:
        """Return nothing: there is no tunnel."""

    def user_looks(self) -> bool:
        """Return false: there are no details."""
        return False

    def clients(self) -> int:
        """Return nought: there is no sign-in."""
        return 0

    async def shut(self) -> None:
        """Do nothing: there is no door."""

    def present(self) -> list[Presence]:
        """Return nothing: there is no sign-in."""
        return []

    async def end_client(self, name: str) -> bool:
        """Return false: there is no sign-in."""
        return False

    async def change_password(self) -> bool:
        """Return false: there is no sign-in."""
        return False

    async def close(self) -> None:
        """End what runs on this machine for the session."""
        await children.stop_descendants(set())


class AlwaysHealthy(NeverFails):
    """Stands in the place of a service where nothing has to be watched."""

    title, gone = "the notebook", "backend_lost"

    def running(self) -> bool:
        """Tell that it runs."""
        return True
