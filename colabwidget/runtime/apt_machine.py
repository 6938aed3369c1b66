"""What packages find on the machine while they are installed: no services, a folder for a while."""

from __future__ import annotations

import contextlib
import os
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from colabwidget.runtime.threads import run_in_thread

_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_MARK = "# Written by colabwidget while it installs packages; it is removed afterwards."
_MANUAL_MARK = Path("/var/lib/man-db/auto-update")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108  where apt's files are, if they can be there
_REMOVING_MAX = 10.0  # seconds
_ROOM = 1 << 20  # bytes that apt needs there
_DPKG = Path("/var/lib/dpkg")


@contextlib.contextmanager
def services_kept_down() -> Iterator[None]:
    """Prevent packages from starting services: the system's own sshd must not open port 22.

    See https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    ours = _POLICY.is_file() and _POLICY_MARK in _POLICY.read_text(errors="replace")
    if _POLICY.exists() and not ours:
        yield
        return
    try:
        _POLICY.write_text(f"#!/bin/sh\n{_POLICY_MARK}\nexit 101\n")
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


@contextlib.contextmanager
def manual_index_left_alone() -> Iterator[None]:
    """Prevent man-db from rebuilding its index, which takes seconds and serves only ``apropos``.

    Its trigger looks for this mark. The next installation, or man-db's daily run, rebuilds it.
    """
    aside = _MANUAL_MARK.with_name(f"{_MANUAL_MARK.name}.colabwidget")
    if _MANUAL_MARK.exists():
        _MANUAL_MARK.rename(aside)
    try:
        yield
    finally:
        # Also a mark that a killed backend has set aside.
        if aside.exists():
            aside.rename(_MANUAL_MARK)


@contextlib.contextmanager
def temporary_folder() -> Iterator[dict[str, str]]:
    """Yield the variables that give apt a folder for its files where /tmp cannot be that.

    apt checks signatures as the account ``_apt``, which has to write there, and an image whose
    /tmp is only root's, full or not there looks to it like one whose sources are not signed.
    """
    usable = next(filter(_is_usable, _TEMPORARY), "")
    if usable:
        yield {} if usable == _TEMPORARY[0] else {"TMPDIR": usable}
        return
    made = Path(tempfile.mkdtemp(prefix="colabwidget-apt.", dir="/run"))
    try:
        made.chmod(0o1777)  # as /tmp has it
        yield {"TMPDIR": str(made)}
    finally:
        # Others may have written there, as deep as Python's own way of removing does not go.
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["rm", "-rf", "--", made], check=False, timeout=_REMOVING_MAX)


def _is_usable(folder: str) -> bool:
    try:
        found, room = Path(folder).stat(), os.statvfs(folder)
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_mode & 0o777 == 0o777
        and not room.f_flag & os.ST_RDONLY
        and room.f_bavail * room.f_frsize >= _ROOM
        and (room.f_favail > 0 or not room.f_files)
    )


async def is_damaged() -> bool:
    """Tell whether dpkg's list of installed packages has lost most of them.

    apt would install anew what is there, the C library first, over what it does not know of.
    """
    found: list[bool] = []
    await run_in_thread(lambda: found.append(_is_status_damaged()))
    return found[0]


def _is_status_damaged() -> bool:
    try:
        known = sum(path.suffix == ".list" for path in (_DPKG / "info").iterdir())
    except OSError:
        return False
    try:
        listed = (_DPKG / "status").read_bytes().count(b"\nStatus: ")
    except FileNotFoundError:
        listed = 0
    return listed * 2 < known
