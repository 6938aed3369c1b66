"""What a cell says where no page draws a widget that was displayed in it.

A notebook whose server lacks anywidget's front end shows an error that names no cure, and its
page tells the kernel nothing. A page that can draw widgets is heard within moments: its stub
speaks. So a display that no page has answered for a while gets a note beneath it, which is emptied
once one does.

Only time in which the kernel could have heard a page counts. It is measured by the kernel's own
loop, which stands still while a cell or a callback holds it, as a page's message does; a look that
comes late, or that finds a cell running, begins anew. So a busy kernel shows no note, however long
it takes.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from colabwidget.kernel.ipykernel_patches import current_kernel

LOOK_EVERY = 0.5  # seconds
HELD = 0.4  # seconds that a look may come late
_LOOK_FOR_SERVER = 3.5  # seconds without an answer, after which the server is looked for

_log = logging.getLogger(__name__)


#: After how many seconds without an answer a note is shown, and the note by mime type.
Reply = tuple[float, dict[str, str]]


class UndrawnNotes:
    """The notes of one kernel.

    Parameters
    ----------
    kernel
        Returns the kernel that this process runs; ``None`` where it runs none.
    find_note
        Returns the note, given the kernel, what to run in place of the widget and whether that was
        displayed; ``None`` for never. It is called in a thread of its own, since it reads files.
    clock
        Returns seconds that only grow.
    """

    def __init__(
        self,
        kernel: Callable[[], Any] = current_kernel,
        find_note: Callable[[Any, str, bool], Reply | None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._kernel = kernel
        self._find_note = find_note or _find_note
        self._clock = clock
        self._heard = False
        self._cell_runs = False
        self._follows_cells = False
        self._lock = threading.RLock()  # a widget may be collected, and closed, at any time
        self._pending: set[_Display] = set()
        self._shown: dict[str, _Display] = {}

    def watch(self, owner: str, instead: str, *, shown: bool = True) -> None:
        """Note that a widget was made or displayed by the cell that runs.

        Parameters
        ----------
        owner
            Names the widget.
        instead
            What to run in Python where it cannot be drawn.
        shown
            Whether it was displayed. It may be in another widget, which alone knows of that: then a
            note is shown only where the server is known to lack what draws it.
        """
        if self._heard:
            return
        try:
            kernel = self._kernel()
            display = _Display(owner, instead, kernel, kernel.get_parent("shell"), kernel.io_loop)
            display.shown = shown
            if not _by_a_page(display.parent):
                return
            self._follow_cells(kernel.shell)
            with self._lock:
                if same := next(filter(display.is_same, self._pending), None):
                    same.shown = same.shown or shown
                    return
                self._pending.add(display)
            kernel.io_loop.add_callback(self._begin, display)
        except (AttributeError, KeyError, TypeError):
            return  # another kind of kernel, or none

    def hear(self) -> None:
        """Note that a page was heard, which can draw widgets: no note is true any longer."""
        if self._heard:
            return
        with self._lock:
            self._heard = True
            shown, self._shown = self._shown, {}
        for name, display in shown.items():
            display.send(name, None)

    def forget(self, owner: str) -> None:
        """Take back the notes of a widget that is closed."""
        with self._lock:
            for display in self._pending:
                display.is_over = display.is_over or display.owner == owner
            gone = {name: each for name, each in self._shown.items() if each.owner == owner}
            for name in gone:
                del self._shown[name]
        for name, display in gone.items():
            display.send(name, None)

    def _follow_cells(self, shell: Any) -> None:
        self._cell_runs = True  # the one that displays it
        if self._follows_cells:
            return
        self._follows_cells = True
        shell.events.register("pre_run_cell", lambda *_: self._set_cell_runs(True))
        shell.events.register("post_run_cell", lambda *_: self._set_cell_runs(False))

    def _set_cell_runs(self, runs: bool) -> None:
        self._cell_runs = runs

    # On the kernel's loop

    def _begin(self, display: _Display) -> None:
        display.since = self._clock()
        self._look_later(display)

    def _look_later(self, display: _Display) -> None:
        display.look_at = self._clock() + LOOK_EVERY
        display.loop.call_later(LOOK_EVERY, self._look, display)

    def _look(self, display: _Display) -> None:
        if self._heard or display.is_over:
            self._leave(display)
            return
        now = self._clock()
        if self._cell_runs or now > display.look_at + HELD:
            display.since = now
        quiet = now - display.since
        if display.reply and quiet >= display.reply[0]:
            self._leave(display)
            self._show(display, display.reply[1])
            return
        if quiet >= _LOOK_FOR_SERVER and not display.finding:
            display.finding = True
            threading.Thread(
                target=self._find, args=(display,), name="colabwidget-undrawn", daemon=True
            ).start()
        self._look_later(display)

    def _leave(self, display: _Display) -> None:
        with self._lock:
            self._pending.discard(display)

    def _show(self, display: _Display, data: dict[str, str]) -> None:
        name = uuid.uuid4().hex
        with self._lock:
            if self._heard:
                return
            self._shown[name] = display
            display.send(name, data)

    # In a thread

    def _find(self, display: _Display) -> None:
        try:
            display.reply = self._find_note(display.kernel, display.instead, display.shown)
        except Exception:
            # It reads what other programs write.
            _log.debug("The notebook's server was not found", exc_info=True)
        display.is_over = display.reply is None


class _Display:
    """One display of a widget."""

    def __init__(self, owner: str, instead: str, kernel: Any, parent: Any, loop: Any) -> None:
        self.owner = owner
        self.instead = instead
        self.kernel = kernel
        self.loop = loop
        self.parent = {name: parent[name] for name in ("header", "metadata")}
        self.shown = True
        self.since = 0.0  # when the kernel began to be quiet
        self.look_at = 0.0
        self.finding = False
        self.is_over = False
        self.reply: Reply | None = None

    def is_same(self, other: _Display) -> bool:
        """Tell whether the other is of the same widget, in the same run of a cell."""
        ids = {each.parent["header"]["msg_id"] for each in (self, other)}
        return self.owner == other.owner and len(ids) == 1

    def send(self, name: str, data: dict[str, str] | None) -> None:
        """Show a note beneath the display; ``None`` empties it."""
        publisher = self.kernel.shell.display_pub
        content = {
            "data": {"text/html": "", "text/plain": ""} if data is None else data,
            "metadata": {},
            "transient": {"display_id": name},
        }
        kind = "update_display_data" if data is None else "display_data"
        try:
            # By the display's own message: what runs by now is another cell, or none.
            publisher.session.send(
                publisher.pub_socket, kind, content, parent=self.parent, ident=publisher.topic
            )
        except Exception as error:
            # The channel is closed, or the kernel is ending.
            _log.debug("A note could not be sent: %s", type(error).__name__)


def _by_a_page(parent: dict[str, Any]) -> bool:
    """Tell whether a cell of JupyterLab, Notebook 7 or the classic Notebook was run.

    Others are left alone: consoles and what executes notebooks show no widget by design, and VS
    Code brings anywidget's front end itself, after a question that may take its user a minute.
    """
    header, metadata = parent["header"], parent["metadata"]
    if header["msg_type"] != "execute_request":
        return False
    cell = metadata.get("cellId")
    if cell is not None or "deletedCells" in metadata:
        return not str(cell).startswith("vscode")
    return str(header["username"]) == "username"  # the classic Notebook


def _find_note(kernel: Any, instead: str, shown: bool) -> Reply | None:
    from colabwidget import hosts
    from colabwidget.kernel.undrawn_note import LACKING, pause_before_note, undrawn_note
    from colabwidget.system.notebook_server import find_server

    if hosts.brings_front_end():
        return None
    file = getattr(getattr(kernel, "parent", None), "connection_file", "")
    server = find_server(Path(file).parent) if file else None
    pause = pause_before_note(server)
    return (pause, undrawn_note(server, instead)) if shown or pause == LACKING else None


#: Those of this process.
UNDRAWN = UndrawnNotes()
