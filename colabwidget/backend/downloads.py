"""Released packages from GitHub, checked before dpkg sees them.

``COLABWIDGET_RELEASES`` names a mirror to use instead of ``https://github.com``, for networks that
do not reach GitHub: the same paths below another HTTPS address.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import platform
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from colabwidget.backend import process
from colabwidget.backend.journal import Journal
from colabwidget.errors import ColabWidgetError

if TYPE_CHECKING:
    from http.client import HTTPResponse

SIZE_MAX = 200_000_000  # bytes; none of the releases is near it
_GITHUB = "https://github.com"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
_PAUSES = (0.5, 1.0, 2.0)  # seconds before each further try
_TIMEOUT = 20.0  # seconds without a byte
_CHUNK = 1 << 16
_TELL_EVERY = 0.1  # seconds

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Release:
    """A package that its makers publish.

    Parameters
    ----------
    title
        Its name for people.
    package, version, architecture
        What the package says of itself; the version without the packagers' own part.
    path
        Where it is, below https://github.com.
    sha256
        What it must be; empty where the makers' releases are not pinned.
    """

    title: str
    package: str
    version: str
    architecture: str
    path: str
    sha256: str = ""


# https://github.com/TurboVNC/turbovnc/releases, https://github.com/VirtualGL/virtualgl/releases
_VERSIONS = (("TurboVNC", "turbovnc", "3.3"), ("VirtualGL", "virtualgl", "3.1.4"))
RELEASES = {
    (package, architecture): Release(
        title,
        package,
        version,
        architecture,
        f"/{title}/{package}/releases/download/{version}/{package}_{version}_{architecture}.deb",
    )
    for title, package, version in _VERSIONS
    for architecture in _ARCHITECTURES.values()
}


def architecture() -> str:
    """Return what Debian calls this machine's processor."""
    machine = platform.machine()
    return _ARCHITECTURES.get(machine, machine)


def release(package: str, architecture: str) -> Release | None:
    """Return a release for machines of a kind; ``None`` where there is none."""
    return RELEASES.get((package, architecture))


async def fetch(
    found: Release,
    directory: Path,
    progress: Progress,
    journal: Journal,
    pauses: tuple[float, ...] = _PAUSES,
) -> Path:
    """Download a release, see that it is what it should be, and return where it is.

    What broke off goes on where it was. A cancel leaves nothing behind.

    Parameters
    ----------
    found
        The release.
    directory
        Private directory for it.
    progress
        Gets what is going on, and how far it is (0 to 1).
    journal
        Where it is said what is done.
    pauses
        Seconds before each further try.

    Raises
    ------
    ColabWidgetError
        ``download_failed`` with the reason.
    """
    url = os.environ.get("COLABWIDGET_RELEASES", _GITHUB).rstrip("/") + found.path
    journal.add(f"Downloading {url}")
    part = directory / f"{found.package}.deb.part"
    download = _Download(url, part, _thread_safe(progress, found.title), pauses)
    try:
        await download.run()
        await _check(found, part)
        return part.rename(directory / f"{found.package}.deb")
    except _Failed as failure:
        raise ColabWidgetError("download_failed", name=found.title, reason=str(failure)) from None
    finally:
        part.unlink(missing_ok=True)


class _Failed(Exception):
    """Why there is no package, in a sentence."""


class _BrokenOff(Exception):
    """There may be more to get."""


