"""A connection that moves files, as a kernel has it for its page."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

from colabwidget.backend.files.frames import Frames, Table
from colabwidget.ipc.streams import OpenFiles
from colabwidget.kernel.streams.connection import open_stream

_PIECE = 256 * 1024  # bytes


class FilesPage:
    """One transfer, from the page's end.

    Parameters
    ----------
    folder
        The notebook's.
    job
        Names the transfer.
    """

    def __init__(self, folder: Path, job: str = "job") -> None:
        environment = {"PATH": os.environ["PATH"], "COLABWIDGET_FOLDER": str(folder)}
        self.socket, _ = open_stream(OpenFiles(job, environment))
        self.socket.settimeout(20)
        self.frames = Frames(self.socket)
        self.hello = self.next()

    def next(self) -> Table:
        """Return the next answer."""
        answer = self.frames.next()
        assert isinstance(answer, dict), answer
        return answer

    def show(self, *path: str) -> Table:
        self.frames.send({"op": "list", "path": path})
        return self.next()

    def put(self, path: list[str], data: bytes, **more: Any) -> Table:
        """Send a file as a page sends a small one, and return the answer."""
        self.begin_put()
        self.file(path, len(data), at=0, **more)
        self.data(data)
        return self.next()

    def begin_put(self) -> None:
        self.frames.send({"op": "put"})

    def file(self, path: list[str], size: int, n: int = 1, on: str = "ask", **more: Any) -> None:
        about = {"op": "file", "n": n, "path": path, "size": size, "modified": 7, "on": on}
        self.frames.send({**about, **more})

    def data(self, data: bytes) -> None:
        for at in range(0, len(data), _PIECE):
            self.frames.send_data(data[at : at + _PIECE])

    def get(self, *path: str, at: int = 0, etag: str = "") -> tuple[Table, bytes, Table]:
        """Return the first answer, the bytes, and the last answer."""
        self.frames.send({"op": "get", "path": path, "at": at, "etag": etag})
        first = last = self.next()
        data = bytearray()
        while last["type"] not in ("end", "failed"):
            came = self.frames.next()
            assert came is not None
            if isinstance(came, bytes):
                data += came
            else:
                last = came
        return first, bytes(data), last

    def close(self) -> None:
        self.frames.close()


def block_hashes(data: bytes, block: int) -> list[str]:
    """The hashes of the whole blocks, as a page compares them."""
    ends = range(block, len(data) + 1, block)
    return [hashlib.sha256(data[end - block : end]).hexdigest() for end in ends]
