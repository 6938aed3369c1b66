"""Stand-ins for released packages and for the server that has them.

The packages are real ones that dpkg installs, at the places of the real ones and with their
programs' command lines. What the programs do is done by Debian's TigerVNC, which has to be on the
machine where they run; to build and to download them takes dpkg-deb and openssl only.
"""

from __future__ import annotations

import hashlib
import math
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import zlib
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
_BLOCK = 8_192  # bytes


def make_turbovnc_deb(
    folder: Path,
    *,
    package: str = "turbovnc",
    version: str = "3.3-20260601",
    architecture: str = "amd64",
    padding: int = 0,
    bundled: bool = False,
) -> Path:
    """The path of a package in `folder` with Xvnc, vncserver and vncpasswd in /opt/TurboVNC/bin.

    Like the real one it brings a server of its own, so it does not depend on TigerVNC, which does
    the work all the same: the machine needs Xtigervnc and tigervncpasswd, unless this machine's
    are bundled.

    Parameters
    ----------
    folder
        Made if missing.
    package, version, architecture
        What the package says of itself.
    padding
        Bytes that do not compress, for a package of some size; the real one has 10 MB.
    bundled
        Whether this machine's TigerVNC is in the package.
    """
    release, _, build = version.partition("-")
    names = {"@VERSION@": release, "@BUILD@": build, "@PYTHON@": os.path.realpath(sys.executable)}
    programs: dict[str, str | bytes] = {
        f"opt/TurboVNC/{name}": _filled(HERE / "turbovnc" / Path(name).name, names)
        for name in ("bin/Xvnc", "bin/vncserver", "bin/vncpasswd", "libexec/pointer.py")
    }
    depends = "xauth, x11-xkb-utils, xkb-data" + (", libxfont2" if bundled else "")
    if bundled:
        for name in ("Xtigervnc", "tigervncpasswd"):
            programs[f"opt/TurboVNC/libexec/{name}"] = Path("/usr/bin", name).read_bytes()
    control = _control(package, version, architecture, depends)
    return _build(folder, package, version, architecture, control, programs, padding)


def make_virtualgl_deb(
    folder: Path,
    *,
    package: str = "virtualgl",
    version: str = "3.1.4-20260601",
    architecture: str = "amd64",
) -> Path:
    """The path of a package in `folder` with a vglrun in /opt/VirtualGL/bin.

    It starts the program with VGL_DOUBLE in its environment, which is what was to be drawn on, such
    as `egl`. Unlike the real one it depends on nothing, as it draws nothing.
    """
    vglrun = (HERE / "virtualgl" / "vglrun").read_bytes()
    programs: dict[str, str | bytes] = {"opt/VirtualGL/bin/vglrun": vglrun}
    control = _control(package, version, architecture, "")
    return _build(folder, package, version, architecture, control, programs, 0)


def _filled(template: Path, names: dict[str, str]) -> str:
    return re.sub("|".join(names), lambda found: names[found[0]], template.read_text())


def _control(package: str, version: str, architecture: str, depends: str) -> str:
    return (
        f"Package: {package}\n"
        f"Version: {version}\n"
        "Section: misc\nPriority: optional\n"
        f"Architecture: {architecture}\n"
        "Maintainer: Nobody <nobody@example.org>\n"
        + (f"Depends: {depends}\n" if depends else "")
        + "Description: Stand-in for a released package\n"
    )


def _build(
    folder: Path,
    package: str,
    version: str,
    architecture: str,
    control: str,
    programs: dict[str, str | bytes],
    padding: int,
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    deb = folder / f"{package}_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory() as root:
        tree = Path(root)
        _write(tree / "DEBIAN" / "control", control.encode(), 0o644)
        for name, content in programs.items():
            data = content.encode() if isinstance(content, str) else content
            _write(tree / name, data, 0o755)
        if padding:
            _write(tree / "opt" / package / "padding", os.urandom(padding), 0o644)
        for path in (tree, *tree.rglob("*")):
            if path.is_dir():
                path.chmod(0o755)  # whatever the umask: they become the system's
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zgzip", "--build", str(tree), str(deb)],
            check=True,
            capture_output=True,
        )
    return deb


