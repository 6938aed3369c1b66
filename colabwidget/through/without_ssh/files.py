"""Files there and back, without scp: as pages move them; see `colabwidget.backend.files`."""

from __future__ import annotations

import json
import os
import secrets
import select
import struct
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from colabwidget.through.faults import Fault
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.without_ssh.stream import Stream

_HEAD = struct.Struct(">BI")
_TABLE, _DATA = 0, 1
_PIECE = 256 * 1024
_LENGTH_MAX = 16 * 1024 * 1024


class NotTaken(Fault):
    """One file or folder is not taken, or cannot be read here; others may be."""


class _Transfer:
    """The frames of one transfer."""

    def __init__(self, profiles: Profiles, profile: Profile, token: str) -> None:
        job = secrets.token_hex(8)
        request = {"type": "files", "job": job, "environment": {}}
        self._stream = Stream(profiles, profile, token, request)
        self.close = self._stream.close
        hello = self.next()
        #: Where the paths of the machine begin.
        self.folder = str(hello.get("folder", "")) if isinstance(hello, dict) else ""

    def send(self, table: dict[str, Any]) -> None:
        body = json.dumps(table).encode()
        self._send(_HEAD.pack(_TABLE, len(body)) + body)

    def send_data(self, data: bytes) -> None:
        self._send(_HEAD.pack(_DATA, len(data)) + data)

    def _send(self, data: bytes) -> None:
        try:
            self._stream.socket.sendall(data)
        except OSError:
            raise Fault("The session is over at the notebook's machine.") from None

    def next(self) -> dict[str, Any] | bytes:
        """Return the next table or piece of data.

        Raises
        ------
        Fault
            Where none comes, or what comes says why something is not done.
        """
        head = self._stream.read(_HEAD.size)
        kind, length = _HEAD.unpack(head) if len(head) == _HEAD.size else (_TABLE, 0)
        body = self._stream.read(length) if 0 < length <= _LENGTH_MAX else b""
        if not body or len(body) < length:
            raise Fault("The transfer has broken off.")
        if kind == _DATA:
            return body
        table: dict[str, Any] = json.loads(body)
        if table.get("type") == "failed":
            why = table.get("reason") or str(table.get("code", "")).replace("_", " ")
            raise NotTaken(f"The machine refuses it: {why}")
        return table

    def has_answer(self) -> bool:
        """Tell whether something has come before all was sent."""
        return bool(select.select([self._stream.socket], [], [], 0)[0])


def put(
    profiles: Profiles, profile: Profile, token: str, source: Path, target: str
) -> tuple[str, list[str]]:
    """Copy a file or folder to the machine.

    Parameters
    ----------
    profiles, profile, token
        As for `Stream`.
    source
        The file or folder here.
    target
        Folder there, below the session's own; empty for that.

    Returns
    -------
    where
        It is now.
    left_out
        A sentence for each file and folder that was not copied.

    Raises
    ------
    Fault
        With what is wrong, where the transfer has broken off.
    """
    if not source.exists():
        raise Fault(f"There is no {source} on this computer.")
    transfer = _Transfer(profiles, profile, token)
    left_out: dict[Path, str] = {}
    try:
        below = _names(target, transfer.folder)
        transfer.send({"op": "put"})
        for number, (path, names) in enumerate(_tree(source), 1):
            if not left_out.keys().isdisjoint(path.parents):
                continue  # it goes with its folder
            try:
                _put_one(transfer, number, path, [*below, *names])
            except NotTaken as fault:
                left_out[path] = f"{path}: {fault}"
        transfer.send({"op": "end"})
        transfer.next()
        place = PurePosixPath(transfer.folder, *below, source.resolve().name)
        return str(place), [*left_out.values()]
    finally:
        transfer.close()


def get(profiles: Profiles, profile: Profile, token: str, source: str, target: Path) -> Path:
    """Copy a file, or a folder as a zip, from the machine, and return where it is.

    Parameters
    ----------
    profiles, profile, token
        As for `Stream`.
    source
        Path there, below the session's folder.
    target
        File or folder here.

    Raises
    ------
    Fault
        With what is wrong.
    """
    transfer = _Transfer(profiles, profile, token)
    try:
        names = _names(source, transfer.folder)
        transfer.send({"op": "get", "path": names, "at": 0, "etag": ""})
        told = transfer.next()
        name = os.path.basename(str(told.get("name", ""))) if isinstance(told, dict) else ""  # noqa: PTH119
        if name in ("", ".", "..") or "\\" in name or "\0" in name:
            raise Fault("What the machine sends has no name for a file.")
        place = target / name if target.is_dir() else target
        draft = place.with_name(f"{place.name}.part")
        try:
            with draft.open("wb") as file:
                while True:
                    came = transfer.next()
                    if isinstance(came, bytes):
                        file.write(came)
                    elif came.get("type") == "end":
                        break
            draft.replace(place)
        except OSError as error:
            raise Fault(f"{place} cannot be written: {error.strerror}.") from None
        finally:
            draft.unlink(missing_ok=True)
        return place
    finally:
        transfer.close()


def _put_one(transfer: _Transfer, number: int, path: Path, names: list[str]) -> None:
    if path.is_dir():
        transfer.send({"op": "folder", "n": number, "path": names})
        transfer.next()
        return
    told: dict[str, Any] = {}
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            told = {"size": status.st_size, "modified": status.st_mtime_ns // 1_000_000}
            told |= {"n": number, "path": names}
            transfer.send({"op": "file", **told, "at": 0, "on": "replace"})
            left = status.st_size
            while left and not transfer.has_answer():
                data = file.read(min(_PIECE, left))
                if not data:
                    raise OSError(0, "it has become shorter meanwhile")
                left -= len(data)
                transfer.send_data(data)
    except OSError as error:
        if told:
            _drop(transfer, told)
        raise NotTaken(f"It cannot be read: {error.strerror}.") from None
    transfer.next()


def _drop(transfer: _Transfer, told: dict[str, Any]) -> None:
    """Have what has come of a file removed again."""
    transfer.send({"op": "drop", **told})
    while True:
        try:
            answer = transfer.next()
        except NotTaken:
            continue  # said of the file
        if isinstance(answer, dict) and answer.get("type") == "dropped":
            return


def _tree(source: Path) -> Iterator[tuple[Path, list[str]]]:
    """Yield what is to be sent, folders before what is in them; links are left out."""
    top = source.resolve()
    yield top, [top.name]
    if top.is_dir():
        for path in sorted(top.rglob("*")):
            if not path.is_symlink() and (path.is_dir() or path.is_file()):
                yield path, [top.name, *path.relative_to(top).parts]


def _names(path: str, folder: str) -> list[str]:
    """Return a path of the machine as the names on the way from the session's folder.

    Raises
    ------
    Fault
        For one that leads out of it.
    """
    at = PurePosixPath(path)
    if at.is_absolute():
        try:
            at = at.relative_to(folder)
        except ValueError:
            raise Fault(f"Only what is below {folder} can be copied.") from None
    if ".." in at.parts:
        raise Fault(f"Only what is below {folder} can be copied.")
    return [*at.parts]
