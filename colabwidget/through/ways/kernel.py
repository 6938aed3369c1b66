"""A kernel of its own, which all links of a server share: where terminals are switched off.

It is never one of the user's. A session at a fixed path names it, so that each client finds the
same one; its relay has the server remove it when no link is left, and where it cannot, the last
client does.
"""

from __future__ import annotations

import select
import time
from pathlib import PurePosixPath
from secrets import token_hex
from typing import Any

from colabwidget.through import websocket
from colabwidget.through.faults import Fault, Lost, Passing
from colabwidget.through.jupyter import Missing, Server
from colabwidget.through.pairing import Machine
from colabwidget.through.ways.kernel_messages import V1, Codec, Message
from colabwidget.through.ways.over_websocket import OverWebSocket
from colabwidget.through.websocket import WebSocket

#: Path of the session; nothing is in that place.
PATH = ".colabwidget-through"
_PIECE = 64 * 1024  # bytes of one message
_STARTS_WITHIN = 30.0  # seconds that a kernel has to start
_KNOWN_WITHIN = 0.5  # seconds after which a kernel that was there is given the relay again
_ANSWERS_WITHIN = 5.0  # seconds after that
_ENDS_WITHIN = 0.5
_LEAVES_WITHIN = 10.0  # seconds that a kernel's removal may take
_ENDING = ("restarting", "dead")

_START = """\
import sys, importlib.util
if "colabwidget_relay" not in sys.modules:
    spec = importlib.util.spec_from_file_location("colabwidget_relay", {path!r})
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    sys.modules["colabwidget_relay"] = module
sys.modules["colabwidget_relay"].serve({session!r})
"""


class KernelWay:
    """Links through a session of `/api/sessions`."""

    name = "kernel"

    def probe(self, server: Server) -> bool:
        """Tell whether the server has kernels of Python."""
        try:
            return bool(_python(server))
        except Missing:
            return False

    def open(self, server: Server, machine: Machine) -> KernelLink:
        """Open a link by the kernel that is there, else by a new one."""
        until = time.monotonic() + _LEAVES_WITHIN
        while True:
            try:
                return self._open(server, machine)
            except _Leaving:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)

    def _open(self, server: Server, machine: Machine) -> KernelLink:
        session = _session(server)
        is_new = session is None
        if session is None:
            session = _made(server)
        name, kernel = session["id"], session["kernel"]["id"]
        place = f"api/kernels/{kernel}/channels?session_id={token_hex(16)}"
        link = None
        try:
            link = KernelLink(_opened(server, place, is_new=is_new), server, name)
            link.begin(machine, is_new=is_new)
        except BaseException as error:
            if link:
                link.close()
            if is_new or isinstance(error, _Unanswered):
                server.delete(f"api/sessions/{name}")
            elif isinstance(error, Passing) and _is_gone(server, name):
                # The server lets a client wait for a kernel that ends meanwhile.
                raise _Leaving("The server has removed the kernel.") from error
            raise
        return link


