"""The download of a released file, which is checked before it is used.

``COLABWIDGET_RELEASES`` in the environment replaces ``https://github.com`` at the start of an
address, for networks that do not reach GitHub: the address of a mirror, HTTPS only, with or without
a path. A file is the one whose SHA-256 is pinned with its version, wherever it comes from;
``COLABWIDGET_SUMS`` names a file with other sums. Proxies are those of the environment
(``https_proxy``, ``no_proxy``), certification authorities those of the system or of
``SSL_CERT_FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from colabwidget.core import settings
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import work_environment
from colabwidget.runtime.http import Patience, Refused, Transfer
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system.files import ensure_private

MIRROR = settings.RELEASES.name
GITHUB = "https://github.com"
_ADDRESS = re.compile(r"https://(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:/[^\s?#]*)?", re.ASCII)

_PATIENCE = Patience()

Progress = Callable[[str, float | None], None]


class Artifact(Protocol):
    """A released file, with what makes it the right one."""

    @property
    def name(self) -> str:
        """For people: ``"TurboVNC"``."""

    @property
    def file_name(self) -> str:
        """Name that the file gets here."""

    def address(self) -> str:
        """Return its address, which begins with ``https://github.com``; or raise `Refused`."""

    def pinned(self) -> str:
        """Return its SHA-256 in hexadecimal; empty where none is pinned."""

    async def check(self, file: Path, sha256: str, journal: Journal) -> str:
        """Return what a downloaded file is, for the journal; or raise `Refused`.

        Parameters
        ----------
        file
            Mode 0600, under another name than its own.
        sha256
            In hexadecimal.
        journal
            Gets what a program says that looks at it.
        """

    def failure(self, reason: str) -> ColabWidgetError:
        """Return the error for a download that failed, with a sentence that says why."""


async def fetch(
    artifact: Artifact,
    directory: Path,
    progress: Progress,
    journal: Journal,
    patience: Patience = _PATIENCE,
) -> Path:
    """Download a released file, check it, and put it in its place.

    Parameters
    ----------
    artifact
        Which one.
    directory
        Private directory for the file; made where it is missing. An older file of that name stays
        until the new one is complete.
    progress
        Gets what is going on, and how far it is (0 to 1).
    journal
        Gets what was downloaded.
    patience
        Limits of the download.

    Returns
    -------
    Path
        The file, with mode 0600 unless its check changes that. It is the caller's from here on.

    Raises
    ------
    ColabWidgetError
        What `Artifact.failure` returns. Nothing of the download is left then, nor after a cancel.
    """
    target = ensure_private(directory) / artifact.file_name
    try:
        return await _fetch(artifact, target, progress, journal, patience)
    except Refused as trouble:
        raise artifact.failure(str(trouble)) from trouble


async def _fetch(
    artifact: Artifact, target: Path, progress: Progress, journal: Journal, patience: Patience
) -> Path:
    name = artifact.name
    part = target.with_name(f"{target.name}.part")
    loop = asyncio.get_running_loop()
    stopped = threading.Event()

    def tell(do: Callable[..., None], *arguments: object) -> None:
        """Call something in the loop's thread, unless the download has ended."""
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(lambda: None if stopped.is_set() else do(*arguments))

    def received(count: int, total: int) -> None:
        text = f"downloading {name} {count / 1e6:.1f} of {total / 1e6:.1f} MB"
        tell(progress, text, count / total)

    def broke_off(trouble: str) -> None:
        tell(journal.add, f"Downloading {name} again: {trouble}.")

    try:
        address = _mirrored(artifact.address())
        host = urlsplit(address).hostname
        sums = sums_of(artifact)
        if not sums:
            # Before it comes, and not after it is used.
            journal.add(
                f"No SHA-256 of {name} is pinned: {host}'s certificate alone vouches for it."
            )
        journal.add(f"Downloading {name} from {host}.")
        progress(f"downloading {name}", None)
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        # Opened here: the thread may start only after a cancel has removed the file.
        file = os.fdopen(os.open(part, flags, 0o600), "wb")
        download = Transfer(address, file, patience, stopped, received, broke_off)
        await run_in_thread(download.run)
        sha256 = download.digest.hexdigest()
        if sums and sha256 not in sums:
            raise Refused(f"Its SHA-256 is {sha256}, not the one that is pinned.")
        found = await artifact.check(part, sha256, journal)
        journal.add(f"Downloaded {found}, SHA-256 {sha256}.")
        return part.rename(target)
    except OSError as trouble:
        raise Refused(f"It could not be written: {trouble.strerror}.") from trouble
    finally:
        stopped.set()
        part.unlink(missing_ok=True)


def sums_of(artifact: Artifact) -> set[str]:
    """Return the SHA-256 sums that an artifact may have; none where none is known.

    Raises
    ------
    Refused
        Where the file with other sums cannot be read.
    """
    named = settings.SUMS.value(work_environment.current())
    if not named:
        return {pinned.lower()} if (pinned := artifact.pinned()) else set()
    try:
        lines = [line.split() for line in Path(named).read_text().splitlines()]
    except (OSError, ValueError) as trouble:
        raise Refused(f"{settings.SUMS.name} names a file that cannot be read.") from trouble
    address = artifact.address()
    return {words[0].lower() for words in lines if words[1:] == [address]}


def sha256_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with file.open("rb") as reader:
        while data := reader.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _mirrored(url: str) -> str:
    """Return the address of a file on GitHub, or on the mirror that stands for it."""
    mirror = settings.RELEASES.value(work_environment.current()).rstrip("/")
    if not mirror:
        return url
    if not _ADDRESS.fullmatch(mirror):
        raise Refused(f"{MIRROR} is no address of a mirror with HTTPS.")
    return mirror + url.removeprefix(GITHUB)
