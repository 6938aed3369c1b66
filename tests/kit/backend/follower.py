"""What a session said while it ran, as a client of its backend hears it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from itertools import groupby
from typing import Any

from colabwidget.ipc import client, messages
from tests.kit.machine.bare_machine import BareMachine


class Follower:
    """Hears all that happens from the start of the backend on; a context manager.

    The backend is the one of the environment, and may be started later.
    """

    def __init__(self) -> None:
        self._snapshots: list[dict[str, Any]] = []
        self._client: client.Client | None = None
        self._over = threading.Event()
        self._finder = threading.Thread(target=self._find)

    def __enter__(self) -> Follower:
        self._finder.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._finder.join()
        if self._client:
            self._client.close()

    def phase(self) -> str:
        """The phase as it is now."""
        assert self._client
        phase: str = self._client.status()["snapshot"]["phase"]
        return phase

    def progress(self, step: str) -> list[float]:
        """How far a step was, one number after the other."""
        shares = (told["progress"] for told in self._told(step) if told["progress"] is not None)
        return [share for share, _ in groupby(shares)]

    def said(self, step: str) -> list[str]:
        """What a step did, one after the other."""
        return [detail for detail, _ in groupby(told["detail"] for told in self._told(step))]

    def _told(self, name: str) -> list[dict[str, Any]]:
        return [
            step
            for snapshot in self._snapshots.copy()
            for step in snapshot["steps"]
            if step["name"] == name
        ]

    def _find(self) -> None:
        while not self._over.is_set() and self._client is None:
            self._client = client.find(self._hear)
            time.sleep(0.01)

    def _hear(self, event: messages.State | messages.Log) -> None:
        if isinstance(event, messages.State):
            self._snapshots.append(event.snapshot)


Follow = Callable[[BareMachine], Follower]