class KernelLink(OverWebSocket):
    """A link; see `colabwidget.through.ways.link.Link`.

    Parameters
    ----------
    connection
        The WebSocket of the kernel's channels.
    server
        Where it is.
    session
        Id of the kernel's session there.
    """

    def __init__(self, connection: WebSocket, server: Server, session: str) -> None:
        super().__init__(connection)
        self._server = server
        self._session = session
        self._codec = Codec(is_v1=connection.protocol == V1)
        self._is_over = self._is_left_to_us = False

    def begin(self, machine: Machine, *, is_new: bool) -> None:
        """Be connected with the backend, by the relay that runs in the kernel or is started there.

        Raises
        ------
        Fault
            Where that is impossible.
        """
        self._say("open", {"socket": machine.socket})
        if is_new or not self._is_opened(_KNOWN_WITHIN):
            path = str(PurePosixPath(machine.relay).with_name("kernel.py"))
            code = _START.format(path=path, session=self._session)
            self._send(Message("shell", "execute_request", _request(code)))
            if not self._is_opened(_STARTS_WITHIN if is_new else _ANSWERS_WITHIN):
                raise _Unanswered("The relay does not start in a kernel of the server.")

    def send(self, data: bytes) -> None:
        """Send bytes as messages."""
        for at in range(0, len(data), _PIECE):
            self._send(Message("stdin", "input_reply", {"value": ""}, [data[at : at + _PIECE]]))

    def receive(self) -> bytes:
        """Return the bytes of the messages that have come."""
        if self._is_over:
            raise Lost("The kernel has ended the link.")
        found = []
        for message in self._messages():
            if message.channel == "stdin" and message.buffers:
                found.append(message.buffers[0])
            elif message.content.get("prompt") == "end" or _is_end(message):
                self._is_over = True
        return b"".join(found)

    def close(self, *, for_good: bool = False) -> None:
        """Close it; with ``for_good`` remove the kernel where it is left to the last client."""
        try:
            self._say("close")
            # With its connection the server would forget what it has not passed on.
            if for_good:
                self._wait_for(("end",), _ENDS_WITHIN)
        except (Fault, OSError):
            pass
        super().close()
        if not (for_good and self._is_left_to_us):
            return
        try:
            place = f"api/sessions/{self._session}"
            if not self._server.get(place)["kernel"].get("connections"):
                self._server.delete(place)
        except (Fault, TypeError, KeyError):
            pass  # the next client finds it

    def _is_opened(self, seconds: float) -> bool:
        word = self._wait_for(("open", "open for good"), seconds)
        self._is_left_to_us = word == "open for good"
        return bool(word)

    def _wait_for(self, words: tuple[str, ...], seconds: float) -> str:
        """Return the relay's word; empty where none comes.

        Raises
        ------
        Fault
            For one that says that none will come.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            writers = [self._connection] if self.wants_write else []
            _, writable, _ = select.select([self._connection], writers, [], left)
            if writable:
                self.flush()
            for message in self._messages():
                word = message.content.get("prompt") if message.channel == "stdin" else ""
                if word == "nothing":
                    raise Passing("No session is open at the notebook's machine.")
                if word == "leaving":
                    raise _Leaving("The kernel is being removed.")
                if word in words:
                    return str(word)
                if _has_failed(message):
                    raise Fault(
                        "The relay does not start in a kernel of the server: the session is on "
                        "another machine than the server, or its Python cannot read the package."
                    )
        return ""

    def _say(self, word: str, more: dict[str, Any] | None = None) -> None:
        self._send(Message("stdin", "input_reply", {"value": word}), more)

    def _send(self, message: Message, metadata: dict[str, Any] | None = None) -> None:
        self._connection.send(self._codec.encode(message, metadata))

    def _messages(self) -> list[Message]:
        found = []
        for kind, payload in self._connection.receive():
            message = self._codec.decode(payload, is_text=kind == websocket.TEXT)
            if message:
                found.append(message)
        return found


class _Leaving(Passing):
    """The kernel that was there is being removed: another one can be made at once."""


class _Unanswered(Passing):
    """The kernel that was there is of no use any more."""


def _opened(server: Server, place: str, *, is_new: bool) -> WebSocket:
    within = _STARTS_WITHIN if is_new else _ANSWERS_WITHIN
    try:
        return server.open(place, protocol=V1, timeout=within)
    except Missing:
        raise _Leaving("The server has removed the kernel.") from None


def _python(server: Server) -> str:
    """Return the name of a kernel of Python: the server's own first; empty where it has none."""
    told = server.get("api/kernelspecs")
    try:
        specs = told["kernelspecs"]
        first = [told["default"]] if told["default"] in specs else []
        for name in (*first, *specs):
            if specs[name]["spec"]["language"].lower() == "python":
                return str(name)
    except (TypeError, KeyError, AttributeError):
        pass
    return ""


def _session(server: Server) -> dict[str, Any] | None:
    """Return the session that all clients share: the one that was made first, if there is any."""
    told = server.get("api/sessions")
    try:
        ours = [each for each in told if each["path"] == PATH]
        return {"id": ours[0]["id"], "kernel": {"id": ours[0]["kernel"]["id"]}} if ours else None
    except (TypeError, KeyError):
        raise Fault("The server does not tell of its sessions.") from None


def _is_gone(server: Server, name: str) -> bool:
    """Tell whether the server has no such session any more."""
    try:
        found = _session(server)
    except Fault:
        return False
    return found is None or found["id"] != name


def _made(server: Server) -> dict[str, Any]:
    """Make it. Where two clients do so at once, the later one removes its own again."""
    kernel = _python(server)
    if not kernel:
        raise Missing("The server has no kernel of Python.")
    wish = {"path": PATH, "name": "colabwidget", "type": "ssh", "kernel": {"name": kernel}}
    made, first = server.post("api/sessions", wish), _session(server)
    if first is None or not isinstance(made, dict):
        raise Passing("The server has started no kernel.")
    if made.get("id") != first["id"]:
        server.delete(f"api/sessions/{made.get('id')}")
    return first


def _request(code: str) -> dict[str, Any]:
    silent = {"silent": True, "store_history": False, "user_expressions": {}, "allow_stdin": False}
    return {"code": code, **silent, "stop_on_error": False}


def _is_end(message: Message) -> bool:
    """Tell whether the kernel says that it ends, however that is meant."""
    state = message.content.get("execution_state") if message.kind == "status" else ""
    return message.kind == "shutdown_reply" or state in _ENDING


def _has_failed(message: Message) -> bool:
    return message.kind == "execute_reply" and message.content.get("status") != "ok"


WAY = KernelWay()
