"""Waiting for what the backend was asked: its states, what is said of them, and Ctrl-C."""

from __future__ import annotations

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from typing import TextIO, TypeVar

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.snapshot import GOES_ON, Snapshot
from colabwidget.ipc import client, messages

_ON_ITS_WAY = ("working", "reconnecting", "closing")
_Client = TypeVar("_Client", bound="client.Client | None")
States = queue.SimpleQueue[Snapshot | None]


class Progress:
    """Writes a line for each step that ends."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._told: set[str] = set()

    def say(self, text: str) -> None:
        """Write a line."""
        print(text, file=self._stream, flush=True)

    def show(self, snapshot: Snapshot) -> None:
        """Write what is new."""
        for step in snapshot.steps:
            key = f"{step['name']} {step['status']}"
            if step["status"] in ("pending", "running") or key in self._told:
                continue
            self._told.add(key)
            took = f" {step['seconds']:.1f} s" if step["seconds"] is not None else ""
            detail = f" ({step['detail']})" if step["detail"] else ""
            self.say(f"{step['title']}: {step['status']}{took}{detail}")


def listen(reach: Callable[..., _Client]) -> tuple[States, _Client]:
    """Reach the backend, and hear its states; ``None`` among them once it is lost."""
    states: States = queue.SimpleQueue()

    def hear(event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            states.put(Snapshot(**event.snapshot))

    return states, reach(hear, lambda: states.put(None))


def until_connected(first: Snapshot, states: States, progress: Progress) -> Snapshot:
    """Return the state once the session is connected, and its desktop no more on its way."""
    snapshot: Snapshot | None = first
    revision = first.revision
    while snapshot:
        if snapshot.revision >= revision:
            progress.show(snapshot)
            if snapshot.phase == "connected" and snapshot.desktop["phase"] not in _ON_ITS_WAY:
                return snapshot
            if snapshot.phase == "failed" and snapshot.error:
                raise ColabWidgetError.from_info(snapshot.error)
            if snapshot.phase in ("closing", "idle"):
                raise ColabWidgetError("cancelled")
        snapshot = _next(states)
    raise ColabWidgetError("backend_lost")


def _next(states: States) -> Snapshot | None:
    # A wait without limit cannot be interrupted in every Python; a short one can.
    while True:
        try:
            return states.get(timeout=0.2)
        except queue.Empty:
            time.sleep(0)


@contextlib.contextmanager
def undone_by_ctrl_c(backend: client.Client, desktop: bool, progress: Progress) -> Iterator[None]:
    """Take back on Ctrl-C what is begun inside; what was there before stays.

    Parameters
    ----------
    backend
        Tells what is there before.
    desktop
        Whether a desktop is asked for inside.
    progress
        Where it is said.
    """
    before = Snapshot(**backend.status()["snapshot"])
    try:
        yield
    except KeyboardInterrupt:
        if before.kept:
            undo = _cancel
        elif before.phase not in GOES_ON:
            undo = _close
        elif desktop and before.desktop["phase"] not in GOES_ON:
            undo = _remove_desktop
        else:
            raise
        progress.say("Cancelling.")
        # In a thread: a second Ctrl-C ends the waiting, and not what is waited for, which the
        # backend brings to its end by itself.
        undoing = threading.Thread(target=_undo, args=(undo, backend), daemon=True)
        undoing.start()
        undoing.join()
        raise


def _undo(undo: Callable[[client.Client], object], backend: client.Client) -> None:
    try:
        undo(backend)
    except ColabWidgetError:
        # Ctrl-C has cut a request in two, after which nothing is understood on this connection.
        with contextlib.suppress(ColabWidgetError):
            if another := client.find():
                undo(another)
                another.close()


def _close(backend: client.Client) -> object:
    return backend.disconnect(force=True)


def _cancel(backend: client.Client) -> object:
    """Stop connecting again; what an earlier Connect has made stays, behind a closed door."""
    cancelled = backend.cancel()
    return _close(backend) if cancelled["snapshot"]["phase"] in GOES_ON else cancelled


def _remove_desktop(backend: client.Client) -> object:
    return backend.desktop(False, {})
