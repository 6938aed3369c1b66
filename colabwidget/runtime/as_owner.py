"""Removal of what another account owns: done as that account, with its rights and no others.

So root follows no path that the account has bent, and unlinks nothing but what the account could
have unlinked itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path

from colabwidget.runtime import process
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system.rights import user_id


def as_uid(uid: int, gid: int, arguments: Sequence[str]) -> list[str]:
    """Return a command line that runs a program with these ids, killed when the backend dies."""
    if uid == user_id():
        return [*arguments]
    identity = ["--reuid", str(uid), "--regid", str(gid), "--clear-groups"]
    return ["setpriv", "--pdeathsig", "KILL", *identity, "--", *arguments]


async def remove_files(files: Iterable[Path]) -> None:
    """Remove files, each as its owner; a folder stays, and so does what is no more there."""
    owners: dict[tuple[int, int], list[str]] = {}
    for file in files:
        with contextlib.suppress(OSError):
            found = file.lstat()
            if not stat.S_ISDIR(found.st_mode):
                owners.setdefault((found.st_uid, found.st_gid), []).append(str(file))
    for owner, names in owners.items():
        await process.output(as_uid(*owner, ["rm", "-f", "--", *names]))


async def remove_tree(folder: Path) -> None:
    """Remove a folder with all that is in it, as its owner; only root writes in the one above.

    What others have put there, such as programs under sudo, goes then, by descriptors and without
    following a link. What cannot be removed, such as a mount, stays.
    """
    try:
        found = folder.lstat()
    except OSError:
        return
    # rm goes as deep as an account may have made folders; Python's own way ends at some depth.
    await process.output(as_uid(found.st_uid, found.st_gid, ["rm", "-rf", "--", str(folder)]))
    if found.st_uid != os.geteuid() and stat.S_ISDIR(found.st_mode):
        await run_in_thread(partial(_remove_rest, folder))


def _remove_rest(folder: Path) -> None:
    with contextlib.suppress(OSError, RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
