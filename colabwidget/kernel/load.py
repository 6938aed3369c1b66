"""Tells pages how busy the machine is, while they ask."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable

from colabwidget.core.load import Load
from colabwidget.kernel.page_messages import Content, Message

_log = logging.getLogger(__name__)

_FRESH = 2.0  # seconds for which a reading serves each page that asks


class LoadRequests:
    """Answers pages that ask how busy the machine is.

    Parameters
    ----------
    send
        Sends a message to the pages.
    put
        Queues work for the bridge's thread.
    """

    def __init__(
        self, send: Callable[[Content], object], put: Callable[[Callable[[], None]], None]
    ) -> None:
        self._send = send
        self._put = put
        self._read: Callable[[], Load] | None = None
        self._load: Load | None = None
        self._read_at = 0.0
        self._is_reading = False

    def asked(self, message: Message) -> None:
        """Answer a page, at once or as soon as the machine has told."""
        if self._load and time.monotonic() - self._read_at < _FRESH:
            self._send({"type": "load", "load": self._load})
        elif not self._is_reading:
            self._is_reading = True
            # A graphics card takes its time to answer.
            threading.Thread(target=self._look, name="colabwidget-load", daemon=True).start()

    def _look(self) -> None:
        load: Load | None = None
        try:
            self._read = self._read or _reader()
            load = self._read()
        except Exception:
            # The card is good without it.
            _log.exception("The machine does not tell how busy it is")
        self._put(lambda: self._told(load))

    def _told(self, load: Load | None) -> None:
        self._is_reading = False
        if load:
            self._load, self._read_at = load, time.monotonic()
            self._send({"type": "load", "load": load})


def _reader() -> Callable[[], Load]:
    # A form is shown without it.
    from colabwidget.system.load import LoadReader

    reader = LoadReader()
    return lambda: reader.read(os.curdir)
