"""Files and directories that no other account can read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError


def ensure_private(directory: Path) -> Path:
    """Make a directory of mode 0700, or check that it is one of ours.

    Raises
    ------
    ColabWidgetError
        ``runtime_directory`` where it is a link, belongs to another account or cannot be made.
    """
    try:
        for folder in reversed((directory, *directory.parents)):
            # Those above are as closed, whatever the umask is: they are in homes and the like.
            if not folder.exists():
                folder.mkdir(mode=0o700, exist_ok=True)
        found = directory.lstat()
    except OSError as error:
        raise ColabWidgetError(
            "runtime_directory", path=directory, reason=f"{error.strerror}."
        ) from error
    if not stat.S_ISDIR(found.st_mode):
        reason = "It is not a directory of its own but a link or a file."
        raise ColabWidgetError("runtime_directory", path=directory, reason=reason)
    if found.st_uid != os.geteuid():
        raise ColabWidgetError(
            "runtime_directory", path=directory, reason="It belongs to another account."
        )
    if found.st_mode & 0o077:
        directory.chmod(0o700)
    return directory


def write_private(path: Path, content: str | bytes, mode: int = 0o600) -> Path:
    """Write a file of mode 0600, whole or not at all."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        draft.rename(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return path


def runs_no_programs(place: Path) -> bool:
    """Tell whether the file system of a folder runs no program (noexec), or is not to be had."""
    try:
        return bool(os.statvfs(place).f_flag & os.ST_NOEXEC)
    except OSError:
        return True
