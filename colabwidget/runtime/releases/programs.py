"""Programs that their makers release as one file: fetched once, checked, and kept."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.http import Patience, Refused
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases.fetch import GITHUB, Progress, fetch, sha256_of, sums_of
from colabwidget.system import paths
from colabwidget.system.files import ensure_private
from colabwidget.system.machine import architecture

# First bytes of a 64-bit little-endian ELF file, and the place of the machine's number (elf(5)).
_ELF = b"\x7fELF\x02\x01"
_MACHINE = slice(18, 20)
_MACHINES = {"amd64": 62, "arm64": 183}

_VERSION_TIMEOUT = 10.0  # seconds; a first start reads the whole file


@dataclass(frozen=True)
class Program:
    """A release of a program, as an `Artifact`.

    Parameters
    ----------
    name
        Of the file, and for people.
    project
        On GitHub: ``"cloudflare/cloudflared"``.
    version
        As the release is tagged.
    file
        Name of the released file; ``{architecture}`` in it stands for dpkg's name of that.
    sums
        SHA-256 of the file, by architecture.
    """

    name: str
    project: str
    version: str
    file: str
    sums: Mapping[str, str]

    @property
    def file_name(self) -> str:
        """Its name, as a command."""
        return self.name

    @property
    def page(self) -> str:
        """The page of the release."""
        return f"{GITHUB}/{self.project}/releases/tag/{self.version}"

    def address(self) -> str:
        """Return the address of its file for this machine."""
        here = architecture()
        if here not in _MACHINES:
            raise Refused(f"There is none for this machine's processor, {here}.")
        folder = f"{GITHUB}/{self.project}/releases/download/{self.version}"
        return f"{folder}/{self.file.format(architecture=here)}"

    def pinned(self) -> str:
        """Return the SHA-256 of its file for this machine; empty where none is pinned."""
        return self.sums.get(architecture(), "")

    async def check(self, file: Path, sha256: str, journal: Journal) -> str:
        """See that a file is a program that runs here, and make it executable.

        Its sum has been compared before: that it runs says nothing of where it comes from.
        """
        file.chmod(0o700)
        if fault := await fault_of(file):
            raise Refused(fault)
        return self.name

    def failure(self, reason: str) -> ColabWidgetError:
        """Return the error ``program_download_failed``."""
        return ColabWidgetError(
            "program_download_failed", name=self.name, reason=reason, page=self.page
        )


async def ensure_program(
    wanted: Program, journal: Journal, progress: Progress, patience: Patience | None = None
) -> Path:
    """Return the path of a program in our state directory; it is fetched where it is missing.

    A file that is there is fetched again where it has another sum than the pinned one, or does not
    run.

    Parameters
    ----------
    wanted
        The program.
    journal
        Gets what was done.
    progress
        Gets what is going on, and how far it is (0 to 1).
    patience
        Limits of a download.

    Raises
    ------
    ColabWidgetError
        ``program_download_failed``.
    """
    directory = ensure_private(paths.state_directory())
    kept = directory / wanted.file_name
    if kept.exists():
        fault = await _other_sum(wanted, kept) or await fault_of(kept)
        if not fault:
            return kept
        journal.add(f"{kept} is not used. {fault}")
    return await fetch(wanted, directory, progress, journal, patience or Patience())


async def _other_sum(wanted: Program, kept: Path) -> str:
    """Return that a file is not the pinned one, as a sentence; empty where it may be."""
    try:
        sums = sums_of(wanted)
        found = await asyncio.to_thread(sha256_of, kept) if sums else ""
    except (OSError, Refused):
        return ""  # `fault_of` and `fetch` say what is wrong
    return f"It is not version {wanted.version}." if found not in (*sums, "") else ""


async def fault_of(file: Path) -> str:
    """Return why a program of this machine's cannot be used, as a sentence; empty if it can."""
    try:
        with file.open("rb") as reader:
            head = reader.read(_MACHINE.stop)
    except OSError as error:
        return f"It cannot be read: {error.strerror}."
    if not head.startswith(_ELF):
        return "It is no program for Linux on 64 bits."
    here = architecture()
    if int.from_bytes(head[_MACHINE], "little") != _MACHINES.get(here):
        return f"It is made for another processor than this machine's, {here}."
    return await answers(file)


async def answers(file: Path) -> str:
    """Return why a program does not tell its version, as a sentence; empty if it does."""
    if not os.access(file, os.X_OK):
        return "It may not be executed."
    status, said = await process.output([str(file), "--version"], _VERSION_TIMEOUT)
    if status == 0:
        return ""
    last = f" It said: {said.splitlines()[-1][:160]}" if said.strip() else ""
    return (f"It did not tell its version.{last}").removesuffix(".") + "."
