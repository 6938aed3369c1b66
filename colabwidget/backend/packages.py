"""apt: what is missing, in one transaction, with its progress.

Nothing here runs where every program is there already.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colabwidget.backend import process
from colabwidget.backend.journal import Journal
from colabwidget.errors import ColabWidgetError

LOCK_TIMEOUT = 120  # seconds
_LISTS = Path("/var/lib/apt/lists")
_POLICY = Path("/usr/sbin/policy-rc.d")
_POLICY_MARK = "# Written by colabwidget while it installs packages; it is removed afterwards."
_SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_LOCKED = re.compile(r"Could not get lock (\S+?)\.? ?(?:It is held by process (\d+) \((.+?)\))?")
_NOT_FOUND = re.compile(
    r"E: (?:Unable to locate package|Package '?)(?: ?)([a-z0-9.+-]+)(?:' has no installation)?"
)
_STALE = re.compile(
    r"E: Unable to locate package|has no installation candidate|404 +Not Found"
    r"|E: Failed to fetch|E: Unable to fetch some archives|Hash Sum mismatch"
)
_NETWORK = re.compile(
    r"Temporary failure resolving|Could not resolve|Could not connect|Connection (?:failed|refused"
    r"|timed out)|Network is unreachable|Unable to connect"
)
_INTERRUPTED = re.compile(r"dpkg was interrupted, you must manually run")

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Need:
    """A program, and the package that brings it."""

    program: str
    package: str


OPENSSH_SERVER = Need("sshd", "openssh-server")
OPENSSH_CLIENT = Need("ssh-keyscan", "openssh-client")
SUDO = Need("sudo", "sudo")


def missing(needs: Sequence[Need]) -> list[str]:
    """Return the packages whose programs are not there."""
    return sorted({need.package for need in needs if not program(need.program)})


def program(name: str) -> str | None:
    """Return the path of a program of the system, the ``sbin`` folders included."""
    return shutil.which(name, path=_SEARCH)


async def ensure_installed(packages: Sequence[str], journal: Journal, progress: Progress) -> None:
    """Install packages and what they need, without what they only recommend.

    The lists are refreshed where there are none, or where the ones that are there turn out
    to be stale. The services of the packages are never started.

    Parameters
    ----------
    packages
        What is missing; for nothing, nothing runs.
    journal
        Where apt's output goes.
    progress
        Gets what is going on, and how far it is (0 to 1).

    Raises
    ------
    ColabWidgetError
        ``no_apt``, ``apt_locked``, ``apt_not_found``, ``apt_network``, ``disk_full`` or
        ``apt_failed``.
    """
    if not packages:
        return
    if not program("apt-get"):
        raise ColabWidgetError("no_apt", packages=", ".join(packages))
    with _services_kept_down():
        fresh = not any(_LISTS.glob("*_Packages*"))
        if fresh:
            await _update(journal, progress)
        said = await _install(packages, journal, progress)
        if said is not None and _INTERRUPTED.search(said):
            progress("mending an interrupted installation", None)
            await process.run(["dpkg", "--configure", "-a"], journal, environment=_QUIET)
            said = await _install(packages, journal, progress)
        if said is not None and not fresh and _STALE.search(said):
            await _update(journal, progress)
            said = await _install(packages, journal, progress)
    if said is not None:
        raise _recognised(said)


_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "DEBIAN_PRIORITY": "critical"}
_OPTIONS = [
    "-q",
    "-y",
    "-oAPT::Color=0",
    "-oDpkg::Use-Pty=0",
    f"-oDPkg::Lock::Timeout={LOCK_TIMEOUT}",
    "-oAcquire::Retries=3",
    "-oAcquire::http::Timeout=20",
    "-oAcquire::https::Timeout=20",
    "-oDpkg::Options::=--force-confdef",
    "-oDpkg::Options::=--force-confold",
]


async def _update(journal: Journal, progress: Progress) -> None:
    # The lock of the lists, unlike dpkg's, is not one that apt waits for.
    for second in range(LOCK_TIMEOUT):
        progress("reading the package lists", None)
        said = await _apt(["update", "-oAPT::Update::Error-Mode=any"], journal, progress)
        if said is None:
            return
        if not _LOCKED.search(said):
            raise _recognised(said)
        progress(f"waiting for another package manager, {second + 1} s", None)
        await asyncio.sleep(1.0)
    raise ColabWidgetError("apt_locked", seconds=LOCK_TIMEOUT)


async def _install(packages: Sequence[str], journal: Journal, progress: Progress) -> str | None:
    return await _apt(["install", "--no-install-recommends", *packages], journal, progress)


async def _apt(arguments: list[str], journal: Journal, progress: Progress) -> str | None:
    """Run apt-get; return ``None`` when it went well, else the end of what it said."""
    said: list[str] = []
    unpacking = False

    def listen(line: str) -> None:
        said.append(line)
        del said[:-200]
        if (lock := _LOCKED.search(line)) and lock.group(2):
            progress(f"waiting for {lock.group(3)} (process {lock.group(2)}) to finish", None)

    def told(text: str, share: float | None) -> None:
        nonlocal unpacking
        unpacking = unpacking or (share is not None and share > 0.5)
        progress(text, share)

    async with _status_pipe(told) as writer:
        work = asyncio.ensure_future(
            process.run(
                ["apt-get", *_OPTIONS, f"-oAPT::Status-Fd={writer}", *arguments],
                journal,
                environment=_QUIET,
                pass_fds=[writer],
                on_line=listen,
            )
        )
        try:
            status = await asyncio.shield(work)
        except asyncio.CancelledError:
            if unpacking:
                # dpkg torn out of its work leaves the machine in need of repair.
                progress("finishing the installation before stopping", None)
                journal.add("Cancelled; dpkg finishes what it has begun.")
                await asyncio.wait({work})
            else:
                work.cancel()
                await asyncio.wait({work})
            raise
    return None if status == 0 else "\n".join(said)


@contextlib.asynccontextmanager
async def _status_pipe(progress: Progress) -> AsyncIterator[int]:
    """Give the writing end of a pipe whose lines become progress.

    Their form is that of apt's README.progress-reporting.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    loop = asyncio.get_running_loop()
    rest = b""

    def read() -> None:
        nonlocal rest
        with contextlib.suppress(BlockingIOError):
            *lines, rest = (rest + os.read(reader, 65_536)).split(b"\n")
            for line in lines:
                _report(line.decode(errors="replace"), progress)

    loop.add_reader(reader, read)
    try:
        yield writer
    finally:
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)