class _Download:
    """A file on its way, in a thread of its own."""

    def __init__(
        self,
        url: str,
        part: Path,
        progress: Callable[[int, int], None],
        pauses: tuple[float, ...],
    ) -> None:
        self._url = url
        self._part = part
        self._progress = progress
        self._pauses = pauses
        self._stopped = threading.Event()
        self._tag = ""

    async def run(self) -> None:
        """Have the whole file; a cancel waits until the thread has let go of it."""
        work = asyncio.get_running_loop().run_in_executor(None, self._work)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            self._stopped.set()
            with contextlib.suppress(Exception):
                await work
            raise

    def _work(self) -> None:
        descriptor = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            for pause in (*self._pauses, None):
                try:
                    return self._go_on(file.fileno())
                except _BrokenOff as error:
                    if pause is None:
                        tries = len(self._pauses) + 1
                        raise _Failed(f"It broke off {tries} times: {error}") from error
                    if self._stopped.wait(pause):
                        raise _Failed("It was cancelled.") from None
        return None

    def _go_on(self, file: int) -> None:
        """Get what is still missing."""
        had = os.fstat(file).st_size
        with self._answer(had) as answer:
            if answer.status != 206:
                os.ftruncate(file, had := 0)  # the whole of it comes again
            length = answer.headers.get("Content-Length")
            if length is None:
                raise _Failed("The server does not say how large it is.")
            whole = had + int(length)
            if whole > SIZE_MAX:
                raise _Failed(f"It is larger than {SIZE_MAX >> 20} MB.")
            self._tag = answer.headers.get("ETag") or ""
            os.lseek(file, had, os.SEEK_SET)
            while data := self._chunk(answer):
                os.write(file, data)
                had += len(data)
                self._progress(had, whole)
        if had < whole:
            raise _BrokenOff(f"{had} of {whole} bytes came.")

    def _chunk(self, answer: HTTPResponse) -> bytes:
        if self._stopped.is_set():
            raise _Failed("It was cancelled.")
        try:
            # What has come, rather than a whole chunk: a cancel is noticed, progress is shown.
            return answer.read1(_CHUNK)
        except OSError as error:
            raise _BrokenOff(f"{error.strerror or error}.") from error

    def _answer(self, had: int) -> HTTPResponse:
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError
        from urllib.request import HTTPRedirectHandler, HTTPSHandler, Request, build_opener

        class OnlyHttps(HTTPRedirectHandler):
            def redirect_request(self, *arguments: object) -> Request | None:
                _must_be_https(str(arguments[-1]))
                return super().redirect_request(*arguments)  # type: ignore[arg-type]

        _must_be_https(self._url)
        headers = {"User-Agent": "colabwidget"}
        if had:
            headers |= {"Range": f"bytes={had}-"}
            if self._tag:
                headers |= {"If-Range": self._tag}
        opener = build_opener(HTTPSHandler(context=ssl.create_default_context()), OnlyHttps)
        try:
            answer: HTTPResponse = opener.open(
                Request(self._url, headers=headers),  # noqa: S310  only HTTPS gets here
                timeout=_TIMEOUT,
            )
        except HTTPError as error:
            if error.code >= 500:
                raise _BrokenOff(f"the server answered {error.code} {error.reason}.") from error
            raise _Failed(f"The server answered {error.code} {error.reason}.") from error
        except URLError as error:
            raise _without_a_way(error.reason) from error
        except (HTTPException, OSError) as error:
            raise _BrokenOff(f"{error}.") from error
        return answer


def _must_be_https(url: str) -> None:
    if not url.lower().startswith("https://"):
        raise _Failed("The way there is not HTTPS.")


def _without_a_way(reason: object) -> Exception:
    """Return whether it is worth another try that no connection came about."""
    if isinstance(reason, ssl.SSLCertVerificationError):
        return _Failed(f"The server's certificate is not trusted: {reason.verify_message}.")
    if isinstance(reason, TimeoutError):
        return _BrokenOff("the server did not answer.")
    if isinstance(reason, (ssl.SSLError, ConnectionResetError)):
        return _BrokenOff(f"{reason}.")
    # No such host, refused, unreachable: it will not be better in a second.
    words = getattr(reason, "strerror", None) or str(reason)
    return _Failed(f"There is no way to the server: {words}.")


async def _check(found: Release, file: Path) -> None:
    """See that a file is the package that it should be."""
    if found.sha256:
        digest = await asyncio.to_thread(_digest, file)
        if digest != found.sha256:
            raise _Failed("Its SHA-256 is not the one that is known.")
    fields = ("Package", "Version", "Architecture")
    status, said = await process.output(["dpkg-deb", "--field", str(file), *fields])
    if status != 0:
        raise _Failed("It is not a package.")
    told = dict(line.split(": ", 1) for line in said.splitlines() if ": " in line)
    version = told.get("Version", "")
    for name, is_right in (
        ("Package", told.get("Package") == found.package),
        ("Version", version == found.version or version.startswith(f"{found.version}-")),
        ("Architecture", told.get("Architecture") == found.architecture),
    ):
        if not is_right:
            raise _Failed(f"It is of another {name.lower()}: {told.get(name, 'none')}.")


def _digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while data := opened.read(1 << 20):
            digest.update(data)
    return digest.hexdigest()


def _thread_safe(progress: Progress, title: str) -> Callable[[int, int], None]:
    """Return what tells of bytes that came, from another thread, ten times a second."""
    loop = asyncio.get_running_loop()
    told = 0.0

    def tell(had: int, whole: int) -> None:
        nonlocal told
        if time.monotonic() - told >= _TELL_EVERY or had == whole:
            told = time.monotonic()
            text = f"downloading {title}, {had / 1e6:.1f} of {whole / 1e6:.1f} MB"
            loop.call_soon_threadsafe(progress, text, had / whole if whole else None)

    return tell
