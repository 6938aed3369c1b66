"""Files that come from a page: hidden until they are whole, then put under their names.

What has come of a file stays on the disk while its page is away, and is compared by hash when the
page sends the rest. Where a file cannot be kept, nothing of it is left.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
import time
from collections.abc import Callable
from functools import partial as bound

from colabwidget.backend.files.folder import Folder, refusal
from colabwidget.backend.files.frames import Frames, Table
from colabwidget.backend.files.names import RefusedError, checked, is_partial, numbered, partial
from colabwidget.backend.files.receipts import Identity, Receipts

BLOCK = 4 * 1024 * 1024  # bytes that one hash stands for
_NUMBERS = 10_000
_STALE = 3 * 24 * 3600  # seconds after which a page will not go on
_FLAGS = os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class Incoming:
    """A file on its way.

    Parameters
    ----------
    folder
        Where it goes; the descriptor is closed with this object.
    name
        Its own.
    size
        Bytes that it will have.
    modified
        When it was changed last, on its page's machine; in milliseconds.
    conflict
        What is done about a file of that name: ``"ask"``, ``"skip"``, ``"replace"``, ``"keep"``.
    """

    def __init__(self, folder: int, name: str, size: int, modified: int, conflict: str) -> None:
        self._folder = folder
        self._name = name
        self._size = size
        self._conflict = conflict
        self._partial = partial(name, size, modified)
        self._file = -1
        self.at = 0

    def open(self) -> None:
        """Open what there is of it, or begin it.

        Raises
        ------
        RefusedError
            ``exists``, ``skipped``, ``in_the_way``, ``busy``, ``full``.
        OSError
            What the system says.
        """
        self._look_at_the_name()
        self._file = self._open_partial()
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            self._file = -1
            raise RefusedError("busy", "The same file is on its way already.") from None
        self.at = min(os.fstat(self._file).st_size, self._size)
        space = os.fstatvfs(self._file)
        free, needed = space.f_bavail * space.f_frsize, self._size - self.at
        if needed > free:
            raise RefusedError("full", needed=self._size, free=free + self.at)

    @property
    def identity(self) -> Identity:
        """What tells this file from all others, whatever it is called."""
        found = os.fstat(self._file)
        return found.st_dev, found.st_ino

    @property
    def key(self) -> str:
        """What names it in the receipts of its upload, beside its number."""
        return self._partial

    def placed_as(self, file: Identity) -> str:
        """Return the name that a file has in its folder; ``""`` where it has none."""
        for entry in os.scandir(self._folder):
            with contextlib.suppress(OSError):
                found = entry.stat(follow_symlinks=False)
                if (found.st_dev, found.st_ino) == file and not is_partial(entry.name):
                    return entry.name
        return ""

    def hashes(self) -> list[str]:
        """Return the SHA-256 of each whole block that has come, and leave the rest out."""
        found = []
        for at in range(0, self.at - self.at % BLOCK, BLOCK):
            found.append(hashlib.sha256(os.pread(self._file, BLOCK, at)).hexdigest())
        return found

    def go_on(self, at: int) -> None:
        """Take what comes for the bytes from here on; what follows here is forgotten.

        Raises
        ------
        RefusedError
            ``failed`` where there is a hole before it.
        """
        if not 0 <= at <= self.at:
            raise RefusedError("failed", "It begins after what is here.")
        os.ftruncate(self._file, at)
        os.lseek(self._file, at, os.SEEK_SET)
        self.at = at

    @property
    def is_whole(self) -> bool:
        """Whether all bytes have come."""
        return self.at == self._size

    def write(self, data: bytes) -> None:
        """Write bytes at the end.

        Raises
        ------
        RefusedError
            ``changed`` where there are more than was said.
        OSError
            ENOSPC and the like.
        """
        if self.at + len(data) > self._size:
            raise RefusedError("changed", "It is longer than it was.")
        rest = memoryview(data)
        while rest:
            written = os.write(self._file, rest)
            self.at += written
            rest = rest[written:]

    def place(self) -> str:
        """Give a whole file its name, and return that.

        Raises
        ------
        RefusedError
            As `open`: a file of that name may have come meanwhile.
        OSError
            What the system says.
        """
        if self._conflict == "replace":
            mode = self._look_at_the_name()
            os.fchmod(self._file, 0o644 if mode is None else stat.S_IMODE(mode) & 0o777)
            self._rename(self._name)
            return self._name
        for number in range(_NUMBERS if self._conflict == "keep" else 1):
            name = numbered(self._name, number) if number else self._name
            with contextlib.suppress(FileExistsError):
                self._take(name)
                return name
        self._look_at_the_name()
        raise RefusedError("exists")

    def drop(self) -> None:
        """Remove what has come of it."""
        with contextlib.suppress(OSError):
            os.unlink(self._partial, dir_fd=self._folder)

    def close(self) -> None:
        """Close it; what has come of it stays."""
        for descriptor in (self._file, self._folder):
            if descriptor >= 0:
                os.close(descriptor)
        self._file = self._folder = -1

    def _look_at_the_name(self) -> int | None:
        """Return the mode of a file of that name; ``None`` where there is none to be kept."""
        try:
            mode = os.stat(self._name, dir_fd=self._folder, follow_symlinks=False).st_mode
        except FileNotFoundError:
            return None
        if self._conflict == "keep":
            return None
        if self._conflict == "skip":
            raise RefusedError("skipped")
        if stat.S_ISDIR(mode):
            raise RefusedError("in_the_way", "A folder of this name exists.")
        if self._conflict != "replace":
            raise RefusedError("exists")
        # A link goes, and what it leads to stays.
        return mode if stat.S_ISREG(mode) else None

    def _open_partial(self) -> int:
        try:
            found = os.open(self._partial, _FLAGS | os.O_CREAT, 0o644, dir_fd=self._folder)
            state = os.fstat(found)
            own = state.st_uid == os.geteuid() and state.st_nlink == 1
            if own and stat.S_ISREG(state.st_mode):
                return found
            os.close(found)
        except OSError as error:
            if error.errno not in (errno.ELOOP, errno.ENXIO, errno.EACCES):
                raise
        # What has taken the name is none of ours.
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._partial, dir_fd=self._folder)
        return os.open(self._partial, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=self._folder)

    def _take(self, name: str) -> None:
        """Give it a name that is free, and never one that is taken."""
        here = self._folder
        try:
            os.link(self._partial, name, src_dir_fd=here, dst_dir_fd=here, follow_symlinks=False)
        except FileExistsError:
            raise
        except OSError:
            # A file system without hard links.
            os.close(os.open(name, _FLAGS | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=here))
            self._rename(name)
            return
        os.unlink(self._partial, dir_fd=self._folder)

    def _rename(self, name: str) -> None:
        here = self._folder
        os.rename(self._partial, name, src_dir_fd=here, dst_dir_fd=here)


class Receiver:
    """Takes the files of one upload.

    Parameters
    ----------
    frames
        The page's end.
    folder
        Where they go.
    receipts
        Of what this upload has put in place.
    """

    def __init__(self, frames: Frames, folder: Folder, receipts: Receipts) -> None:
        self._frames = frames
        self._folder = folder
        self._receipts = receipts
        self._current: Incoming | None = None
        self._number = 0
        self._swept: set[tuple[str, ...]] = set()

    def run(self) -> None:
        """Serve until the page has sent all, or is gone."""
        try:
            while (came := self._frames.next()) is not None:
                if isinstance(came, bytes):
                    self._guarded(bound(self._take, came))
                elif came.get("op") == "end":
                    self._frames.send({"type": "end"})
                    return
                else:
                    self._handle(came)
        finally:
            self._let_go()

    def _handle(self, table: Table) -> None:
        op = table.get("op")
        if op == "from":
            self._guarded(lambda: self._go_on(_count(table, "at")))
            return
        self._let_go()
        self._number = _count(table, "n")
        work = {"file": self._begin, "folder": self._make_folder, "drop": self._drop}.get(str(op))
        if work:
            self._guarded(lambda: work(table))

    def _begin(self, table: Table) -> None:
        self._current = self._incoming(table)
        is_new = table.get("at") == 0
        placed = None if is_new else self._receipts.before.get(self._key(self._current))
        if placed and (name := self._current.placed_as(placed)):
            # The answer was lost, and the file is there.
            self._done(name)
            return
        self._current.open()
        if is_new:
            self._go_on(0)
            return
        have = {"at": self._current.at, "block": BLOCK, "hashes": self._current.hashes()}
        self._frames.send({"type": "have", "n": self._number, **have})

    def _go_on(self, at: int) -> None:
        if self._current:
            self._current.go_on(at)
            self._end_if_whole()

    def _take(self, data: bytes) -> None:
        # What comes for a file that was refused was sent before its page heard of that.
        if self._current:
            self._current.write(data)
            self._end_if_whole()

    def _end_if_whole(self) -> None:
        if self._current and self._current.is_whole:
            self._receipts.note(self._key(self._current), self._current.identity)
            self._done(self._current.place())

    def _done(self, name: str) -> None:
        self._let_go()
        self._frames.send({"type": "done", "n": self._number, "name": name})

    def _key(self, file: Incoming) -> str:
        return f"{self._number}/{file.key}"

    def _make_folder(self, table: Table) -> None:
        with self._folder.below(checked(table.get("path")), make=True):
            pass
        self._frames.send({"type": "done", "n": self._number, "name": ""})

    def _drop(self, table: Table) -> None:
        *above, name = checked(table.get("path")) or ("",)
        with contextlib.suppress(OSError), self._folder.below(above) as here:
            os.unlink(partial(name, _count(table, "size"), _count(table, "modified")), dir_fd=here)
        self._frames.send({"type": "dropped", "n": self._number})

    def _incoming(self, table: Table) -> Incoming:
        path = checked(table.get("path"))
        if not path:
            raise RefusedError("name", "It has no name.")
        *above, name = path
        with self._folder.below(above, make=True) as here:
            self._sweep(tuple(above), here)
            size, modified = _count(table, "size"), _count(table, "modified")
            return Incoming(os.dup(here), name, size, modified, str(table.get("on")))

    def _sweep(self, above: tuple[str, ...], here: int) -> None:
        """Remove what pages have left of files and will not go on with, once a folder."""
        if above in self._swept:
            return
        self._swept.add(above)
        for name in filter(is_partial, os.listdir(here)):
            with contextlib.suppress(OSError):
                found = os.stat(name, dir_fd=here, follow_symlinks=False)
                if time.time() - found.st_mtime > _STALE:
                    os.unlink(name, dir_fd=here)

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do a part of the work, and tell the page where that is refused."""
        try:
            work()
            return
        except RefusedError as error:
            refused = error
        except OSError as error:
            refused = refusal(error)
        # What has come of a whole file stays for the answer to the question that follows.
        if self._current and refused.code not in ("exists", "busy"):
            self._current.drop()
        self._let_go()
        told = {"code": refused.code, "reason": refused.reason, **refused.details}
        self._frames.send({"type": "failed", "n": self._number, **told})

    def _let_go(self) -> None:
        if self._current:
            self._current.close()
            self._current = None


def _count(table: Table, field: str) -> int:
    """Return a field that is a whole number; 0 where it is none."""
    value = table.get(field)
    return value if type(value) is int and value >= 0 else 0
