"""apt-get and dpkg: how they are run, waited for, followed and cancelled."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence

from colabwidget.core.errors import ColabWidgetError
from colabwidget.runtime import apt_output, process, work_environment
from colabwidget.runtime.journal import Journal

#: Gets what is going on, and how far it is (0 to 1).
Progress = Callable[[str, float | None], None]

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


class AptGet:
    """Runs of apt-get and dpkg that belong together.

    Parameters
    ----------
    journal
        Gets what they print.
    progress
        Gets what is going on; it never goes back, although each run begins with nothing done.
    environment
        Variables beside those that keep them quiet.
    """

    def __init__(
        self, journal: Journal, progress: Progress, environment: Mapping[str, str]
    ) -> None:
        self._journal = journal
        self.progress = _forward_only(progress)
        self._environment = {**_QUIET, **environment}
        self._options: list[str] = []

    def be_patient(self) -> None:
        """From now on try harder, as what a quick attempt has brought was not enough.

        Caches on the way may keep what does not fit together, and some of them mix up answers to
        requests that are sent at once.
        """
        self._options = [
            "-oAcquire::http::No-Cache=true",
            "-oAcquire::https::No-Cache=true",
            "-oAcquire::http::Pipeline-Depth=0",
        ]

    async def update(self) -> str | None:
        """Refresh the lists; return what went wrong.

        That is no failure yet: one dead source among many must not prevent an installation from
        the others.

        Raises
        ------
        ColabWidgetError
            ``apt_locked``.
        """
        arguments = ["update", "-oAPT::Update::Error-Mode=any"]
        if not self._options:
            # A source that is silent delays what the others have; patience comes where that lacks.
            arguments += ["-oAcquire::Retries=0", "-oAcquire::http::Timeout=10"]
            arguments += ["-oAcquire::https::Timeout=10"]
        return await wait_for_lists(lambda: self._run(arguments, _UPDATE), self.progress)

    async def install(self, packages: Sequence[str]) -> str | None:
        """Install packages; return the end of the output where that fails."""
        return await self._run(["install", "--no-install-recommends", *packages], _INSTALL)

    async def configure(self) -> None:
        """Let dpkg finish what was interrupted."""
        run = process.run(
            ["dpkg", "--configure", "-a"],
            self._journal,
            environment=self._environment,
            outlives_session=True,
        )
        await self._finished(run)

    async def _run(self, arguments: list[str], shares: dict[str, _Share]) -> str | None:
        """Run apt-get; return ``None`` on success, else the end of its output."""
        said: list[str] = []
        unpacking = False

        def listen(line: str) -> None:
            said.append(line)
            del said[:-200]
            if holder := apt_output.HOLDER.search(line):
                number, name = holder.groups()
                self.progress(f"waiting for {name} (process {number}) to finish", None)

        def on_status(line: str) -> None:
            nonlocal unpacking
            kind, share, text = apt_output.parse_status(line)
            if kind in shares:
                unpacking = unpacking or kind == "pmstatus"
                first, last = shares[kind]
                self.progress(text, first + share * (last - first))

        async with _status_pipe(on_status) as writer:
            work = process.run(
                ["apt-get", *_OPTIONS, *self._options, f"-oAPT::Status-Fd={writer}", *arguments],
                self._journal,
                environment={**self._environment, **work_environment.of_apt()},
                pass_fds=[writer],
                on_line=listen,
                outlives_session=True,
            )
            status = await self._finished(work, may_stop=lambda: not unpacking)
        return None if status == 0 else "\n".join(said)

    async def _finished(
        self,
        work: Coroutine[None, None, int],
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
                self.progress("finishing the installation before stopping", None)
                self._journal.add("Cancelled; dpkg finishes what it has begun.")
            await asyncio.wait({running})
            raise


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
