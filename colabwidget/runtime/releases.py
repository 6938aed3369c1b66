"""Released files from GitHub, checked before anybody uses them.

``COLABWIDGET_RELEASES`` in the environment stands for ``https://github.com`` at the start of their
addresses, for networks that do not reach GitHub: the address of a mirror, HTTPS only, with or
without a path. Proxies are those of the environment (``https_proxy``, ``no_proxy``), trusted are
the system's certification authorities or those of ``SSL_CERT_FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import threading
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from colabwidget.core import settings
from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.http import Patience, Refused, Transfer
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread
from colabwidget.system.files import ensure_private
from colabwidget.system.machine import architecture as architecture

MIRROR = settings.RELEASES.name
GITHUB = "https://github.com"
_ADDRESS = re.compile(r"https://(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:/[^\s?#]*)?", re.ASCII)

_PATIENCE = Patience()

Progress = Callable[[str, float | None], None]
Check = Callable[[Path, str], Awaitable[None]]


@dataclass(frozen=True)
class Release:
    """A released package.

    Parameters
    ----------
    name
        For people.
    package, version, architecture
        What the package says of itself. Its version may go on behind ``-`` or ``+``.
    url
        Where it is.
    sha256
        In hexadecimal. It is checked where it is pinned; where it is empty, the server's
        certificate alone vouches for the file.
    """

    name: str
    package: str
    version: str
    architecture: str
    url: str
    sha256: str = ""


def deb_on_github(
    name: str, project: str, version: str, architectures: Sequence[str]
) -> tuple[Release, ...]:
    """Return the Debian packages of a release on GitHub, one for each architecture.

    Parameters
    ----------
    name
        For people; in small letters, it is the package's.
    project
        ``"OWNER/REPOSITORY"``.
    version
        As the release is tagged.
    architectures
        As Debian calls them.
    """
    package = name.lower()
    folder = f"{GITHUB}/{project}/releases/download/{version}"
    return tuple(
        Release(name, package, version, each, f"{folder}/{package}_{version}_{each}.deb")
        for each in architectures
    )


def for_architecture(releases: Iterable[Release], architecture: str) -> Release | None:
    """Return the release for an architecture; ``None`` where there is none."""
    return next((each for each in releases if each.architecture == architecture), None)


async def fetch(
    release: Release,
    directory: Path,
    progress: Progress,
    journal: Journal,
    patience: Patience = _PATIENCE,
) -> Path:
    """Download a release and check it.

    Parameters
    ----------
    release
        Which one.
    directory
        Private directory for the file; made where it is missing.
    progress
        Gets what is going on, and how far it is (0 to 1).
    journal
        Where it is said what was downloaded.
    patience
        How much it may take.

    Returns
    -------
    Path
        The package file, mode 0600. It is the caller's from here on.

    Raises
    ------
    ColabWidgetError
        ``download_failed``; nothing of the file is left then, nor after a cancel.
    """
    target = ensure_private(directory) / f"{release.package}.deb"

    async def check(file: Path, sha256: str) -> None:
        await _check(release, file, sha256, journal)

    try:
        return await fetch_file(
            release.name, release.url, target, check, progress, journal, patience
        )
    except Refused as trouble:
        raise ColabWidgetError(
            "download_failed", name=release.name, reason=str(trouble)
        ) from trouble


async def fetch_file(
    name: str,
    url: str,
    target: Path,
    check: Check,
    progress: Progress,
    journal: Journal,
    patience: Patience = _PATIENCE,
) -> Path:
    """Download a file of GitHub's, see that it is the right one, and put it in its place.

    Parameters
    ----------
    name
        For people.
    url
        Where it is; it begins with ``https://github.com``.
    target
        Where it goes, in a private directory. What is there stays until it is all there.
    check
        Looks at the file, mode 0600 and beside the target, and its SHA-256; raises `Refused`
        where it is not the one that it should be.
    progress, journal, patience
        As those of `fetch`.

    Raises
    ------
    Refused
        With a sentence that says why; nothing of the file is left then, nor after a cancel.
    """
    part = target.with_name(f"{target.name}.part")
    loop = asyncio.get_running_loop()
    stopped = threading.Event()

    def tell(do: Callable[..., None], *arguments: object) -> None:
        """Call something in the loop's thread, as long as anybody wants to hear of it."""
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if stopped.is_set() else do(*arguments))

    def received(count: int, total: int) -> None:
        text = f"downloading {name} {count / 1e6:.1f} of {total / 1e6:.1f} MB"
        tell(progress, text, count / total)

    def broke_off(trouble: str) -> None:
        tell(journal.add, f"Downloading {name} again: {trouble}.")

    try:
        address = _address(url)
        journal.add(f"Downloading {name} from {urlsplit(address).hostname}.")
        progress(f"downloading {name}", None)
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        # Opened here: the thread may only get to its work once a cancel has removed the file.
        file = os.fdopen(os.open(part, flags, 0o600), "wb")
        download = Transfer(address, file, patience, stopped, received, broke_off)
        await run_in_thread(download.run)
        await check(part, download.digest.hexdigest())
        return part.rename(target)
    except OSError as trouble:
        raise Refused(f"It could not be written: {trouble.strerror}.") from trouble
    finally:
        stopped.set()
        part.unlink(missing_ok=True)


def _address(url: str) -> str:
    """Return where a file of GitHub's is to be had."""
    mirror = settings.RELEASES.value().rstrip("/")
    if not mirror:
        return url
    if not _ADDRESS.fullmatch(mirror):
        raise Refused(f"{MIRROR} is no address of a mirror with HTTPS.")
    return mirror + url.removeprefix(GITHUB)


async def _check(release: Release, file: Path, sha256: str, journal: Journal) -> None:
    """See that a file is the package that it should be; raise `Refused`."""
    if release.sha256 and sha256 != release.sha256.lower():
        raise Refused("Its SHA-256 is not the one that it should be.")
    fields = ("Package", "Version", "Architecture")
    status, said = await process.output(["dpkg-deb", "--field", str(file), *fields])
    if status != 0:
        journal.add(said)
        raise Refused("It is no package that dpkg can read.")
    lines = (line.partition(": ") for line in said.splitlines())
    found = {name: value for name, _, value in lines}
    package, version, architecture = (found.get(name, "") for name in fields)
    if package != release.package:
        raise Refused(f"It is another package: {package}, not {release.package}.")
    if version != release.version and not version.startswith(
        (f"{release.version}-", f"{release.version}+")
    ):
        raise Refused(f"It is another version: {version}, not {release.version}.")
    if architecture != release.architecture:
        raise Refused(
            f"It is for another architecture: {architecture}, not {release.architecture}."
        )
    journal.add(f"Downloaded {package} {version} for {architecture}, SHA-256 {sha256}.")
