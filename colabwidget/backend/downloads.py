"""Released packages from GitHub, checked before dpkg sees them.

``COLABWIDGET_RELEASES`` in the environment stands for ``https://github.com`` at the start of their
addresses, for networks that do not reach GitHub: the address of a mirror, HTTPS only, with or
without a path. Proxies are those of the environment (``https_proxy``, ``no_proxy``), trusted are
the system's certification authorities or those of ``SSL_CERT_FILE``.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import platform
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from colabwidget import paths
from colabwidget.backend import process
from colabwidget.backend.journal import Journal
from colabwidget.errors import ColabWidgetError

MIRROR = "COLABWIDGET_RELEASES"
_GITHUB = "https://github.com"
_ADDRESS = re.compile(r"https://(?:[\w.-]+|\[[\da-fA-F:.]+\])(?::\d{1,5})?(?:/[^\s?#]*)?", re.ASCII)
_REDIRECTS = 5
_CHUNK = 65_536  # bytes
_REPORT_EVERY = 0.1  # seconds

_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)  # HTTP answers that another try may not get

Progress = Callable[[str, float | None], None]


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


RELEASES = tuple(
    Release(
        name,
        package,
        version,
        architecture,
        f"{_GITHUB}/{project}/releases/download/{version}/{package}_{version}_{architecture}.deb",
    )
    for name, package, version, project in (
        ("TurboVNC", "turbovnc", "3.3", "TurboVNC/turbovnc"),
        ("VirtualGL", "virtualgl", "3.1.4", "VirtualGL/virtualgl"),
    )
    for architecture in ("amd64", "arm64")
)


@dataclass(frozen=True)
class Patience:
    """How much a download may take.

    Parameters
    ----------
    pauses
        Seconds before each further try after one that broke off.
    silence
        Seconds without a byte.
    size
        Bytes.
    """

    pauses: tuple[float, ...] = (0.5, 1.0, 2.0)
    silence: float = 20.0
    size: int = 200_000_000


def release(package: str, architecture: str) -> Release | None:
    """Return the release of a package for an architecture; ``None`` where there is none."""
    for found in RELEASES:
        if (found.package, found.architecture) == (package, architecture):
            return found
    return None


def architecture() -> str:
    """Return dpkg's name for the architecture of this machine."""
    machine = platform.machine()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


