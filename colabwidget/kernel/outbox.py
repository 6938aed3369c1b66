"""What the pages of a widget are sent, and how far each of them has read.

All pages of a widget are sent the same: a message has no address. What is sent may be lost, and
a page may stop reading at any time. So each page acknowledges what it has seen: the state is sent
again until then, and of the log only so much is pushed as may be unread. A page that misses lines
requests them.

What no other client of the kernel may read is sealed for one view of one page.
"""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from colabwidget.core.private_fields import FOR_ONE_VIEW
from colabwidget.kernel.page_messages import Content
from colabwidget.kernel.places import Places
from colabwidget.report import LINES

if TYPE_CHECKING:
    from colabwidget.kernel.sealing import ViewKey

LOG_CREDIT = 256 * 1024  # characters of log on their way that no page has seen
RESEND_FIRST = 1.0  # seconds
_RESEND_LAST = 30.0
# Times, about ten minutes: jupyter_server keeps it all for a page that is closed.
_RESEND_OFTEN = 24
_RESEND_RARELY = 600.0  # seconds, from then on
_GONE = 60.0  # seconds without an acknowledgement after which a page counts as gone
_VIEWS_MAX = 50  # that are remembered
# A page's numbers are doubles: from here on they could not grow one by one.
_SERIAL_MAX = 1 << 52

_log = logging.getLogger(__name__)


class _View:
    """One page, or one of several views of the widget on it."""

    # No dataclass: making one takes a quarter of a millisecond of each kernel's start.
    def __init__(self) -> None:
        self.serial = 0
        self.log = 0
        self.acknowledged_at = 0.0  # in seconds of `time.monotonic`


