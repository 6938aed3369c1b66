"""A shell on this terminal, which lives on at the machine when the terminal goes."""

from __future__ import annotations

import contextlib
import os
import secrets
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

from colabwidget.through.faults import Fault
from colabwidget.through.profiles import Profile, Profiles
from colabwidget.through.without_ssh.stream import Stream

# What a terminal answers to what is drawn again comes within this; programs have had it before.
_ANSWERS_WITHIN = 0.3


def run(profiles: Profiles, profile: Profile, token: str) -> int:
    """Show the shell until it ends, or ``~.`` is typed at the beginning of a line; then it goes on.

    Raises
    ------
    Fault
        With what is wrong.
    """
    if sys.platform == "win32":
        raise Fault("A shell of this kind needs a terminal of Linux or macOS.")
    name = f"through-{profile.client.hex()[:8]}"
    view = secrets.token_hex(8)
    request = {"type": "shell", "name": name, "environment": {}, "view": view, **_size()}
    stream = Stream(profiles, profile, token, request)

    def resize(*_: object) -> None:
        wanted = {"type": "resize", "name": name, **_size()}
        threading.Thread(target=_tell, args=(profiles, profile, token, wanted), daemon=True).start()

    try:
        with _raw():
            signal.signal(signal.SIGWINCH, resize)
            _show(stream)
    finally:
        signal.signal(signal.SIGWINCH, signal.SIG_DFL)
        stream.close()
    return 0


def _show(stream: Stream) -> None:
    old, typed, readers = stream.answer.get("old") or 0, Typed(), [0]
    ended = threading.Event()
    fault: list[Fault] = []
    deaf_until = time.monotonic() + (_ANSWERS_WITHIN if old else 0.0)
    woken, wakes = os.pipe()

    def draw() -> None:
        try:
            while data := stream.read_some():
                _write(data)
        except Fault as found:
            fault.append(found)
        ended.set()
        os.write(wakes, b"x")

    drawing = threading.Thread(target=draw, daemon=True)
    drawing.start()
    try:
        while not ended.is_set():
            ready, _, _ = select.select([*readers, woken], [], [])
            if 0 not in ready:
                continue
            data = os.read(0, 65_536)
            if not data:
                readers = []
                data = b"\x04"  # the end of a file is an end to a shell
            if time.monotonic() < deaf_until and os.isatty(0):
                continue
            data, leaves = typed.take(data)
            stream.socket.sendall(data)
            if leaves:
                return
    except OSError:
        drawing.join(5.0)
    finally:
        if not ended.is_set():
            stream.close()
            drawing.join(5.0)
        os.close(woken)
        os.close(wakes)
    if fault:
        raise fault[0]


class Typed:
    """What is typed, in which ``~.`` at the beginning of a line leaves the shell."""

    def __init__(self) -> None:
        self._before = b"\r"

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """Return what is for the shell, and whether the user leaves it."""
        whole = self._before + data
        for sign in (b"\r~.", b"\n~."):
            if (at := whole.find(sign)) >= 0:
                return whole[len(self._before) : at + 1], True
        self._before = whole[-2:]
        return data, False


def _tell(profiles: Profiles, profile: Profile, token: str, request: dict[str, Any]) -> None:
    with contextlib.suppress(Fault):
        Stream(profiles, profile, token, request).close()


def _size() -> dict[str, int]:
    size = shutil.get_terminal_size()
    return {"columns": size.columns, "rows": size.lines}


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


@contextlib.contextmanager
def _raw() -> Iterator[None]:
    """Pass on every key, if this is a terminal."""
    if not os.isatty(0):
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(0)
    tty.setraw(0, termios.TCSANOW)  # what was typed before is kept
    try:
        yield
    finally:
        termios.tcsetattr(0, termios.TCSADRAIN, before)
