"""Other distributions: minimal images, as debootstrap makes them, and machines of them."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kit.machine.machine import ROOT
from tests.kit.machine.machine_copy import CopyImpossible
from tests.kit.machine.odd_machine import OddMachine

# Images are kept from one run to the next; `make clean` removes them.
IMAGES = ROOT / ".machines"
_DEBIAN = "http://deb.debian.org/debian"
_UBUNTU = "http://archive.ubuntu.com/ubuntu"
# Ubuntu's keys, which Debian does not package; the digest is that of the file in its archive.
_KEYS = f"{_UBUNTU}/pool/main/u/ubuntu-keyring/ubuntu-keyring_2021.03.26_all.deb"
_KEYS_SHA256 = "0d0e7ed6b112f5d03eabf3c7eb01ebdacf9c57714b279e90495cfc58c8c4520f"
# What a notebook has and a minimal image lacks: its Python, and certificates for downloads.
_INCLUDED = "python3,ca-certificates"


@dataclass(frozen=True)
class Release:
    """A release of a distribution.

    Parameters
    ----------
    suite
        Its name in the archive.
    mirror
        The archive.
    """

    suite: str
    mirror: str = _DEBIAN

    def image(self) -> Path:
        """Return the folder of its minimal image, made at the first use.

        Raises
        ------
        CopyImpossible
            Where debootstrap is missing or the archive cannot be reached.
        """
        if not shutil.which("debootstrap"):
            raise CopyImpossible("debootstrap is missing")
        IMAGES.mkdir(exist_ok=True)
        place = IMAGES / self.suite
        with (IMAGES / f"{self.suite}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not place.exists():
                self._make(place)
        return place

    def _make(self, place: Path) -> None:
        draft = place.with_name(f"{place.name}.draft")
        shutil.rmtree(draft, ignore_errors=True)
        options = ["--variant=minbase", f"--include={_INCLUDED}"]
        script = []
        if self.mirror == _UBUNTU:
            options += ["--components=main,universe", f"--keyring={_ubuntu_keys()}"]
            # An older debootstrap does not name the newer releases, which are all made alike.
            script = ["/usr/share/debootstrap/scripts/gutsy"]
        done = subprocess.run(
            ["debootstrap", *options, self.suite, str(draft), self.mirror, *script],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            shutil.rmtree(draft, ignore_errors=True)
            raise CopyImpossible(f"debootstrap {self.suite}: {done.stdout[-300:]}")
        shutil.rmtree(draft / "var/cache/apt/archives", ignore_errors=True)
        (draft / "var/cache/apt/archives/partial").mkdir(parents=True)
        draft.rename(place)


DEBIAN_12 = Release("bookworm")
DEBIAN_13 = Release("trixie")
UBUNTU_22_04 = Release("jammy", _UBUNTU)
UBUNTU_24_04 = Release("noble", _UBUNTU)


def _ubuntu_keys() -> Path:
    folder = IMAGES / "ubuntu-keyring"
    keys = folder / "usr/share/keyrings/ubuntu-archive-keyring.gpg"
    if not keys.exists():
        try:
            with urllib.request.urlopen(_KEYS, timeout=30) as answer:
                data = answer.read()
        except OSError as error:
            raise CopyImpossible(f"{_KEYS}: {error}") from None
        if hashlib.sha256(data).hexdigest() != _KEYS_SHA256:
            raise CopyImpossible(f"{_KEYS} is another file than it was")
        package = IMAGES / "ubuntu-keyring.deb"
        package.write_bytes(data)
        subprocess.run(["dpkg-deb", "--extract", package, folder], check=True)
        package.unlink()
    return keys


class DistributionMachine(OddMachine):
    """A throw-away machine of another release, with the notebook's Python and little else.

    Parameters
    ----------
    release
        What it runs.
    changes
        As of `OddMachine`.
    """

    def __init__(self, release: Release, changes: Sequence[Callable[[OddMachine], None]]) -> None:
        super().__init__(changes)
        self._release = release
        self.python = "/usr/bin/python3"
        self.patience = 900.0  # seconds for a desktop's packages

    def base(self) -> Path:
        """Return its image."""
        return self._release.image()

    def apart(self) -> list[str]:
        """Return the folders of this machine that it has too: the product's sources."""
        return [str(ROOT)]

    def make_keys(self) -> None:
        """Make a key with this machine's programs: it has none of OpenSSH's."""
        folder = self.path("/keys")
        folder.mkdir(mode=0o755)
        make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / "id")]
        subprocess.run(make, check=True)

    def processes(self) -> list[str]:
        """The command lines of its processes but the first; ps is not among its programs."""
        found = []
        for entry in self.path("/proc").iterdir():
            if not entry.name.isdigit() or entry.name == "1":
                continue
            try:
                state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if state != "Z" and any(words):
                found.append(os.fsdecode(b" ".join(words)).strip())
        return found
