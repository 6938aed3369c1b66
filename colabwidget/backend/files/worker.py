"""The process of one transfer: it becomes the session's account, then serves one page.

Root's backend starts it as root, since an account may not be able to read this interpreter; it
gives that up before it has read a byte of the page's or opened a file. No file is opened by a path
but the session's folder, and that as the account.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Sequence

from colabwidget.backend.files.folder import Folder
from colabwidget.backend.files.frames import BadFrameError, Frames, Table
from colabwidget.backend.files.give import answer, give
from colabwidget.backend.files.names import RefusedError, checked
from colabwidget.backend.files.receipts import Receipts
from colabwidget.backend.files.receive import Receiver
from colabwidget.system import subreaper

_NICE = 5  # behind what runs in the notebook


def become(name: str, uid: int, gid: int) -> None:
    """Become an account for good, unless this process is it.

    Raises
    ------
    OSError
        Where that is not allowed.
    """
    if uid == os.geteuid():
        return
    os.initgroups(name, gid)
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def open_first(folders: Sequence[str]) -> tuple[int, str]:
    """Open the first of some folders that this account can enter, and return its path too.

    Raises
    ------
    RefusedError
        Where it can enter none.
    """
    for path in folders:
        with contextlib.suppress(OSError):
            found = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if os.access(".", os.R_OK | os.X_OK, dir_fd=found, effective_ids=True):
                return found, os.path.realpath(path)
            os.close(found)
    raise RefusedError("denied", "The account can enter none of its folders.")


def serve(frames: Frames, account: str, folders: Sequence[str], receipts: Receipts) -> None:
    """Do what a page asks for."""
    try:
        top, path = open_first(folders)
        frames.send({"type": "hello", "account": account, "folder": path})
        table = frames.next()
        if isinstance(table, dict):
            title = os.path.basename(path) or "files"  # noqa: PTH119
            _serve_table(frames, Folder(top), table, title, receipts)
    except (ConnectionError, BadFrameError):
        pass  # the page is gone, or speaks another language
    except (OSError, RefusedError) as error:
        with contextlib.suppress(OSError):
            answer(frames, error)


def _serve_table(
    frames: Frames, folder: Folder, table: Table, title: str, receipts: Receipts
) -> None:
    op = table.get("op")
    if op == "list":
        entries, count = folder.entries(checked(table.get("path")))
        frames.send({"type": "entries", "entries": entries, "count": count})
    elif op == "put":
        Receiver(frames, folder, receipts).run()
    elif op == "get":
        give(frames, folder, table, title)


def main(arguments: Sequence[str]) -> int:
    """Serve the page behind a descriptor; see the command in `backend.streams.files`."""
    parser = argparse.ArgumentParser()
    for name in ("parent", "socket", "receipts", "uid", "gid"):
        parser.add_argument(name, type=int)
    parser.add_argument("account")
    parser.add_argument("folders", nargs="+")
    given = parser.parse_args(arguments)
    connection = socket.socket(fileno=given.socket)
    connection.setblocking(True)
    become(given.account, given.uid, given.gid)
    # A change of account clears it.
    subreaper.end_with_parent(signal.SIGKILL)
    if os.getppid() != given.parent:
        return 1
    os.nice(_NICE)
    os.umask(0o022)

    frames = Frames(connection)
    try:
        serve(frames, given.account, given.folders, Receipts(given.receipts))
    finally:
        with contextlib.suppress(OSError):
            frames.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
