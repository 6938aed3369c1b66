"""The note beneath a gap where a card should be: plain HTML, which every notebook draws.

It may be saved with the notebook and outlive its cause, so it says what to do *if* no card is
there, and hides itself on a page that draws one above it.
"""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple

from colabwidget.core.cell_html import code, copy_button
from colabwidget.core.printable import spelled_out
from colabwidget.system.notebook_server import NotebookServer

# Seconds without an answer until the note is shown.
LACKING = 4.0
UNKNOWN = 10.0  # the server is elsewhere, so that a slow line is as likely
LATE = 60.0  # the server has all that it takes: the line is slow, or the page is odd

#: Class of what the stub draws; the note beside it is hidden.
DRAWN = "colabwidget-drawn"
_NOTE = "colabwidget-undrawn"
_HIDE = ", ".join(
    f"{output}:has(.{DRAWN}) .{_NOTE}" for output in (".jp-OutputArea", ".output_wrapper")
)
_STYLE = "padding: 8px 12px; border-left: 3px solid; line-height: 1.5; max-width: 760px"

# The model of a page that has no manager of widgets is gone, so that the cell is run again.
_RELOAD = "2. Reload this page and run this cell again. If that is not enough, restart the server."


class _Line(NamedTuple):
    text: str
    code: str = ""
    copies: bool = True


def pause_before_note(server: NotebookServer | None) -> float:
    """Return how many seconds a page may take to answer before the note is shown.

    Parameters
    ----------
    server
        The notebook's server; ``None`` where it was not found on this machine.
    """
    if server is None:
        return UNKNOWN
    return LACKING if server.front_end is None or _is_new(server) else LATE


def undrawn_note(server: NotebookServer | None, instead: str) -> dict[str, str]:
    """Return the note, by mime type.

    Parameters
    ----------
    server
        The notebook's server; ``None`` where it was not found on this machine.
    instead
        What to run in Python where no widget can be drawn.
    """
    lines = [*_cure(server), *_without_a_card(instead)]
    html = "".join(f"<div>{_html(line)}</div>" for line in lines)
    note = f'<div class="{_NOTE}" role="note" style="{_STYLE}">{html}</div>'
    return {
        "text/html": f"<style>{_HIDE} {{ display: none }}</style>{note}",
        "text/plain": "\n".join(_plain(line) for line in lines),
    }


def _is_new(server: NotebookServer) -> bool:
    """Tell whether the server's pages may be older than anywidget's front end."""
    return server.front_end is not None and server.front_end > server.began


def _cure(server: NotebookServer | None) -> Iterator[_Line]:
    if server is None:
        yield _Line(
            "If no card is drawn above, this notebook's server lacks anywidget's front end. The "
            "server is not the kernel, and may have an environment of its own."
        )
        yield _Line("1. Install it there, with the server's own Python:", _install(Path("python")))
        yield _Line(_RELOAD)
    elif server.front_end is None:
        yield _Line(
            "If no card is drawn above, this notebook's server lacks anywidget's front end. Its "
            "environment:",
            str(server.prefix),
            copies=False,
        )
        yield _Line("1. Run in a terminal, or in a cell with ! before it:", _install(server.python))
        if not os.access(server.prefix, os.W_OK):  # as on most hubs
            yield _Line("That environment is not yours to change: ask its admin.")
        yield _Line(_RELOAD)
    elif _is_new(server):
        yield _Line(
            "If no card is drawn above, reload this page and run this cell again. The page may be "
            "older than anywidget's front end, which came after the notebook's server was started."
        )
    else:
        yield _Line(
            "If no card is drawn above, wait a little longer on a slow line, or reload this page "
            "and run this cell again."
        )


def _without_a_card(instead: str) -> Iterator[_Line]:
    yield _Line("What works without a card, in a cell:", instead)
    command = shlex.join([sys.executable or "python", "-m", "colabwidget", "connect"])
    yield _Line("and in a terminal:", command)


def _install(python: Path) -> str:
    return shlex.join([str(python), "-m", "pip", "install", "anywidget"])


def _html(line: _Line) -> str:
    text = escape(spelled_out(line.text))
    if not line.code:
        return text
    return f"{text} {code(line.code)} {copy_button() if line.copies else ''}"


def _plain(line: _Line) -> str:
    return spelled_out(f"{line.text} {line.code}".rstrip())
