"""Programs that their makers release as one file: fetched once, checked, and kept."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.http import Patience, Refused
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.releases import GITHUB, Progress, architecture, fetch_file
from colabwidget.system import paths
from colabwidget.system.files import ensure_private

# The first bytes of a 64-bit little-endian ELF file, and where in it the machine is told (elf(5)).
_ELF = b"\x7fELF\x02\x01"
_MACHINE = slice(18, 20)
_MACHINES = {"amd64": 62, "arm64": 183}

_ANSWERS_WITHIN = 10.0  # seconds; a first start reads the whole file


@dataclass(frozen=True)
class Program:
    """A program that its makers release on GitHub.

    Parameters
    ----------
    name
        Of the file, and for people.
    project
        On GitHub: ``"cloudflare/cloudflared"``.
    file
        Name of the released file; ``{architecture}`` in it stands for dpkg's name of that.
    """

    name: str
    project: str
    file: str


async def ensure_program(
    wanted: Program, journal: Journal, progress: Progress, patience: Patience | None = None
) -> Path:
    """Return where the program is, in our state directory; it is fetched where it is missing.

    One that is there and does not run is fetched anew.

    Parameters
    ----------
    wanted
        Which one: its newest release.
    journal
        Where it is said what was done.
    progress
        Gets what is going on, and how far it is (0 to 1).
    patience
        How much a download may take.

    Raises
    ------
    ColabWidgetError
        ``program_download_failed``.
    """
    here = architecture()
    kept = ensure_private(paths.state_directory()) / wanted.name

    async def check(file: Path, sha256: str) -> None:
        file.chmod(0o700)
        if fault := await fault_of(file):
            raise Refused(fault)
        journal.add(f"Downloaded {wanted.name}, SHA-256 {sha256}.")

    if kept.exists():
        fault = await fault_of(kept)
        if not fault:
            return kept
        journal.add(f"{kept} is not used. {fault}")
    try:
        if here not in _MACHINES:
            raise Refused(f"There is none for this machine's processor, {here}.")
        file = wanted.file.format(architecture=here)
        url = f"{GITHUB}/{wanted.project}/releases/latest/download/{file}"
        arguments = (wanted.name, url, kept, check, progress, journal)
        return await (fetch_file(*arguments, patience) if patience else fetch_file(*arguments))
    except Refused as trouble:
        raise ColabWidgetError(
            "program_download_failed",
            name=wanted.name,
            reason=str(trouble),
            page=f"{GITHUB}/{wanted.project}/releases/latest",
        ) from trouble


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
    status, said = await process.output([str(file), "--version"], _ANSWERS_WITHIN)
    if status == 0:
        return ""
    last = f" It said: {said.splitlines()[-1][:160]}" if said.strip() else ""
    return (f"It did not tell its version.{last}").removesuffix(".") + "."