def _write(path: Path, data: bytes, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    path.chmod(mode)


@dataclass
class Faults:
    """What goes wrong with one request after the other.

    Parameters
    ----------
    times
        How many requests; all of them without it.
    status
        Answered instead of the file: 404, 503, ...
    redirect
        Address that it is said to be at; relative ones are of this server.
    silent
        No answer comes, until `hang_up`.
    break_off_after
        Bytes of the answer after which the connection is closed.
    hold_after
        Bytes of the answer after which nothing more comes, until `hang_up`.
    wrong_length
        Bytes by which more are announced than there are.
    no_length
        The size is not announced; the file ends with the connection.
    no_ranges
        The whole file is given whatever part is asked for.
    no_tag, weak_tag
        No ETag is given, or one that does not stand for the same bytes.
    surplus
        Bytes that come beyond the part that was asked for.
    slow
        Bytes per second.
    page
        The answer is said to be a page for people.
    """

    times: float = math.inf
    status: int = 0
    redirect: str = ""
    silent: bool = False
    break_off_after: int | None = None
    hold_after: int | None = None
    wrong_length: int = 0
    no_length: bool = False
    no_ranges: bool = False
    no_tag: bool = False
    weak_tag: bool = False
    surplus: int = 0
    slow: int = 0
    page: bool = False


@dataclass
class Request:
    """One request.

    Parameters
    ----------
    path
        Of its address.
    range
        Its Range header; empty without one.
    sent
        How many bytes of the file were sent.
    """

    path: str
    range: str
    sent: int = 0


class ReleaseServer:
    """An HTTPS server on loopback whose certificate only those trust who have its `ca`.

    A context manager. What goes wrong can change while it runs.

    Attributes
    ----------
    url
        https://localhost:PORT
    ca, sums
        Files for SSL_CERT_FILE and COLABWIDGET_SUMS, which knows all that was offered.
    requests
        What was asked for, in this order.
    """

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        self.ca, self.sums = folder / "ca.pem", folder / "sums"
        self.sums.touch()
        self.requests: list[Request] = []
        self.held = threading.Event()
        self._files: dict[str, list[Path]] = {}
        self._faults: dict[str, list[Faults]] = {}
        _make_certificates(folder)
        self._server = _Server(("127.0.0.1", 0), partial(_Handler, self))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        self._server.socket = context.wrap_socket(
            self._server.socket,
            server_side=True,
            do_handshake_on_connect=False,  # but in the thread of the connection
        )
        self.url = f"https://localhost:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> ReleaseServer:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.hang_up()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._folder.cleanup()

    def offer(self, address: str, *files: Path) -> None:
        """Have a file at the path of an address, whatever the address's host, and no faults.

        Of several files, each request gets the next one, and the last one stays.
        """
        path = urlsplit(address).path
        self._files[path] = list(files)
        self._faults.pop(path, None)
        digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
        with self.sums.open("a") as sums:
            sums.writelines(f"{digest}  {address}\n" for digest in digests)

    def fail(self, address: str, **faults: Any) -> None:
        """Have exactly these faults at the path of an address from the next request on."""
        self._faults[urlsplit(address).path] = [Faults(**faults)]

    def then(self, address: str, **faults: Any) -> None:
        """Have these faults once those before have had their times."""
        self._faults[urlsplit(address).path].append(Faults(**faults))

    def hang_up(self) -> None:
        """Close the connections that are held."""
        held, self.held = self.held, threading.Event()
        held.set()

    def file_at(self, path: str) -> bytes | None:
        files = self._files.get(path)
        if not files:
            return None
        return (files.pop(0) if len(files) > 1 else files[0]).read_bytes()

    def faults_at(self, path: str) -> Faults:
        for faults in self._faults.get(path, []):
            if faults.times > 0:
                faults.times -= 1
                return faults
        return Faults()


class _Server(ThreadingHTTPServer):
    # A client that goes away in the middle is no news.
    def handle_error(self, request: Any, client_address: Any) -> None:
        pass


class _Handler(BaseHTTPRequestHandler):
    def __init__(self, releases: ReleaseServer, *arguments: Any) -> None:
        self._releases = releases
        super().__init__(*arguments)

    def do_GET(self) -> None:
        request = Request(self.path, self.headers.get("Range", ""))
        self._held = self._releases.held
        self._releases.requests.append(request)
        faults = self._releases.faults_at(self.path)
        data = self._releases.file_at(self.path)
        if faults.silent:
            self._held.wait()
        elif faults.redirect:
            self._head(302, {"Location": faults.redirect, "Content-Length": "0"})
        elif faults.status or data is None:
            self._head(faults.status or 404, {"Content-Length": "0"})
        else:
            self._give(data, request, faults)

    def _give(self, data: bytes, request: Request, faults: Faults) -> None:
        tag = f'"{len(data):x}-{zlib.crc32(data):x}"'
        same = self.headers.get("If-Range", tag) == tag  # never so for a weak one
        part = re.fullmatch(r"bytes=(\d+)-", request.range)
        start = int(part.group(1)) if part and same and not faults.no_ranges else 0
        headers = {} if faults.no_tag else {"ETag": f"W/{tag}" if faults.weak_tag else tag}
        if faults.page:
            headers["Content-Type"] = "text/html; charset=utf-8"
        if start and start >= len(data):
            headers |= {"Content-Range": f"bytes */{len(data)}", "Content-Length": "0"}
            self._head(416, headers)
            return
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            data += bytes(faults.surplus)
        if not faults.no_length:
            headers["Content-Length"] = str(len(data) - start + faults.wrong_length)
        self._head(206 if start else 200, headers)
        self._send(data[start:], request, faults)

    def _send(self, data: bytes, request: Request, faults: Faults) -> None:
        end = len(data)
        for limit in (faults.break_off_after, faults.hold_after):
            end = end if limit is None else min(limit, end)
        for start in range(0, end, _BLOCK):
            block = data[start : min(start + _BLOCK, end)]
            request.sent += len(block)
            self.wfile.write(block)
            if faults.slow:
                self._held.wait(len(block) / faults.slow)
        if faults.hold_after is not None:
            self._held.wait()

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


_CERTIFICATES = """\
[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
"""


def _make_certificates(folder: Path) -> None:
    """A throw-away authority, and a certificate for localhost from it."""
    (folder / "openssl.cnf").write_text(_CERTIFICATES)
    new_key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -config openssl.cnf"
    for command in (
        f"req -x509 {new_key} -extensions authority -subj /CN=Throw-away -days 2"
        " -keyout ca.key -out ca.pem",
        f"req -new {new_key} -subj /CN=localhost -keyout server.key -out server.csr",
        "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2"
        " -extfile openssl.cnf -extensions server -out server.pem",
    ):
        subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)
