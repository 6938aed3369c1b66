"""Starts the process that moves the files of one stream; see `colabwidget.backend.files`."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

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
_RECEIPTS_MAX = 50  # uploads


class KeptReceipts:
    """The receipts of the last uploads, each in a file without a name."""

    def __init__(self) -> None:
        self._files: dict[str, IO[bytes]] = {}

    @contextmanager
    def of(self, job: str, folder: Path) -> Iterator[int]:
        """Give the descriptor of an upload's, made on the disk of a folder.

        They are kept if something was noted. On a full disk nothing is.
        """
        file = self._files.pop(job, None) or _unnamed(folder)
        try:
            yield file.fileno()
        finally:
            if os.fstat(file.fileno()).st_size:
                self._files[job] = file
            else:
                file.close()
            while len(self._files) > _RECEIPTS_MAX:
                self._files.pop(next(iter(self._files))).close()

    def close(self) -> None:
        """Keep none."""
        for file in self._files.values():
            file.close()
        self._files.clear()


def _unnamed(folder: Path) -> IO[bytes]:
    try:
        return tempfile.TemporaryFile(dir=folder)
    except OSError:
        return Path(os.devnull).open("r+b")


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
    receipts: int,
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
    receipts
        Descriptor of the file in which this upload notes what it has put in place.
    outlives_session
        Whether the end of a session leaves it alone.
    """
    owner = accounts.entry(account.name)
    connection = os.dup(writer.get_extra_info("socket").fileno())
    try:
        numbers = map(str, (os.getpid(), connection, receipts, owner.pw_uid, owner.pw_gid))
        places = folders(account, environment)
        python = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _BEGIN, str(_PACKAGE)]
        command = [*python, *numbers, account.name, *places]
        await process.run(
            command,
            journal,
            environment=process.python_libraries(),
            pass_fds=[connection, receipts],
            grace=_GRACE,
            outlives_session=outlives_session,
        )
    finally:
        os.close(connection)
