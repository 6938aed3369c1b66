"""The host keys of the private sshd, made at the first use and kept for the machine's life.

Several backends may share it: a home is the same on several machines, and each runtime directory
has a backend of its own. No lock guards it: a lock can be another program's, or missing from the
file system, and the backend must not wait for it. The private key comes into being whole, under
its own name and for the first backend only; the public key is made of it.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import NO_ROOM, ColabWidgetError, no_room
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal
from colabwidget.system import paths
from colabwidget.system.files import ensure_private, write_private

#: What every client of today knows, and the kind for machines and clients in FIPS mode and for
#: older libraries, with the words of ssh-keygen for each.
ED25519, RSA = "ed25519", "rsa"
_MADE_BY = {ED25519: [], RSA: ["-b", "3072"]}  # bits: NIST SP 800-57 for 128 bits of strength


@dataclass(frozen=True)
class HostKey:
    """A host key of the machine for this sshd."""

    path: Path
    public: str


async def ensure_host_keys(journal: Journal) -> list[HostKey]:
    """Return the host keys, the one that clients prefer first; make one where there is none.

    The RSA key takes a second or more: `make_rsa` makes it while there is time. A machine in FIPS
    mode makes no other.

    Raises
    ------
    ColabWidgetError
        ``disk_full``, ``sshd_failed``.
    """
    keys = []
    try:
        keys.append(await _ensure(ED25519, journal))
    except ColabWidgetError as error:
        if error.code != "sshd_failed":
            raise
    if not keys or _path(RSA).exists():
        keys.append(await _ensure(RSA, journal))
    return keys


async def make_rsa(journal: Journal) -> HostKey:
    """Return the RSA host key, made where there is none, with what time others leave.

    Raises
    ------
    ColabWidgetError
        As `ensure_host_keys`.
    """
    return await _ensure(RSA, journal, before=["nice", "-n", "19"])


def _path(kind: str) -> Path:
    return paths.state_directory() / f"ssh_host_{kind}_key"


async def _ensure(kind: str, journal: Journal, before: Sequence[str] = ()) -> HostKey:
    path = ensure_private(_path(kind).parent) / _path(kind).name
    if not path.exists():
        await _make(kind, path, journal, before)
    public = path.with_name(f"{path.name}.pub")
    words = _words(public)
    if not words:
        words = await _public_of(path)
        if not words:
            # A full disk, and a backend that was killed, have left half a key before.
            path.unlink(missing_ok=True)
            await _make(kind, path, journal, before)
            words = await _public_of(path)
        write_private(public, " ".join(words) + "\n")
    return HostKey(path, " ".join(words))


async def _make(kind: str, path: Path, journal: Journal, before: Sequence[str]) -> None:
    """Make the private key, or leave the one that another backend has made meanwhile."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    said: list[str] = []
    arguments = [*before, "ssh-keygen", "-q", "-t", kind, *_MADE_BY[kind]]
    arguments += ["-N", "", "-C", "", "-f", str(draft)]
    try:
        status = await process.run(arguments, journal, on_line=said.append)
        if status == 0 and await _public_of(draft):
            with contextlib.suppress(FileExistsError):
                _put(draft, path)
            return
    finally:
        for file in (draft, draft.with_name(f"{draft.name}.pub")):
            file.unlink(missing_ok=True)
    if full := re.search(NO_ROOM, "\n".join(said)):
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
