"""Starts the process that moves the files of one stream; see `colabwidget.backend.files`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts

_PACKAGE = Path(__file__).parents[3]
_BEGIN = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from colabwidget.backend.files.worker import main; sys.exit(main(sys.argv[1:]))"
)
_GRACE = 1.0  # seconds


def folders(account: Account, environment: Mapping[str, str]) -> list[str]:
    """Return where the account's files go: the first of these that it can enter."""
    wanted = (account.folder, environment.get("COLABWIDGET_FOLDER", ""), account.home)
    return [folder for folder in wanted if folder]


async def move_files(
    account: Account,
    environment: Mapping[str, str],
    writer: asyncio.StreamWriter,
    journal: Journal,
    *,
    outlives_session: bool,
) -> None:
    """Let a process of the account serve a stream, until one of them ends.

    Parameters
    ----------
    account, environment
        Whose files they are, and what tells its folder.
    writer
        The stream; nothing is read from it or written to it here any more.
    journal
        Gets what the process prints.
    outlives_session
        Whether the end of a session leaves it alone.
    """
    owner = accounts.entry(account.name)
    connection = os.dup(writer.get_extra_info("socket").fileno())
    try:
        numbers = map(str, (os.getpid(), connection, owner.pw_uid, owner.pw_gid))
        places = folders(account, environment)
        python = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BEGIN, str(_PACKAGE)]
        command = [*python, *numbers, account.name, *places]
        await process.run(
            command,
            journal,
            environment=process.python_libraries(),
            pass_fds=[connection],
            grace=_GRACE,
            outlives_session=outlives_session,
        )
    finally:
        os.close(connection)