def _report(line: str, progress: Progress) -> None:
    kind, _, rest = line.partition(":")
    if kind not in ("dlstatus", "pmstatus"):
        return
    # The package's name may hold a colon (its architecture): the percentage is the first number.
    match = re.match(r"(.+?):(\d+(?:\.\d+)?):(.*)", rest)
    if not match:
        return
    share = min(float(match.group(2)) / 100, 1.0)
    # Downloading and unpacking take about the same time.
    done = share / 2 if kind == "dlstatus" else 0.5 + share / 2
    progress(match.group(3).strip(), done)


def _recognised(said: str) -> ColabWidgetError:
    """Return the error that fits what apt said."""
    errors = [line for line in said.splitlines() if line.startswith(("E:", "W:", "dpkg: error"))]
    reason = errors[-1][:200] if errors else "nothing"
    if "No space left on device" in said or "enough free space" in said:
        free = shutil.disk_usage("/var").free >> 20
        return ColabWidgetError("disk_full", path="/var", free=free, needed=free + 100)
    if _LOCKED.search(said):
        return ColabWidgetError("apt_locked", seconds=LOCK_TIMEOUT)
    if network := _NETWORK.search(said):
        line = next(text for text in said.splitlines() if network.group(0) in text)
        return ColabWidgetError("apt_network", reason=line.strip()[:200])
    if absent := _NOT_FOUND.search(said):
        return ColabWidgetError("apt_not_found", package=absent.group(1))
    return ColabWidgetError("apt_failed", reason=reason)


@contextlib.contextmanager
def _services_kept_down() -> Iterator[None]:
    """Keep packages from starting their services: the system's own sshd must not open port 22.

    See https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    ours = _POLICY.is_file() and _POLICY_MARK in _POLICY.read_text(errors="replace")
    if _POLICY.exists() and not ours:
        yield
        return
    _POLICY.write_text(f"#!/bin/sh\n{_POLICY_MARK}\nexit 101\n")
    _POLICY.chmod(0o755)
    try:
        yield
    finally:
        _POLICY.unlink(missing_ok=True)
