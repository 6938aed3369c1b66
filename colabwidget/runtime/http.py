"""Files from HTTPS servers: a download that breaks off is resumed, within limits.

The network is read in a thread, so that the backend serves meanwhile.
"""

from __future__ import annotations

import contextlib
import hashlib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import urljoin, urlsplit

from colabwidget.runtime import clock, proxy, work_environment

_REDIRECTS = 5
_CHUNK = 65_536  # bytes
_REPORT_EVERY = 0.1  # seconds

_MOVED = (301, 302, 303, 307, 308)
_PASSING = (408, 425, 429, 500, 502, 503, 504)  # statuses that another try may not get


@dataclass(frozen=True)
class Patience:
    """Limits of a download.

    Parameters
    ----------
    pauses
        Seconds before each retry of a download that broke off.
    silence
        Seconds without a byte.
    size
        Size of the file in bytes.
    """

    pauses: tuple[float, ...] = (0.5, 1.0, 2.0)
    silence: float = 20.0
    size: int = 200_000_000


class Refused(Exception):
    """The file cannot be downloaded; the text is a sentence that says why."""


class _BrokeOff(Exception):
    """The connection ended, and a retry may go further; the text is a clause."""


class Transfer:
    """A download of one file. `run` blocks, so it belongs into a thread (`run_in_thread`).

    Parameters
    ----------
    address
        Address of the file.
    file
        File to write; closed at the end.
    patience
        Limits.
    stopped
        Set when the download is no longer wanted.
    on_received
        Gets the number of bytes so far, and of all; at most ten times a second, and only when
        the share has grown.
    on_break
        Gets the reason of a retry.
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
        self._shown = 0.0
        self._next_report = 0.0
        self.digest = hashlib.sha256()

    def run(self) -> None:
        """Download the whole file, or raise `Refused`; an `OSError` comes from the disk."""
        pauses = self._patience.pauses
        with self._file:
            for number in range(len(pauses) + 1):
                try:
                    self._receive()
                    return
                except _BrokeOff as trouble:
                    if number == len(pauses):
                        reason = f"It broke off {number + 1} times: {trouble}."
                        raise Refused(reason) from trouble
                    self._on_break(str(trouble))
                    if self._stopped.wait(pauses[number]):
                        return

    def _receive(self) -> None:
        """Append what is missing."""
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
            raise _BrokeOff(f"the connection ended{self._so_far()}")

    def _chunks(self) -> Generator[bytes, None, None]:
        """Yield what is missing as it comes; the network's errors are raised as our own."""
        # Imported where they are needed: an idle backend stays small.
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
            silence = f"{self._patience.silence:.0f} s"
            if not self._reached:
                raise Refused(f"No answer of {self._host} came within {silence}.") from error
            raise _BrokeOff(f"no byte came for {silence}{self._so_far()}") from error
        except (OSError, HTTPException) as error:
            raise _BrokeOff(f"{_words(error)}{self._so_far()}") from error
        except ValueError as error:  # a host name that cannot be one
            raise Refused(f"Its address cannot be used: {_words(error)}.") from error

    def _answer(self) -> Any:
        """Return the response to a request for what is missing."""
        headers = {}
        if self._count:
            headers["Range"] = f"bytes={self._count}-"
            if self._tag:
                headers["If-Range"] = self._tag
        return answer(self._address, self._patience.silence, self._at, headers)

    def _at(self, host: str) -> None:
        self._host = host

    def _take_up(self, status: int, headers: Any) -> None:
        """Go on where the download broke off, or start anew where the server does."""
        self._reached = True
        if status == 206:
            if headers["Content-Range"] == f"bytes {self._count}-{self._total - 1}/{self._total}":
                return
            self._start_anew(0, "")
            raise _BrokeOff("another part came than the one asked for")
        length = headers["Content-Length"] or ""
        if not length.isdecimal():
            raise Refused(f"The answer of {self._host} does not say how large it is.")
        if int(length) > self._patience.size:
            raise Refused(f"It is larger than {self._patience.size / 1e6:.0f} MB.")
        tag = headers["ETag"] or ""
        # A weak tag does not stand for the same bytes (RFC 9110, 13.1.5).
        self._start_anew(int(length), "" if tag.startswith("W/") else tag)

    def _start_anew(self, total: int, tag: str) -> None:
        self._count, self._total, self._tag = 0, total, tag
        self.digest = hashlib.sha256()
        self._file.seek(0)
        self._file.truncate()

    def _answered(self, code: int, headers: Any) -> Exception:
        """Return the error for a status other than success."""
        self._reached = True
        if code == 416:  # the file has no byte after those received
            if headers["Content-Range"] == f"bytes */{self._count}":
                return _wrong_size(self._count, self._total)
            self._start_anew(0, "")
            return _BrokeOff("the file has changed meanwhile")
        if code in _PASSING:
            return _BrokeOff(f"the answer of {self._host} was {code}")
        if code in (404, 410):
            return Refused(f"It was not found at {self._host} ({code}).")
        return Refused(f"The answer of {self._host} was {code} and no file.")

    def _unreached(self, error: object) -> Exception:
        """Return the error for a connection that could not be made.

        Without any connection so far there is no retry: there may be no network at all.
        """
        if isinstance(error, ssl.SSLCertVerificationError):
            return Refused(certificate_refused(error, self._host))
        trouble = no_way(error, self._host)
        if self._reached:
            return _BrokeOff(trouble)
        return Refused(f"{trouble[0].upper()}{trouble[1:]}.")

    def _report(self) -> None:
        now = time.monotonic()
        share = self._count / self._total
        # After a new start, shares that were reported before are not reported again.
        if share > self._shown and (now >= self._next_report or share == 1.0):
            self._shown = share
            self._next_report = now + _REPORT_EVERY
            self._on_received(self._count, self._total)

    def _so_far(self) -> str:
        return f" at {self._count / 1e6:.1f} of {self._total / 1e6:.1f} MB" if self._total else ""


