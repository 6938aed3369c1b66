"""The client's end of the backend's Unix socket: requests, replies and events."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from colabwidget._version import __version__
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.work_environment import work_environment
from colabwidget.ipc import messages
from colabwidget.ipc.launch import start_backend
from colabwidget.system import paths
from colabwidget.system.peer import peer_is_same_user, peer_of
from colabwidget.system.procfs import resume_if_stopped

_ANSWER_TIMEOUT = 60.0  # seconds
_CLOSING_TIMEOUT = 600.0  # seconds; dpkg is never interrupted
_GREETING_TIMEOUT = 10.0  # seconds
_SILENT_TIMEOUT = 10.0  # seconds until a backend that does not answer is killed

EventHandler = Callable[[messages.State | messages.Log], None]


class Client:
    """A connection to the backend.

    Parameters
    ----------
    on_event
        Gets events in their order, in the client's own thread, so it must not wait for a reply.
        ``None`` for no events.
    on_lost
        Called once, in the same thread, when the connection has ended.

    Raises
    ------
    OSError
        Where no backend answers.
    ColabWidgetError
        ``backend_version`` where its version is another, ``runtime_directory``.

    A backend that a signal has stopped is resumed.
    """

    def __init__(
        self,
        on_event: EventHandler | None = None,
        on_lost: Callable[[], None] = lambda: None,
    ) -> None:
        paths.ensure_runtime_directory()
        self._on_event = on_event
        self._on_lost = on_lost
        self._numbers = itertools.count(1)
        self._waiting: dict[int, queue.SimpleQueue[messages.Reply | None]] = {}
        self._lock = threading.Lock()  # guards _waiting, and writes to the socket
        self._lost = False
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(_GREETING_TIMEOUT)
            self._socket.connect(str(paths.socket_path()))
            self._peer = check_peer(self._socket)
            resume_if_stopped(self._peer)
            self._lines = self._socket.makefile("rb")
            self.epoch = self._greet(follow=on_event is not None)
            self._socket.settimeout(None)
        except BaseException:
            self._socket.close()
            raise
        threading.Thread(target=self._read, name="colabwidget-client", daemon=True).start()

    def connect(
        self,
        options: dict[str, Any],
        token: str,
        environment: dict[str, str],
        token_origin: str = "",
    ) -> dict[str, Any]:
        """Start a session; see `messages.Connect`."""
        return self._ask(
            lambda number: messages.Connect(
                number,
                options,
                token,
                dict(environment),
                token_origin,
                work_environment=work_environment(os.environ),
            )
        )

    def token_needed(self, options: dict[str, Any], *, given: bool = False) -> bool:
        """Tell whether a request to connect with these options needs a token now.

        Parameters
        ----------
        options
            What to connect with, checked.
        given
            Whether the caller has a token: it goes before one that the backend keeps.

        Raises
        ------
        ColabWidgetError
            With what stands in the way of these options, such as ``session_running``.
        """
        answer = self._ask(lambda number: messages.Connect(number, options, dry_run=True))
        return bool(answer["token_needed"] or (given and answer.get("token_kept")))

    def cancel(self) -> dict[str, Any]:
        """Stop connecting."""
        return self._ask(messages.Cancel, _CLOSING_TIMEOUT)

    def disconnect(self, *, force: bool) -> dict[str, Any]:
        """End the session; without force only with no client signed in and no window open."""
        return self._ask(lambda number: messages.Disconnect(number, force), _CLOSING_TIMEOUT)

    def desktop(self, on: bool, options: dict[str, Any], *, force: bool = True) -> dict[str, Any]:
        """Add a desktop to the session, or take it away; without force only with no window open."""
        if on:
            made = messages.Desktop(0, True, options, work_environment(os.environ))
        else:
            made = messages.Desktop(0, False, options, force=force)
        return self._ask(lambda number: replace(made, id=number), _CLOSING_TIMEOUT)

    def end_presence(self, name: str) -> dict[str, Any]:
        """End an SSH connection, or a shell or view inside a notebook."""
        return self._ask(lambda number: messages.EndPresence(number, name), _CLOSING_TIMEOUT)

    def keep_open(self, *, for_good: bool) -> dict[str, Any]:
        """Begin the time until the session closes by itself anew, or end all such times."""
        return self._ask(lambda number: messages.KeepOpen(number, for_good))

    def change_passwords(self, *, end: bool) -> dict[str, Any]:
        """Have new passwords; with ``end``, open SSH connections end."""
        return self._ask(lambda number: messages.ChangePasswords(number, end), _CLOSING_TIMEOUT)

    def invite(self, *, sees: str, typing: bool, key: str, minutes: int) -> str:
        """Let a guest see a shell or the desktop; return the name of the invitation."""
        answer = self._ask(
            lambda number: messages.Invite(number, sees, typing, key, minutes), _CLOSING_TIMEOUT
        )
        return str(answer["name"])

    def revoke(self, name: str) -> dict[str, Any]:
        """End an invitation."""
        return self._ask(lambda number: messages.Revoke(number, name), _CLOSING_TIMEOUT)

    def status(self) -> dict[str, Any]:
        """Return ``snapshot``, and ``details`` without passwords."""
        return self._ask(messages.Status)

    def journal(self, since: int) -> dict[str, Any]:
        """Return ``since``, ``count``, ``end`` and ``text`` of some lines of the journal."""
        return self._ask(lambda number: messages.Journal(number, since))

    def details(self) -> dict[str, Any]:
        """Return ``revision`` and ``details``, passwords among them."""
        return self._ask(messages.GetDetails)

    def stop(self) -> None:
        """Ask the backend to end, and wait until it has."""
        self._ask(messages.Stop, _CLOSING_TIMEOUT)
        deadline = time.monotonic() + _ANSWER_TIMEOUT
        while paths.may_be_served() and time.monotonic() < deadline:
            time.sleep(0.02)

    def close(self) -> None:
        """Close the connection; the session goes on."""
        self._on_lost = lambda: None
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # the other end has closed it already

    def _ask(
        self, make: Callable[[int], messages.Request], timeout: float = _ANSWER_TIMEOUT
    ) -> dict[str, Any]:
        number = next(self._numbers)
        answer: queue.SimpleQueue[messages.Reply | None] = queue.SimpleQueue()
        with self._lock:
            if self._lost:
                raise ColabWidgetError("backend_lost")
            self._waiting[number] = answer
            resume_if_stopped(self._peer)
            try:
                self._socket.sendall(messages.encode(make(number)))
            except OSError:
                raise ColabWidgetError("backend_lost") from None
        try:
            reply = answer.get(timeout=timeout)
        except queue.Empty:
            reply = None
        finally:
            self._waiting.pop(number, None)
        if reply is None:
            raise ColabWidgetError("backend_lost")
        if reply.error:
            raise ColabWidgetError.from_info(reply.error)  # type: ignore[arg-type]
        return reply.result

    def _greet(self, follow: bool) -> str:
        hello = messages.Hello(messages.VERSION, __version__, follow=follow)
        self._socket.sendall(messages.encode(hello))
        line = self._lines.readline(messages.LINE_MAX)
        number, version = _versions(line)
        if (number, version) != (messages.VERSION, __version__):
            raise ColabWidgetError("backend_version", theirs=version[:40], ours=__version__)
        theirs = messages.decode(line)
        assert isinstance(theirs, messages.Hello)
        return theirs.epoch

    def _read(self) -> None:
        try:
            while line := self._lines.readline(2 * messages.LINE_MAX):
                message = messages.decode(line)
                if isinstance(message, messages.Reply):
                    if waiting := self._waiting.get(message.id):
                        waiting.put(message)
                elif isinstance(message, (messages.State, messages.Log)) and self._on_event:
                    self._on_event(message)
        except (OSError, ColabWidgetError):
            pass  # lost, as at an end of file
        with self._lock:
            self._lost = True
            for waiting in self._waiting.values():
                waiting.put(None)
        self._lines.close()
        self._socket.close()
        self._on_lost()


def find(
    on_event: EventHandler | None = None, on_lost: Callable[[], None] = lambda: None
) -> Client | None:
    """Return a connection to the backend if one runs."""
    if not paths.may_be_served():
        return None
    try:
        return Client(on_event, on_lost)
    except TimeoutError:
        raise ColabWidgetError("backend_silent") from None
    except OSError:
        return None


def ensure(
    on_event: EventHandler | None = None, on_lost: Callable[[], None] = lambda: None
) -> Client:
    """Return a connection to the backend, which is started if none runs.

    Raises
    ------
    ColabWidgetError
        ``backend_start`` with the reason, ``backend_version``, ``runtime_directory``.
    """
    paths.ensure_runtime_directory()
    if client := find(on_event, on_lost):
        return client
    start_backend()
    deadline = time.monotonic() + _GREETING_TIMEOUT
    while True:
        # Another client may have started it at the same time: it then serves in a moment.
        if client := find(on_event, on_lost):
            return client
        if time.monotonic() > deadline:
            raise ColabWidgetError("backend_start", reason="It does not answer on its socket.")
        time.sleep(0.01)


def token_needed(
    backend: Client | None, options: dict[str, Any], needs_token: bool, *, given: bool = False
) -> bool:
    """Tell whether to connect takes a token now; without a backend there is no session to join.

    Parameters
    ----------
    backend
        The connection to the backend that runs.
    options
        What to connect with, checked.
    needs_token
        Whether their tunnel needs a token at all.
    given
        Whether the caller has a token: it goes before one that the backend keeps.

    Raises
    ------
    ColabWidgetError
        What stands in the way of these options.
    """
    return needs_token and (backend is None or backend.token_needed(options, given=given))


def _versions(line: bytes) -> tuple[object, str]:
    """Return the protocol's and the package's version of a greeting of any version."""
    try:
        hello = json.loads(line)
        if hello["type"] == "hello":
            return hello["protocol"], str(hello["version"])
    except (ValueError, TypeError, KeyError):
        pass
    raise ColabWidgetError("message_invalid", reason="It does not begin with hello.")


def stop_any(*, silent: bool = False) -> None:
    """Stop a backend of any version, by a signal: it may not know our requests.

    Parameters
    ----------
    silent
        Whether it has not answered; it is then killed sooner.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(str(paths.socket_path()))
            peer = check_peer(connection)
            os.kill(peer, signal.SIGTERM)
            resume_if_stopped(peer)
        except (FileNotFoundError, ConnectionRefusedError, ProcessLookupError):
            return  # it has ended
    started = time.monotonic()
    while paths.is_served(paths.socket_path().parent):
        # A backend that has removed its socket is ending, and may wait for dpkg.
        stuck = silent and paths.may_be_served()
        if time.monotonic() - started > (_SILENT_TIMEOUT if stuck else _CLOSING_TIMEOUT):
            # Its children die with it, and the next backend clears up after it.
            with contextlib.suppress(ProcessLookupError):
                os.kill(peer, signal.SIGKILL)
        time.sleep(0.02)


def check_peer(connection: socket.socket) -> int:
    """Return the id of the process at the other end.

    Raises
    ------
    ColabWidgetError
        ``runtime_directory`` where it runs as another account.
    """
    if not peer_is_same_user(connection):
        raise ColabWidgetError(
            "runtime_directory",
            path=paths.runtime_directory(),
            reason="A process of another account answers there.",
        )
    return peer_of(connection).process