class Outbox:
    """Sends to the pages of one widget.

    Parameters
    ----------
    send
        Sends a custom message to all of them.
    """

    def __init__(self, send: Callable[[Content], None]) -> None:
        self._send_to_all = send
        # Grows over kernel restarts as well, so that a page that stays open tells old from new.
        self._serial = time.time_ns() // 1_000_000
        self._views: dict[str, _View] = {}
        self._places = Places()
        self._epoch = ""
        self._epoch_serial = 0
        self._state_serial = 0
        self._log_end = 0
        self._unread: deque[tuple[int, int]] = deque()  # (end, characters) of what was pushed
        self._unread_size = 0  # characters of all of it
        self.last_lines: deque[str] = deque(maxlen=LINES)  # of the log, that were passed on
        self.last_end = 0  # number of the line after them
        self._repeats = 0
        self._pause = RESEND_FIRST
        self._resend_at = time.monotonic() + RESEND_FIRST

    # From a page

    def acknowledge(
        self, name: str, serial: int | None = None, log: int | None = None, client: str = ""
    ) -> bool:
        """Note how far a view is.

        Parameters
        ----------
        name
            The view.
        serial
            Number of the last message that it has seen.
        log
            Number of the line after the last that it has.
        client
            The kernel's client that shows it; empty where the kernel does not tell.

        Returns
        -------
        bool
            Whether the view was ahead: it knows another kernel's messages, and the clock has been
            set back since. It took what was sent so far for old.
        """
        view = self._views.pop(name, None) or _View()
        self._views[name] = view
        if len(self._views) > _VIEWS_MAX:
            del self._views[next(iter(self._views))]
        view.acknowledged_at = time.monotonic()
        if serial is None or serial > _SERIAL_MAX:
            return False
        self._places.note(client, self._serial, serial)
        if serial > self._serial:
            self._serial = serial
            return True
        view.serial = max(view.serial, serial)
        if log is not None:
            # Lines of an earlier journal are none of this one.
            view.log = log if serial >= self._epoch_serial else 0
        return False

    def places(self) -> int:
        """Return how many clients of the kernel show the widget now; one at least."""
        return self._places.count()

    # To one of them

    def send_sealed(self, content: Content, key: ViewKey) -> None:
        """Send a message that only one view can read.

        Raises
        ------
        CannotSeal
            The view's key cannot be used.
        """
        bound = f"{key.view} {self._serial + 1}".encode()
        point, data = key.seal(json.dumps({**content, "view": key.view}).encode(), bound)
        sealed = {"type": "sealed", "view": key.view, "curve": key.curve}
        self._send({**sealed, "point": point, "data": data})

    def send_in_clear(self, content: Content, view: str) -> None:
        """Send a message for one view that every client of the kernel can read.

        Its user has to have asked for just that. Without the name of a view it is for all views.
        """
        self._send({**content, "view": view})

    # To all of them

    def send_state(self, content: Content, epoch: str, log_end: int, *, news: bool = True) -> None:
        """Send the state; a repetition is no news, and its pauses grow."""
        if news:
            self._begin_anew()
        if epoch != self._epoch:
            self._epoch, self._epoch_serial = epoch, self._serial + 1
            self._unread.clear()
            self._unread_size = 0
            if epoch:  # where no backend is left, the lines of the last may tell why
                self.last_lines.clear()
                self.last_end = 0
            for view in self._views.values():
                view.log = 0
        self._log_end = log_end
        self._state_serial = self.send({"type": "state", **content})
        self._resend_at = time.monotonic() + self._pause

    def push_log(self, epoch: str, since: int, count: int, end: int, text: str) -> None:
        """Send lines that have come; without their text where too much is unread."""
        self._log_end = max(self._log_end, end)
        seen = max((view.log for view in self._views.values()), default=0)
        while self._unread and self._unread[0][0] <= seen:
            self._unread_size -= self._unread.popleft()[1]
        size = len(text) + count
        if self._unread_size + size > LOG_CREDIT:
            self._keep(since, count, text)
            count, text = 0, ""
        elif size:
            self._unread.append((since + count, size))
            self._unread_size += size
        self.send_log(epoch, since, count, end, text)
        self._begin_anew()
        self._resend_at = time.monotonic() + self._pause

    def send_log(self, epoch: str, since: int, count: int, end: int, text: str) -> None:
        """Send lines that a page has requested."""
        self._keep(since, count, text)
        self.send(
            {"type": "log", "epoch": epoch, "from": since, "count": count, "end": end, "text": text}
        )

    def send(self, content: Content) -> int:
        """Send a message; return its number, which is greater than all before it.

        Raises
        ------
        ValueError
            It holds secrets: these are for one view alone.
        """
        if content["type"] in FOR_ONE_VIEW:
            raise ValueError(f"A message {content['type']!r} is for one view alone.")
        return self._send(content)

    def _send(self, content: Content) -> int:
        self._serial += 1
        try:
            self._send_to_all({**content, "serial": self._serial})
        except Exception as error:
            # The channel is closed, or the kernel is ending: lost, like any message may be.
            _log.debug("A message could not be sent: %s", type(error).__name__)
        return self._serial

    def _keep(self, since: int, count: int, text: str) -> None:
        if count and since + count > self.last_end:
            self.last_lines.extend(text.split("\n")[max(self.last_end - since, 0) :])
            self.last_end = since + count

    # Until it was seen

    def resend_at(self) -> float | None:
        """Return when the state is to be sent again, in `time.monotonic`'s seconds."""
        return self._resend_at if self._lags() else None

    def back_off(self) -> None:
        """Let the next pause be longer: the state is about to be sent again."""
        self._repeats += 1
        longest = _RESEND_LAST if self._repeats < _RESEND_OFTEN else _RESEND_RARELY
        self._pause = min(self._pause * 2, longest)

    def _begin_anew(self) -> None:
        self._pause, self._repeats = RESEND_FIRST, 0

    def _lags(self) -> bool:
        """Tell whether a page that is there has not seen everything, or no page has."""
        now = time.monotonic()
        behind = [
            view.serial < self._state_serial or view.log < self._log_end
            for view in self._views.values()
        ]
        there = [now - view.acknowledged_at < _GONE for view in self._views.values()]
        return all(behind) or any(map(all, zip(behind, there, strict=True)))
