"""The report that a page shows beside a failure."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from colabwidget.core.errors import ColabWidgetError
from colabwidget.core.snapshot import Snapshot
from colabwidget.report import LINES, report

if TYPE_CHECKING:
    from colabwidget.ipc.client import Client


class FailureReport:
    """Makes the report, once for each failure.

    Parameters
    ----------
    last_lines
        Returns the end of the log, given the number of the line after it.
    """

    def __init__(self, last_lines: Callable[[int], list[str]]) -> None:
        self._last_lines = last_lines
        self._about: tuple[object, ...] = ()
        self._text = ""

    def text(self, snapshot: Snapshot, log_end: int) -> str:
        """Return the report on what has failed; an empty one where nothing has."""
        errors = snapshot.error, snapshot.desktop.get("error")
        if not any(errors):
            return ""
        about = (snapshot.epoch, snapshot.phase, *errors)
        if about != self._about:
            self._text = report(snapshot, self._last_lines(log_end), log_end)
            self._about = about
        return self._text


def last_lines(backend: Client | None, end: int) -> list[str]:
    """Return the last lines of the backend's log before a number; none where it is gone."""
    lines: list[str] = []
    try:
        while backend and len(lines) < min(LINES, end):
            more = backend.journal(max(end - LINES, 0) + len(lines))
            if not more["count"]:
                break
            lines += more["text"].split("\n")
    except ColabWidgetError:
        return []
    return lines
