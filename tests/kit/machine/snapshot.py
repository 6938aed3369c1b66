"""Put what changes while tests run into a copy of a machine before the copy begins.

A program of a machine copy (`tests.kit.machine.machine_copy`), given the folder that is copied and
the upper folder of the overlay. An overlay whose lower folder changes shows anything (mount(8)): a
file that another test makes meanwhile is in the copy, and dpkg's status, which each installation
replaces, is a stale file handle. So the copy has an ``/etc`` of its own, without what the sessions
of other tests have in it, and dpkg's state of one moment at which no dpkg runs.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

Ignore = Callable[[str, list[str]], set[str]]

_OPAQUE = "trusted.overlay.opaque"  # the lower folder of that name is not looked at
_OF_SESSIONS = "colabwidget"
_DPKG_MAX = 300.0  # seconds that another dpkg may take


def main(lower: Path, upper: Path) -> None:
    """Fill the upper folder of an overlay that is not there yet."""
    _copy_folder(lower / "etc", upper / "etc", ignore=_sessions)
    if (lower / "var/lib/dpkg/status").exists():
        _copy_dpkg(lower, upper)


def _sessions(folder: str, names: list[str]) -> set[str]:
    if Path(folder).name not in ("sudoers.d", "profile.d"):
        return set()
    return {name for name in names if name.startswith(_OF_SESSIONS)}


def _copy_folder(source: Path, target: Path, ignore: Ignore | None = None) -> None:
    shutil.copytree(source, target, symlinks=True, ignore=ignore, copy_function=_copy)
    for folder, _, _ in os.walk(target):
        _own_like(source / Path(folder).relative_to(target), Path(folder))
    os.setxattr(target, _OPAQUE, b"y")


def _copy(source: str, target: str) -> str:
    try:
        shutil.copy2(source, target, follow_symlinks=False)
    except FileNotFoundError:  # another test's, which has ended
        return target
    _own_like(Path(source), Path(target))
    return target


def _own_like(source: Path, target: Path) -> None:
    about = source.lstat()
    os.chown(target, about.st_uid, about.st_gid, follow_symlinks=False)
    if not target.is_symlink():
        target.chmod(about.st_mode & 0o7777)  # chown(2) takes set-user-ID


def _copy_dpkg(lower: Path, upper: Path) -> None:
    """Copy dpkg's state, once no dpkg changes it."""
    source, target = lower / "var/lib/dpkg", upper / "var/lib/dpkg"
    for folder in reversed(target.relative_to(upper).parents[:-1]):
        (upper / folder).mkdir(exist_ok=True)
        _own_like(lower / folder, upper / folder)
    deadline = time.monotonic() + _DPKG_MAX
    while True:
        before = _state(source)
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir()
        _own_like(source, target)
        for each in source.iterdir():
            if each.is_file():
                _copy(str(each), str(target / each.name))
        for name in ("updates", "triggers"):
            if (source / name).is_dir():
                _copy_folder(source / name, target / name)
        if (before and before == _state(source)) or time.monotonic() > deadline:
            return
        time.sleep(0.5)


def _state(dpkg: Path) -> tuple[int, int] | None:
    """Tell the state of dpkg's status; ``None`` while a dpkg runs. Its lock is looked at only."""
    with (dpkg / "lock").open("rb") as lock:
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        (kind,) = struct.unpack_from("h", fcntl.fcntl(lock, fcntl.F_GETLK, asked))
    if kind != fcntl.F_UNLCK or any((dpkg / "updates").iterdir()):
        return None
    about = (dpkg / "status").stat()
    return about.st_ino, about.st_mtime_ns


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except OSError as error:
        sys.exit(f"{error.filename}: {errno.errorcode.get(error.errno or 0)} {error.strerror}")
