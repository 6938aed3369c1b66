"""Packages of the system: the missing ones are installed by apt-get in one transaction.

Where every program is there already, nothing here runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt_output, process, work_environment
from colabwidget.runtime.journal import Journal
from colabwidget.system.rights import user_id

_LISTS = Path("/var/lib/apt/lists")
_POLICY = Path("/usr/sbin/policy-rc.d")
_MANUAL_MARK = Path("/var/lib/man-db/auto-update")
_POLICY_MARK = "# Written by colabwidget while it installs packages; it is removed afterwards."
_SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Need:
    """A program, and the package that brings it.

    Parameters
    ----------
    program, package
        Their names; the whole path of what is no program.
    account
        System account that the last part of the package's installation makes, and that the program
        needs when it runs as root. Where it is missing, an installation was interrupted.
    """

    program: str
    package: str
    account: str = ""


OPENSSH_SERVER = Need("sshd", "openssh-server", account="sshd")
OPENSSH_CLIENT = Need("ssh-keyscan", "openssh-client")
SUDO = Need("sudo", "sudo")


def missing(needs: Sequence[Need]) -> list[str]:
    """Return the packages whose programs are missing, or were installed only in part."""
    return sorted({need.package for need in needs if not _is_there(need) or _halfway(need)})


def _is_there(need: Need) -> bool:
    return bool(program(need.program)) or Path("/", need.program).is_file()


def _halfway(need: Need) -> bool:
    if not need.account or user_id() != 0 or not program("apt-get"):
        return False
    try:
        pwd.getpwnam(need.account)
    except KeyError:
        return True
    return False


def program(name: str) -> str | None:
    """Return the path of a program of the system, the ``sbin`` folders included."""
    return shutil.which(name, path=_SEARCH)


async def ensure_installed(packages: Sequence[str], journal: Journal, progress: Progress) -> None:
    """Install packages and what they need, without what they only recommend.

    The lists are refreshed where there are none, or where they turn out to be stale. The packages'
    services are never started, and the index of manual pages is left to the system's next update.

    Parameters
    ----------
    packages
        Names, or paths of package files; without any, nothing runs.
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
    forward = _forward_only(progress)
    with _services_kept_down(), _manual_index_left_alone():
        fresh = not any(_LISTS.glob("*_Packages*"))
        trouble = await _update(journal, forward) if fresh else None
        said = await _install(packages, journal, forward)
        if said is not None and apt_output.INTERRUPTED.search(said):
            forward("mending an interrupted installation", None)
            mend = process.run(["dpkg", "--configure", "-a"], journal, environment=_QUIET)
            await _finished(mend, journal, forward)
            said = await _install(packages, journal, forward)
        if said is not None and apt_output.BROKEN.search(said):
            # A package could not be unpacked, while packages that need it were.
            forward("mending a broken installation", None)
            said = await _install(["--fix-broken", "--no-remove"], journal, forward)
            if said is None:
                said = await _install(packages, journal, forward)
        if said is not None and not fresh and apt_output.STALE.search(said):
            trouble = await _update(journal, forward)
            said = await _install(packages, journal, forward)
    if said is not None:
        raise apt_output.error_of(f"{trouble}\n{said}" if trouble else said)


_Share = tuple[float, float]

# Shares of the whole: reading the lists, downloading, unpacking and setting up.
_UPDATE: dict[str, _Share] = {"dlstatus": (0.0, 0.25)}
_INSTALL: dict[str, _Share] = {"dlstatus": (0.0, 0.5), "pmstatus": (0.5, 1.0)}

_QUIET = {"DEBIAN_FRONTEND": "noninteractive", "DEBIAN_PRIORITY": "critical"}
_OPTIONS = [
    "-q",
    "-y",
    "-oAPT::Color=0",
    "-oDpkg::Use-Pty=0",
    f"-oDPkg::Lock::Timeout={apt_output.LOCK_TIMEOUT}",
    "-oAcquire::Retries=3",
    "-oAcquire::http::Timeout=20",
    "-oAcquire::https::Timeout=20",
    "-oDpkg::Options::=--force-confdef",
    "-oDpkg::Options::=--force-confold",
]


async def _update(journal: Journal, progress: Progress) -> str | None:
    """Refresh the lists; return what went wrong.

    That is no failure yet: one dead source among many must not prevent an installation from the
    others.
    """
    arguments = ["update", "-oAPT::Update::Error-Mode=any"]
    return await wait_for_lists(lambda: _apt(arguments, journal, progress, _UPDATE), progress)


