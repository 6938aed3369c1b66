"""Waiting until a request to the backend is fulfilled: its states, progress lines, and Ctrl-C."""

from __future__ import annotations

import contextlib
import queue
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TextIO, TypeVar

from colabwidget.control.cell_output import CellProgress, cell_progress, has_ended
from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.phase import is_changing, is_going_on
from colabwidget.core.printable import spelled_out
from colabwidget.core.snapshot import Snapshot
from colabwidget.ipc import client, messages

_Client = TypeVar("_Client", bound="client.Client | None")
States = queue.SimpleQueue[Snapshot | None]


_ERASE = "\r\x1b[K"  # to the line's begin, and what stands in it away
_RUNS_LONG, _SAY_EVERY = 3.0, 10.0  # seconds until a step that runs is written, and is again


def usual_stream() -> TextIO:
    """Return where progress is written unless the caller names a stream.

    In a cell that is its output, since notebooks show what comes by ``sys.stderr`` as a failure.
    A program has results of its own on ``sys.stdout``.
    """
    return sys.stdout if is_a_cell() else sys.stderr


def is_a_cell() -> bool:
    """Tell whether a notebook's cell runs this."""
    return type(sys.stdout).__module__ == "ipykernel.iostream"


class Progress:
    """Writes a line for each step that ends, and the step that runs.

    On a terminal the step that runs has a line of its own, which is written anew as time passes;
    elsewhere a step that takes long gets a line now and then.

    Parameters
    ----------
    stream
        Where they are written; `usual_stream` unless given.
    clock
        Returns seconds that only grow.
    """

    def __init__(
        self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._stream = stream or usual_stream()
        self._clock = clock
        self._written: set[str] = set()
        self._live = self._stream.isatty()
        self._running = ""  # the step that runs
        self._since = self._next = 0.0  # of `clock`: its start, and when it is written
        self._drawn = ""  # what stands in the line of the step that runs

    def write(self, text: str) -> None:
        """Write a line."""
        print(f"{self._erase()}{spelled_out(text)}", file=self._stream, flush=True)

    def tell(self, details: dict[str, Any]) -> None:
        """Write nothing: the caller prints what it needs of the details."""

    def end(self) -> None:
        """Take away the line of the step that runs."""
        if erase := self._erase():
            print(erase, end="", file=self._stream, flush=True)

    def _erase(self) -> str:
        drawn, self._drawn = self._drawn, ""
        return _ERASE if drawn else ""

    def skip(self, snapshot: Snapshot) -> None:
        """Leave out the steps that have ended already: another request made them."""
        self._written |= {_key(step) for step in _ended(snapshot)}

    def show(self, snapshot: Snapshot) -> None:
        """Write a line for each step that has ended since the last call, or runs for long.

        It is called after each state, and now and then without a new one.
        """
        for step in _ended(snapshot):
            if _key(step) not in self._written:
                self._written.add(_key(step))
                took = f" {step['seconds']:.1f} s" if step["seconds"] is not None else ""
                self.write(f"{step['title']}: {step['status']}{took}{_detail(step)}")
        self._show_running(snapshot)

    def _show_running(self, snapshot: Snapshot) -> None:
        now = self._clock()
        step = next((each for each in snapshot.steps if each["status"] == "running"), None)
        name = step["name"] if step else ""
        if name != self._running:
            self._running, self._since, self._next = name, now, now + _RUNS_LONG
        if self._live:
            self._draw(f"{step['title']} {now - self._since:.0f} s{_detail(step)}" if step else "")
        elif step and now >= self._next:
            self._next = now + _SAY_EVERY
            self.write(f"{step['title']}: running {now - self._since:.0f} s{_detail(step)}")

    def _draw(self, text: str) -> None:
        """Write the line of the step that runs anew, as wide as the terminal is at most."""
        text = spelled_out(text)[: shutil.get_terminal_size().columns - 1]
        if text != self._drawn:
            print(f"{self._erase()}{text}", end="", file=self._stream, flush=True)
            self._drawn = text


AnyProgress = Progress | CellProgress


def progress_to(stream: TextIO | None) -> AnyProgress:
    """Return what shows progress: in a cell its output, unless the caller names a stream."""
    return cell_progress() if stream is None and is_a_cell() else Progress(stream)


def _ended(snapshot: Snapshot) -> list[dict[str, Any]]:
    return [step for step in snapshot.steps if has_ended(step)]


def _key(step: dict[str, Any]) -> str:
    return f"{step['name']} {step['status']}"


def _detail(step: dict[str, Any]) -> str:
    return f" ({step['detail']})" if step["detail"] else ""


def follow_states(reach: Callable[..., _Client]) -> tuple[States, _Client]:
    """Connect to the backend and queue its states; ``None`` in the queue means that it is lost.

    Parameters
    ----------
    reach
        `client.ensure` or `client.find`.
    """
    states: States = queue.SimpleQueue()

    def on_event(event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            states.put(Snapshot.from_dict(event.snapshot))

    return states, reach(on_event, lambda: states.put(None))


def until_connected(first: Snapshot, states: States, progress: AnyProgress) -> Snapshot:
    """Return the state once the session is connected and its desktop is no longer in progress.

    Parameters
    ----------
    first
        The state that the backend has answered the request with; older ones are ignored.
    states
        From `follow_states`.
    progress
        Where the steps are written.

    Raises
    ------
    ColabWidgetError
        Why the session has failed; ``cancelled``, ``backend_lost``.
    """
    try:
        return _until_connected(first, states, progress)
    finally:
        progress.end()


def _until_connected(first: Snapshot, states: States, progress: AnyProgress) -> Snapshot:
    snapshot: Snapshot | None = first
    revision = first.revision
    while snapshot:
        if snapshot.revision >= revision:
            progress.show(snapshot)
            if snapshot.phase == "connected" and not is_changing(snapshot.desktop["phase"]):
                return snapshot
            if snapshot.phase == "failed" and snapshot.error:
                raise ColabWidgetError.from_info(snapshot.error)
            if snapshot.phase in ("closing", "idle"):
                raise ColabWidgetError("cancelled")
        snapshot = _next(states, partial(progress.show, snapshot))
    raise ColabWidgetError("backend_lost")


def _next(states: States, meanwhile: Callable[[], None]) -> Snapshot | None:
    # An unlimited wait cannot be interrupted in every Python; a short one can.
    while True:
        try:
            return states.get(timeout=0.2)
        except queue.Empty:
            meanwhile()
            time.sleep(0)


@contextlib.contextmanager
def rollback_on_interrupt(
    backend: client.Client, desktop: bool, progress: AnyProgress
) -> Iterator[None]:
    """Undo on Ctrl-C what begins inside the block; what exists before the block stays.

    Parameters
    ----------
    backend
        Gives the state before the block.
    desktop
        Whether the block asks for a desktop.
    progress
        Where the rollback is announced. Steps that have ended before the block are left out.
    """
    before = Snapshot.from_dict(backend.status()["snapshot"])
    if is_going_on(before.phase):
        progress.skip(before)
    try:
        yield
    except KeyboardInterrupt:
        if before.kept:
            undo = _cancel
        elif not is_going_on(before.phase):
            undo = _close
        elif desktop and not is_going_on(before.desktop["phase"]):
            undo = _remove_desktop
        else:
            raise
        progress.write("Cancelling.")
        # In a thread: a second Ctrl-C ends the wait only. The backend completes the request by
        # itself.
        undoing = threading.Thread(target=_undo, args=(undo, backend), daemon=True)
        undoing.start()
        undoing.join()
        raise


def _undo(undo: Callable[[client.Client], object], backend: client.Client) -> None:
    try:
        undo(backend)
    except ColabWidgetError:
        # Ctrl-C has cut a request in two, so this connection cannot be used any more.
        with contextlib.suppress(ColabWidgetError):
            if another := client.find():
                undo(another)
                another.close()


def _close(backend: client.Client) -> object:
    return backend.disconnect(force=True)


def _cancel(backend: client.Client) -> object:
    """Stop reconnecting; what an earlier Connect has made stays, with its tunnel closed."""
    cancelled = backend.cancel()
    return _close(backend) if is_going_on(cancelled["snapshot"]["phase"]) else cancelled


def _remove_desktop(backend: client.Client) -> object:
    return backend.desktop(False, {})