def _wrong_size(found: int, announced: int) -> Refused:
    return Refused(f"It has {found} bytes, but {announced} were announced.")


def _words(error: object) -> str:
    """Return the text of an error, without its number and final stop."""
    said = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(said).rstrip(".")


def answer(
    address: str,
    silence: float,
    at: Callable[[str], None],
    headers: Mapping[str, str] | None = None,
) -> Any:
    """Return the response of an HTTPS server, after redirects.

    Proxies and certification authorities are those of `work_environment`, else the system's.

    Parameters
    ----------
    address
        The address.
    silence
        Seconds without a byte.
    at
        Gets the name of each server before it is asked.
    headers
        Of the request.

    Raises
    ------
    Refused
        For a redirect to an address without HTTPS, too many redirects, a proxy of another kind than
        HTTP, and a file of certificates that cannot be read.
    urllib.error.URLError
        Without a connection to the server; ``HTTPError`` for a status other than success.
    """
    # Imported where they are needed: an idle backend stays small.
    import urllib.request as library
    from urllib.error import HTTPError

    opener = library.OpenerDirector()
    for handler in (
        library.HTTPSHandler(context=_trusting()),
        library.HTTPDefaultErrorHandler(),
        library.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    host = ""
    for _ in range(_REDIRECTS + 1):
        if not address.lower().startswith("https://"):
            raise Refused(f"The answer of {host} leads to an address without HTTPS.")
        host = urlsplit(address).hostname or ""
        at(host)
        request = library.Request(  # noqa: S310  checked just above
            address, headers={"User-Agent": "colabwidget", **(headers or {})}
        )
        try:
            proxy.take(request, "https")
        except proxy.OtherKind as error:
            raise Refused(f"A proxy of the kind {error} is not used for downloads.") from None
        try:
            return opener.open(request, timeout=silence)
        except HTTPError as error:
            if error.code not in _MOVED or not error.headers["Location"]:
                raise
            address = urljoin(address, error.headers["Location"])
            error.close()
    raise Refused(f"The answers of {host} lead on more than {_REDIRECTS} times.")


def _trusting() -> ssl.SSLContext:
    """Return what a server's certificate is checked by, as OpenSSL would choose it."""
    named, system = work_environment.certificates(), ssl.get_default_verify_paths()
    file = named.get("SSL_CERT_FILE", system.cafile)
    folder = named.get("SSL_CERT_DIR", system.capath)
    try:
        return ssl.create_default_context(cafile=file, capath=folder)
    except (OSError, ssl.SSLError) as error:
        raise Refused(
            f"The file of certificates that the environment names, {file}, cannot be read: "
            f"{_words(error)}."
        ) from error


def certificate_refused(error: ssl.SSLCertVerificationError, host: str) -> str:
    """Return the sentence for a server's certificate that was not accepted.

    Where the clock is at fault, it says so; it asks the server for its time then, and blocks.
    """
    said = error.verify_message.rstrip(".")
    reason = f"The certificate of {host} was not accepted: {said}."
    return f"{reason} {clock.of_certificate(error, host)}".rstrip()


def no_way(error: object, host: str) -> str:
    """Return the clause that says why there is no connection to a server."""
    if isinstance(error, socket.gaierror):
        return f"cannot find {host} (DNS failed; is this machine online?)"
    return f"there is no way to {host} ({_words(error)})"