async def fetch(
    release: Release,
    directory: Path,
    progress: Progress,
    journal: Journal,
    patience: Patience = Patience(),
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
        ``download_failed``; nothing is left in the directory then, nor after a cancel.
    """
    target = paths.ensure_private(directory) / f"{release.package}.deb"
    part = target.with_name(f"{target.name}.part")
    loop = asyncio.get_running_loop()
    stopped = threading.Event()

    def tell(do: Callable[..., None], *arguments: object) -> None:
        """Call something in the loop's thread, as long as anybody wants to hear of it."""
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(lambda: None if stopped.is_set() else do(*arguments))

    def received(count: int, total: int) -> None:
        text = f"downloading {release.name} {count / 1e6:.1f} of {total / 1e6:.1f} MB"
        tell(progress, text, count / total)

    def broke_off(trouble: str) -> None:
        tell(journal.add, f"Downloading {release.name} again: {trouble}.")

    try:
        address = _address(release)
        journal.add(
            f"Downloading {release.name} {release.version} from {urlsplit(address).hostname}."
        )
        progress(f"downloading {release.name}", None)
        part.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        # Opened here: the thread may only get to its work once a cancel has removed the file.
        file = os.fdopen(os.open(part, flags, 0o600), "wb")
        download = _Download(address, file, patience, stopped, received, broke_off)
        await _in_thread(download.run)
        await _check(release, part, download.digest.hexdigest(), journal)
        return part.rename(target)
    except _Refused as trouble:
        raise ColabWidgetError("download_failed", name=release.name, reason=str(trouble)) from None
    except OSError as trouble:
        reason = f"It could not be written: {trouble.strerror or trouble}."
        raise ColabWidgetError("download_failed", name=release.name, reason=reason) from trouble
    finally:
        stopped.set()
        part.unlink(missing_ok=True)


class _Refused(Exception):
    """It makes no sense to try again; the text is a sentence."""


class _BrokeOff(Exception):
    """Another try may go further; the text is a clause."""


class _Download:
    """A file on its way. `run` blocks and belongs into a thread; the loop's needs call it off.

    Parameters
    ----------
    address
        Where it is.
    file
        Where it goes; closed at the end.
    patience
        How much it may take.
    stopped
        Set once nobody wants it any more.
    on_received
        Gets how many bytes there are, and of how many; only ever more.
    on_break
        Gets why another try is made.
    """

    def __init__(
        self,
        address: str,
        file: BinaryIO,
        patience: Patience,
        stopped: threading.Event,
        on_received: Callable[[int, int], None],
        on_break: Callable[[str], None],
    ) -> None:
        self._address = address
        self._file = file
        self._patience = patience
        self._stopped = stopped
        self._on_received = on_received
        self._on_break = on_break
        self._host = ""
        self._reached = False
        self._count = self._total = 0
        self._tag = ""
        self._shown = 0
        self._next_report = 0.0
        self.digest = hashlib.sha256()

    def run(self) -> None:
        """Have the whole file, or raise `_Refused`; an `OSError` is the disk's."""
        pauses = self._patience.pauses
        with self._file:
            for number in range(len(pauses) + 1):
                try:
                    self._receive()
                    return
                except _BrokeOff as trouble:
                    if number == len(pauses):
                        reason = f"It broke off {number + 1} times: {trouble}."
                        raise _Refused(reason) from trouble
                    self._on_break(str(trouble))
                    self._stopped.wait(pauses[number])

    def _receive(self) -> None:
        """Write down what is missing."""
        with contextlib.closing(self._chunks()) as chunks:
            for chunk in chunks:
                if self._stopped.is_set():
                    return
                self._count += len(chunk)
                if self._count > self._total:
                    raise _wrong_size(self._count, self._total)
                self._file.write(chunk)
                self.digest.update(chunk)
                self._report()
        if self._count < self._total:
            raise _BrokeOff(f"the connection ended at {self._so_far()}")

    def _chunks(self) -> Iterator[bytes]:
        """Give what is missing as it comes, and say what is wrong with the network."""
        # Here, because few backends ever need them, and their memory would stay taken.
        from http.client import HTTPException
        from urllib.error import HTTPError, URLError

        try:
            with self._answer() as response:
                self._take_up(response.status, response.headers)
                while chunk := response.read1(_CHUNK):
                    yield chunk
        except HTTPError as error:
            error.close()
            raise self._answered(error.code, error.headers) from error
        except URLError as error:
            raise self._unreached(error.reason) from error
        except TimeoutError as error:
            silence = f"no byte came for {self._patience.silence:.0f} s"
            raise _BrokeOff(f"{silence} at {self._so_far()}") from error
        except (OSError, HTTPException) as error:
            raise _BrokeOff(f"{_words(error)} at {self._so_far()}") from error
        except ValueError as error:  # a host name that cannot be one
            raise _Refused(f"Its address cannot be used: {_words(error)}.") from error

    def _answer(self) -> Any:
        """Return the response to a request for what is missing."""
        import urllib.request as library
        from urllib.error import HTTPError

        opener = library.OpenerDirector()
        for handler in (
            library.ProxyHandler(),
            library.HTTPSHandler(context=ssl.create_default_context()),
            library.HTTPDefaultErrorHandler(),
            library.HTTPErrorProcessor(),
        ):
            opener.add_handler(handler)
        headers = {"User-Agent": "colabwidget"}
        if self._count:
            headers["Range"] = f"bytes={self._count}-"
            if self._tag:
                headers["If-Range"] = self._tag
        address = self._address
        for _ in range(_REDIRECTS + 1):
            if not address.lower().startswith("https://"):
                raise _Refused(f"{self._host} sends it to an address without HTTPS.")
            self._host = urlsplit(address).hostname or ""
            request = library.Request(address, headers=headers)  # noqa: S310  checked just above
            try:
                return opener.open(request, timeout=self._patience.silence)
            except HTTPError as error:
                if error.code not in _MOVED or not error.headers["Location"]:
                    raise
                address = urljoin(address, error.headers["Location"])
                error.close()
        raise _Refused(f"{self._host} sends it on more than {_REDIRECTS} times.")

    def _take_up(self, status: int, headers: Any) -> None:
        """Go on where it broke off, or start anew where the server does."""
        self._reached = True
        if status == 206:
            if headers["Content-Range"] == f"bytes {self._count}-{self._total - 1}/{self._total}":
                return
            self._start_anew(0, "")
            raise _BrokeOff("another part came than the one asked for")
        length = headers["Content-Length"] or ""
        if not length.isdecimal():
            raise _Refused(f"{self._host} does not say how large it is.")
        if int(length) > self._patience.size:
            raise _Refused(f"It is larger than {self._patience.size / 1e6:.0f} MB.")
        tag = headers["ETag"] or ""
        # A weak one does not stand for the same bytes (RFC 9110, 13.1.5).
        self._start_anew(int(length), "" if tag.startswith("W/") else tag)

    def _start_anew(self, total: int, tag: str) -> None:
        self._count, self._total, self._tag = 0, total, tag
        self.digest = hashlib.sha256()
        self._file.seek(0)
        self._file.truncate()

    def _answered(self, code: int, headers: Any) -> Exception:
        """Return what an answer other than success means."""
        self._reached = True
        if code == 416:  # nothing is there beyond what we have
            if headers["Content-Range"] == f"bytes */{self._count}":
                return _wrong_size(self._count, self._total)
            self._start_anew(0, "")
            return _BrokeOff("the file has changed meanwhile")
        if code in _PASSING:
            return _BrokeOff(f"{self._host} answered with status {code}")
        if code in (404, 410):
            return _Refused(f"It was not found at {self._host} ({code}).")
        return _Refused(f"{self._host} does not give it ({code}).")

    def _unreached(self, error: object) -> Exception:
        """Return what it means that there is no connection.

        At the first try nobody waits for a network that may not be there at all.
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            return _Refused(
                f"The certificate of {self._host} was not accepted: {error.verify_message}."
            )
        if isinstance(error, socket.gaierror):
            trouble = f"there is no address for {self._host}"
        else:
            trouble = f"{self._host} cannot be reached ({_words(error)})"
        if self._reached:
            return _BrokeOff(trouble)
        return _Refused(f"{trouble[0].upper()}{trouble[1:]}.")

    def _report(self) -> None:
        now = time.monotonic()
        # After starting anew, what was there before is not told again.
        if self._count > self._shown and (now >= self._next_report or self._count == self._total):
            self._shown = self._count
            self._next_report = now + _REPORT_EVERY
            self._on_received(self._count, self._total)

    def _so_far(self) -> str:
        return f"{self._count / 1e6:.1f} of {self._total / 1e6:.1f} MB"


def _wrong_size(found: int, announced: int) -> _Refused:
    return _Refused(f"It has {found} bytes, but {announced} were announced.")


def _words(error: object) -> str:
    """Return what an error says, without its number and its final stop."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).rstrip(".")


def _address(release: Release) -> str:
    """Return where a release is to be had."""
    mirror = os.environ.get(MIRROR, "").rstrip("/")
    if not mirror:
        return release.url
    if not _ADDRESS.fullmatch(mirror):
        raise _Refused(f"{MIRROR} is no address of a mirror with HTTPS.")
    return mirror + release.url.removeprefix(_GITHUB)


async def _in_thread(work: Callable[[], None]) -> None:
    """Do blocking work in a thread that nothing waits for at the end, unlike asyncio's own."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def settle(error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error:
            done.set_exception(error)
        else:
            done.set_result(None)

    def run() -> None:
        failure = None
        try:
            work()
        except BaseException as error:
            failure = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(settle, failure)

    threading.Thread(target=run, name="download", daemon=True).start()
    await done


async def _check(release: Release, file: Path, sha256: str, journal: Journal) -> None:
    """See that a file is the package that it should be; raise `_Refused`."""
    if release.sha256 and sha256 != release.sha256.lower():
        raise _Refused("Its SHA-256 is not the one that it should be.")
    fields = ("Package", "Version", "Architecture")
    status, said = await process.output(["dpkg-deb", "--field", str(file), *fields])
    if status != 0:
        journal.add(said)
        raise _Refused("It is no package that dpkg can read.")
    lines = (line.partition(": ") for line in said.splitlines())
    found = {name: value for name, _, value in lines}
    package, version, architecture = (found.get(name, "") for name in fields)
    if package != release.package:
        raise _Refused(f"It is another package: {package}, not {release.package}.")
    if version != release.version and not version.startswith(
        (f"{release.version}-", f"{release.version}+")
    ):
        raise _Refused(f"It is another version: {version}, not {release.version}.")
    if architecture != release.architecture:
        raise _Refused(
            f"It is for another architecture: {architecture}, not {release.architecture}."
        )
    journal.add(f"Downloaded {package} {version} for {architecture}, SHA-256 {sha256}.")
