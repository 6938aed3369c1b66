"""The notebook's folder, lent to an account for as long as it may sign in."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from colabwidget.system.files import write_private
from colabwidget.system.foreign_files import open_below

# Never lent: these themselves, and of the first group nothing below them either.
_SYSTEM = (
    *("/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/proc"),
    *("/root", "/run", "/sbin", "/snap", "/sys", "/usr", "/var"),
)
_TOPS = ("/", "/home", "/lost+found", "/media", "/mnt", "/srv", "/tmp")  # noqa: S108
# The group may write, and what is made there belongs to it.
_LENT = stat.S_IRGRP | stat.S_IWGRP | stat.S_IXGRP | stat.S_ISGID


def refusal(folder: str, provided: str = "") -> str:
    """Return why a folder is not to be lent; empty where it may be.

    Parameters
    ----------
    folder
        Absolute path.
    provided
        The folder that the machine's provider has for work: it may be a file system of its own.
    """
    path = Path(folder)
    try:
        if path.resolve(strict=True) != path:
            return "It is reached over a link."
        found, root = path.stat(), Path("/").stat()
    except OSError as error:
        return f"{error.strerror}."
    if folder in _TOPS or any(path.is_relative_to(each) for each in _SYSTEM):
        return "It is a folder of the system."
    if found.st_uid != 0:
        return "It is not root's."
    if found.st_dev != root.st_dev and folder != provided:
        return "It is on a file system of its own."
    return ""


def lend(folder: str, group: int, record: Path) -> str:
    """Let a group write in a folder, and in no other; return why not, or nothing.

    Parameters
    ----------
    folder
        Absolute path; see `refusal`.
    group
        Number of the group.
    record
        File that gets what the folder was before; see `restore`.
    """
    try:
        descriptor = open_below("/", Path(folder).parts[1:])
    except OSError as error:
        return f"{error.strerror}."
    try:
        found = os.fstat(descriptor)
        mode = stat.S_IMODE(found.st_mode)
        if found.st_gid not in (0, group):
            return "It belongs to another group."
        if found.st_uid != 0:  # it was root's when `refusal` looked
            return "It is not root's."
        before = {
            "folder": folder,
            "device": found.st_dev,
            "inode": found.st_ino,
            "group": found.st_gid,
            "lent_to": group,
            "added": _LENT & ~mode,
        }
        write_private(record, json.dumps(before))
        os.fchown(descriptor, -1, group)
        os.fchmod(descriptor, mode | _LENT)
    except OSError as error:
        restore(record)
        return f"{error.strerror}."
    finally:
        os.close(descriptor)
    return ""


def restore(record: Path) -> None:
    """Restore group and mode of a folder that was lent; what others have changed stays."""
    try:
        before = json.loads(record.read_text())
        descriptor = open_below("/", Path(before["folder"]).parts[1:])
    except (OSError, ValueError, LookupError, TypeError):
        record.unlink(missing_ok=True)  # it is gone, a link or a file, or the record is not whole
        return
    try:
        found = os.fstat(descriptor)
        same = (found.st_dev, found.st_ino) == (before["device"], before["inode"])
        if same and found.st_gid == before["lent_to"]:
            os.fchmod(descriptor, stat.S_IMODE(found.st_mode) & ~before["added"])
            os.fchown(descriptor, -1, before["group"])
    except (OSError, LookupError, TypeError):
        pass  # the file system cannot be written any more: so it could not be by the account
    finally:
        os.close(descriptor)
    record.unlink(missing_ok=True)
