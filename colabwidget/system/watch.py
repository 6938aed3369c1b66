"""What a guest's sign-in runs: it shows one shell of the session, and passes on what is typed.

It is a script, of which a copy lies in the guest's folder; it runs as the guest's account with any
Python from 3.7 on and needs the standard library only. What it passes on goes no further than to
the backend, which drops it unless the invitation lets the guest type.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import socket
import struct
import sys
import termios
import tty
from typing import Any

_CHUNK = 65536
# What the shell's programs may have set: another screen, modes of mouse, keys and pasting, colours.
_RESET = (
    b"\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?1006l\x1b[?2004l\x1b[?1l\x1b>"
    b"\x1b[?25h\x1b[0m\r\n"
)


def main(arguments: list[str]) -> int:
    """Show the shell until it ends, the guest leaves, or the invitation is over.

    Parameters
    ----------
    arguments
        ``check`` for a look at whether it can run here; sshd gives others, which mean nothing.
    """
    if arguments == ["check"]:
        return 0
    if os.environ.get("SSH_ORIGINAL_COMMAND"):
        return _refuse("This invitation shows one shell: it runs no commands and copies no files.")
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    folder = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120
    try:
        with open(os.path.join(folder, "secret")) as file:  # noqa: PTH118, PTH123
            secret = file.read()
        connection.connect(os.path.join(folder, "socket"))  # noqa: PTH118
        connection.sendall(secret.encode() + b"\n")
        told, rest = _first_line(connection)
    except (OSError, ValueError):
        return _refuse("The invitation is over.")
    if told.get("error"):
        return _refuse(told["error"])
    _greet(told)
    terminal = os.isatty(0)
    before = termios.tcgetattr(0) if terminal else None
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    try:
        if terminal:
            tty.setraw(0)
        _write(rest)
        _carry(connection)
    except OSError:
        pass  # the terminal or the backend is gone
    finally:
        if before is not None:
            _end(before)
    print("The view has ended.", file=sys.stderr)
    return 0


def _refuse(text: str) -> int:
    print(text, file=sys.stderr)
    return 1


def _first_line(connection: socket.socket) -> tuple[dict[str, Any], bytes]:
    """Return what the backend says first, and the bytes that have come after it."""
    data = b""
    while b"\n" not in data:
        more = connection.recv(_CHUNK)
        if not more or len(data) > _CHUNK:
            raise ValueError("no answer")
        data += more
    line, _, rest = data.partition(b"\n")
    return json.loads(line.decode()), rest


def _greet(told: dict[str, Any]) -> None:
    if not os.isatty(0):
        return
    leaves = "Type ~. at the start of a line to leave." if told["typing"] else "Ctrl-C leaves."
    does = "You see a shell and can type in it." if told["typing"] else "You see a shell."
    print(does, leaves, file=sys.stderr)
    size = struct.pack("HHHH", 0, 0, 0, 0)
    try:
        rows, columns = struct.unpack("HHHH", fcntl.ioctl(0, termios.TIOCGWINSZ, size))[:2]
    except OSError:
        return
    if rows < told["rows"] or columns < told["columns"]:
        print(
            "It has {columns} columns and {rows} rows: make your window as large.".format(**told),
            file=sys.stderr,
        )


def _carry(connection: socket.socket) -> None:
    watched: list[Any] = [connection, 0]
    while True:
        ready = select.select(watched, [], [])[0]
        if connection in ready:
            data = connection.recv(_CHUNK)
            if not data:
                return
            _write(data)
        if 0 in ready:
            typed = os.read(0, 4096)
            if typed:
                connection.sendall(typed)
            else:
                watched.remove(0)


def _write(data: bytes) -> None:
    while data:
        data = data[os.write(1, data) :]


def _end(before: list[Any]) -> None:
    """Leave the guest's terminal as it was; what it has still to say reaches no program."""
    try:
        _write(_RESET)
        termios.tcflush(0, termios.TCIFLUSH)
        termios.tcsetattr(0, termios.TCSADRAIN, before)
    except (OSError, termios.error):
        pass


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
