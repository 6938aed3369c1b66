"""Packages of the system: the missing ones are installed by apt-get in one transaction.

Where every program is there already, nothing here runs.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.plain_environment import SYSTEM_PATH
from colabwidget.runtime import apt_machine, apt_output, apt_sources, clock, process, unfinished
from colabwidget.runtime.apt_get import AptGet, Progress
from colabwidget.runtime.journal import Journal
from colabwidget.system import accounts, diversions
from colabwidget.system.rights import user_id

_LISTS = Path("/var/lib/apt/lists")


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
    by_path
        Whether it is started by its path alone, so that it may be where dpkg-divert has moved it.
    """

    program: str
    package: str
    account: str = ""
    by_path: bool = False


OPENSSH_SERVER = Need("sshd", "openssh-server", account="sshd", by_path=True)
OPENSSH_CLIENT = Need("ssh-keyscan", "openssh-client")
SUDO = Need("sudo", "sudo")


def missing(needs: Sequence[Need]) -> list[str]:
    """Return the packages whose programs are missing, or were installed only in part."""
    return sorted({need.package for need in needs if not _is_there(need) or _halfway(need)})


def _is_there(need: Need) -> bool:
    if need.by_path and program_or_moved(need.program):
        return True
    return bool(program(need.program)) or Path("/", need.program).is_file()


def _halfway(need: Need) -> bool:
    if not need.account or user_id() != 0 or not program("apt-get"):
        return False
    return accounts.find(need.account) is None


def program(name: str) -> str | None:
    """Return the path of a program of the system, the ``sbin`` folders included."""
    return shutil.which(name, path=SYSTEM_PATH)


def program_or_moved(name: str) -> str | None:
    """Return the path of a program of the system, or where dpkg-divert has moved it."""
    if found := program(name):
        return found
    places = (diversions.moved(f"{folder}/{name}") for folder in SYSTEM_PATH.split(":"))
    return next(filter(None, places), None)


async def ensure_installed(packages: Sequence[str], journal: Journal, progress: Progress) -> None:
    """Install packages and what they need, without what they only recommend.

    The lists are refreshed where there are none, or where they turn out to be stale. Where apt-get
    fails and the packages are there all the same, that is no failure. The packages' services are
    never started, and the index of manual pages is left to the system's next update. Where dpkg
    runs, a cancel leaves it to itself after some seconds; see `unfinished`.

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
        ``no_apt``, ``dpkg_damaged``, ``clock_wrong``, or what `apt_output.error_of` returns.
    """
    if not packages:
        return
    if not program("apt-get"):
        raise ColabWidgetError("no_apt", packages=", ".join(packages))
    is_followed = True

    def follow(text: str, share: float | None) -> None:
        if is_followed:
            progress(text, share)

    await unfinished.wait(lambda text: progress(text, None))
    files = [Path(package) for package in packages if "/" in package]
    try:
        await unfinished.run(_ensure_installed(packages, journal, follow), files, journal)
    finally:
        is_followed = False


async def _ensure_installed(packages: Sequence[str], journal: Journal, progress: Progress) -> None:
    if await apt_machine.is_damaged():
        raise ColabWidgetError("dpkg_damaged")
    with (
        apt_machine.services_kept_down(),
        apt_machine.manual_index_left_alone(),
        apt_machine.temporary_folder() as environment,
    ):
        apt = AptGet(journal, progress, environment)
        trouble, said = await _install(packages, apt)
        if said is None:
            return
        if await _are_there(packages, said):
            journal.add("apt-get failed with something else; what is needed here is installed.")
            return
    sources = apt_sources.read()
    text = apt_output.relevant(trouble, said)
    if apt_output.CLOCK.search(text) and (error := await clock.judge(text)):
        raise error
    raise apt_output.error_of(text, sources)


async def _install(packages: Sequence[str], apt: AptGet) -> tuple[str, str | None]:
    """Install packages, and mend what stands in the way.

    Returns
    -------
    tuple[str, str | None]
        What the last refresh of the lists complained of, and the end of what apt-get said where
        the packages were not installed.
    """
    trouble: str | None = None
    if fresh := not any(_LISTS.glob("*_Packages*")):
        trouble = await apt.update()
    said = await apt.install(packages)
    if said is not None and apt_output.INTERRUPTED.search(said):
        apt.progress("mending an interrupted installation", None)
        await apt.configure()
        said = await apt.install(packages)
    if said is not None and apt_output.BROKEN.search(said):
        # A package could not be unpacked, while packages that need it were.
        apt.progress("mending a broken installation", None)
        said = await apt.install(["--fix-broken", "--no-remove"])
        if said is None:
            said = await apt.install(packages)
    if said is not None and apt_output.STALE.search(said) and (trouble or not fresh):
        for damaged in apt_output.damaged_lists(said):
            (_LISTS / damaged).unlink(missing_ok=True)
        apt.be_patient()
        trouble = await apt.update()
        said = await apt.install(packages)
    return trouble or "", said


async def _are_there(packages: Sequence[str], said: str) -> bool:
    """Tell whether packages are usable although apt-get failed.

    Its failure may be another package's, which a machine may have in each run, or that of a hook.
    A package of which only the last step failed, such as the start of its service, is usable.
    """
    names = [await _name(package) if "/" in package else package for package in packages]
    query = ["dpkg-query", "--show", "--showformat=${db:Status-Abbrev}\n", "--", *names]
    status, found = await process.output(query)
    states = [line[1:2] for line in found.splitlines()]
    usable = "iWt" if apt_output.INTERRUPTED.search(said) else "iWtF"
    return status == 0 and len(states) >= len(names) and all(state in usable for state in states)


async def _name(file: str) -> str:
    """Return the name of the package in a file."""
    return (await process.output(["dpkg-deb", "--field", file, "Package"]))[1].strip()
