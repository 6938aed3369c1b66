"""The host key of the private sshd, made at the first use and kept for the machine's life.

Several backends may share it: a home is the same on several machines, and each runtime directory
has a backend of its own. No lock guards it: a lock can be another program's, or missing from the
file system, and the backend must not wait for it. The private key comes into being whole, under
its own name and for the first backend only; the public key is made of it.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import NO_ROOM, ColabWidgetError, no_room
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.files import ensure_private, write_private

_NAME = "ssh_host_ed25519_key"


@dataclass(frozen=True)
class HostKey:
    """The machine's host key for this sshd."""

    path: Path
    public: str


async def ensure_host_key(journal: Journal) -> HostKey:
    """Return the ed25519 host key, made where there is none.

    Raises
    ------
    ColabWidgetError
        ``disk_full``, ``sshd_failed``.
    """
    path = ensure_private(paths.state_directory()) / _NAME
    if not path.exists():
        await _make(path, journal)
    public = path.with_name(f"{_NAME}.pub")
    words = _words(public)
    if not words:
        words = await _public_of(path)
        if not words:
            # A full disk, and a backend that was killed, have left half a key before.
            path.unlink(missing_ok=True)
            await _make(path, journal)
            words = await _public_of(path)
        write_private(public, " ".join(words) + "\n")
    return HostKey(path, " ".join(words))


async def _make(path: Path, journal: Journal) -> None:
    """Make the private key, or leave the one that another backend has made meanwhile."""
    draft = path.with_name(f"{_NAME}.{secrets.token_hex(4)}")
    said: list[str] = []
    arguments = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(draft)]
    try:
        status = await process.run(arguments, journal, on_line=said.append)
        if status == 0 and await _public_of(draft):
            with contextlib.suppress(FileExistsError):
                _put(draft, path)
            return
    finally:
        for file in (draft, draft.with_name(f"{draft.name}.pub")):
            file.unlink(missing_ok=True)
    if full := NO_ROOM.search("\n".join(said)):
        raise no_room(full.group(0), str(path))
    raise ColabWidgetError("sshd_failed", reason="Its host key could not be made.")


def _put(draft: Path, path: Path) -> None:
    """Give a file its name.

    Raises
    ------
    FileExistsError
        Where a file of that name is there already.
    """
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:
        draft.rename(path)  # the file system has no links


def _words(public: Path) -> list[str]:
    """Return kind and body of a public key; nothing where the file has no whole key."""
    words = public.read_text().split() if public.exists() else []
    return words[:2] if len(words) >= 2 else []


async def _public_of(path: Path) -> list[str]:
    """Return kind and body of a private key's public half; nothing where it is no whole key."""
    status, said = await process.output(["ssh-keygen", "-y", "-f", str(path)])
    words = said.split()
    return words[:2] if status == 0 and len(words) >= 2 else []
