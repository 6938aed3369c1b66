"""apt: what is missing, in one transaction, with its progress.

Nothing here runs where every program is there already.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import re
import shutil
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import NO_ROOM, ColabWidgetError
from colabwidget.runtime import process
from colabwidget.runtime.journal import Journal

LOCK_TIMEOUT = 120  # seconds
_LISTS = Path("/var/lib/apt/lists")
_POLICY = Path("/usr/sbin/policy-rc.d")
_MANUAL_MARK = Path("/var/lib/man-db/auto-update")
_POLICY_MARK = "# Written by colabwidget while it installs packages; it is removed afterwards."
_SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_LOCKED = re.compile(r"^E: Could not get lock ", re.M)
_HOLDER = re.compile(r"Could not get lock \S+ It is held by process (\d+) \((.+?)\)")
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
_BROKEN = re.compile(r"^E: Unmet dependencies\. Try 'apt --fix-broken install'", re.M)
_FULL = re.compile(rf"{NO_ROOM.pattern}|enough free space")

Progress = Callable[[str, float | None], None]


@dataclass(frozen=True)
class Need:
    """A program, and the package that brings it.

    Parameters
    ----------
    program, package
        Their names; the whole path of what is no program.
    account
        Of the system, which the package's installation makes in its last part and the program
        needs when it runs as root: without it, an installation was broken off.
    """

    program: str
    package: str
    account: str = ""


OPENSSH_SERVER = Need("sshd", "openssh-server", account="sshd")
OPENSSH_CLIENT = Need("ssh-keyscan", "openssh-client")
SUDO = Need("sudo", "sudo")


def missing(needs: Sequence[Need]) -> list[str]:
    """Return the packages whose programs are not there, or cannot run as apt has left them."""
    return sorted({need.package for need in needs if not _is_there(need) or _halfway(need)})


def _is_there(need: Need) -> bool:
    return bool(program(need.program)) or Path("/", need.program).is_file()


def _halfway(need: Need) -> bool:
    if not need.account or os.geteuid() != 0 or not program("apt-get"):
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

    The lists are refreshed where there are none, or where the ones that are there turn out
    to be stale. The services of the packages are never started, and the index of manual pages is
    left for the system's own next update.

    Parameters
    ----------
    packages
        What is missing, names or paths of package files; for nothing, nothing runs.
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
        if said is not None and _INTERRUPTED.search(said):
            forward("mending an interrupted installation", None)
            mend = process.run(["dpkg", "--configure", "-a"], journal, environment=_QUIET)
            await _finished(mend, journal, forward)
            said = await _install(packages, journal, forward)
        if said is not None and _BROKEN.search(said):
            # A package could not be unpacked, and others that need it could.
            forward("mending a broken installation", None)
            said = await _install(["--fix-broken", "--no-remove"], journal, forward)
            if said is None:
                said = await _install(packages, journal, forward)
        if said is not None and not fresh and _STALE.search(said):
            trouble = await _update(journal, forward)
            said = await _install(packages, journal, forward)
    if said is not None:
        raise _recognised(f"{trouble}\n{said}" if trouble else said)


_Share = tuple[float, float]

# Which part of the whole is what: reading the lists, downloading, unpacking and setting up.
_UPDATE: dict[str, _Share] = {"dlstatus": (0.0, 0.25)}
_INSTALL: dict[str, _Share] = {"dlstatus": (0.0, 0.5), "pmstatus": (0.5, 1.0)}

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


async def _update(journal: Journal, progress: Progress) -> str | None:
    """Refresh the lists; return what went wrong.

    That is no failure yet: one dead source among many must not keep from installing what the
    others have.
    """
    # The lock of the lists, unlike dpkg's, is not one that apt waits for.
    for _ in range(LOCK_TIMEOUT):
        said = await _apt(["update", "-oAPT::Update::Error-Mode=any"], journal, progress, _UPDATE)
        if said is None or not _LOCKED.search(said):
            return said
        if not _HOLDER.search(said):
            progress("waiting for another package manager to finish", None)
        await asyncio.sleep(1.0)
    raise ColabWidgetError("apt_locked", seconds=LOCK_TIMEOUT)


async def _install(packages: Sequence[str], journal: Journal, progress: Progress) -> str | None:
    return await _apt(
        ["install", "--no-install-recommends", *packages], journal, progress, _INSTALL
    )


async def _apt(
    arguments: list[str], journal: Journal, progress: Progress, shares: dict[str, _Share]
) -> str | None:
    """Run apt-get; return ``None`` when it went well, else the end of what it said."""
    said: list[str] = []
    unpacking = False

    def listen(line: str) -> None:
        said.append(line)
        del said[:-200]
        if holder := _HOLDER.search(line):
            number, name = holder.groups()
            progress(f"waiting for {name} (process {number}) to finish", None)

    def told(line: str) -> None:
        nonlocal unpacking
        kind, share, text = _status(line)
        if kind in shares:
            unpacking = unpacking or kind == "pmstatus"
            first, last = shares[kind]
            progress(text, first + share * (last - first))

    async with _status_pipe(told) as writer:
        work = process.run(
            ["apt-get", *_OPTIONS, f"-oAPT::Status-Fd={writer}", *arguments],
            journal,
            environment=_QUIET,
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
    """Return the status of a program that a Cancel ends only where it may stop.

    dpkg torn out of its work leaves the machine in need of repair.
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
    """Give the writing end of a pipe whose lines are passed on."""
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


def _status(line: str) -> tuple[str, float, str]:
    """Return kind, progress (0 to 1) and text of a line of apt's status; no kind for others.

    Its form is that of apt's README.progress-reporting.
    """
    kind, _, rest = line.partition(":")
    # The package's name may hold a colon (its architecture): the percentage is the first number.
    match = re.match(r"(.+?):(\d+(?:\.\d+)?):(.*)", rest)
    if not match:
        return "", 0.0, ""
    return kind, min(float(match.group(2)) / 100, 1.0), match.group(3).strip()


def _forward_only(progress: Progress) -> Progress:
    """Let what is done never become less: apt begins anew with each of its runs."""
    furthest = 0.0

    def forward(text: str, share: float | None) -> None:
        nonlocal furthest
        if share is not None:
            furthest = share = max(furthest, share)
        progress(text, share)

    return forward


def _recognised(said: str) -> ColabWidgetError:
    """Return the error that fits what apt said."""
    errors = [line for line in said.splitlines() if line.startswith(("E:", "W:", "dpkg: error"))]
    reason = errors[-1][:200] if errors else "nothing"
    if full := _FULL.search(said):
        line = next(text for text in said.splitlines() if full.group(0) in text)
        return ColabWidgetError("disk_full", reason=f"apt-get said: {line.strip()[:200]}")
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
    try:
        _POLICY.write_text(f"#!/bin/sh\n{_POLICY_MARK}\nexit 101\n")
        _POLICY.chmod(0o755)
        yield
    finally:
        _POLICY.unlink(missing_ok=True)


@contextlib.contextmanager
def _manual_index_left_alone() -> Iterator[None]:
    """Keep man-db from making its index anew, which takes seconds and serves only ``apropos``.

    Its trigger goes by this mark; what it leaves out, the next installation or man-db's own daily
    run makes up for.
    """
    aside = _MANUAL_MARK.with_name(f"{_MANUAL_MARK.name}.colabwidget")
    if _MANUAL_MARK.exists():
        _MANUAL_MARK.rename(aside)
    try:
        yield
    finally:
        # Also one that was set aside by a backend that was killed.
        if aside.exists():
            aside.rename(_MANUAL_MARK)