async def wait_for_lists(
    update: Callable[[], Awaitable[str | None]], progress: Progress
) -> str | None:
    """Refresh the lists once no other package manager holds them; return what went wrong.

    apt-get waits for dpkg's lock, and not for that of the lists.

    Parameters
    ----------
    update
        Runs ``apt-get update`` once, and returns the end of its output, or ``None`` on success.
    progress
        Gets what is waited for, where the output does not name it.

    Raises
    ------
    ColabWidgetError
        ``apt_locked`` after `apt_output.LOCK_TIMEOUT` attempts, a second apart.
    """
    for _ in range(apt_output.LOCK_TIMEOUT):
        said = await update()
        if said is None or not apt_output.LOCKED.search(said):
            return said
        if not apt_output.HOLDER.search(said):
            progress("waiting for another package manager to finish", None)
        await asyncio.sleep(1.0)
    raise ColabWidgetError("apt_locked", seconds=apt_output.LOCK_TIMEOUT)


async def _install(packages: Sequence[str], journal: Journal, progress: Progress) -> str | None:
    return await _apt(
        ["install", "--no-install-recommends", *packages], journal, progress, _INSTALL
    )


async def _apt(
    arguments: list[str], journal: Journal, progress: Progress, shares: dict[str, _Share]
) -> str | None:
    """Run apt-get; return ``None`` on success, else the end of its output."""
    said: list[str] = []
    unpacking = False

    def listen(line: str) -> None:
        said.append(line)
        del said[:-200]
        if holder := apt_output.HOLDER.search(line):
            number, name = holder.groups()
            progress(f"waiting for {name} (process {number}) to finish", None)

    def on_status(line: str) -> None:
        nonlocal unpacking
        kind, share, text = apt_output.parse_status(line)
        if kind in shares:
            unpacking = unpacking or kind == "pmstatus"
            first, last = shares[kind]
            progress(text, first + share * (last - first))

    async with _status_pipe(on_status) as writer:
        work = process.run(
            ["apt-get", *_OPTIONS, f"-oAPT::Status-Fd={writer}", *arguments],
            journal,
            environment={**_QUIET, **work_environment.of_apt()},
            pass_fds=[writer],
            on_line=listen,
        )
        status = await _finished(work, journal, progress, may_stop=lambda: not unpacking)
    return None if status == 0 else "\n".join(said)


async def _finished(
    work: Coroutine[None, None, int],
    journal: Journal,
    progress: Progress,
    may_stop: Callable[[], bool] = lambda: False,
) -> int:
    """Return the status of a program that a cancel stops only where it may stop.

    An interrupted dpkg leaves the machine in need of repair.
    """
    running = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        if may_stop():
            running.cancel()
        else:
            progress("finishing the installation before stopping", None)
            journal.add("Cancelled; dpkg finishes what it has begun.")
        await asyncio.wait({running})
        raise


@contextlib.asynccontextmanager
async def _status_pipe(on_line: Callable[[str], None]) -> AsyncIterator[int]:
    """Yield the writing end of a pipe, whose lines go to a callback."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    loop = asyncio.get_running_loop()
    rest = b""

    def read() -> None:
        nonlocal rest
        with contextlib.suppress(BlockingIOError):
            *lines, rest = (rest + os.read(reader, 65_536)).split(b"\n")
            for line in lines:
                on_line(line.decode(errors="replace"))

    loop.add_reader(reader, read)
    try:
        yield writer
    finally:
        loop.remove_reader(reader)
        os.close(reader)
        os.close(writer)


def _forward_only(progress: Progress) -> Progress:
    """Keep progress from going back: each run of apt begins with nothing done."""
    furthest = 0.0

    def forward(text: str, share: float | None) -> None:
        nonlocal furthest
        if share is not None:
            furthest = share = max(furthest, share)
        progress(text, share)

    return forward


@contextlib.contextmanager
def _services_kept_down() -> Iterator[None]:
    """Prevent packages from starting services: the system's own sshd must not open port 22.

    See https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    ours = _POLICY.is_file() and _POLICY_MARK in _POLICY.read_text(errors="replace")
    if _POLICY.exists() and not ours:
        yield
        return
    try:
        _POLICY.write_text(f"#!/bin/sh\n{_POLICY_MARK}\nexit 101\n")
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


@contextlib.contextmanager
def _manual_index_left_alone() -> Iterator[None]:
    """Prevent man-db from rebuilding its index, which takes seconds and serves only ``apropos``.

    Its trigger looks for this mark. The next installation, or man-db's daily run, rebuilds it.
    """
    aside = _MANUAL_MARK.with_name(f"{_MANUAL_MARK.name}.colabwidget")
    if _MANUAL_MARK.exists():
        _MANUAL_MARK.rename(aside)
    try:
        yield
    finally:
        # Also a mark that a killed backend has set aside.
        if aside.exists():
            aside.rename(_MANUAL_MARK)
