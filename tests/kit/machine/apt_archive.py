"""A package archive on loopback, which can be stale, slow or empty when a test wants it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from email.utils import format_datetime
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.kit.machine.bare_machine import BareMachine

_SLOW_BLOCK = 16_384  # bytes
_SLOW_PAUSE = 0.1  # seconds


# No program listens there. apt avoids a host once it was dead, so it is not the archive's.
DEAD = "http://127.0.0.2:9"


class Archive:
    """A flat repository of real packages; a context manager.

    Parameters
    ----------
    folder
        An empty folder of its own.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        # apt asks for what has changed since, and HTTP dates have whole seconds.
        self._date = int(time.time()) - 86_400
        self.slow = threading.Event()
        handler = partial(_Handler, self.slow, directory=str(folder))
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    def __enter__(self) -> Archive:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.slow.clear()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def publish(
        self, debs: Sequence[Path], gone: bool = False, edit: Callable[[str], str] = str
    ) -> None:
        """Offer exactly these packages; or list them at places where they are not, or otherwise."""
        for old in self.folder.iterdir():
            old.unlink()
        for deb in debs:
            shutil.copy(deb, self.folder)
        packages = edit("\n".join(_entry(deb, "gone/" if gone else "") for deb in debs)).encode()
        digest = hashlib.sha256(packages).hexdigest()
        self._write("Packages", packages)
        release = f"Date: {format_datetime(datetime.now(timezone.utc), usegmt=True)}\n"
        release += f"SHA256:\n {digest} {len(packages)} Packages\n"
        self._write("Release", release.encode())

    def use(self, machine: BareMachine) -> None:
        """Let this be the only source of a machine's packages."""
        use_source(machine, self.url)

    def _write(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.write_bytes(data)
        self._date += 60
        os.utime(path, (self._date, self._date))


def use_source(machine: BareMachine, *urls: str) -> None:
    """Let a machine have no packages but those of flat repositories, and no lists yet."""
    machine.must("sh", "-c", "rm -rf /etc/apt/sources.list.d/* /var/lib/apt/lists")
    lines = [f"deb [trusted=yes] {url} ./\n" for url in urls]
    machine.path("/etc/apt/sources.list").write_text("".join(lines))
    direct = [f'Acquire::http::Proxy::127.0.0.{n} "DIRECT";\n' for n in (1, 2)]
    machine.path("/etc/apt/apt.conf.d/zz-loopback").write_text("".join(direct))


def download(names: Sequence[str], folder: Path) -> dict[str, Path]:
    """Fetch packages, as this machine's own sources have them, into a folder."""
    with BareMachine(lists=False) as machine:
        machine.must("apt-get", "update")
        machine.must(
            "sh", "-c", f"mkdir /run/debs; cd /run/debs; apt-get download {' '.join(names)}"
        )
        for deb in machine.path("/run/debs").glob("*.deb"):
            shutil.copy(deb, folder)
    found = {deb.name.partition("_")[0]: deb for deb in folder.iterdir()}
    assert set(names) == set(found)
    return found


def make_deb(folder: Path, name: str, scripts: Mapping[str, str]) -> Path:
    """Make a package that has nothing but scripts, by the names that dpkg has for them."""
    control = folder / name / "DEBIAN"
    control.mkdir(parents=True)
    (control / "control").write_text(
        f"Package: {name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody\nDescription: {name}\n"
    )
    for script, text in scripts.items():
        (control / script).write_text(f"#!/bin/sh\n{text}\n")
        (control / script).chmod(0o755)
    deb = folder / f"{name}.deb"
    subprocess.run(["dpkg-deb", "--build", folder / name, deb], check=True, capture_output=True)
    return deb


def _entry(deb: Path, place: str) -> str:
    fields = subprocess.check_output(["dpkg-deb", "--field", deb], text=True)
    data = deb.read_bytes()
    digest = hashlib.sha256(data).hexdigest()
    return f"{fields}Filename: ./{place}{deb.name}\nSize: {len(data)}\nSHA256: {digest}\n"


class _Handler(SimpleHTTPRequestHandler):
    """Serves the files of a folder, packages slowly while it is told so."""

    def __init__(self, slow: threading.Event, *arguments: object, **more: object) -> None:
        self._slow = slow
        super().__init__(*arguments, **more)  # type: ignore[arg-type]

    def copyfile(self, source: object, outputfile: object) -> None:
        """Send a file; a package, while the archive is slow, in small blocks."""
        try:
            while data := source.read(_SLOW_BLOCK):  # type: ignore[attr-defined]
                outputfile.write(data)  # type: ignore[attr-defined]
                if self._slow.is_set() and self.path.endswith(".deb"):
                    time.sleep(_SLOW_PAUSE)
        except OSError:
            self.close_connection = True  # the other end was cancelled

    def log_message(self, *_: object) -> None:
        """Say nothing."""
