"""A login shell on a terminal of its own, which lives on without a view."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import fcntl
import os
import signal
import struct
import termios
from collections.abc import Mapping
from pathlib import Path

from colabwidget.access.account import Account
from colabwidget.backend.streams.login_shell import LoginShell
from colabwidget.backend.streams.scrollback import Scrollback, Size
from colabwidget.runtime import children
from colabwidget.system import subreaper

KEPT = 512 * 1024  # bytes of output, to draw the screen again from
BEHIND_MAX = 256 * 1024  # bytes that a view may be behind until the shell has to wait for it
_READ = 64 * 1024
_GRACE = 2.0  # seconds between SIGHUP and SIGKILL
_LOOK_EVERY = 0.05  # seconds
_SIZE_MAX = 1000  # columns or rows
_ANSWERS_MAX = 20  # of terminals, that wait until a program reads


class Shell:
    """A login shell on a pseudo-terminal, and the views of it.

    Output that no view reads is not read from the program either, so that the program waits.

    Parameters
    ----------
    account, environment, folder
        As in `LoginShell`.
    columns, rows
        First size of the terminal.
    outlives_session
        Whether it belongs to no session, and goes on when a session ends.
    """

    def __init__(
        self,
        account: Account,
        environment: Mapping[str, str],
        folder: Path,
        columns: int,
        rows: int,
        *,
        outlives_session: bool,
    ) -> None:
        self._outlives_session = outlives_session
        self._program = LoginShell(account, environment, folder)
        self._size = _sane(columns, rows)
        self._output = Scrollback(KEPT)
        self._output.resized(*self._size)
        self._followers: dict[Follower, None] = {}  # the oldest first
        self._guests: dict[Follower, None] = {}
        self._typist = ""  # the view that was typed in last
        self._typing = asyncio.Lock()
        self._answers = 0
        self._master = -1
        self._reading = False
        self._process: asyncio.subprocess.Process | None = None
        self._ending: asyncio.Future[None] | None = None
        self.ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        #: When it was begun, and when something was typed last; seconds of the loop's clock.
        self.since = self.typed_at = loop.time()

    async def start(self) -> None:
        """Start it.

        Raises
        ------
        OSError
            Where the machine has no pseudo-terminal left.
        """
        self._master, slave = os.openpty()
        try:
            self._set_size()
            os.set_blocking(self._master, False)
            if not self._program.is_own:
                os.fchown(slave, self._program.owner.pw_uid, -1)
            # It leads no group, so that setsid need not fork and its number stays.
            self._process = await asyncio.create_subprocess_exec(
                *self._program.command(),
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=self._program.variables(),
                cwd=self._program.working_folder(),
            )
        except BaseException:
            os.close(self._master)
            self._master = -1
            raise
        finally:
            os.close(slave)
        children.register(self._process.pid, outlives_session=self._outlives_session)
        self._ending = asyncio.ensure_future(self._until_its_end())
        self._resume()

    def follow(self, view: str = "", *, is_guest: bool = False) -> Follower:
        """Return a view of what it prints, from the oldest that is kept.

        Parameters
        ----------
        view
            Its name.
        is_guest
            Whether it is a guest's, which the shell never waits for, and which answers nothing.
        """
        follower = Follower(self, view, self._output.start, self._output.end)
        (self._guests if is_guest else self._followers)[follower] = None
        return follower

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows of its terminal."""
        return self._size

    @property
    def oldest(self) -> int:
        """Number of the oldest byte that is kept."""
        return self._output.start

    def preamble(self) -> bytes:
        """Return what to draw before the oldest that is kept."""
        return self._output.preamble()

    def sizes(self) -> list[Size]:
        """Return the sizes of its terminal on which the bytes that are kept were printed."""
        return self._output.sizes()

    @property
    def is_watched(self) -> bool:
        """Whether a page shows it."""
        return bool(self._followers)

    def leave(self, follower: Follower) -> None:
        """Let a view go: the shell no longer waits for it."""
        self._followers.pop(follower, None)
        self._guests.pop(follower, None)
        self._resume()

    def read(self, place: int) -> bytes:
        """Return what it has printed from that byte on."""
        self._resume()
        return self._output.since(place, _READ)

    async def write_input(self, data: bytes) -> None:
        """Write bytes to its terminal, as far as it takes them."""
        self.typed_at = asyncio.get_running_loop().time()
        async with self._typing:
            while data and not self.ended.is_set():
                try:
                    data = data[os.write(self._master, data) :]
                except BlockingIOError:
                    await self._writable()
                except OSError:
                    return  # it has ended

    def typed_in(self, view: str) -> None:
        """Note that the user is at a view: it is there, and what runs was begun in it."""
        self._typist = view

    async def answer(self, view: str, text: str) -> None:
        """Write what a view's terminal answers to a program, if that view is the one that answers.

        It is the one that was typed in last, else the oldest: where each answered, a program would
        read the answers of the others as typed. Of a program that reads none, only the first wait.
        """
        views = [follower.view for follower in self._followers]
        answering = self._typist if self._typist in views else next(iter(views), "")
        if view != answering or self._answers >= _ANSWERS_MAX:
            return
        self._answers += 1
        try:
            await self.write_input(text.encode(errors="replace"))
        finally:
            self._answers -= 1

    def resize(self, columns: int, rows: int) -> None:
        """Give its terminal another size."""
        size = _sane(columns, rows)
        if size == self._size or self.ended.is_set():
            return
        self._size = size
        self._output.resized(*size)
        self._set_size()

    def clear(self, row: int) -> None:
        """Leave only the line of the cursor on the screens of all views, also for later ones.

        Parameters
        ----------
        row
            Where the cursor is, from 0; a program that has the screen to itself keeps it.
        """
        if self._output.on_alternate_screen() or not 0 <= row < self._size[1]:
            return
        up = b"\x1b[%dS\x1b[%dA" % (row, row) if row else b""
        self._output.add(up + b"\x1b[J\x1b[3J")
        self._tell()

    def draw_again(self) -> None:
        """Let a program that has the screen to itself draw it anew."""
        if self._output.on_alternate_screen() and not self.ended.is_set():
            columns, rows = self._size
            self._size = columns, max(rows - 1, 1)
            self._set_size()
            self._size = columns, rows
            asyncio.get_running_loop().call_later(0.05, self._set_size)

    async def stop(self) -> None:
        """Stop it as closing a terminal does: SIGHUP, after some seconds SIGKILL."""
        if self._process and self._ending and not self._ending.done():
            for number in (signal.SIGHUP, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._process.pid, number)
                done, _ = await asyncio.wait({self._ending}, timeout=_GRACE)
                if done:
                    break
            # A busy shell has not passed SIGHUP on to its jobs.
            for pid in subreaper.session(self._process.pid):
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGHUP)
                    os.kill(pid, signal.SIGCONT)  # a stopped process handles no signal
        self._close()

    def _set_size(self) -> None:
        columns, rows = self._size
        with contextlib.suppress(OSError):
            fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def _behind(self) -> int:
        end = self._output.end
        return end - min((follower.place for follower in self._followers), default=end)

    def _resume(self) -> None:
        """Read on, if no view is too far behind."""
        if not self._reading and self._master >= 0 and self._behind() < BEHIND_MAX:
            self._reading = True
            asyncio.get_running_loop().add_reader(self._master, self._readable)

    def _pause(self) -> None:
        if self._reading:
            self._reading = False
            asyncio.get_running_loop().remove_reader(self._master)

    def _readable(self) -> None:
        try:
            data = os.read(self._master, _READ)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:  # a terminal that no program has open any more
                raise
            data = b""
        if not data:
            self._pause()
            self._finish()
            return
        self._output.add(data)
        if self._behind() >= BEHIND_MAX:
            self._pause()
        self._tell()

    async def _until_its_end(self) -> None:
        assert self._process
        await self._process.wait()
        children.unregister(self._process.pid)
        # What it printed last may still be unread; what it left behind may hold the terminal.
        patience = _GRACE
        while not self.ended.is_set() and patience > 0:
            await asyncio.sleep(_LOOK_EVERY)
            patience -= _LOOK_EVERY if self._reading else 0
        self._finish()

    def _finish(self) -> None:
        self.ended.set()
        self._tell()

    def _tell(self) -> None:
        for follower in (*self._followers, *self._guests):
            follower.news.set()

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        master = self._master
        loop.add_writer(master, ready.set)
        ended = asyncio.ensure_future(self.ended.wait())
        waiting = asyncio.ensure_future(ready.wait())
        try:
            await asyncio.wait({waiting, ended}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
            ended.cancel()
            if self._master == master:
                loop.remove_writer(master)

    def _close(self) -> None:
        self._pause()
        self._finish()
        master, self._master = self._master, -1
        if master >= 0:
            # The event loop would take what has the number next for this one, and never hear it.
            asyncio.get_running_loop().remove_writer(master)
            os.close(master)


def _sane(columns: int, rows: int) -> tuple[int, int]:
    """Return a size that a terminal can have."""
    return min(max(columns, 1), _SIZE_MAX), min(max(rows, 1), _SIZE_MAX)


class Follower:
    """A view's place in what a shell prints. A slow view holds the shell up.

    Parameters
    ----------
    shell
        The shell.
    view
        Its name.
    place
        Number of the byte that comes next.
    fresh
        Number of the first byte that no view has had yet.
    """

    def __init__(self, shell: Shell, view: str, place: int, fresh: int) -> None:
        self._shell = shell
        self.view = view
        self.place = place
        self.old = fresh - place
        self.news = asyncio.Event()
        self._is_closed = False

    async def read(self) -> bytes:
        """Return what comes next; nothing at the end. `acknowledge` moves the place on."""
        while not self._is_closed:
            self.news.clear()
            if data := self._shell.read(self.place):
                return data
            if self._shell.ended.is_set():
                return b""
            await self.news.wait()
        return b""

    def acknowledge(self, count: int) -> None:
        """Move the place on by so many bytes."""
        self.place += count

    def skip_what_is_forgotten(self) -> bool:
        """Move on to the oldest byte that is kept; tell whether some were left out.

        That is for views that the shell does not wait for.
        """
        left_out = self.place < self._shell.oldest
        self.place = max(self.place, self._shell.oldest)
        return left_out

    def close(self) -> None:
        """Read no more; a read that waits ends."""
        self._is_closed = True
        self.news.set()
        self._shell.leave(self)
