"""`through put` against the machine's own end of a transfer, without a server between them."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from colabwidget.backend.files.frames import Frames
from colabwidget.backend.files.receipts import Receipts
from colabwidget.backend.files.worker import serve
from colabwidget.through.pairing import Machine
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.without_ssh import files

Put = Callable[[Path], tuple[str, list[str]]]


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """The session's folder."""
    made = tmp_path / "there"
    made.mkdir()
    return made


@pytest.fixture
def put(there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    class Direct:
        """Stands for a stream of the machine's."""

        def __init__(self, *_: Any) -> None:
            self.socket, theirs = socket.socketpair()
            receipts = Receipts(os.open(tmp_path / "receipts", os.O_RDWR | os.O_CREAT, 0o600))
            frames = Frames(theirs)
            work = (frames, "me", [str(there)], receipts)
            threading.Thread(target=serve, args=work, daemon=True).start()
            self._reader = self.socket.makefile("rb")
            self.read, self.close = self._reader.read, self.socket.close

    monkeypatch.setattr(files, "Stream", Direct)
    machine = Machine("me", [], "python", "relay", "socket")
    profile = Profile("name", "https://host/", machine, b"", b"")
    return lambda source: files.put(Profiles(tmp_path), profile, "", source, "")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder to be copied."""
    for name in ("a/one", "b/two", "c/three", "last"):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 300_000)
    return tmp_path / "tree"


def test_one_refusal_leaves_the_rest_of_a_folder_alone(put: Put, tree: Path, there: Path) -> None:
    (there / "tree/a/one").mkdir(parents=True)
    (there / "tree/b").write_bytes(b"no folder")
    place, left_out = put(tree)
    assert place == str(there / "tree")
    assert [each.partition(":")[0] for each in left_out] == [str(tree / "a/one"), str(tree / "b")]
    assert (there / "tree/c/three").read_bytes() == (tree / "c/three").read_bytes()
    assert (there / "tree/last").read_bytes() == (tree / "last").read_bytes()


@pytest.mark.parametrize("at", [0, 300_000])
def test_what_cannot_be_read_here_leaves_the_rest_alone(
    put: Put, tree: Path, there: Path, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = Path.open

    def opened(path: Path, *arguments: Any, **more: Any) -> Any:
        file = usual(path, *arguments, **more)
        if path == tree / "b/two" and not at:
            file.close()
            raise PermissionError(13, "Permission denied")
        if path == tree / "b/two":
            file.close()
            with usual(path, "r+b") as same:
                return _Shrinking(os.dup(same.fileno()), at)
        return file

    monkeypatch.setattr(Path, "open", opened)
    _, left_out = put(tree)
    assert len(left_out) == 1 and left_out[0].startswith(f"{tree / 'b/two'}: It cannot be read")
    assert [*(there / "tree/b").iterdir()] == []
    assert (there / "tree/last").read_bytes() == (tree / "last").read_bytes()


class _Shrinking:
    """A file that ends sooner than its size says."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._file, self._left = os.fdopen(descriptor, "rb"), size
        self.fileno = self._file.fileno

    def __enter__(self) -> _Shrinking:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, size: int) -> bytes:
        data = self._file.read(min(size, self._left))
        self._left -= len(data)
        return data
