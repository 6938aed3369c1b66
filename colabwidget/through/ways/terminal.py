"""A terminal of the server's: lines of base64 in a raw pty. It needs no install.

The relay is started by what is typed there. A start-up file of the shell may print, ask, or start
something else; so the relay prints a mark of chance, which what is typed holds in two halves only.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
import select
import time
from typing import Any

from colabwidget.through import websocket
from colabwidget.through.faults import Fault, Lost, Passing, Torn
from colabwidget.through.jupyter import Missing, Server
from colabwidget.through.pairing import Machine
from colabwidget.through.ways.over_websocket import OverWebSocket
from colabwidget.through.websocket import WebSocket

_MARK_WITHIN = 10.0  # seconds
# Bytes of one line before they are encoded: a message of the server is no longer.
_LINE = 48 * 1024
_SAID_MAX = 64 * 1024  # characters of what is printed before the mark


class TerminalWay:
    """Links through `/api/terminals`."""

    name = "terminal"

    def probe(self, server: Server) -> bool:
        """Tell whether the server has terminals."""
        try:
            return isinstance(server.get("api/terminals"), list)
        except Missing:
            return False

    def open(self, server: Server, machine: Machine) -> TerminalLink:
        """Open a terminal with the relay in it."""
        made = server.post("api/terminals", {})
        name = made.get("name") if isinstance(made, dict) else None
        if not isinstance(name, str) or not name.isalnum():
            raise Fault("The server has made no terminal.")
        connection = None
        try:
            connection = server.open(f"terminals/websocket/{name}")
            link = TerminalLink(connection)
            link.begin(machine)
        except BaseException:
            if connection:
                connection.close()
            server.delete(f"api/terminals/{name}")
            raise
        return link


class TerminalLink(OverWebSocket):
    """A link; see `colabwidget.through.ways.link.Link`.

    Parameters
    ----------
    connection
        The terminal's WebSocket.
    """

    def __init__(self, connection: WebSocket) -> None:
        super().__init__(connection)
        self._line = ""
        self._is_over = False

    def begin(self, machine: Machine) -> None:
        """Start the relay, and wait for its mark.

        Raises
        ------
        Fault
            Where none starts.
        """
        halves = secrets.token_hex(8), secrets.token_hex(8)
        words = ["exec", machine.python, "-ISE", machine.relay, machine.socket, *halves]
        # A space before it keeps it out of most histories.
        self._type(" " + " ".join(map(_quoted, words)) + "\r")
        mark, said = "".join(halves) + "\n", ""
        deadline = time.monotonic() + _MARK_WITHIN
        while mark not in said:
            left = deadline - time.monotonic()
            if left <= 0:
                raise Passing(
                    "The relay does not start in a terminal of the server: a start-up file of the "
                    "shell may ask something, or the session is on another machine than the server."
                )
            select.select([self._connection], [], [], left)
            said = (said + self._printed())[-_SAID_MAX:]
        self._line = said.partition(mark)[2]

    def send(self, data: bytes) -> None:
        """Send bytes as lines."""
        for at in range(0, len(data), _LINE):
            self._type(base64.b64encode(data[at : at + _LINE]).decode() + "\n")

    def receive(self) -> bytes:
        """Return the bytes of the lines that are whole."""
        *lines, self._line = (self._line + self._printed()).split("\n")
        try:
            return b"".join(base64.b64decode(line, validate=True) for line in lines)
        except (binascii.Error, ValueError):
            raise Torn("The terminal prints what is not the relay's.") from None

    def _type(self, text: str) -> None:
        message = json.dumps(["stdin", text], separators=(",", ":"))
        self._connection.send(message.encode(), websocket.TEXT)

    def _printed(self) -> str:
        if self._is_over:
            raise Lost("The server has ended the terminal.")
        text = []
        for kind, payload in self._connection.receive():
            message = _parsed(payload) if kind == websocket.TEXT else None
            if not message:
                continue
            if message[0] == "stdout" and isinstance(message[-1], str):
                text.append(message[-1])
            elif message[0] == "disconnect":
                self._is_over = True
        return "".join(text)


def _parsed(payload: bytes) -> list[Any]:
    try:
        message = json.loads(payload)
    except ValueError:
        return []
    return message if isinstance(message, list) else []


def _quoted(word: str) -> str:
    """Return a word as every shell takes it for one: sh, zsh, fish and csh."""
    if "'" in word or "!" in word or "\\" in word:
        raise Fault("The path of the relay has signs that a shell may change.")
    return word if word.isalnum() else f"'{word}'"


WAY = TerminalWay()
