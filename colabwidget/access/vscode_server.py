"""VS Code's server, fetched before VS Code connects for the first time.

A computer says at its pairing which one its editor will look for. It comes from where the editor
would fetch it, and goes to where the editor looks first. Whatever stands in the way, the editor
fetches it itself, so that nothing here is an error.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from colabwidget.access.account import Account, as_account, writes_at_home
from colabwidget.core import settings
from colabwidget.runtime import process, work_environment
from colabwidget.runtime.http import Patience, Refused, Transfer
from colabwidget.runtime.journal import Journal
from colabwidget.runtime.threads import run_in_thread
from colabwidget.through.pairing import COMMIT

_PATIENCE = Patience(size=400_000_000)
#: Bytes that have to be free: it unpacks to a quarter of that.
ROOM = 1_000_000_000
_CHECKED_WITHIN = 120.0  # seconds for unpacking, and the start of a program
_WANTED_MAX = 4
#: Machines by their names in the addresses.
_MACHINES = {"x86_64": "x64", "aarch64": "arm64", "armv7l": "armhf"}


class _Part(NamedTuple):
    """An archive: its name for people, in the address, and where it goes below the home."""

    title: str
    address: str
    place: str


_PARTS = (
    _Part("VS Code's server", "server-linux-{}", ".vscode-server/cli/servers/Stable-{}"),
    _Part("VS Code's command line", "cli-alpine-{}", ".vscode-server/code-{}"),
)

# The account itself unpacks, checks and places it: home, place, commit. Its input is the archive.
_UNPACK = """\
set -ef
umask 022
cd -- "$1"
mkdir -p .vscode-server/cli/servers
draft=$(mktemp -d .vscode-server/.colabwidget.XXXXXX)
trap 'rm -rf -- "$draft"' EXIT
trap 'exit 9' HUP INT TERM
case "$2" in
    */servers/*)
        mkdir -p "$draft/new/server"
        tar -xzf - -C "$draft/new/server" --strip-components=1 --no-same-owner
        program=$draft/new/server/bin/code-server
        ;;
    *)
        tar -xzf - -C "$draft" --no-same-owner code
        mv -- "$draft/code" "$draft/new"
        program=$draft/new
        ;;
esac
said=$("$program" --version < /dev/null 2>&1) || { echo It does not run here: $said; exit 1; }
case "$said" in
    *"$3"*) ;;
    *) echo It is another version: $said; exit 1 ;;
esac
[ -e "$2" ] || mv -T -- "$draft/new" "$2"
"""


class EditorServer:
    """Fetches what computers ask for, each version once.

    Parameters
    ----------
    account
        Returns the account that it is for.
    directory
        Private directory for what comes.
    journal
        Gets what was fetched, or why not.
    patience
        Limits of each download.
    """

    def __init__(
        self,
        account: Callable[[], Account],
        directory: Path,
        journal: Journal,
        patience: Patience = _PATIENCE,
    ) -> None:
        self._account = account
        self._directory = directory
        self._journal = journal
        self._patience = patience
        self._wanted: dict[str, asyncio.Task[None]] = {}

    def want(self, commit: str) -> None:
        """Begin to fetch a version, named by its commit; what is no commit is passed over."""
        if not COMMIT.fullmatch(commit) or commit in self._wanted:
            return
        if len(self._wanted) < _WANTED_MAX:
            self._wanted[commit] = asyncio.create_task(self._fetch(commit), name="VS Code's server")

    async def wait(self) -> None:
        """Wait until all that was asked for is there, or was given up."""
        await asyncio.gather(*self._wanted.values(), return_exceptions=True)

    async def close(self) -> None:
        """Fetch nothing more; what is complete stays."""
        for task in self._wanted.values():
            task.cancel()
        await self.wait()

    async def _fetch(self, commit: str) -> None:
        try:
            account = self._account()
            found: list[str] = []
            await run_in_thread(lambda: found.append(_machine(account)))  # a home may hang
            for part in _PARTS:
                await self._one(part, commit, found[0], account)
        except (Refused, OSError) as trouble:
            reason = f"{trouble.strerror}." if isinstance(trouble, OSError) else trouble
            self._journal.add(
                f"VS Code's server was not fetched in advance: {reason} VS Code does it itself."
            )
        else:
            self._journal.add(f"VS Code's server {commit[:12]} waits for VS Code to connect.")

    async def _one(self, part: _Part, commit: str, machine: str, account: Account) -> None:
        place = part.place.format(commit)
        there = as_account(account, ["test", "-e", f"{account.home}/{place}"])
        if (await process.output(there))[0] == 0:
            return
        base = settings.VSCODE.value(work_environment.current()).rstrip("/")
        address = f"{base}/commit:{commit}/{part.address.format(machine)}/stable"
        if not address.startswith("https://"):
            raise Refused(f"{settings.VSCODE.name} is no address with HTTPS.")
        # Two versions may come at once.
        file = self._directory / f"vscode-{part.address.partition('-')[0]}-{commit}"
        with contextlib.suppress(FileNotFoundError):
            file.unlink()
        try:
            await self._download(part, address, file)
            await _unpack(account, file, place, commit)
        finally:
            file.unlink(missing_ok=True)

    async def _download(self, part: _Part, address: str, file: Path) -> None:
        loop = asyncio.get_running_loop()
        stopped = threading.Event()

        def broke_off(trouble: str) -> None:
            text = f"Downloading {part.title} again: {trouble}."
            with contextlib.suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(self._journal.add, text)

        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        output = os.fdopen(os.open(file, flags, 0o600), "wb")
        work = Transfer(address, output, self._patience, stopped, lambda *_: None, broke_off)
        try:
            await run_in_thread(work.run)
        finally:
            stopped.set()


async def _unpack(account: Account, file: Path, place: str, commit: str) -> None:
    """Have the account put what came in its place, if it is what was asked for.

    Raises
    ------
    Refused
        Where it is not, or does not run here.
    """
    script = ["nice", "-n", "10", "sh", "-c", _UNPACK, "sh", account.home, place, commit]
    with file.open("rb") as archive:
        child = await process.start(
            as_account(account, script),
            environment={"HOME": account.home},
            stdin=archive.fileno(),
        )
    said = ""

    async def listen() -> None:
        nonlocal said
        async for line in process.lines_of(child, None):
            said = line.strip()[:200] or said

    listening = asyncio.ensure_future(listen())
    try:
        status = await asyncio.wait_for(child.wait(), _CHECKED_WITHIN)
        await asyncio.wait({listening}, timeout=0.5)
    except asyncio.TimeoutError:
        raise Refused(f"It was not unpacked within {_CHECKED_WITHIN:.0f} s.") from None
    finally:
        await process.stop(child, 2.0)
        listening.cancel()
        child.close()
    if status:
        raise Refused(f"{said or 'It cannot be unpacked'}.".replace("..", "."))


def _machine(account: Account) -> str:
    """Return what the machine is called in the addresses.

    Raises
    ------
    Refused
        Where there is no such server, or no room for it.
    """
    found = _MACHINES.get(platform.machine())
    if found is None or [*Path("/lib").glob("ld-musl-*")]:
        raise Refused(f"There is none for this kind of machine ({platform.machine()}).")
    if not writes_at_home(account):
        raise Refused("The account cannot write in its home.")
    space = os.statvfs(account.home)
    if space.f_bavail * space.f_frsize < ROOM:
        raise Refused(f"There is less than {ROOM / 1e9:.0f} GB of room for it.")
    return found
