"""Progress and details as the output of a cell: plain HTML, which every notebook draws.

It is one output that is written anew. Outputs are saved with the notebook, so no password is in it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from html import escape
from typing import Any

from colabwidget.control.detail_rows import DetailRow, detail_rows
from colabwidget.core.cell_html import code, copy_button
from colabwidget.core.printable import spelled_out
from colabwidget.core.snapshot import Snapshot

_EVERY = 2.0  # seconds between two outputs that differ in the time of a step alone
_SIGNS = {"done": "✓", "failed": "✗", "running": "…", "cancelled": "–", "skipped": "–"}
_LABEL = "text-align: left; padding-right: 16px; white-space: nowrap"
_REVEAL = (
    "It is not written here, since outputs are saved with the notebook. In a cell: "
    "<code>connection.{secret}.reveal()</code>, where <code>connection</code> is what "
    "<code>connect()</code> has returned."
)


class CellProgress:
    """Shows the steps of a session in a cell, and at the end how to sign in.

    Parameters
    ----------
    publish
        Shows HTML and its text, in place of what it has shown before.
    clock
        Returns seconds that only grow.
    """

    def __init__(
        self,
        publish: Callable[[dict[str, str]], object],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._publish = publish
        self._clock = clock
        self._skipped: set[str] = set()
        self._notes: list[str] = []
        self._steps: list[dict[str, Any]] = []
        self._since: dict[str, float] = {}  # of `clock`: when steps were seen to run first
        self._shown: object = None
        self._next = 0.0

    def write(self, text: str) -> None:
        """Add a line."""
        self._notes.append(text)
        self._draw()

    def skip(self, snapshot: Snapshot) -> None:
        """Leave out the steps that have ended already: another request made them."""
        self._skipped = {step["name"] for step in snapshot.steps if has_ended(step)}

    def show(self, snapshot: Snapshot) -> None:
        """Show how far the steps are; called after each state, and now and then without one."""
        self._steps = [
            step
            for step in snapshot.steps
            if step["status"] != "pending"
            and not (has_ended(step) and step["name"] in self._skipped)
        ]
        now = self._clock()
        for step in self._steps:
            if step["status"] == "running":
                self._since.setdefault(step["name"], now)
        stand = [(step["name"], step["status"], step["detail"]) for step in self._steps]
        if stand != self._shown or now >= self._next:
            self._shown, self._next = stand, now + _EVERY
            self._draw()

    def end(self) -> None:
        """Nothing more is to come of the steps."""

    def tell(self, details: dict[str, Any]) -> None:
        """Show how to sign in, below the steps.

        Parameters
        ----------
        details
            As `detail_rows` takes them; passwords are named and not shown.
        """
        self._draw("".join(map(_row, detail_rows(details))))

    def _draw(self, table: str = "") -> None:
        lines = [*map(self._line, self._steps), *map(spelled_out, self._notes)]
        if not lines and not table:
            return
        html = "".join(f"<div>{escape(line)}</div>" for line in lines)
        if table:
            html += f'<table style="margin-top: 8px; text-align: left">{table}</table>'
        self._publish({"text/html": html, "text/plain": lines[-1] if lines else ""})

    def _line(self, step: dict[str, Any]) -> str:
        took = step["seconds"]
        if step["status"] == "running":
            took = self._clock() - self._since[step["name"]]
        seconds = "" if took is None else f" {took:.1f} s"
        detail = f" ({step['detail']})" if step["detail"] else ""
        sign = _SIGNS.get(step["status"], "")
        return spelled_out(f"{sign} {step['title']}{seconds}{detail}")


def cell_progress() -> CellProgress:
    """Return one that shows it in the cell that runs."""
    from IPython import display  # scripts and terminals have no cell

    handle: Any = display.DisplayHandle  # IPython has no types for it
    handle = handle()
    first = True

    def publish(data: dict[str, str]) -> None:
        nonlocal first
        if first:
            handle.display(data, raw=True)
        else:
            handle.update(data, raw=True)
        first = False

    return CellProgress(publish)


def has_ended(step: dict[str, Any]) -> bool:
    """Tell whether a step is over, whatever became of it."""
    return step["status"] not in ("pending", "running")


def _row(row: DetailRow) -> str:
    if row.secret:
        value = _REVEAL.format(secret=row.secret)
    else:
        text = escape(spelled_out(row.text))
        if row.code:
            text = f"{code(row.text)}{escape(row.after)} {copy_button()}"
        value = f"{escape(row.before)}{text}"
    return (
        f'<tr><th style="{_LABEL}">{escape(row.label)}</th>'
        f'<td style="text-align: left">{value}</td></tr>'
    )
